"""The paper of a virtual receipt printer: what came out of it, dot by dot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from drivers.receipt_printer.dots import code_pixels

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
"""Its face of equal widths stands for the characters in the printer's memory."""
_MONOSPACED = 7
CELL, GLYPH = 12, 24
_BASELINE = 21
_WHITE, _BLACK = 1, 0


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character as it is to be printed: so many times as wide and high."""

    character: str
    wide: bool
    size: int
    bold: bool

    @property
    def width(self) -> int:
        """Dots that it takes."""
        return (GLYPH if self.wide else CELL) * self.size


class ReceiptPaper:
    """A strip of paper that grows until it is cut."""

    def __init__(self, dots: int) -> None:
        self._dots = dots
        self._strips: list[Image.Image] = []
        self.rows = 0

    def text(self, glyphs: list[Glyph], align: int, spacing: int) -> int:
        """Print a line of characters, ``spacing`` rows or its own height from the next; returns
        the rows it took."""
        height = max((spacing, *(GLYPH * each.size for each in glyphs)))
        strip = Image.new("1", (self._dots, height), _WHITE)
        spare = max(0, self._dots - sum(each.width for each in glyphs))
        x = (0, spare // 2, spare)[align]
        base = max((each.size for each in glyphs), default=1)
        for each in glyphs:
            strip.paste(_drawn(each), (x, GLYPH * (base - each.size)))
            x += each.width
        return self._add(strip)

    def feed(self, rows: int) -> int:
        """Move the paper."""
        return self._add(Image.new("1", (self._dots, rows), _WHITE)) if rows else 0

    def dots(self, width_bytes: int, data: bytes, align: int) -> int:
        """Print a bitmap, a set bit for a black dot; dots beyond the paper are lost."""
        rows = len(data) // width_bytes
        black = Image.frombytes("1", (width_bytes * 8, rows), data)
        return self._placed(black.point(lambda level: 0 if level else 255, "1"), align)

    def qr_code(self, data: bytes, module_dots: int, correction: str, align: int) -> int:
        """Print a QR code."""
        code = zxingcpp.create_barcode(
            data.decode("utf-8", "replace"), zxingcpp.BarcodeFormat.QRCode, ec_level=correction
        )
        return self._placed(_bitmap(code.to_image(scale=module_dots)), align)

    def code_128(self, text: str, module_dots: int, height: int, align: int) -> int:
        """Print a barcode."""
        code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
        drawn = _bitmap(code.to_image(scale=module_dots))
        bar = drawn.crop((0, drawn.height // 2, drawn.width, drawn.height // 2 + 1))
        return self._placed(bar.resize((drawn.width, height)), align)

    def cut(self) -> Image.Image | None:
        """Cut off what has come out; ``None`` when nothing has."""
        strips, self._strips = self._strips, []
        rows, self.rows = self.rows, 0
        if not strips:
            return None
        whole = Image.new("1", (self._dots, rows), _WHITE)
        top = 0
        for strip in strips:
            whole.paste(strip, (0, top))
            top += strip.height
        return whole

    def _placed(self, bitmap: Image.Image, align: int) -> int:
        strip = Image.new("1", (self._dots, bitmap.height), _WHITE)
        spare = max(0, self._dots - bitmap.width)
        strip.paste(bitmap, ((0, spare // 2, spare)[align], 0))
        return self._add(strip)

    def _add(self, strip: Image.Image) -> int:
        self._strips.append(strip)
        self.rows += strip.height
        return strip.height


def _bitmap(code: zxingcpp.Image) -> Image.Image:
    return code_pixels(code).point(lambda level: 255 if level >= 128 else 0, "1")


@lru_cache(maxsize=2048)
def _drawn(glyph: Glyph) -> Image.Image:
    bitmap = Image.new("1", (glyph.width // glyph.size, GLYPH), _WHITE)
    draw = ImageDraw.Draw(bitmap)
    draw.fontmode = "1"
    for shift in (0, 1) if glyph.bold else (0,):
        draw.text(
            (bitmap.width / 2 + shift, _BASELINE),
            glyph.character,
            font=_font(),
            fill=_BLACK,
            anchor="ms",
        )
    return bitmap.resize((bitmap.width * glyph.size, GLYPH * glyph.size), Image.Resampling.NEAREST)


@lru_cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), GLYPH, index=_MONOSPACED)
