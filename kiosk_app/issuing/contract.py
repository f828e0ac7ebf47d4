"""What issuing asks of the register, the printer and the workshop, and the values it gives back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from drivers.document_printer.contract import (
    DocumentPrinterCapabilities,
    PrintEvidence,
    PrintJob,
    PrintOptions,
)
from kiosk_app.connectors.housing_register.contract import Receipt
from kiosk_app.issuing.states import CopyState
from kiosk_app.people import Applicant

RequestT = TypeVar("RequestT", contravariant=True)


class Authority(Protocol[RequestT]):
    """Whoever gives numbers; a housing register is one. Raises ``RegisterError`` only."""

    async def issue(self, key: str, request: RequestT, /) -> Receipt:
        """Have a document issued, once per key."""
        ...

    async def receipt(self, key: str, /) -> Receipt | None:
        """What became of a key; ``None`` when it was never accepted."""
        ...


class Printer(Protocol):
    """A document printer as seen from the service: the driver's commands, awaited.

    Raises ``drivers.errors.DeviceError`` only.
    """

    async def capabilities(self) -> DocumentPrinterCapabilities:
        """The printer's identity, among others."""
        ...

    async def page_counter(self) -> int | None:
        """The printer's life-time counter now."""
        ...

    async def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
        """Hand one PDF to the queue."""
        ...

    async def find_job(self, job_name: str) -> PrintJob | None:
        """The newest job of that name, else ``None``."""
        ...

    async def evidence(self, job: PrintJob) -> PrintEvidence:
        """What queue and printer say of a job now."""
        ...

    async def cancel_job(self, job: PrintJob) -> None:
        """Take a job off queue and printer."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """What tells one document apart from another that the same person may ask for.

    ``kind`` is the document's name in its service (``certificate``, ``record``). ``occasion`` sets
    rehearsals apart, so that none meets another's documents; it is empty at a real terminal.
    """

    service: str
    kind: str
    applicants: tuple[Applicant, ...]
    districts: tuple[str, ...]
    purpose: str
    receiving_body: str
    occasion: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A document that is wanted, found again or new.

    ``payload`` is what the paper will say. When ``resumed``, it is that of the earlier attempt:
    the request to the register and the paper are made from it, not from a newer answer.
    """

    id: str
    key: str
    day: date
    resumed: bool
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issuance:
    """A document that exists: its number, since when, and what it says."""

    id: str
    key: str
    service: str
    kind: str
    serial: str
    issued_at: datetime
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """One copy as a file. ``digest`` is what its code carries about the content, or ``""``."""

    pdf: bytes = field(repr=False)
    pages: int = 1
    digest: str = ""


class Maker(Protocol):
    """The workshop that writes a copy."""

    async def make(self, issuance: Issuance, copy: int, /) -> Made:
        """The PDF of one copy number."""
        ...


class PrintStep(StrEnum):
    """What the screen may say while a copy is printed; each is true when it is said."""

    INTENT = "intent"
    SPOOLED = "spooled"
    PRINTING = "printing"
    SHEET_OUT = "sheet-out"


@dataclass(frozen=True, slots=True)
class PrintProgress:
    """One step, reached at ``at`` seconds of ``time.monotonic()``."""

    step: PrintStep
    copy: int
    at: float = field(default_factory=time.monotonic)


ProgressCallback = Callable[[PrintProgress], None]


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """What became of an attempt on paper.

    ``reason`` says why a copy is void or with staff: an IPP state reason (``media-jam``,
    ``media-empty``), a device error's code (``queue-absent``), or one of ``Reason``.
    ``sheets`` is ``None`` when nobody knows.
    """

    id: str
    serial: str
    number: int
    state: CopyState
    reason: str
    sheets: int | None


class Reason(StrEnum):
    """Why a copy is void or with staff, as far as the printer has no word for it."""

    INTERRUPTED = "interrupted"
    """The terminal stopped before anything was sent."""
    NOTHING_CAME_OUT = "nothing-came-out"
    """The job ended, and counter and printer agree that no sheet was printed."""
    SWALLOWED = "swallowed"
    """The queue calls the job complete, and no sheet was printed."""
    EVIDENCE_MISSING = "evidence-missing"
    """No two witnesses agree."""
    EVIDENCE_CONTRADICTS = "evidence-contradicts"
    """The strongest witness says otherwise than the rest."""
    PRINTER_SWAPPED = "printer-swapped"
    """Another printer answered than the one it was sent to."""
    COUNTER_RAN_BACK = "counter-ran-back"
    """The printer's counter is lower than before."""
    JOB_LOST = "job-lost"
    """The queue does not know the job any more."""
    STILL_PENDING = "still-pending"
    """The job did not end in time and could not be withdrawn."""
    TOO_MANY_SHEETS = "too-many-sheets"
    """More sheets came out than the copy has pages."""
    INCOMPLETE = "incomplete"
    """Fewer sheets came out than the copy has pages."""
    BLANK = "blank"
    """The sheet is empty."""
    NOT_TAKEN = "not-taken"
    """The citizen left it, and it was put away."""
    MISSING = "missing"
    """The citizen says that no paper came out."""
    STAFF = "staff"
    """Staff declared it so."""


class Verdict(StrEnum):
    """What may be said about a paper with a genuine code."""

    VALID = "valid"
    VOID = "void"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine code says. ``digest``: ``None`` when the code carries none."""

    serial: str
    copy: int
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict about some claims. Nothing in it is about a person."""

    verdict: Verdict
    state: CopyState | None = None
    service: str | None = None
    kind: str | None = None
    issued_at: datetime | None = None
