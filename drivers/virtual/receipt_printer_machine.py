"""The inside of a virtual receipt printer: ESC/POS in, paper and answers out.

Sources: Epson, ESC/POS Application Programming Guide. In its first state it is what a printer
sold in China may be: Chinese characters off, international set China (``$`` prints ``￥``), lines
30 dots apart, paper counted in half dots. It has a presenter (GS e, DLE EOT 20: Pyramid
Technologies, ESC/POS Command Set).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from drivers.virtual.receipt_printer_panel import Panel
from drivers.virtual.receipt_printer_paper import Glyph, ReceiptPaper

BUFFER = 65_536
"""Bytes that the printer keeps while it cannot print; more are lost."""
_DOTS_A_MM = 8
_DOTS_AN_INCH = 203
_HALF_A_DOT = 0.5
_LINE = 30
"""Dots from line to line until it is told otherwise."""
_NEAR_END_MM = 3_000
_TO_CUTTER = 120
_CHINA = 15
_CORRECTIONS = {48: "L", 49: "M", 50: "Q", 51: "H"}
_FULL_STATUS = 20
PRESENT, RETRACT, EXPEL = b"\x03", b"\x02", b"\x05"
"""GS e: what the presenter is to do."""
_EJECTOR = {3: 1, 32: 2}
"""GS e: arguments of its moves."""
_REAL_TIME = {b"\x10\x04": 1, b"\x10\x05": 1}
_ARGUMENTS = {
    b"\x1b2": 0, b"\x1b3": 1, b"\x1b@": 0, b"\x1bE": 1, b"\x1bG": 1, b"\x1bJ": 1, b"\x1bR": 1,
    b"\x1ba": 1, b"\x1bd": 1, b"\x1bp": 3, b"\x1bt": 1, b"\x1c&": 0, b"\x1c.": 0, b"\x1c!": 1,
    b"\x1d!": 1, b"\x1dB": 1, b"\x1dH": 1, b"\x1dP": 2, b"\x1da": 1, b"\x1df": 1, b"\x1dh": 1,
    b"\x1dr": 1, b"\x1dw": 1, **_REAL_TIME,
}  # fmt: skip
"""Commands of a fixed length: bytes after the two of their name."""


class _Incomplete(Exception):
    """More bytes must come."""


@dataclass(slots=True)
class _Mode:
    """What commands have set; ESC @ and power set it back."""

    chinese: bool = False
    country: int = _CHINA
    align: int = 0
    size: int = 1
    bold: bool = False
    unit: float = _HALF_A_DOT
    """Dots that the paper moves by one unit."""
    spacing: int = _LINE
    bar_height: int = 162
    bar_module: int = 3
    bar_text: int = 0
    qr_module: int = 3
    qr_correction: str = "L"
    qr_data: bytes = b""
    line: list[Glyph] = field(default_factory=list)

    def in_dots(self, units: int) -> int:
        """How far so many units move the paper."""
        return round(units * self.unit)

    def set(self, name: bytes, number: int) -> None:
        """Carry out a command that only sets something."""
        match name:
            case b"\x1ba":
                self.align = number % 48 if number % 48 < 3 else self.align
            case b"\x1bE":
                self.bold = bool(number & 1)
            case b"\x1bR":
                self.country = number
            case b"\x1c&" | b"\x1c.":
                self.chinese = name == b"\x1c&"
            case b"\x1b2" | b"\x1b3":
                self.spacing = self.in_dots(number) if name == b"\x1b3" else _LINE
            case b"\x1dP":
                self.unit = _DOTS_AN_INCH / number if number else _HALF_A_DOT
            case b"\x1d!":
                self.size = (number & 7) + 1
            case _:
                self._set_bars(name, number)

    def _set_bars(self, name: bytes, number: int) -> None:
        match name:
            case b"\x1dh":
                self.bar_height = number
            case b"\x1dw":
                self.bar_module = number
            case b"\x1dH":
                self.bar_text = number % 48


class EscPosMachine:
    """``answer`` is called with what the printer says, ``cut_off`` with each receipt that it cuts
    off, ``printed`` after each line that came out, ``moved`` with ``PRESENT``, ``RETRACT`` or
    ``EXPEL`` when the presenter is told to."""

    def __init__(
        self,
        dots: int,
        answer: Callable[[bytes], None],
        cut_off: Callable[[Image.Image], None],
        printed: Callable[[], None],
        moved: Callable[[bytes], None] = lambda move: None,
    ) -> None:
        self._dots = dots
        self._answer = answer
        self._cut_off = cut_off
        self._printed = printed
        self._moved = moved
        self._buffer = b""
        self._mode = _Mode()
        self._automatic = False
        self._told = b""
        self._paper = ReceiptPaper(dots)
        self.faults = Panel()
        """What the switches say; the roll adds to it."""
        self.presented = False
        """Whether a receipt waits at the presenter's slot."""
        self.roll_mm = 80_000.0
        self.printed_mm = 0.0
        self.drawer_pulses = 0
        self.unknown_commands = 0

    @property
    def panel(self) -> Panel:
        """What is seen at the printer now."""
        faults = self.faults
        return Panel(
            paper_out=faults.paper_out or self.roll_mm <= 0,
            near_end=faults.near_end or self.roll_mm < _NEAR_END_MM,
            cover_open=faults.cover_open,
            cutter_jam=faults.cutter_jam,
            offline=faults.offline,
        )

    @property
    def hanging_rows(self) -> int:
        """Rows that have come out and are not cut off."""
        return self._paper.rows

    def power_off(self) -> None:
        """Forget all but the paper."""
        self._buffer = b""
        self._mode = _Mode()
        self._automatic = False

    def look(self) -> None:
        """Tell a change of the panel, and go on with what waited."""
        self._tell_change()
        self._work()

    def feed(self, data: bytes) -> None:
        """Take bytes from the wire."""
        if self.panel.stopped:
            data = self._answer_real_time(data)
        self._buffer = (self._buffer + data)[:BUFFER] if self.panel.stopped else self._buffer + data
        self._work()

    def _answer_real_time(self, data: bytes) -> bytes:
        """While it cannot print, only DLE EOT and DLE ENQ are carried out."""
        rest, at = bytearray(), 0
        while at < len(data):
            if data[at : at + 2] in _REAL_TIME and at + 2 < len(data):
                self._carry_out(data[at : at + 2], data[at + 2 : at + 3])
                if data[at : at + 2] == b"\x10\x05":  # clear the buffers; else all was printed
                    self._buffer = b""
                    rest.clear()
                at += 3
            else:
                rest.append(data[at])
                at += 1
        return bytes(rest)

    def _work(self) -> None:
        while self._buffer and not self.panel.stopped:
            try:
                used = self._step(self._buffer)
            except _Incomplete:
                return
            self._buffer = self._buffer[used:]
            self._tell_change()

    def _tell_change(self) -> None:
        now = self.panel.automatic()
        if self._automatic and now != self._told:
            self._told = now
            self._answer(now)

    def _step(self, data: bytes) -> int:
        """Carry out the first command; returns its length."""
        if data[0] not in (0x10, 0x1B, 0x1C, 0x1D):
            return self._character(data)
        name = _need(data, 0, 2)
        if name in _ARGUMENTS:
            count = _ARGUMENTS[name]
            self._carry_out(name, _need(data, 2, count))
            return 2 + count
        match name:
            case b"\x1dv":
                return self._raster(data)
            case b"\x1d(":
                return self._symbol(data)
            case b"\x1dk":
                return self._barcode(data)
            case b"\x1dV":
                return self._cut(data)
            case b"\x1de":
                return self._eject(data)
        self.unknown_commands += 1
        return 2

    def _carry_out(self, name: bytes, given: bytes) -> None:
        mode, number = self._mode, given[-1] if given else 0
        match name:
            case b"\x10\x04" if number == _FULL_STATUS:
                self._answer(self.panel.full(presented=self.presented))
            case b"\x10\x04":
                status = self.panel.real_time(number)
                if status is not None:
                    self._answer(bytes((status,)))
            case b"\x1b@":
                self._mode = _Mode()
            case b"\x1da":
                self._automatic, self._told = bool(number), b""
            case b"\x1dr":
                self._answer(bytes((0x03 * self.panel.near_end,)))
            case b"\x1bp":
                self.drawer_pulses += 1
            case b"\x1bd" | b"\x1bJ":
                self._end_line()
                rows = number * mode.spacing if name == b"\x1bd" else mode.in_dots(number)
                self._used(self._paper.feed(rows))
            case _:
                mode.set(name, number)

    def _character(self, data: bytes) -> int:
        first = data[0]
        if first == 0x0A:
            self._end_line(even_if_empty=True)
            return 1
        if first < 0x20:
            return 1
        if first < 0x80:
            character = "￥" if first == 0x24 and self._mode.country == _CHINA else chr(first)
            self._put(character, wide=False)
            return 1
        if not self._mode.chinese:
            self._put(bytes((first,)).decode("cp437"), wide=False)
            return 1
        length = 4 if 0x30 <= _need(data, 1, 1)[0] <= 0x39 else 2
        self._put(_need(data, 0, length).decode("gb18030", "replace")[0], wide=True)
        return length

    def _put(self, character: str, *, wide: bool) -> None:
        glyph = Glyph(character, wide, self._mode.size, self._mode.bold)
        if sum(each.width for each in self._mode.line) + glyph.width > self._dots:
            self._end_line()
        self._mode.line.append(glyph)

    def _end_line(self, *, even_if_empty: bool = False) -> None:
        line, self._mode.line = self._mode.line, []
        if line or even_if_empty:
            self._used(self._paper.text(line, self._mode.align, self._mode.spacing))

    def _used(self, rows: int) -> None:
        self.roll_mm -= rows / _DOTS_A_MM
        self.printed_mm += rows / _DOTS_A_MM
        if rows:
            self._printed()

    def _raster(self, data: bytes) -> int:
        header = _need(data, 2, 6)
        width, rows = (int.from_bytes(header[at : at + 2], "little") for at in (2, 4))
        dots = _need(data, 8, width * rows)
        self._end_line()
        if dots:
            self._used(self._paper.dots(width, dots, self._mode.align))
        return 8 + len(dots)

    def _symbol(self, data: bytes) -> int:
        """GS ( k for QR codes; GS ( of any other function is passed over."""
        function, length = _need(data, 2, 1), int.from_bytes(_need(data, 3, 2), "little")
        body, mode = _need(data, 5, length), self._mode
        if function != b"k" or body[:1] != b"1" or length < 3:
            self.unknown_commands += 1
            return 5 + length
        match body[1]:
            case 0x43:
                mode.qr_module = body[2]
            case 0x45:
                mode.qr_correction = _CORRECTIONS.get(body[2], "L")
            case 0x50:
                mode.qr_data = body[3:]
            case 0x51 if mode.qr_data:
                self._end_line()
                self._used(
                    self._paper.qr_code(
                        mode.qr_data, mode.qr_module, mode.qr_correction, mode.align
                    )
                )
        return 5 + length

    def _barcode(self, data: bytes) -> int:
        kind, length = _need(data, 2, 2)
        body, mode = _need(data, 4, length), self._mode
        if kind != 73 or not body.startswith(b"{B"):
            self.unknown_commands += 1
            return 4 + length
        text = body[2:].replace(b"{{", b"{").decode("ascii", "replace")
        self._end_line()
        self._used(self._paper.code_128(text, mode.bar_module, mode.bar_height, mode.align))
        if mode.bar_text == 2:
            below = [Glyph(each, wide=False, size=1, bold=False) for each in text]
            self._used(self._paper.text(below, mode.align, mode.spacing))
        return 4 + length

    def _cut(self, data: bytes) -> int:
        length = 4 if _need(data, 2, 1)[0] in (65, 66) else 3
        feed = _need(data, 2, length - 2)[1:]
        self._end_line()
        if feed:
            self._used(self._paper.feed(_TO_CUTTER + self._mode.in_dots(feed[0])))
        self._part()
        return length

    def _part(self) -> None:
        receipt = self._paper.cut()
        if receipt is not None:
            self._cut_off(receipt)

    def _eject(self, data: bytes) -> int:
        """GS e: every move cuts first what is not cut yet."""
        move = _need(data, 2, 1)
        length = 3 + _EJECTOR.get(move[0], 0)
        _need(data, 0, length)
        if move not in (PRESENT, RETRACT, EXPEL):
            self.unknown_commands += 1
            return length
        self._end_line()
        self._part()
        self._moved(move)
        return length


def _need(data: bytes, at: int, count: int) -> bytes:
    if len(data) < at + count:
        raise _Incomplete
    return data[at : at + count]
