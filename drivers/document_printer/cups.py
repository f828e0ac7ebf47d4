"""A document printer behind a CUPS queue.

CUPS moves the document; it is not asked what became of it. Its own counts are those of its
filters: a job that was swallowed, or printed twice after a restart, looks the same there (both
measured with CUPS 2.4.2). What lies in the tray is asked of the printer: once through the job
that it remembers, once through its life-time counter. These are the two witnesses.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from pydantic import Field
from typing_extensions import override

from drivers.device import (
    DeviceEvent,
    DeviceState,
    DriverSettings,
    assumed,
    command,
)
from drivers.document_printer.contract import (
    DocumentPrinter,
    DocumentPrinterCapabilities,
    DocumentPrinterStatus,
    JobState,
    PaperLevel,
    PrintEvidence,
    PrintJob,
    PrintMedia,
    PrintOptions,
    TonerLevel,
)
from drivers.document_printer.description import (
    capabilities_of,
    reasons_of,
    silent_status,
    status_of,
)
from drivers.document_printer.ipp import Group
from drivers.document_printer.ipp_printer import DeviceJob, IppPrinter
from drivers.document_printer.print_queue import PrintQueue
from drivers.document_printer.reasons import (
    stop_error,
    toner_level,
)
from drivers.document_printer.snmp import read_page_counter
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady, ProtocolError

log = logging.getLogger(__name__)

COUNTER = "printer-impressions-completed"
"""The life-time counter of impressions, where a printer has one in IPP (PAPPL printers do)."""

_JOB_NAME = re.compile(r"[a-z]+:[0-9A-Za-z-]{1,64}")
_PRINTER_PROCESSING = 4
"""``printer-state`` (RFC 8011 section 5.4.11)."""
_BUSY_PATIENCE_S = 15.0
_BUSY_PAUSE_S = 0.1
_PDF_START = b"%PDF-"
_PDF_END = b"%%EOF"
_END_WINDOW = 1024
_MAX_DOCUMENT = 32 << 20


class CounterSource(StrEnum):
    """Where the printer's life-time counter is read."""

    IPP = "ipp"
    """``printer-impressions-completed`` of its IPP attributes."""
    SNMP = "snmp"
    """``prtMarkerLifeCount`` of the Printer MIB, which most network printers have."""


class CupsSettings(DriverSettings):
    """Where the queue is, and where the printer itself."""

    server: Path = Field(title="Print scheduler", description="Unix socket of the scheduler")
    queue: str = Field(default="document-printer", title="Queue", pattern=r"^[A-Za-z0-9_-]{1,127}$")
    printer_uri: str = Field(
        title="Printer",
        description="The printer's own address: ipp://host/ipp/print or unix:///path",
    )
    counter: CounterSource = Field(default=CounterSource.IPP, title="Page counter")
    snmp_community: str = Field(default="public", title="SNMP community", max_length=32)
    answer_timeout_s: float = Field(
        default=3.0,
        title="Answer time",
        description="Seconds to wait for the printer's answer",
        gt=0,
        le=30,
    )


