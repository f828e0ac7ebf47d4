"""The issuing office: the one door through which the service issues and prints documents.

An issue or a print that has begun goes on to its end even when the citizen leaves meanwhile: a
sheet that is on its way must be followed. ``quiesce`` waits for that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from drivers.document_printer.contract import PrintOptions
from kiosk_app.audit import AuditKind, AuditLog, Entry
from kiosk_app.issuing import recovery
from kiosk_app.issuing.contract import (
    Authority,
    Claims,
    CopyOutcome,
    Errand,
    Issuance,
    Maker,
    Order,
    Printer,
    PrintProgress,
    ProgressCallback,
    Reason,
    RequestT,
    Ruling,
)
from kiosk_app.issuing.errors import JournalRolledBack, SerialConflict, UnknownCopy
from kiosk_app.issuing.failpoints import effect
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.numbering import IssueTiming, Numbering
from kiosk_app.issuing.printing import CopyPress, PrintTiming
from kiosk_app.issuing.recovery import RecoveryReport
from kiosk_app.issuing.rows import CopyRecord
from kiosk_app.issuing.spool import Spool
from kiosk_app.issuing.staff import CopyView, Decision, DocumentView, Records
from kiosk_app.issuing.states import CopyState
from kiosk_app.records import Store, StoreBusy, StoreError, release_quarantine

T = TypeVar("T")

MIN_FREE_BYTES = 8 * 1024 * 1024
"""Nothing new is issued with less room on the disk; what is under way still finds some."""


@dataclass(frozen=True, slots=True)
class OfficePaths:
    """Where the office keeps its things. ``spool`` belongs on a tmpfs."""

    journal: Path
    keys: Path
    spool: Path


class IssuingOffice:
    """Issues each document once, and keeps at most one valid copy of it on paper."""

    def __init__(
        self,
        journal: Journal,
        keys: Keys,
        audit: AuditLog,
        spool: Spool,
        *,
        issue_timing: IssueTiming | None = None,
        print_timing: PrintTiming | None = None,
        min_free_bytes: int = MIN_FREE_BYTES,
    ) -> None:
        self._journal = journal
        self._audit = audit
        self._spool = spool
        self.min_free_bytes = min_free_bytes
        self._numbering = Numbering(journal, keys, issue_timing or IssueTiming())
        self._press = CopyPress(journal, keys, spool, print_timing or PrintTiming())
        self._records = Records(journal, keys)
        self._under_way: set[asyncio.Task[Any]] = set()

    @classmethod
    def at(cls, paths: OfficePaths, audit: AuditLog, **options: Any) -> IssuingOffice:
        """Open the office over its files; ``options`` as of the constructor.

        Raises ``StoreError`` (``journal-corrupt`` after quarantine, ``journal-read-only`` …),
        ``KeyUnusable``, ``RecordUnreadable``, and ``JournalRolledBack`` when the audit log
        remembers more than the journal. In all of these nothing may be issued.
        """
        keys = Keys.load(paths.keys)
        try:
            journal = Journal.open(paths.journal, keys)
        except StoreError as problem:
            audit.append(Entry(AuditKind.ALARM, {"code": problem.code}))
            raise
        office = cls(journal, keys, audit, Spool(paths.spool), **options)
        try:
            office._require_memory()
        except JournalRolledBack as problem:
            audit.append(Entry(AuditKind.ALARM, {"code": problem.code}))
            office.close()
            raise
        return office

    def _require_memory(self) -> None:
        counter = self._journal.counter
        remembered = self._audit.latest_change(self._journal.generation)
        if remembered > counter:
            raise JournalRolledBack(f"{counter} changes, the audit log knows of {remembered}")

    def is_fit(self) -> bool:
        """Whether something new could be written now. Blocks for a moment.

        A journal that somebody else holds is fit: it will be free again.
        """
        try:
            self._journal.require_room(self.min_free_bytes)
            self._journal.store.require_writable("journal")
        except StoreBusy:
            return True
        except StoreError:
            return False
        return True

    @property
    def store(self) -> Store:
        """The file underneath, whose faults a rehearsal brings about."""
        return self._journal.store

    async def open(self, errand: Errand, payload: bytes, *, day: date, daily_limit: int) -> Order:
        """Today's unfinished order for this errand, or a new one.

        ``payload``: what is asked of the register and printed, as bytes; kept encrypted. Nothing
        new begins while the disk is nearly full or the audit log cannot be written.
        Raises ``LimitReached``, ``StoreError``.
        """
        await asyncio.to_thread(self._journal.require_room, self.min_free_bytes)
        await self._hand_over()
        return await asyncio.to_thread(self._numbering.open, errand, payload, day, daily_limit)

    async def issue(
        self, order: Order, authority: Authority[RequestT], request: RequestT
    ) -> Issuance:
        """Have an order issued, once for its key. ``request`` is made from ``order.payload``.

        Raises ``RegisterError`` as the register does (unavailable: nothing is lost, try again),
        ``IssueUnknown`` when it gave no word after several questions, ``SerialConflict``,
        ``StoreError``.
        """
        return await self._to_its_end(self._issue(order, authority, request))

    async def _issue(
        self, order: Order, authority: Authority[RequestT], request: RequestT
    ) -> Issuance:
        try:
            issuance = await self._numbering.issue(order, authority, request)
        except SerialConflict as wrong:
            alarm = Entry(AuditKind.ALARM, {"code": wrong.code})
            await asyncio.to_thread(self._audit.append, alarm)
            raise
        await self._try_hand_over()
        return issuance

    async def print_copy(
        self,
        issuance: Issuance,
        maker: Maker,
        printer: Printer,
        progress: ProgressCallback,
        *,
        options: PrintOptions | None = None,
    ) -> CopyOutcome:
        """Print the next copy, and say what the evidence says about it.

        ``presented``: take it; ``void``: the next copy may be printed when the cause is gone;
        ``print-unknown``, ``needs-staff``: no copy until staff decide.
        Raises ``CopyUnsettled``, ``CopyDelivered``, ``StoreError``; ``DeviceError`` only when
        nothing was sent.
        """
        heard = _Muted(progress)
        try:
            return await self._to_its_end(
                self._print(issuance, maker, printer, heard, options or PrintOptions())
            )
        except asyncio.CancelledError:
            heard.mute()
            raise

    async def _print(
        self,
        issuance: Issuance,
        maker: Maker,
        printer: Printer,
        progress: ProgressCallback,
        options: PrintOptions,
    ) -> CopyOutcome:
        copy = await self._press.print(issuance, maker, printer, options, progress)
        await self._try_hand_over()
        return _outcome(issuance.serial, copy)

    async def mark_taken(self, outcome: CopyOutcome) -> CopyOutcome:
        """The presented copy is in the citizen's hand."""
        return await self._after_presented(outcome, CopyState.TAKEN, "")

    async def mark_missing(self, outcome: CopyOutcome) -> CopyOutcome:
        """The citizen says that no paper came out: staff must look."""
        return await self._after_presented(outcome, CopyState.PRINT_UNKNOWN, Reason.MISSING)

    async def _after_presented(
        self, outcome: CopyOutcome, state: CopyState, reason: str
    ) -> CopyOutcome:
        copy = await asyncio.to_thread(self._copy, outcome.id)
        if copy.state is not state:
            copy = await asyncio.to_thread(self._journal.move_copy, copy, state, reason=str(reason))
            await self._try_hand_over()
        return _outcome(outcome.serial, copy)

    def _copy(self, own_id: str) -> CopyRecord:
        found = self._journal.copies(id=own_id)
        if not found:
            raise UnknownCopy("no such copy")
        return found[0]

    async def recover(self, authority: Authority[RequestT], printer: Printer) -> RecoveryReport:
        """Settle what an interruption left, after the printer's queue was purged."""
        spool_files = await asyncio.to_thread(self._spool.clear)
        items = await recovery.recover(
            self._journal, self._numbering, self._press, authority, printer
        )
        await self._hand_over()
        return RecoveryReport(items, spool_files)

    async def issued(self) -> list[DocumentView]:
        """All documents that have a number, oldest first, for staff."""
        return await asyncio.to_thread(self._records.issued)

    async def copies(self, states: Iterable[CopyState] | None = None) -> list[CopyView]:
        """Copies in these states (all when ``None``), oldest first, for staff."""
        wanted = tuple(CopyState) if states is None else tuple(states)
        return await asyncio.to_thread(self._records.copies, wanted)

    async def decide(self, serial: str, copy: int, decision: Decision, by: str) -> CopyView:
        """Staff settle a copy; audited with their login name.

        Raises ``UnknownCopy``, ``CopyInFlight``, ``CopySettled``, ``DecisionImpossible``, and
        ``PersonalData`` when ``by`` is no login name.
        """
        view = await asyncio.to_thread(self._records.decide, serial, copy, decision, by)
        await self._hand_over()
        return view

    async def verdict(self, claims: Claims) -> Ruling:
        """What may be said about a paper whose code is genuine. Nothing personal."""
        return await asyncio.to_thread(self._records.rule, claims)

    async def quiesce(self) -> None:
        """Wait until everything that has begun is at its end."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def close(self) -> None:
        """Give the journal back; the audit log belongs to the caller."""
        self._journal.close()

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # What a task that nobody awaits any more met is in the journal, as a state.
            task.exception()

    async def _hand_over(self) -> None:
        for place, entry in await asyncio.to_thread(self._journal.handed_over):
            with effect("audit-append"):
                await asyncio.to_thread(self._audit.append, entry)
            await asyncio.to_thread(self._journal.received, place)

    async def _try_hand_over(self) -> None:
        """Hand over what the audit log takes now; the rest waits in line and holds up ``open``."""
        try:
            await self._hand_over()
        except StoreError:
            return


def accept_new_journal(paths: OfficePaths, audit: AuditLog, by: str) -> tuple[Path, ...]:
    """Staff release the quarantine of a damaged journal; a new one begins at the next start.

    Audited before it is done. Returns where the damaged files are kept.
    """
    audit.append(Entry(AuditKind.QUARANTINE, {"store": "journal"}, actor=by))
    return release_quarantine(paths.journal)


class _Muted:
    """A progress callback that falls silent when nobody listens any more."""

    def __init__(self, callback: ProgressCallback) -> None:
        self._callback: Callable[[PrintProgress], None] | None = callback

    def __call__(self, step: PrintProgress) -> None:
        if self._callback is not None:
            self._callback(step)

    def mute(self) -> None:
        self._callback = None


def _outcome(serial: str, copy: CopyRecord) -> CopyOutcome:
    return CopyOutcome(
        id=copy.id,
        serial=serial,
        number=copy.number,
        state=copy.state,
        reason=copy.reason,
        sheets=copy.sheets,
    )
