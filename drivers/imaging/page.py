"""From a photograph of a page to a clean sheet of A4.

What makes a copy readable is in the grey of the still, which is flattened and whitened. While it is
decoded, another thread decodes the still in colour at a quarter of its size, and finds there the
page, the light on it, and the colour of seals and signatures. That is laid over the sheet at the
end, and only where there is any.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from drivers.errors import CommandRejected, ProtocolError, UserFault
from drivers.imaging.edges import Corners, Image, find_page
from drivers.imaging.untyped import cv2

A4_MM = (210.0, 297.0)
COPY_DPI = 300
_REDUCTION = 4
"""Of the still's size, for the picture in which the page is found, and for its colours."""
_LIGHT = 16
"""Of the sheet's size, for the map of the light."""
_TRIM = 0.004
"""Of the page, cut off all round: the dark line where it meets the desk."""
_STROKES = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
"""Wider than strokes and narrower than shadows, in pixels of that map."""
_DARKEST_LIGHT = 0.3
"""Of the brightest: darker parts are ink and not shadow."""
_PAPER = 250
_BLACK_POINT, _WHITE_POINT = 48, 222
_COLOURED = 26
"""How far the chroma of ink lies from the paper's (YCrCb levels)."""
_MAP = 8
"""Of the sheet's size, for the map of coloured parts."""
_TINT = 2
"""Of the sheet's size, for the chroma: still finer than the picture that it comes from."""
_REACH = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
_MOST_PARTS = 12
_A4_RATIOS = (1.18, 1.7)
"""Long to short side of an A4 page as seen at a moderate angle."""
_LEAST_DPI, _MOST_DPI = 72, 600
_FINDER = ThreadPoolExecutor(1, "finder")


@dataclass(frozen=True, slots=True)
class CleanPage:
    """One sheet of A4. ``repr`` hides the picture, so that no log line can hold it."""

    pixels: Image = field(repr=False)
    """Grey ``(height, width)``, or BGR ``(height, width, 3)`` when the page has colour on it."""
    dpi: int
    corners: Corners = field(repr=False)
    """Where the page lay in the photograph, in its pixels."""


@dataclass(frozen=True, slots=True)
class _Tint:
    """The chroma of a rectangle of the sheet."""

    area: tuple[slice, slice]
    chroma: Image
    """YCrCb; the paper's own tint is taken out."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is seen in the still at a quarter of its size: ``corners`` there, the sheet's ``size``,
    and the sheet's light and colours."""

    corners: Corners
    size: tuple[int, int]
    light: Image
    tints: list[_Tint]


def clean_still(jpeg: bytes, dpi: int = COPY_DPI) -> CleanPage:
    """Find the page in a photograph (JPEG), take perspective and shadow away, whiten its paper.

    The sheet is upright or lying as the page was. Raises ``UserFault`` ``page-not-found`` or
    ``page-not-a4``, ``ProtocolError`` ``picture-garbled``, ``CommandRejected``
    ``resolution-refused``.
    """
    if not _LEAST_DPI <= dpi <= _MOST_DPI:
        raise CommandRejected("resolution-refused", "a sheet has 72 to 600 dots per inch")
    data = np.frombuffer(jpeg, np.uint8)
    finding = _FINDER.submit(_find, data, dpi)
    grey = _decode(data, cv2.IMREAD_GRAYSCALE)
    found = finding.result()
    sheet = _flattened(grey, found.corners, found.size)
    _even_out(sheet, found.light)
    sheet = cv2.resize(sheet, found.size, interpolation=cv2.INTER_LINEAR)
    corners = found.corners * np.float32(_REDUCTION)
    return CleanPage(_coloured(sheet, found.tints), dpi, corners)


def _find(data: npt.NDArray[np.uint8], dpi: int) -> _Found:
    colours = _decode(data, cv2.IMREAD_REDUCED_COLOR_4)
    small = np.asarray(cv2.cvtColor(colours, cv2.COLOR_BGR2GRAY), np.uint8)
    corners = find_page(small)
    size = sheet_size(corners, dpi)
    return _Found(corners, size, _light(small, corners, size), _tints(colours, corners, size))


def sheet_size(corners: Corners, dpi: int) -> tuple[int, int]:
    """Width and height in pixels of the A4 sheet that a page lies as.

    Raises ``UserFault`` ``page-not-a4`` when the page has other proportions: it would be warped.
    """
    across, down = _sides(corners)
    ratio = max(across, down) / min(across, down)
    if not _A4_RATIOS[0] <= ratio <= _A4_RATIOS[1]:
        raise UserFault("page-not-a4", "the page is no sheet of A4", error_code="mediaSize")
    short, long = (round(length * dpi / 25.4) for length in A4_MM)
    return (short, long) if down >= across else (long, short)


def _sides(corners: Corners) -> tuple[float, float]:
    lengths = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(lengths[0] + lengths[2]) / 2, float(lengths[1] + lengths[3]) / 2