class CupsPrinter(DocumentPrinter):
    """Prints through a CUPS queue and asks the printer what became of it."""

    settings_type = CupsSettings

    def __init__(self, settings: CupsSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._queue = PrintQueue(settings.server, settings.queue)
        self._printer = IppPrinter(settings.printer_uri, settings.answer_timeout_s)
        self._status = DocumentPrinterStatus(
            device=assumed(DeviceState.STARTING),
            paper=assumed(PaperLevel.UNKNOWN),
            media=assumed(PrintMedia.UNKNOWN),
            toner=assumed(TonerLevel.UNKNOWN),
            reasons=assumed(()),
            page_count=assumed(None),
            queued_jobs=assumed(None),
        )
        self._capabilities = DocumentPrinterCapabilities()

    @override
    def open(self) -> None:
        self.refresh()
        if self._status.device.value is DeviceState.OFFLINE:
            raise DeviceNotReady("printer-offline", "the printer does not answer")
        if self._status.device.value is DeviceState.NO_DEVICE:
            raise DeviceNotReady("queue-absent", "the print queue is not there")

    @override
    def close(self) -> None:
        """Nothing is held open between commands."""

    @override
    def refresh(self) -> None:
        """Ask printer and queue. Silence is a status (``offline``), not an error: the reasons that
        were known before the printer went silent say nothing any more."""
        waiting = self._waiting_jobs()
        try:
            description = self._printer.describe()
        except (DeviceNotReady, ProtocolError):
            self._learn(silent_status(waiting))
            return
        self._capabilities = capabilities_of(description)
        self._learn(status_of(description, waiting, self._counter(description)))

    @override
    def status(self) -> DocumentPrinterStatus:
        return self._status

    @override
    def capabilities(self) -> DocumentPrinterCapabilities:
        return self._capabilities

    @override
    @command(deadline_s=10)
    def page_counter(self) -> int | None:
        return self._counter(self._printer.describe())

    @override
    @command(deadline_s=30)
    def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
        _check_document(document)
        if not _JOB_NAME.fullmatch(job_name):
            raise CommandRejected("job-rejected", "a job's name is a kind, a colon and an id")
        description = self._await_idle()
        job_id = self._queue.send(document, job_name, _queue_options(options))
        return self._job(job_id, job_name, description, self._counter(description))

    @override
    @command(deadline_s=10)
    def find_job(self, job_name: str) -> PrintJob | None:
        ids = [job_id for job_id, name in self._queue.jobs().items() if name == job_name]
        if not ids:
            return None
        return self._job(max(ids), job_name, self._printer.describe(), None)

    @override
    @command(deadline_s=20)
    def evidence(self, job: PrintJob) -> PrintEvidence:
        queue_state = self._queue_state(job)
        try:
            device_jobs = self._printer.jobs_named(job.job_name)
            description = self._printer.describe()
        except (DeviceNotReady, ProtocolError):
            return _evidence_of_queue_alone(job, queue_state)
        printer_uuid = description.string("printer-uuid")
        reasons = reasons_of(description)
        same_machine = printer_uuid == job.printer_uuid
        return PrintEvidence(
            job_state=_agreed_state(queue_state, device_jobs),
            queue_impressions=None,
            device_impressions=_impressions(device_jobs),
            counter_before=job.counter_before,
            counter_after=self._counter(description) if same_machine else None,
            output_sensor=None,
            printer_uuid=printer_uuid,
            reasons=reasons,
            blank=True if toner_level(reasons) is TonerLevel.OUT else None,
        )

    @override
    @command(deadline_s=20)
    def cancel_job(self, job: PrintJob) -> None:
        self._queue.forget(job.job_id)
        self._cancel_at_printer(job.job_name)

    @override
    @command(deadline_s=60)
    def purge(self) -> int:
        jobs = self._queue.jobs()
        for job_id, name in jobs.items():
            self._queue.forget(job_id)
            with suppress(DeviceError):
                self._cancel_at_printer(name)
        return len(jobs)

    def _cancel_at_printer(self, job_name: str) -> None:
        for device_job in self._printer.jobs_named(job_name):
            if not device_job.state.final:
                self._printer.cancel(device_job.job_id)

    def _await_idle(self) -> Group:
        """The printer's description once nothing is printed any more.

        Two jobs at once would share one counter, and neither could prove its sheet. Raises what
        keeps the printer from printing, or ``DeviceNotReady`` (``printer-busy``).
        """
        deadline = time.monotonic() + _BUSY_PATIENCE_S
        while time.monotonic() < deadline:
            self._queue.check()
            description = self._printer.describe()
            if error := stop_error(reasons_of(description)):
                raise error
            printing = description.integer("printer-state") == _PRINTER_PROCESSING
            if not printing and not self._queue.waiting_jobs():
                return description
            self.cancellation.sleep(_BUSY_PAUSE_S)
        raise DeviceNotReady("printer-busy", "the printer is still at another job")

    def _counter(self, description: Group) -> int | None:
        """The life-time counter; a source that does not answer is one witness less, no error."""
        if self._settings.counter is CounterSource.IPP:
            return description.integer(COUNTER)
        with suppress(DeviceNotReady, ProtocolError):
            return read_page_counter(
                self._printer.host,
                community=self._settings.snmp_community,
                timeout_s=self._settings.answer_timeout_s,
            )
        return None

    def _queue_state(self, job: PrintJob) -> JobState:
        """The state at the queue. CUPS stops a job whose document its filters cannot read, and
        keeps that document until somebody decides; here the job is cancelled at once."""
        try:
            if self._queue.job_state(job.job_id, job.job_name) is JobState.STOPPED:
                self._queue.cancel(job.job_id)
            return self._queue.job_state(job.job_id, job.job_name)
        except (DeviceNotReady, CommandRejected):
            return JobState.ABSENT

    def _waiting_jobs(self) -> int | None:
        try:
            self._queue.check()
            return self._queue.waiting_jobs()
        except (DeviceNotReady, CommandRejected):
            return None

    def _job(
        self, job_id: int, job_name: str, description: Group, counter_before: int | None
    ) -> PrintJob:
        return PrintJob(
            job_id=job_id,
            job_name=job_name,
            printer_uri=self._printer.uri,
            printer_uuid=description.string("printer-uuid"),
            counter_before=counter_before,
        )

    def _learn(self, status: DocumentPrinterStatus) -> None:
        before, self._status = self._status, status
        if before.device.value != status.device.value:
            self.emit(DeviceEvent("StatusChangedEvent", {"device": status.device.value}))
        if before.paper.value != status.paper.value:
            self.emit(DeviceEvent("PaperThresholdEvent", {"paperThreshold": status.paper.value}))
        if before.toner.value != status.toner.value:
            self.emit(DeviceEvent("TonerThresholdEvent", {"tonerThreshold": status.toner.value}))
        for reason in set(status.reasons.value) - set(before.reasons.value):
            log.warning("printer reports %s (%s)", reason.keyword, reason.severity)


def _queue_options(options: PrintOptions) -> dict[str, str]:
    return {
        **options.extra,
        "copies": "1",
        "media": options.media,
        "sides": "two-sided-long-edge" if options.duplex else "one-sided",
    }


def _check_document(document: Path) -> None:
    """Raise ``CommandRejected`` unless the file begins and ends as a PDF (ISO 32000-1, 7.5)."""
    try:
        size = document.stat().st_size
        with document.open("rb") as stream:
            start = stream.read(len(_PDF_START))
            stream.seek(max(0, size - _END_WINDOW))
            end = stream.read()
    except OSError as error:
        raise CommandRejected("job-rejected", f"no document: {error.strerror}") from None
    if start != _PDF_START or _PDF_END not in end:
        raise CommandRejected("job-rejected", "the document is not a whole PDF")
    if size > _MAX_DOCUMENT:
        raise CommandRejected("job-rejected", f"the document is larger than {_MAX_DOCUMENT} bytes")


def _impressions(device_jobs: list[DeviceJob]) -> int | None:
    """All impressions of the jobs of one name; ``None`` as soon as one of them is not counted."""
    counts = [job.impressions for job in device_jobs if job.impressions is not None]
    return sum(counts) if counts and len(counts) == len(device_jobs) else None


def _agreed_state(queue_state: JobState, device_jobs: list[DeviceJob]) -> JobState:
    """The printer's word goes before the queue's, which is done once the document is handed over.

    With several jobs of one name, the one that is not over decides, as more paper may come.
    """
    states = [job.state for job in device_jobs]
    return next(
        (state for state in states if not state.final), states[0] if states else queue_state
    )


def _evidence_of_queue_alone(job: PrintJob, queue_state: JobState) -> PrintEvidence:
    """What is left when the printer is silent: a handed-over job may still be printing."""
    handed_over = queue_state is JobState.COMPLETED
    return PrintEvidence(
        job_state=JobState.STOPPED if handed_over else queue_state,
        queue_impressions=None,
        device_impressions=None,
        counter_before=job.counter_before,
        counter_after=None,
        output_sensor=None,
        printer_uuid=job.printer_uuid,
    )
