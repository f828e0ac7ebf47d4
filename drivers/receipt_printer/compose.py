"""A receipt as the bytes that a printer takes, and how much paper they use.

Lines whose characters all are in the printer's code page go out as text; any other line goes out
whole as dots, so that no character ever comes out as another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image

from drivers.errors import CommandRejected
from drivers.receipt_printer import commands, dots, layout
from drivers.receipt_printer.layout import CodePage
from drivers.receipt_printer.raster import raster
from drivers.receipt_printer.receipt import (
    Align,
    Barcode,
    Cut,
    Feed,
    Line,
    Picture,
    QrCode,
    Receipt,
    Row,
    Rule,
    TextLine,
)
from drivers.receipt_printer.typeface import Typeface

REPRINT = "重打 COPY"
LONGEST_MM = 2000
"""A receipt longer than this is a mistake."""
_LINE_ROWS = dots.line_rows(1)
_TO_CUTTER_ROWS = 120
"""About 15 mm from the head to the cutter, which ``GS V`` feeds first."""
_LARGEST_SIZE = 4
_BAND_ROWS = 512
"""Rows of one GS v 0, so that a printer with a small buffer can begin."""
_BARCODE_MODULE = 2


@dataclass(frozen=True, slots=True)
class Paper:
    """The printer that a receipt is composed for."""

    dots: int
    dots_a_mm: float
    code_page: CodePage
    own_codes: bool
    """Whether the printer draws QR codes and barcodes itself."""
    font: Path
    bold_font: Path

    @property
    def columns(self) -> int:
        """Columns of a line."""
        return self.dots // dots.CELL


@dataclass(frozen=True, slots=True)
class Composed:
    """Bytes for the printer, and what is to be told of them."""

    data: bytes
    rows: int
    rastered_lines: int
    missing_glyphs: int


def compose(receipt: Receipt, paper: Paper) -> Composed:
    """Raises ``CommandRejected`` ``receipt-text-invalid``, ``receipt-code-invalid``,
    ``receipt-picture-invalid``, ``receipt-too-long``, ``receipt-font-missing``."""
    work = _Composition(paper)
    if receipt.reprint:
        work.add(TextLine(REPRINT, size=2, bold=True, align=Align.CENTER))
        work.add(Rule())
    for line in receipt.lines:
        work.add(line)
        if work.rows > LONGEST_MM * paper.dots_a_mm:
            raise CommandRejected("receipt-too-long", f"a receipt is {LONGEST_MM} mm at most")
    return work.finished(receipt.cut)


class _Composition:
    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self._parts = [
            commands.INITIALISE,
            commands.ASCII,
            commands.dots_as_units(paper.dots_a_mm),
        ]
        chinese = paper.code_page is not CodePage.NONE
        self._parts.append(commands.CHINESE_ON if chinese else commands.CHINESE_OFF)
        self.rows = 0
        self._rastered = 0
        self._missing = 0

    @cached_property
    def _regular(self) -> Typeface:
        return Typeface(self._paper.font)

    @cached_property
    def _bold(self) -> Typeface:
        return Typeface(self._paper.bold_font, bold=True)

    def add(self, line: Line) -> None:
        match line:
            case TextLine():
                self._add_text(line)
            case Row():
                self._add_row(line)
            case Rule():
                self._draw(dots.rule(self._paper.dots))
            case QrCode():
                self._add_qr_code(line)
            case Barcode():
                self._add_barcode(line)
            case Picture():
                self._draw(dots.picture(line.data, self._paper.dots))
            case Feed():
                self._add_feed(line)

    def finished(self, cut: Cut) -> Composed:
        self.rows += _TO_CUTTER_ROWS
        if cut is Cut.NONE:
            self._feed(4)
        self._parts.append(commands.cut(cut))
        return Composed(b"".join(self._parts), self.rows, self._rastered, self._missing)

    def _add_text(self, line: TextLine) -> None:
        if not 1 <= line.size <= _LARGEST_SIZE:
            raise CommandRejected("receipt-text-invalid", "a text's size is 1 to 4")
        text = layout.clean(line.text)
        native = layout.encoded(text, self._paper.code_page) is not None
        width = self._paper.columns // line.size
        for each in layout.wrapped(text, width, native=native):
            self._set(each, line, native=native)

    def _add_row(self, line: Row) -> None:
        left, right = (layout.clean(each).replace("\n", " ") for each in (line.left, line.right))
        native = layout.encoded(left + right, self._paper.code_page) is not None
        style = TextLine("", bold=line.bold)
        for each in layout.in_row(left, right, self._paper.columns, native=native):
            self._set(each, style, native=native)

    def _set(self, text: str, style: TextLine, *, native: bool) -> None:
        """One line of paper."""
        data = layout.encoded(text, self._paper.code_page) if native else None
        if data is None:
            face = self._bold if style.bold else self._regular
            bitmap, missing = dots.text_line(
                text, self._paper.dots, face, size=style.size, align=style.align
            )
            self._rastered += 1
            self._missing += missing
            self._draw(bitmap)
            return
        self._parts += [
            commands.align(style.align),
            commands.size(style.size),
            commands.bold(on=style.bold),
            self._spacing(style.size),
            data,
            b"\n",
        ]
        self.rows += dots.line_rows(style.size)

    def _spacing(self, size: int) -> bytes:
        return commands.line_spacing(dots.line_rows(size), self._paper.dots_a_mm)

    def _add_qr_code(self, line: QrCode) -> None:
        if not line.data or not 2 <= line.module_dots <= 16:
            raise dots.code_invalid()
        bitmap = dots.qr_code(line.data, line.module_dots, line.correction, self._paper.dots)
        if not self._paper.own_codes:
            self._draw(bitmap)
            return
        self._parts += [
            commands.align(Align.CENTER),
            commands.qr_code(line.data.encode(), line.module_dots, line.correction),
        ]
        self.rows += bitmap.height

    def _add_barcode(self, line: Barcode) -> None:
        printable = line.data.isascii() and line.data.isprintable() and 0 < len(line.data) <= 80
        if not printable or not 1 <= line.height_dots <= 255:
            raise dots.code_invalid()
        bitmap = dots.code_128(line.data, line.height_dots, _BARCODE_MODULE, self._paper.dots)
        modules = 11 * (len(line.data) + 3) + 13 + 20
        if self._paper.own_codes and modules * _BARCODE_MODULE <= self._paper.dots:
            self._parts += [
                commands.align(Align.CENTER),
                commands.code_128(line.data.encode("ascii"), line.height_dots, _BARCODE_MODULE),
            ]
            self.rows += line.height_dots + _LINE_ROWS
            return
        self._draw(bitmap)
        self._add_text(TextLine(line.data, align=Align.CENTER))

    def _add_feed(self, line: Feed) -> None:
        if not 1 <= line.lines <= 255:
            raise CommandRejected("receipt-text-invalid", "1 to 255 empty lines can be fed")
        self._feed(line.lines)
        self.rows += line.lines * _LINE_ROWS

    def _feed(self, lines: int) -> None:
        self._parts += [self._spacing(1), commands.feed(lines)]

    def _draw(self, bitmap: Image.Image) -> None:
        self._parts.append(commands.align(Align.LEFT))
        for top in range(0, bitmap.height, _BAND_ROWS):
            bottom = min(top + _BAND_ROWS, bitmap.height)
            self._parts.append(raster(bitmap.crop((0, top, bitmap.width, bottom))))
        self.rows += bitmap.height


def specimen(paper: Paper) -> Receipt:
    """What a printer tries itself with: its own characters, and some that it has not."""
    return Receipt(
        (
            TextLine("测试页 TEST", size=2, bold=True, align=Align.CENTER),
            Rule(),
            Row("每行点数 dots", str(paper.dots)),
            Row("每行字符 columns", str(paper.columns)),
            Row("字库 code page", paper.code_page.value),
            TextLine("点阵字样 𠮷䶮"),
        )
    )
