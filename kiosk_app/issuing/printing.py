"""The paper fact: one attempt to put a document on paper, from its intent to the output tray.

What is about to be done is committed before it is done. After that, only evidence moves a copy on:
``kiosk_app.issuing.evidence``. A copy number that may have reached the printer is never used again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from drivers.document_printer.contract import (
    JobState,
    PrintEvidence,
    PrintJob,
    PrintOptions,
)
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady
from kiosk_app.issuing.contract import (
    Issuance,
    Maker,
    Printer,
    PrintProgress,
    PrintStep,
    ProgressCallback,
    Reason,
)
from kiosk_app.issuing.errors import CopyDelivered, CopyUnsettled
from kiosk_app.issuing.evidence import Finding, judge, unknown
from kiosk_app.issuing.failpoints import effect
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.rows import CopyRecord
from kiosk_app.issuing.spool import Spool
from kiosk_app.issuing.states import IN_FLIGHT, WITH_STAFF, CopyState


@dataclass(frozen=True, slots=True)
class PrintTiming:
    """Seconds. ``stopped_s``: how long a printer that has stopped may take to go on by itself;
    ``settle_s``: how long after a job's end the counters may lag behind."""

    poll_s: float = 0.25
    deadline_s: float = 60.0
    stopped_s: float = 4.0
    settle_s: float = 2.0


class CopyPress:
    """Prints copies and settles those that were interrupted."""

    def __init__(self, journal: Journal, keys: Keys, spool: Spool, timing: PrintTiming) -> None:
        self._journal = journal
        self._keys = keys
        self._spool = spool
        self._timing = timing

    async def print(
        self,
        issuance: Issuance,
        maker: Maker,
        printer: Printer,
        options: PrintOptions,
        progress: ProgressCallback,
    ) -> CopyRecord:
        """Make and print the next copy, or find out what became of the one under way."""
        live = await asyncio.to_thread(self._journal.live_copy, issuance.id)
        if live is not None and live.state in IN_FLIGHT | {CopyState.PRINTED}:
            return await self.settle(live, printer)
        if live is not None and live.state in WITH_STAFF:
            raise CopyUnsettled(f"copy {live.number} is {live.state}")
        if live is not None and live.state is not CopyState.RENDERED:
            raise CopyDelivered(f"copy {live.number} is {live.state}")

        copy, pdf = await self._render(issuance, live, maker)
        tell = _teller(progress, copy.number)
        copy = await self._intend(copy, printer)
        tell(PrintStep.INTENT)
        copy = await self._submit(copy, pdf, printer, options)
        if copy.state is CopyState.SPOOLED:
            tell(PrintStep.SPOOLED)
            copy = await self._track(copy, printer, tell)
        return copy

    async def settle(self, copy: CopyRecord, printer: Printer) -> CopyRecord:
        """Find out what became of a copy whose printing was interrupted."""
        if copy.state is CopyState.PRINT_INTENT:
            copy = await self._look_for(copy, printer, Reason.INTERRUPTED)
        if copy.state in IN_FLIGHT:
            copy = await self._track(copy, printer, lambda step: None)
        if copy.state is CopyState.PRINTED:
            copy = await self._move(copy, CopyState.PRESENTED)
        return copy

    async def _render(
        self, issuance: Issuance, live: CopyRecord | None, maker: Maker
    ) -> tuple[CopyRecord, bytes]:
        number = (
            live.number
            if live is not None
            else await asyncio.to_thread(self._journal.next_copy_number, issuance.id)
        )
        with effect("make"):
            made = await maker.make(issuance, number)
        digest = self._keys.name("digest", made.digest) if made.digest else ""
        if live is None:
            copy = await asyncio.to_thread(
                self._journal.render, issuance.id, number, made.pages, digest
            )
        else:
            copy = await self._move(live, CopyState.RENDERED, pages=made.pages, digest=digest)
        return copy, made.pdf

    async def _intend(self, copy: CopyRecord, printer: Printer) -> CopyRecord:
        with effect("page-counter"):
            identity = (await printer.capabilities()).printer_uuid
            counter = await printer.page_counter()
        return await self._move(
            copy, CopyState.PRINT_INTENT, printer_uuid=identity, counter_before=counter
        )

    async def _submit(
        self, copy: CopyRecord, pdf: bytes, printer: Printer, options: PrintOptions
    ) -> CopyRecord:
        try:
            with self._spool.holding(copy.id, pdf) as document, effect("submit"):
                job = await printer.submit(document, copy.job_name, options)
        except (CommandRejected, DeviceNotReady) as refusal:
            return await self._move(copy, CopyState.VOID, reason=refusal.code, sheets=0)
        except DeviceError as problem:
            return await self._look_for(copy, printer, problem.code)
        return await self._spooled(copy, job)

    async def _look_for(self, copy: CopyRecord, printer: Printer, reason: str) -> CopyRecord:
        """Whether the queue got a copy of which only the intent is known.

        With no such job and a counter that stands still, nothing was printed, and a sheet that
        came out late would bear a void number.
        """
        try:
            with effect("find-job"):
                job = await printer.find_job(copy.job_name)
            if job is not None:
                return await self._spooled(copy, job)
            identity = (await printer.capabilities()).printer_uuid
            counter = await printer.page_counter()
        except DeviceError as problem:
            return await self._conclude(copy, unknown(problem.code))
        if identity != copy.printer_uuid:
            return await self._conclude(copy, unknown(Reason.PRINTER_SWAPPED))
        if counter is None or counter != copy.counter_before:
            return await self._conclude(copy, unknown(Reason.JOB_LOST))
        return await self._conclude(copy, Finding(CopyState.VOID, reason, 0))

    async def _spooled(self, copy: CopyRecord, job: PrintJob) -> CopyRecord:
        return await self._move(
            copy, CopyState.SPOOLED, job_id=job.job_id, printer_uri=job.printer_uri
        )

    async def _track(
        self, copy: CopyRecord, printer: Printer, tell: Callable[[PrintStep], None]
    ) -> CopyRecord:
        watch = _Watch(self._timing)
        while True:
            evidence, finding = await self._look(copy, printer)
            if evidence is not None:
                copy = await self._follow(copy, evidence, tell)
            if watch.is_over(evidence, finding):
                return await self._conclude(copy, finding)
            if watch.must_withdraw(evidence):
                await self._withdraw(copy, printer)
            await asyncio.sleep(self._timing.poll_s)

    async def _look(
        self, copy: CopyRecord, printer: Printer
    ) -> tuple[PrintEvidence | None, Finding]:
        try:
            with effect("evidence"):
                evidence = await printer.evidence(_job(copy))
        except DeviceError as problem:
            return None, unknown(problem.code)
        evidence = replace(evidence, counter_before=copy.counter_before)
        return evidence, judge(copy, evidence)

    async def _follow(
        self, copy: CopyRecord, evidence: PrintEvidence, tell: Callable[[PrintStep], None]
    ) -> CopyRecord:
        begun = (JobState.PROCESSING, JobState.STOPPED, JobState.COMPLETED)
        if copy.state is CopyState.SPOOLED and evidence.job_state in begun:
            copy = await self._move(copy, CopyState.PRINTING)
            tell(PrintStep.PRINTING)
        if evidence.counter_delta or evidence.device_impressions or evidence.output_sensor:
            tell(PrintStep.SHEET_OUT)
        return copy

    async def _withdraw(self, copy: CopyRecord, printer: Printer) -> None:
        try:
            with effect("cancel-job"):
                await printer.cancel_job(_job(copy))
        except DeviceError:
            # The next evidence tells whether the job is gone; nothing is concluded from this.
            return

    async def _conclude(self, copy: CopyRecord, finding: Finding) -> CopyRecord:
        copy = await self._move(
            copy, finding.state, reason=str(finding.reason), sheets=finding.sheets
        )
        if copy.state is CopyState.PRINTED:
            copy = await self._move(copy, CopyState.PRESENTED)
        return copy

    async def _move(self, copy: CopyRecord, state: CopyState, **changes: Any) -> CopyRecord:
        return await asyncio.to_thread(self._journal.move_copy, copy, state, **changes)


