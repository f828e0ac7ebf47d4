"""Photographs of pages that nobody wrote: drawn, laid on a desk at an angle, lit unevenly.

Drawn with OpenCV alone: what a scanner must cope with is strokes, a seal, shadow and noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from drivers.imaging.untyped import cv2, zxingcpp

Image = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]

A4 = (1654, 2339)
"""Width and height of a drawn page: A4 at 200 dots an inch."""
STILL = (3264, 2448)
"""Width and height of a photograph: 8 megapixels."""
SEAL_BGR = (40, 30, 205)
_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),
)
_LINE = "经查询，下列登记信息属实，本页为演练用纸，不具有法律效力。第 {number} 页 {row} 行"
_DESK = 62
_OCR_B = Path("/usr/share/fonts/opentype/ocr-b/OCRB.otf")
DATA_PAGE = (1250, 880)
SMALL = ((0.27, 0.28), (0.76, 0.26), (0.775, 0.74), (0.26, 0.755))
"""Where a small thing lies under the camera, as the corners of a ``View``."""


@dataclass(frozen=True, slots=True)
class View:
    """How a page lies before the camera. Shares of the picture's width and height."""

    corners: tuple[tuple[float, float], ...] = (
        (0.22, 0.05),
        (0.72, 0.03),
        (0.745, 0.97),
        (0.20, 0.95),
    )
    shadow: float = 0.45
    """How much light is missing where it is darkest."""
    noise: float = 4.0
    """Standard deviation in grey levels."""
    blur: float = 0.0
    """Standard deviation in pixels of an 8-megapixel still."""
    seed: int = field(default=1)


def page(number: int = 1, code: str = "") -> Image:
    """A page, BGR: a title, 36 lines, a red seal, a QR code when there is one to show."""
    sheet = Pictures.new("RGB", A4, (252, 252, 250))
    draw = ImageDraw.Draw(sheet)
    title, text = _font(64), _font(34)
    draw.text((520, 130), "演练证明（样张）", font=title, fill=(15, 15, 15))
    for row in range(36):
        line = _LINE.format(number=number, row=row + 1)
        draw.text((150, 290 + row * 50), line, font=text, fill=(25, 25, 25))
    drawn = np.asarray(sheet)[:, :, ::-1].copy()
    cv2.circle(drawn, (1280, 1950), 170, SEAL_BGR, 12, cv2.LINE_AA)
    star = [
        (1280 + reach * np.sin(turn), 1950 - reach * np.cos(turn))
        for turn, reach in ((at * np.pi / 5, 70 if at % 2 == 0 else 28) for at in range(10))
    ]
    cv2.fillPoly(drawn, [np.array(star, np.int32)], SEAL_BGR, cv2.LINE_AA)
    if code:
        _put_code(drawn, code)
    return drawn


def data_page(zone: Sequence[str]) -> Image:
    """The open data page of a travel document (125 x 88 mm), BGR, with its zone."""
    sheet = Pictures.new("RGB", DATA_PAGE, (236, 232, 224))
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((60, 130, 350, 520), fill=(168, 160, 150))
    for row in range(4):
        draw.text((420, 120 + 95 * row), "演练证件（样张）", font=_font(40), fill=(90, 80, 80))
    face = ImageFont.truetype(str(_OCR_B), 54 if len(zone[0]) < 40 else 37)
    for row, line in enumerate(zone):
        draw.text((60, 850 - 70 * (len(zone) - row)), line, font=face, fill=(30, 30, 32))
    return np.asarray(sheet)[:, :, ::-1].copy()


def photograph(sheet: Image, view: View | None = None, size: tuple[int, int] = STILL) -> Image:
    """A page on a dark desk as a camera of ``size`` (width, height) sees it, BGR."""
    view = view or View()
    width, height = size
    target = corners_of(view, size)
    source = _rectangle(sheet.shape[1], sheet.shape[0])
    matrix = cv2.getPerspectiveTransform(source, target)
    desk = np.full((height, width, 3), _DESK, np.uint8)
    seen = cv2.warpPerspective(
        sheet, matrix, size, dst=desk, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_TRANSPARENT
    )
    return spoilt(seen, view)


def spoilt(seen: Image, view: View) -> Image:
    """A picture under the light, blur and noise of a view."""
    height, width = seen.shape[:2]
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    light = 0.97 - view.shadow / (1 + np.exp((across * 0.8 + down * 0.5 - 0.55) * 14))
    lit = cv2.multiply(seen, cv2.merge([light] * 3), dtype=cv2.CV_8U)
    if view.blur:
        lit = cv2.GaussianBlur(lit, (0, 0), view.blur * width / STILL[0])
    noise = np.empty((height, width), np.int16)
    cv2.setRNGSeed(view.seed)
    cv2.randn(noise, 0, view.noise)
    return np.asarray(cv2.add(lit, cv2.merge([noise] * 3), dtype=cv2.CV_8U), np.uint8)


def desk(size: tuple[int, int] = STILL, view: View | None = None) -> Image:
    """The desk with no page on it."""
    return spoilt(np.full((size[1], size[0], 3), _DESK, np.uint8), view or View())


def corners_of(view: View, size: tuple[int, int]) -> Corners:
    """Where a view's page lies in a picture of ``size``: top left, and on clockwise."""
    return np.array(view.corners, np.float32) * np.array(size, np.float32)


def jpeg(picture: Image, quality: int = 90) -> bytes:
    """A picture as a JPEG file."""
    return bytes(cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].data)


def _put_code(drawn: Image, code: str) -> None:
    made = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.array(made.to_image(scale=8), np.uint8)
    high, wide = modules.shape[:2]
    drawn[60 : 60 + high, 1560 - wide : 1560] = modules.reshape(high, wide, 1)


def _rectangle(width: int, height: int) -> Corners:
    return np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float32)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for path in _FONTS:
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)
