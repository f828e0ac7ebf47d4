"""What staff see of copies and decide about them, and what may be said about a paper."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk_app.issuing.contract import Claims, Reason, Ruling, Verdict
from kiosk_app.issuing.errors import (
    CopyInFlight,
    CopySettled,
    DecisionImpossible,
    UnknownCopy,
)
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.rows import CopyRecord, IssuanceRecord
from kiosk_app.issuing.states import (
    COPY_TRANSITIONS,
    IN_FLIGHT,
    VALID,
    CopyState,
    IssuanceState,
)


class Decision(StrEnum):
    """What staff may say about a copy."""

    VOID = "void"
    TAKEN = "taken"
    RETRACTED = "retracted"
    """Of a copy that was presented: it lay in the tray and was put away."""


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy as staff see it; nothing in it is about a person."""

    serial: str
    number: int
    state: CopyState
    reason: str
    service: str
    kind: str
    day: str
    sheets: int | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with a number as staff see it; nothing in it is about a person."""

    serial: str
    service: str
    kind: str
    day: str


class Records:
    """Questions and decisions about copies that exist."""

    def __init__(self, journal: Journal, keys: Keys) -> None:
        self._journal = journal
        self._keys = keys

    def issued(self) -> list[DocumentView]:
        """All documents that have a number, oldest first."""
        return [
            DocumentView(str(each.serial), each.service, each.kind, each.day)
            for each in self._journal.issuances(state=IssuanceState.ISSUED)
        ]

    def copies(self, states: Iterable[CopyState]) -> list[CopyView]:
        """Copies in these states, oldest first."""
        return [self._view(each) for each in self._journal.copies_in(states)]

    def decide(self, serial: str, number: int, decision: Decision, by: str) -> CopyView:
        """Settle a copy that waits for staff, or one that was presented."""
        _, copy = self._find(serial, number)
        state = CopyState(decision)
        if copy.state in IN_FLIGHT or copy.state in (CopyState.RENDERED, CopyState.PRINTED):
            raise CopyInFlight(f"copy {number} is {copy.state}")
        if copy.state is CopyState.NEEDS_STAFF and state is CopyState.TAKEN:
            raise DecisionImpossible(f"copy {number} is with staff: {copy.reason}")
        if state not in COPY_TRANSITIONS[copy.state]:
            raise CopySettled(f"copy {number} is {copy.state}")
        left = state is CopyState.RETRACTED
        reason = Reason.NOT_TAKEN if left else copy.reason or Reason.STAFF
        return self._view(self._journal.move_copy(copy, state, by=by, reason=str(reason)))

    def rule(self, claims: Claims) -> Ruling:
        """What the journal says about a genuine code."""
        try:
            issuance, copy = self._find(claims.serial, claims.copy)
        except UnknownCopy:
            return Ruling(Verdict.UNKNOWN)
        if copy.state is CopyState.RENDERED or not self._says_the_same(copy, claims.digest):
            return Ruling(Verdict.UNKNOWN)
        return Ruling(
            verdict=Verdict.VALID if copy.state in VALID else Verdict.VOID,
            state=copy.state,
            service=issuance.service,
            kind=issuance.kind,
            issued_at=datetime.fromisoformat(str(issuance.issued_at)),
        )

    def _says_the_same(self, copy: CopyRecord, digest: str | None) -> bool:
        if digest is None or not copy.digest:
            return True
        return hmac.compare_digest(self._keys.name("digest", digest), copy.digest)

    def _find(self, serial: str, number: int) -> tuple[IssuanceRecord, CopyRecord]:
        try:
            issuance = self._journal.issuance(serial=serial)
            copy = self._journal.copies(issuance=issuance.id, number=number)[0]
        except LookupError:
            raise UnknownCopy("no such serial or copy number") from None
        return issuance, copy

    def _view(self, copy: CopyRecord) -> CopyView:
        issuance = self._journal.issuance(id=copy.issuance)
        return CopyView(
            serial=str(issuance.serial),
            number=copy.number,
            state=copy.state,
            reason=copy.reason,
            service=issuance.service,
            kind=issuance.kind,
            day=issuance.day,
            sheets=copy.sheets,
        )
