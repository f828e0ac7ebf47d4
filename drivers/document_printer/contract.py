"""What every document printer does, and what may be said about paper.

Calling a print queue tells what the queue believes. ``PrintEvidence`` collects what each witness
says, strongest first, and never turns silence into an answer.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from drivers.device import Capabilities, Driver, Reading, Status, assumed


class PaperLevel(StrEnum):
    """Printer.Status ``paper``."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"


class PrintMedia(StrEnum):
    """Printer.Status ``media``: is a sheet in the output position?"""

    UNKNOWN = "unknown"
    PRESENT = "present"
    NOT_PRESENT = "notPresent"
    JAMMED = "jammed"
    ENTERING = "entering"
    RETRACTED = "retracted"


class TonerLevel(StrEnum):
    """Printer.Status ``toner`` and ``ink``."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"


class Severity(StrEnum):
    """Suffix of an IPP ``printer-state-reasons`` keyword (RFC 8011 section 5.4.12)."""

    REPORT = "report"
    WARNING = "warning"
    ERROR = "error"


HINDRANCES: Mapping[str, str] = {
    "media-empty": "paper-out",
    "input-tray-missing": "paper-out",
    "media-needed": "wrong-paper",
    "media-jam": "paper-jam",
    "cover-open": "cover-open",
    "door-open": "cover-open",
    "interlock-open": "cover-open",
    "output-area-full": "output-full",
    "toner-empty": "toner-out",
    "developer-empty": "toner-out",
    "marker-supply-empty": "toner-out",
}
"""What a person can put right, by the keyword that tells of it (``printer-state-reasons``, RFC 8011
section 5.4.12)."""


@dataclass(frozen=True, slots=True)
class StateReason:
    """One IPP state reason, its severity split off: ``media-jam``, ``error``."""

    keyword: str
    severity: Severity

    @property
    def stops(self) -> bool:
        """Whether the printer cannot print now. An unknown keyword with ``error`` stops too."""
        return self.severity is Severity.ERROR

    @property
    def hindrance(self) -> str | None:
        """Which of ``HINDRANCES`` stops the printer; ``None`` for others, and while it prints."""
        return HINDRANCES.get(self.keyword) if self.stops else None


@dataclass(frozen=True, slots=True)
class DocumentPrinterStatus(Status):
    """Printer.Status, as far as IPP tells it."""

    paper: Reading[PaperLevel]
    media: Reading[PrintMedia]
    toner: Reading[TonerLevel]
    reasons: Reading[tuple[StateReason, ...]]
    page_count: Reading[int | None]
    """The printer's life-time counter of impressions; ``None`` when it has none or is silent."""
    queued_jobs: Reading[int | None]
    toner_percent: Reading[int | None] = field(default_factory=lambda: assumed(None))
    """How much is left of the toner or ink that is emptiest; ``None`` when it is not told."""


@dataclass(frozen=True, slots=True)
class DocumentPrinterCapabilities(Capabilities):
    """``printer_uuid`` changes when the machine is swapped, and then its counter proves nothing."""

    printer_uuid: str = ""
    duplex: bool = False
    colour: bool = False
    media_ready: tuple[str, ...] = ()
    """PWG 5101.1 names, such as ``iso_a4_210x297mm``."""


class JobState(StrEnum):
    """IPP ``job-state`` (RFC 8011 section 5.3.7); ``absent``: the queue knows no such job."""

    PENDING = "pending"
    HELD = "pending-held"
    PROCESSING = "processing"
    STOPPED = "processing-stopped"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"
    ABSENT = "absent"

    @property
    def final(self) -> bool:
        """Whether the job will not change any more."""
        return self in (
            JobState.CANCELED,
            JobState.ABORTED,
            JobState.COMPLETED,
            JobState.ABSENT,
        )


@dataclass(frozen=True, slots=True)
class PrintEvidence:
    """What each witness says about one job's paper. ``None`` means no answer, never zero."""

    job_state: JobState
    queue_impressions: int | None
    """``job-impressions-completed`` of the queue."""
    device_impressions: int | None
    """``job-impressions-completed`` that the printer itself reports for the job."""
    counter_before: int | None
    counter_after: int | None
    output_sensor: bool | None
    """Whether the exit sensor saw a sheet; ``None`` when there is no sensor."""
    printer_uuid: str
    reasons: tuple[StateReason, ...] = ()
    blank: bool | None = None
    """Whether the sheet is known to be empty (toner); ``None`` when nothing can tell."""

    @property
    def counter_delta(self) -> int | None:
        """Impressions by the printer's counter; ``None`` when it is missing or ran backwards."""
        if self.counter_before is None or self.counter_after is None:
            return None
        delta = self.counter_after - self.counter_before
        return delta if delta >= 0 else None

    @property
    def counts(self) -> tuple[int, ...]:
        """What the witnesses who count say, strongest first. A job's state counts nothing."""
        said = (self.counter_delta, self.device_impressions, self.queue_impressions)
        return tuple(count for count in said if count is not None)

    @property
    def agreed_sheets(self) -> int | None:
        """The sheets that the strongest witness and at least one other agree on, else ``None``.

        A sensor at the exit cannot count, but it can contradict or confirm.
        """
        if not self.counts:
            return None
        strongest, sensor = self.counts[0], self.output_sensor
        if sensor is not None and sensor != (strongest > 0):
            return None
        agreeing = self.counts.count(strongest) + (sensor is not None)
        return strongest if agreeing >= 2 else None


@dataclass(frozen=True, slots=True)
class PrintJob:
    """A job that the queue has accepted."""

    job_id: int
    job_name: str
    """``cert:<copy uuid>``: the only trace of what it is; no personal data."""
    printer_uri: str
    printer_uuid: str
    counter_before: int | None


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How to print: PWG media name, copies are always 1, sides one or two."""

    media: str = "iso_a4_210x297mm"
    duplex: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


class DocumentPrinter(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``queue-absent`` (scheduler or queue not there), ``printer-offline``, ``printer-busy`` (another
    job has not ended), ``printer-stopped``
    (a state reason with severity error; ``error_code`` tells which: ``paperOut``, ``paperJammed``,
    ``tonerOut`` …), ``job-rejected``.
    """

    device_class = "document-printer"

    @abstractmethod
    def page_counter(self) -> int | None:
        """Ask the printer for its impressions counter now; ``None`` when it has none."""

    @abstractmethod
    def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
        """Hand one PDF to the queue. Returns when the queue has accepted it whole.

        Raises ``CommandRejected`` when the document is not a readable PDF, ``DeviceNotReady``
        when the queue is not there. After any other error, ask ``find_job``.
        """

    @abstractmethod
    def find_job(self, job_name: str) -> PrintJob | None:
        """The newest job of that name that the queue knows, else ``None``."""

    @abstractmethod
    def evidence(self, job: PrintJob) -> PrintEvidence:
        """Ask queue and printer about the job now. Does not wait.

        To be asked before the next job is submitted: the counter does not say whose sheet it was.
        """

    @abstractmethod
    def cancel_job(self, job: PrintJob) -> None:
        """Take the job off queue and printer; no error when it is gone already."""

    @abstractmethod
    def purge(self) -> int:
        """Cancel and forget every job of the queue; returns how many there were."""
