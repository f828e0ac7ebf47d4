"""What can go wrong with a housing register, as switches of the reference server."""

from __future__ import annotations

from enum import StrEnum


class RegisterFault(StrEnum):
    """Stable names; their titles stand in config."""

    SLOW = "register-slow"
    """Every answer takes two seconds."""
    TIMEOUT_BEFORE_SEND = "register-timeout-before-send"
    """Connections are made, but no call is ever taken from them."""
    DROPPED_ANSWER = "register-dropped-answer"
    """A document is issued, and the connection breaks before the answer."""
    BUSY = "register-busy"
    """Questions are turned away with 429 and ``Retry-After``."""
    SERVER_ERROR = "register-server-error"
    HTML_PAGE = "register-html-page"
    """A page of some portal comes instead of data."""
    OTHER_PERSON = "register-other-person"
    """The answer is about somebody who was not asked for."""
    DUPLICATE = "register-duplicate"
    """Every answer is sent twice."""
    GARBLED = "register-garbled"
    """The answer breaks off in the middle and goes on with noise, rightly signed."""
    BAD_SIGNATURE = "register-bad-signature"
    """The answer is signed with another key."""
    DOWN = "register-down"
    """Nobody listens."""


FAULTS: tuple[str, ...] = tuple(fault.value for fault in RegisterFault)
