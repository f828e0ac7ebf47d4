"""The commands of ESC/POS that are used here (Epson, ESC/POS Application Programming Guide).

A kiosk printer's presenter has GS e and DLE EOT 20 besides, which the makers of such printers share
(Pyramid Technologies, ESC/POS Command Set, "Ejector" and "Real Time Status"; Custom, VKP80).

The drawer's pulse (ESC p, DLE DC4) is not among them: a receipt never opens anything.
"""

from __future__ import annotations

from drivers.receipt_printer.receipt import Align, Correction, Cut

ESC, FS, GS, DLE, EOT = b"\x1b", b"\x1c", b"\x1d", b"\x10", b"\x04"

INITIALISE = ESC + b"@"
ASCII = ESC + b"R\x00" + ESC + b"t\x00"
"""ESC R 0, ESC t 0: without the first, printers set to China print ``￥`` for ``$``."""
CHINESE_ON = FS + b"&"
"""FS &: bytes from 0x81 on are the first of a Chinese character's two or four."""
CHINESE_OFF = FS + b"."
CLEAR_ERROR = DLE + b"\x05\x02"
"""DLE ENQ 2: recover from an error and clear both buffers."""
ECHO = GS + b"r\x01"
"""GS r 1: answered when its turn has come, after all that was sent before it."""
AUTO_STATUS = GS + b"a\x0e"
"""GS a: tell on-line, error and paper whenever they change."""
AUTO_STATUS_OFF = GS + b"a\x00"
PRESENT = GS + b"e\x03\x0c"
"""GS e 3 12: cut, and push the receipt out so far (84 mm of it) that it can be taken."""
RETRACT = GS + b"e\x02"
"""GS e 2: take back what waits at the slot, into the printer's bin."""
EXPEL = GS + b"e\x05"
"""GS e 5: push it out whole; it falls."""

_ALIGNMENTS = {Align.LEFT: 0, Align.CENTER: 1, Align.RIGHT: 2}
_CORRECTIONS = {Correction.L: 48, Correction.M: 49, Correction.Q: 50, Correction.H: 51}
_CUTS = {Cut.NONE: b"", Cut.PARTIAL: GS + b"VB\x00", Cut.FULL: GS + b"VA\x00"}
"""GS V 65/66 0: feed to the cutter, then cut."""


def ask(number: int) -> bytes:
    """DLE EOT 1 to 4: printer, cause of being off-line, cause of error, roll; 20: all of a
    presenter printer's."""
    return DLE + EOT + bytes((number,))


def align(where: Align) -> bytes:
    """ESC a."""
    return ESC + b"a" + bytes((_ALIGNMENTS[where],))


def bold(*, on: bool) -> bytes:
    """ESC E."""
    return ESC + b"E" + bytes((on,))


def size(times: int) -> bytes:
    """GS !: so many times as wide and high, 1 to 8, for all characters."""
    return GS + b"!" + bytes(((times - 1) << 4 | (times - 1),))


_FINEST = 255
"""GS P takes a byte: dots finer than that an inch are counted by twos."""
_MM_AN_INCH = 25.4


def dots_as_units(dots_a_mm: float) -> bytes:
    """GS P 0 y: let the printer count down the paper in its own dots, or in twos of them."""
    return GS + b"P\x00" + bytes((round(dots_a_mm * _MM_AN_INCH / _dots_a_unit(dots_a_mm)),))


def line_spacing(dots: int, dots_a_mm: float) -> bytes:
    """ESC 3: so many dots (an even number) from one line to the next. What printers do unasked
    differs: 30, 32 or 34 dots, and more or nothing more for large characters."""
    return ESC + b"3" + bytes((dots // _dots_a_unit(dots_a_mm),))


def _dots_a_unit(dots_a_mm: float) -> int:
    return 1 if dots_a_mm * _MM_AN_INCH <= _FINEST else 2


def feed(lines: int) -> bytes:
    """ESC d."""
    return ESC + b"d" + bytes((lines,))


DRAWER_PULSES = (ESC + b"p", DLE + b"\x14\x01")
"""ESC p and DLE DC4 1, which open a cash drawer. Bytes of a picture may look like one: such a
picture is not taken as it is, and may be printed as a ``Picture``."""


def cut(how: Cut) -> bytes:
    """GS V."""
    return _CUTS[how]


def raster_header(width_bytes: int, rows: int) -> bytes:
    """GS v 0, normal size: what stands before the dots."""
    return GS + b"v0\x00" + width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little")


def qr_code(data: bytes, module_dots: int, correction: Correction) -> bytes:
    """GS ( k, symbol 49: functions 165 model 2, 167 module, 169 correction, 180 data, 181 print."""
    return b"".join(
        (
            _symbol(b"\x41\x32\x00"),
            _symbol(b"\x43" + bytes((module_dots,))),
            _symbol(b"\x45" + bytes((_CORRECTIONS[correction],))),
            _symbol(b"\x50\x30" + data),
            _symbol(b"\x51\x30"),
        )
    )


def _symbol(function: bytes) -> bytes:
    return GS + b"(k" + (len(function) + 1).to_bytes(2, "little") + b"\x31" + function


def code_128(data: bytes, height_dots: int, module_dots: int) -> bytes:
    """GS h, GS w, GS H 2 (its text below), GS k 73 in code set B; ``{`` is written twice."""
    payload = b"{B" + data.replace(b"{", b"{{")
    return b"".join(
        (
            GS + b"h" + bytes((height_dots,)),
            GS + b"w" + bytes((module_dots,)),
            GS + b"H\x02",
            GS + b"kI" + bytes((len(payload),)) + payload,
        )
    )
