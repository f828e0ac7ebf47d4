"""The legal fact: one number for one errand, however often it is asked for."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from kiosk_app.connectors.housing_register.contract import (
    OutcomeUnknown,
    Receipt,
    RegisterGarbled,
    RegisterRefused,
    RegisterUnavailable,
)
from kiosk_app.issuing.contract import Authority, Errand, Issuance, Order, RequestT
from kiosk_app.issuing.errors import IssueUnknown, LimitReached, NotIssued
from kiosk_app.issuing.failpoints import effect
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.rows import IssuanceRecord
from kiosk_app.issuing.states import DELIVERED, IssuanceState
from kiosk_app.people import Applicant, Relation


@dataclass(frozen=True, slots=True)
class IssueTiming:
    """Seconds between two questions to a register that gave no word; then staff are told."""

    pauses_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)


class Numbering:
    """Opens orders and has them issued."""

    def __init__(self, journal: Journal, keys: Keys, timing: IssueTiming) -> None:
        self._journal = journal
        self._keys = keys
        self._timing = timing

    def open(self, errand: Errand, payload: bytes, day: date, daily_limit: int) -> Order:
        """Find today's unfinished document of this errand, or begin one."""
        basis, subject, on = self._basis(errand), self._subject(errand), day.isoformat()
        key, found = self._first_undelivered(basis, on)
        if found is None or found.state is IssuanceState.DRAFT:
            earlier = self._journal.issuances(subject=subject, service=errand.service, day=on)
            used = sum(each.state is not IssuanceState.DRAFT for each in earlier)
            if used >= daily_limit:
                raise LimitReached(f"{used} of {daily_limit} today")
        if found is None:
            own_id = uuid.uuid4().hex
            blank = IssuanceRecord(own_id, key, basis, subject, errand.service, errand.kind, day=on)
            found = self._journal.draft(blank, payload)
        elif found.state is IssuanceState.DRAFT:
            found = self._journal.redraft(found, payload)
        return Order(
            id=found.id,
            key=key,
            day=day,
            resumed=found.state is not IssuanceState.DRAFT,
            payload=self._journal.payload(found),
        )

    def _first_undelivered(self, basis: str, day: str) -> tuple[str, IssuanceRecord | None]:
        """The key of the day's first occasion that has not ended with a paper, and its record."""
        by_key = {each.key: each for each in self._journal.issuances(basis=basis, day=day)}
        for occasion in itertools.count():
            key = self._keys.name("issue", self._journal.generation, basis, day, str(occasion))
            found = by_key.get(key)
            if found is None or not self._is_delivered(found):
                return key, found
        raise AssertionError("an endless count ended")

    def _is_delivered(self, record: IssuanceRecord) -> bool:
        live = self._journal.live_copy(record.id)
        return live is not None and live.state in DELIVERED

    async def issue(
        self, order: Order, authority: Authority[RequestT], request: RequestT
    ) -> Issuance:
        """Have the order issued, once; the same issuance for an order that is issued already."""
        record = await asyncio.to_thread(self._journal.issuance, id=order.id)
        for pause in (*self._timing.pauses_s, None):
            try:
                record = await self.ask_receipt(record, authority)
                if record.state is IssuanceState.ISSUED:
                    return self.issuance(record)
                record = await self._sending(record)
                with effect("authority-issue"):
                    receipt = await authority.issue(record.key, request)
                return self.issuance(await self._issued(record, receipt))
            except (OutcomeUnknown, RegisterGarbled):
                record = await self._move(record, IssuanceState.ISSUE_UNKNOWN)
            except RegisterUnavailable:
                if record.state is not IssuanceState.ISSUE_UNKNOWN:
                    raise
            except RegisterRefused as refusal:
                record = await self._refused(record, authority, refusal)
            if pause is not None:
                await asyncio.sleep(pause)
        raise IssueUnknown("no word after several questions")

    async def ask_receipt(
        self, record: IssuanceRecord, authority: Authority[RequestT]
    ) -> IssuanceRecord:
        """Ask what became of a request that was, or may have been, sent."""
        if record.state not in (IssuanceState.ISSUING, IssuanceState.ISSUE_UNKNOWN):
            return record
        with effect("authority-receipt"):
            receipt = await authority.receipt(record.key)
        if receipt is None:
            return record
        return await self._issued(record, receipt)

    def issuance(self, record: IssuanceRecord) -> Issuance:
        """The document, opened. Raises ``NotIssued``."""
        if record.serial is None or record.issued_at is None:
            raise NotIssued("the document has no number")
        return Issuance(
            id=record.id,
            key=record.key,
            service=record.service,
            kind=record.kind,
            serial=record.serial,
            issued_at=datetime.fromisoformat(record.issued_at),
            payload=self._journal.payload(record),
        )

    async def _sending(self, record: IssuanceRecord) -> IssuanceRecord:
        request_hash = hashlib.sha256(self._journal.payload(record)).hexdigest()
        return await self._move(record, IssuanceState.ISSUING, request_hash=request_hash)

    async def _refused(
        self,
        record: IssuanceRecord,
        authority: Authority[RequestT],
        refusal: RegisterRefused,
    ) -> IssuanceRecord:
        """Raise the refusal, unless an earlier try with the same key was accepted."""
        record = await self.ask_receipt(record, authority)
        if record.state is not IssuanceState.ISSUED:
            await self._move(record, IssuanceState.DRAFT)
            raise refusal
        return record

    async def _issued(self, record: IssuanceRecord, receipt: Receipt) -> IssuanceRecord:
        return await self._move(
            record,
            IssuanceState.ISSUED,
            serial=receipt.serial,
            issued_at=receipt.issued_at.isoformat(),
        )

    async def _move(
        self, record: IssuanceRecord, state: IssuanceState, **changes: str
    ) -> IssuanceRecord:
        if record.state is state:
            return record
        return await asyncio.to_thread(self._journal.move_issuance, record, state, **changes)

    def _basis(self, errand: Errand) -> str:
        return self._keys.name(
            "basis",
            errand.service,
            errand.kind,
            *sorted(_identity(each) for each in errand.applicants),
            sorted(errand.districts),
            errand.purpose,
            errand.receiving_body,
            errand.occasion,
        )

    def _subject(self, errand: Errand) -> str:
        holder = next(each for each in errand.applicants if each.relation is Relation.SELF)
        return self._keys.name(
            "subject", holder.person.id_kind, holder.person.id_number, errand.occasion
        )


def _identity(applicant: Applicant) -> list[str]:
    person = applicant.person
    return [person.id_kind, person.id_number, person.name, applicant.relation]
