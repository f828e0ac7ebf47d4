"""What each role may do."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is to the terminal."""

    STAFF = "staff"
    """Looks, clears what a hand can clear (paper, a jam, a cover), and decides about copies."""
    TECHNICIAN = "technician"
    """Binds, sets and tests devices."""
    ADMIN = "admin"
    """All of it."""


class Right(StrEnum):
    """What a route asks for."""

    LOOK = "look"
    CLEAR = "clear"
    WORK = "work"
    GOVERN = "govern"
    """Decide what else may use the terminal."""


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.STAFF: frozenset({Right.LOOK, Right.CLEAR}),
    Role.TECHNICIAN: frozenset({Right.LOOK, Right.CLEAR, Right.WORK}),
    Role.ADMIN: frozenset(Right),
}
"""Accounts themselves are made and removed on the terminal's console alone."""