def _decode(data: npt.NDArray[np.uint8], how: int) -> Image:
    try:
        picture = cv2.imdecode(data, how) if data.size else None
    except cv2.error:
        picture = None
    if picture is None:
        raise ProtocolError("picture-garbled", "the photograph is no picture")
    return np.asarray(picture, np.uint8)


def _to_sheet(corners: Corners, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """The way from the photograph to the sheet, a hair inside the page's edges."""
    inner = corners + (corners.mean(axis=0) - corners) * np.float32(_TRIM)
    right, bottom = size[0] - 1, size[1] - 1
    target = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(inner.astype(np.float32), target))


def _flattened(grey: Image, corners: Corners, size: tuple[int, int]) -> Image:
    """The page seen from straight above, as fine as the photograph is and no finer than ``size``:
    what is between two of the camera's pixels can be filled in later at less cost."""
    at_full_size = corners * _REDUCTION + (_REDUCTION - 1) / 2
    sides = np.linalg.norm(np.roll(at_full_size, -1, axis=0) - at_full_size, axis=1)
    across, down = (round(float(max(sides[at], sides[at + 2]))) for at in range(2))
    own = (min(across, size[0]), min(down, size[1]))
    flat = cv2.warpPerspective(
        grey, _to_sheet(at_full_size, own), own, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(flat, np.uint8)


def _light(small: Image, corners: Corners, size: tuple[int, int]) -> Image:
    """How bright paper is, all over a coarse picture of the sheet."""
    coarse = (size[0] // _LIGHT, size[1] // _LIGHT)
    seen = cv2.warpPerspective(small, _to_sheet(corners, coarse), coarse)
    paper = cv2.medianBlur(cv2.dilate(seen, _STROKES), 5)
    floor = max(1, int(_DARKEST_LIGHT * float(np.percentile(paper, 95))))
    return np.asarray(cv2.max(paper, floor), np.uint8)


def _even_out(sheet: Image, light: Image) -> None:
    """Take shadow away and set ink off from paper, in place."""
    everywhere = cv2.resize(light, sheet.shape[::-1], interpolation=cv2.INTER_LINEAR)
    cv2.divide(sheet, everywhere, dst=sheet, scale=_PAPER)
    cv2.LUT(sheet, _CURVE, dst=sheet)


def _curve() -> Image:
    """Ink to black, paper to white, and a straight line between."""
    levels = np.arange(256, dtype=np.float32)
    line = (levels - _BLACK_POINT) * 255 / (_WHITE_POINT - _BLACK_POINT)
    return np.clip(line, 0, 255).astype(np.uint8)


_CURVE = _curve()


def _tints(small: Image, corners: Corners, size: tuple[int, int]) -> list[_Tint]:
    """Where the page has colour, and which."""
    matrix = _to_sheet(corners, size)
    down = np.diag([1 / _MAP, 1 / _MAP, 1.0])
    seen = cv2.warpPerspective(small, down @ matrix, (size[0] // _MAP, size[1] // _MAP))
    chroma = cv2.cvtColor(seen, cv2.COLOR_BGR2YCrCb)
    white = np.median(chroma[::4, ::4, 1:].reshape(-1, 2), axis=0)
    balance = (0.0, 128 - float(white[0]), 128 - float(white[1]), 0.0)
    tints = []
    for left, top, wide, high in _coloured_parts(chroma, white):
        place = np.array([[1, 0, -left], [0, 1, -top], [0, 0, _TINT]]) / _TINT
        part = cv2.warpPerspective(small, place @ matrix, (wide // _TINT, high // _TINT))
        inks = cv2.add(cv2.cvtColor(part, cv2.COLOR_BGR2YCrCb), balance)
        inks = cv2.resize(inks, (wide, high), interpolation=cv2.INTER_LINEAR)
        tints.append(_Tint((slice(top, top + high), slice(left, left + wide)), inks))
    return tints


def _coloured(sheet: Image, tints: list[_Tint]) -> Image:
    """The sheet in colour; the grey sheet itself when it has none."""
    if not tints:
        return sheet
    coloured = cv2.cvtColor(sheet, cv2.COLOR_GRAY2BGR)
    for tint in tints:
        tint.chroma[..., 0] = sheet[tint.area]
        coloured[tint.area] = cv2.cvtColor(tint.chroma, cv2.COLOR_YCrCb2BGR)
    return np.asarray(coloured, np.uint8)


def _coloured_parts(
    chroma: Image, white: npt.NDArray[np.float64]
) -> list[tuple[int, int, int, int]]:
    """Rectangles (left, top, width, height) on the sheet that hold all its colour."""
    away = cv2.absdiff(chroma, (0.0, float(white[0]), float(white[1]), 0.0))
    mask = (cv2.max(away[..., 1], away[..., 2]) > _COLOURED).astype(np.uint8)
    joined = cv2.dilate(mask, _REACH)
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    parts = outlines if len(outlines) <= _MOST_PARTS else [joined]
    boxes = [cv2.boundingRect(each) for each in parts]
    return [(left * _MAP, top * _MAP, wide * _MAP, high * _MAP) for left, top, wide, high in boxes]
