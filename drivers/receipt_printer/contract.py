"""What every receipt printer does, and what may be said about its roll."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status, assumed
from drivers.document_printer.contract import PaperLevel, PrintMedia
from drivers.errors import HardwareFault, OperatorAction
from drivers.receipt_printer.receipt import Receipt


class Answer(StrEnum):
    """What a printer says of one sensor. Silence is neither yes nor no."""

    YES = "yes"
    NO = "no"
    NO_ANSWER = "noAnswer"


class Proof(StrEnum):
    """What is known of a receipt that was sent."""

    ECHO = "echo"
    """The printer worked through all of it, and said so afterwards."""
    NONE = "none"
    """The printer took it in and says nothing; nothing more is known."""


class PrintUnknown(HardwareFault):
    """The receipt went out in part, or its end was not confirmed: paper may have come out.

    What the printer still holds may come out later. Only a reprint, marked as such, may follow.
    """

    default_action = OperatorAction.CLEAR


@dataclass(frozen=True, slots=True)
class ReceiptPrinterStatus(Status):
    """Printer.Status as far as a receipt printer has it, and each sensor as it answered.

    ``printed_mm``: paper moved since the driver opened the printer, by the driver's count.
    """

    paper: Reading[PaperLevel]
    paper_out: Reading[Answer]
    near_end: Reading[Answer]
    cover_open: Reading[Answer]
    cutter_fault: Reading[Answer]
    offline: Reading[Answer]
    printed_mm: Reading[int]
    media: Reading[PrintMedia] = field(default_factory=lambda: assumed(PrintMedia.UNKNOWN))
    """Whether a receipt waits at the slot; unknown without a presenter, which alone tells."""


@dataclass(frozen=True, slots=True)
class ReceiptPrinterCapabilities(Capabilities):
    """``dots``: of one line; ``columns``: characters of a line, a Chinese one counts as two."""

    dots: int = 576
    columns: int = 48
    dots_a_mm: float = 8.0
    two_way: bool = True
    """Whether the printer's answers reach the driver."""
    presenter: bool = False
    """Whether it tells of a receipt at its slot, and can take it back."""


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """A receipt that went out whole.

    ``rastered_lines``: lines sent as dots because the printer's code page lacks a character of
    them. ``missing_glyphs``: characters that no font here has, printed as 〓.
    """

    proof: Proof
    length_mm: int
    reprint: bool
    rastered_lines: int
    missing_glyphs: int
    seconds: float


class ReceiptPrinter(Driver):
    """Commands of the class. Emits ``MediaPresentedEvent`` when a receipt comes to wait at a
    presenter's slot, and ``MediaTakenEvent`` when it is taken.

    Errors are ``DeviceError`` with these codes:

    ``receipt-printer-absent``, ``receipt-printer-port-busy`` (another process holds it),
    ``receipt-printer-port-denied`` (no right to open it), ``receipt-printer-silent``,
    ``receipt-printer-stalled``, ``receipt-printer-garbled``, ``receipt-printer-offline``,
    ``receipt-printer-broken``, ``receipt-paper-out`` (``paperOut``), ``receipt-cover-open``,
    ``receipt-cutter-jammed`` (``paperJammed``): nothing was sent.
    ``receipt-print-unknown``: it was sent in part or whole, and the end is not known.
    ``receipt-not-there`` (``noMediaPresent``): none waits at the slot. ``receipt-stuck``
    (``mediaJammed``): the presenter did not take it back.
    ``receipt-text-invalid``, ``receipt-code-invalid``, ``receipt-picture-invalid``,
    ``receipt-too-long``, ``receipt-font-missing``, ``job-rejected`` (by a print queue): it cannot
    be printed as asked.
    """

    device_class = "receipt-printer"

    @abstractmethod
    def print_receipt(self, receipt: Receipt) -> PrintedReceipt:
        """Print one receipt and cut it off. Not to be withdrawn once its first byte is sent."""

    @abstractmethod
    def print_raw(self, data: bytes) -> Proof:
        """Send bytes as they are, in the printer's own language; errors as ``print_receipt``, and
        ``CommandRejected`` ``receipt-drawer-pulse`` for bytes that may open a cash drawer. What
        else they do is the sender's matter: the next receipt begins from the first state."""

    @abstractmethod
    def control_media(self, control: Mapping[str, object]) -> None:
        """Printer.ControlMedia: ``cut`` or ``partial_cut``, or ``move`` ``eject``, which feeds to
        the cutter and cuts; with a presenter, ``eject`` pushes the receipt out to be taken,
        ``expel`` throws it out and ``retract`` takes it back. Raises ``CommandRejected``
        ``media-control-unknown`` for the rest."""

    @abstractmethod
    def retract_media(self) -> None:
        """Printer.RetractMedia: take back the receipt that waits at the slot, into the printer's
        bin. Raises ``receipt-not-there``, ``HardwareFault`` ``receipt-stuck``, and
        ``CommandRejected`` ``media-control-unknown`` without a presenter."""

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Print a short page that names the printer's settings; how long it took, and the proof."""

    @abstractmethod
    def reset(self) -> None:
        """Bring the printer back to its first state and forget what it holds."""
