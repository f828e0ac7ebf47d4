"""Texts, codes and pictures drawn as dots, for what a printer cannot draw itself."""

from __future__ import annotations

import io
from typing import cast

import zxingcpp
from PIL import Image, ImageDraw
from typing_extensions import Buffer

from drivers.errors import CommandRejected
from drivers.receipt_printer import layout
from drivers.receipt_printer.receipt import Align, Correction
from drivers.receipt_printer.typeface import Typeface

CELL = 12
"""Dots of one column (Font A)."""
GLYPH = 2 * CELL
"""Dots of a Chinese character, both ways."""
LINE_GAP = 10
"""Empty rows under a line of text, whatever its size: 34 dots a line are 1/6 inch at 203 dpi."""
MISSING = "〓"
"""Stands for a character that no font has (the geta mark of East Asian typesetting)."""
WHITE, BLACK = 1, 0
_BASELINE = 21
_LARGEST_PICTURE = 8_000_000
_PICTURE_FORMATS = ("PNG", "JPEG")


def line_rows(size: int) -> int:
    """Rows from one line of text to the next, be it the printer's own or drawn."""
    return GLYPH * size + LINE_GAP


def text_line(
    text: str, dots: int, face: Typeface, *, size: int = 1, align: Align = Align.LEFT
) -> tuple[Image.Image, int]:
    """One line of text as a bitmap of the paper's width, and how many characters no font has."""
    missing = 0
    bitmap = Image.new("1", (dots, line_rows(size)), WHITE)
    draw = ImageDraw.Draw(bitmap)
    draw.fontmode = "1"
    spare = dots - layout.columns(text, native=False) * CELL * size
    x = {Align.LEFT: 0, Align.CENTER: spare // 2, Align.RIGHT: spare}[align]
    for character in text:
        drawn, font = character, face.font_of(character)
        if font is None:
            drawn, font, missing = MISSING, face.main, missing + 1
        width = layout.columns(character, native=False) * CELL * size
        for strike in range(face.strikes(font)):
            draw.text(
                (x + width / 2 + strike if width else x, _BASELINE * size),
                drawn,
                font=font.sized(GLYPH * size),
                fill=BLACK,
                anchor="ms",
            )
        x += width
    return bitmap, missing


def rule(dots: int) -> Image.Image:
    """A line two dots thick, with room above and below."""
    bitmap = Image.new("1", (dots, 16), WHITE)
    ImageDraw.Draw(bitmap).rectangle((0, 7, dots, 8), fill=BLACK)
    return bitmap


def qr_code(data: str, module_dots: int, correction: Correction, dots: int) -> Image.Image:
    """A QR code in the middle of the paper, with its quiet zone.

    Raises ``CommandRejected`` ``receipt-code-invalid`` when it does not fit.
    """
    try:
        code = zxingcpp.create_barcode(
            data, zxingcpp.BarcodeFormat.QRCode, ec_level=correction.value
        )
    except ValueError:
        raise code_invalid() from None
    return _in_the_middle(code.to_image(scale=module_dots), dots)


def code_128(data: str, height_dots: int, module_dots: int, dots: int) -> Image.Image:
    """A Code 128 in the middle of the paper, without its text."""
    try:
        code = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.Code128)
    except ValueError:
        raise code_invalid() from None
    return _in_the_middle(code.to_image(scale=module_dots), dots, height_dots)


def picture(data: bytes, dots: int) -> Image.Image:
    """A picture in the middle, made narrower when it is too wide, in black and white dots.

    Raises ``CommandRejected`` ``receipt-picture-invalid`` for what is no PNG or JPEG, or has more
    than 8 million pixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_PICTURE_FORMATS) as found:
            if found.width * found.height > _LARGEST_PICTURE:
                raise _picture_invalid()
            grey = _on_white(found)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _picture_invalid() from None
    if grey.width > dots:
        grey = grey.resize((dots, max(1, round(grey.height * dots / grey.width))))
    return _centred(grey.convert("1"), dots)


def _on_white(image: Image.Image) -> Image.Image:
    layered = image.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(ground, layered).convert("L")


def _in_the_middle(code: zxingcpp.Image, dots: int, height: int | None = None) -> Image.Image:
    grey = code_pixels(code)
    width, rows = grey.size
    if width > dots:
        raise code_invalid()
    if height is not None:
        grey = grey.crop((0, rows // 2, width, rows // 2 + 1)).resize((width, height))
    return _centred(grey.point(lambda level: 255 if level >= 128 else 0, "1"), dots)


def code_pixels(code: zxingcpp.Image) -> Image.Image:
    """What zxing-cpp drew, in grey."""
    rows, width = code.shape[:2]
    pixels = cast(Buffer, code)  # it has the buffer protocol, and its stub does not say so
    return Image.frombytes("L", (width, rows), bytes(memoryview(pixels)))


def _centred(bitmap: Image.Image, dots: int) -> Image.Image:
    whole = Image.new("1", (dots, bitmap.height), WHITE)
    whole.paste(bitmap, ((dots - bitmap.width) // 2, 0))
    return whole


def code_invalid() -> CommandRejected:
    """A code that this paper or its symbology cannot carry."""
    return CommandRejected("receipt-code-invalid", "the code does not fit on the receipt")


def _picture_invalid() -> CommandRejected:
    return CommandRejected("receipt-picture-invalid", "the picture is no PNG or JPEG that fits")
