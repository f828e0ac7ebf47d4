"""What a document and its copies go through, as data.

Two facts, never mixed up. The issuance is the legal one: a number that the register gave, once.
A copy is one attempt to put it on paper; each has its own number, and at most one is live.

    issuance     draft --> issuing --> issued
                   ^         |  ^
            (refused)--------+  +--> issue-unknown --> issued

    copy         rendered --> print-intent --> spooled --> printing --> printed --> presented
                                  |               |            |           |          |
                                  |               +------------+-----------+          +--> taken
                                  |               |            |                      +--> retracted
                                  +---------------+------------+--> void(reason)      |
                                  +---------------+------------+--> print-unknown <---+
                                                  +------------+--> needs-staff

                 needs-staff --> void                     (staff decide)
                 print-unknown, presented --> void | taken    (staff decide)
                 presented --> retracted                      (staff decide)

What blocks a reprint is that a copy is live: every copy that is neither void nor retracted.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class IssuanceState(StrEnum):
    """How far the legal act is."""

    DRAFT = "draft"
    """Nothing was sent; the order may still change."""
    ISSUING = "issuing"
    """The request is at the register, or may be. It goes again only with the same key."""
    ISSUE_UNKNOWN = "issue-unknown"
    """It was sent and no word came back: ask for the receipt."""
    ISSUED = "issued"
    """The register gave a number. This never changes again."""


class CopyState(StrEnum):
    """How far one attempt on paper is."""

    RENDERED = "rendered"
    """The file was made; nothing was sent."""
    PRINT_INTENT = "print-intent"
    """About to be sent: the printer's counter and identity before it are known."""
    SPOOLED = "spooled"
    """The queue accepted it."""
    PRINTING = "printing"
    """The printer works on it."""
    PRINTED = "printed"
    """Two witnesses agree that the whole copy came out, once."""
    PRESENTED = "presented"
    """The citizen was told to take it."""
    TAKEN = "taken"
    """It is in the citizen's hand."""
    RETRACTED = "retracted"
    """It was not taken and was put away; it is not valid."""
    PRINT_UNKNOWN = "print-unknown"
    """Nobody can tell whether paper came out. Only staff can."""
    NEEDS_STAFF = "needs-staff"
    """Paper came out that must not go with the citizen; staff remove it."""
    VOID = "void"
    """It is not valid and never will be."""


class IllegalTransition(Exception):
    """A state was to follow another that it cannot follow: a fault of the software."""

    code = "issuing-illegal-transition"

    def __init__(self, old: StrEnum, new: StrEnum) -> None:
        super().__init__(f"{new} cannot follow {old}")
        self.old = old
        self.new = new


_I = IssuanceState
_C = CopyState

ISSUANCE_TRANSITIONS: Final[Mapping[IssuanceState, frozenset[IssuanceState]]] = {
    _I.DRAFT: frozenset({_I.ISSUING}),
    _I.ISSUING: frozenset({_I.DRAFT, _I.ISSUE_UNKNOWN, _I.ISSUED}),
    _I.ISSUE_UNKNOWN: frozenset({_I.DRAFT, _I.ISSUING, _I.ISSUED}),
    _I.ISSUED: frozenset(),
}

_ENDS_OF_A_TRY = frozenset({_C.PRINTED, _C.VOID, _C.PRINT_UNKNOWN, _C.NEEDS_STAFF})

COPY_TRANSITIONS: Final[Mapping[CopyState, frozenset[CopyState]]] = {
    _C.RENDERED: frozenset({_C.RENDERED, _C.PRINT_INTENT}),
    _C.PRINT_INTENT: frozenset({_C.SPOOLED, _C.VOID, _C.PRINT_UNKNOWN}),
    _C.SPOOLED: _ENDS_OF_A_TRY | {_C.PRINTING},
    _C.PRINTING: _ENDS_OF_A_TRY,
    _C.PRINTED: frozenset({_C.PRESENTED}),
    _C.PRESENTED: frozenset({_C.TAKEN, _C.RETRACTED, _C.PRINT_UNKNOWN, _C.VOID}),
    _C.PRINT_UNKNOWN: frozenset({_C.VOID, _C.TAKEN}),
    _C.NEEDS_STAFF: frozenset({_C.VOID}),
    _C.TAKEN: frozenset(),
    _C.RETRACTED: frozenset(),
    _C.VOID: frozenset(),
}

SPENT: Final = frozenset({_C.VOID, _C.RETRACTED})
"""Copies that are no longer live; the next one may be made."""

WITH_STAFF: Final = frozenset({_C.PRINT_UNKNOWN, _C.NEEDS_STAFF})
"""Copies that wait for staff and block a reprint."""

IN_FLIGHT: Final = frozenset({_C.PRINT_INTENT, _C.SPOOLED, _C.PRINTING})
"""Copies whose paper is not known yet, because nobody has looked."""

VALID: Final = frozenset({_C.PRINTED, _C.PRESENTED, _C.TAKEN})
"""Copies that verify as valid."""

DELIVERED: Final = frozenset({_C.PRESENTED, _C.TAKEN})
"""Copies that ended an errand: the next one of the same kind is another occasion."""


def check_issuance(old: IssuanceState, new: IssuanceState) -> None:
    """Raise ``IllegalTransition`` unless ``new`` may follow ``old``."""
    if new not in ISSUANCE_TRANSITIONS[old]:
        raise IllegalTransition(old, new)


def check_copy(old: CopyState, new: CopyState) -> None:
    """Raise ``IllegalTransition`` unless ``new`` may follow ``old``."""
    if new not in COPY_TRANSITIONS[old]:
        raise IllegalTransition(old, new)
