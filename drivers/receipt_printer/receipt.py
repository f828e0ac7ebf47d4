"""What a receipt is made of: typed lines, from the top of the paper down.

Texts are what a clerk would write, in any characters. How they reach the paper, as the printer's
own characters or as dots, is the driver's business (``drivers.receipt_printer.compose``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Align(StrEnum):
    """Where a line stands on the paper."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Correction(StrEnum):
    """Error correction of a QR code (ISO/IEC 18004): 7, 15, 25 and 30 % may be lost."""

    L = "L"
    M = "M"
    Q = "Q"
    H = "H"


class Cut(StrEnum):
    """How the paper is cut after a receipt (XFS4IoT ControlMedia ``cut``, ``partialCut``)."""

    NONE = "none"
    PARTIAL = "partialCut"
    FULL = "cut"


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words; as many lines of paper as they need. ``size``: 1 to 4 times as high and wide."""

    text: str = field(repr=False)
    size: int = 1
    bold: bool = False
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Rule:
    """A line from edge to edge."""


@dataclass(frozen=True, slots=True)
class Row:
    """Two columns: a name at the left edge, its value at the right one."""

    left: str = field(repr=False)
    right: str = field(repr=False)
    bold: bool = False


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code, model 2, in the middle. ``module_dots``: dots a module, 2 to 16."""

    data: str = field(repr=False)
    module_dots: int = 6
    correction: Correction = Correction.M


@dataclass(frozen=True, slots=True)
class Barcode:
    """Code 128, with its text below it. ``data``: printable ASCII; ``height_dots``: 1 to 255."""

    data: str = field(repr=False)
    height_dots: int = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the middle, made narrower when it is wider than the paper. ``data``: PNG or
    JPEG."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Feed:
    """Empty paper, in lines of text (1 to 255)."""

    lines: int = 1


Line = TextLine | Rule | Row | QrCode | Barcode | Picture | Feed


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt. ``reprint``: it was printed before, or may have been; the paper says so first.

    A receipt whose print ended with ``receipt-print-unknown`` may only be sent again with
    ``reprint``, so that two papers are never taken for two receipts.
    """

    lines: tuple[Line, ...]
    reprint: bool = False
    cut: Cut = Cut.PARTIAL