class _Watch:
    """When to give a job up, by the monotonic clock."""

    def __init__(self, timing: PrintTiming) -> None:
        self._timing = timing
        self._deadline = time.monotonic() + timing.deadline_s
        self._ended: float | None = None
        self._stopped: float | None = None
        self._withdrawn = False

    def is_over(self, evidence: PrintEvidence | None, finding: Finding) -> bool:
        """Whether waiting longer cannot teach anything."""
        now = time.monotonic()
        if finding.state is CopyState.PRINTED or finding.reason == Reason.JOB_LOST:
            return True
        if evidence is not None and evidence.job_state.final:
            self._ended = self._ended or now
            return now - self._ended >= self._timing.settle_s
        self._ended = None
        return self._withdrawn and now >= self._deadline

    def must_withdraw(self, evidence: PrintEvidence | None) -> bool:
        """Whether to take the job off the printer now; says so once."""
        now = time.monotonic()
        halted = evidence is not None and (
            evidence.job_state is JobState.STOPPED or any(each.stops for each in evidence.reasons)
        )
        self._stopped = (self._stopped or now) if halted else None
        stuck = self._stopped is not None and now - self._stopped >= self._timing.stopped_s
        ended = evidence is not None and evidence.job_state.final
        if self._withdrawn or ended or not (stuck or now >= self._deadline):
            return False
        self._withdrawn = True
        self._deadline = now + self._timing.settle_s
        return True


def _job(copy: CopyRecord) -> PrintJob:
    return PrintJob(
        job_id=copy.job_id or 0,
        job_name=copy.job_name,
        printer_uri=copy.printer_uri,
        printer_uuid=copy.printer_uuid,
        counter_before=copy.counter_before,
    )


def _teller(progress: ProgressCallback, copy: int) -> Callable[[PrintStep], None]:
    told: set[PrintStep] = set()

    def tell(step: PrintStep) -> None:
        if step not in told:
            told.add(step)
            progress(PrintProgress(step, copy))

    return tell
