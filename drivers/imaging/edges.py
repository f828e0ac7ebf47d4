"""Where a page lies in a photograph: its four corners, or the honest answer that none was seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from drivers.errors import UserFault
from drivers.imaging.untyped import cv2

Image = npt.NDArray[np.uint8]
"""Grey ``(height, width)`` or BGR ``(height, width, 3)``."""
Corners = npt.NDArray[np.float32]
"""``(4, 2)``, x and y in pixels: top left, top right, bottom right, bottom left."""

_LEAST_AREA = 0.12
"""Of the picture; a smaller page would be too coarse to copy."""
_MARGIN = 2.0
"""Pixels from the picture's border within which an edge counts as cut off."""
_WIDEST_COSINE = 0.5
"""No corner is sharper than 60 or blunter than 120 degrees, or it is no page seen from above."""
_LONGEST_TO_SHORTEST = 1.6
"""Of opposite sides; more is a view too oblique to copy."""
_LEAST_STEP = 12.0
"""Grey levels between a page and what lies around it."""
_MOST_TRIED = 5
_CLOSED = cv2.getStructuringElement(cv2.MORPH_RECT, (5, 5))
_THIN = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


def find_page(picture: Image) -> Corners:
    """The corners of the largest page that lies wholly in a picture of some 500 to 1,000 pixels.

    Raises ``UserFault`` ``page-not-found`` when there is no quadrilateral that is large, whole,
    nearly rectangular and brighter or darker than what lies around it.
    """
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    soft = cv2.GaussianBlur(grey, (5, 5), 0)
    for outline in _outlines(soft):
        found = _judge(outline, soft)
        if found is not None:
            return found
    raise UserFault("page-not-found", "no whole page is in the picture", error_code="mediaSize")


def _outlines(soft: Image) -> Iterator[npt.NDArray[np.int32]]:
    """Closed outlines, the likeliest first: of the bright parts, then of what edges enclose."""
    height, width = soft.shape
    least = _LEAST_AREA * height * width
    _, bright = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    yield from _largest(cv2.morphologyEx(bright, cv2.MORPH_CLOSE, _CLOSED), least)
    for low in (50, 20):
        edges = cv2.dilate(cv2.Canny(soft, low, 3 * low), _THIN)
        for outline in _largest(edges, least):
            yield from _inside(outline, soft.shape)


def _inside(outline: npt.NDArray[np.int32], shape: tuple[int, ...]) -> list[npt.NDArray[np.int32]]:
    """The outline less the width of the thickened edge that it runs around."""
    mask = np.zeros(shape, np.uint8)
    cv2.drawContours(mask, [outline], -1, 255, cv2.FILLED)
    return _largest(cv2.erode(mask, _CLOSED), 1.0)[:1]


def _largest(mask: Image, least: float) -> list[npt.NDArray[np.int32]]:
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hulls = sorted(((cv2.contourArea(cv2.convexHull(each)), at) for at, each in enumerate(found)))
    return [found[at] for area, at in reversed(hulls[-_MOST_TRIED:]) if area >= least]


def _judge(outline: npt.NDArray[np.int32], soft: Image) -> Corners | None:
    hull = cv2.convexHull(outline)
    rough = cv2.approxPolyDP(hull, 0.02 * cv2.arcLength(hull, closed=True), closed=True)
    if len(rough) != 4:
        return None
    corners = _refined(ordered(rough.reshape(4, 2).astype(np.float32)), hull)
    if corners is None or not (_is_whole(corners, soft) and is_rectangular(corners)):
        return None
    filled = cv2.contourArea(outline) >= 0.5 * cv2.contourArea(corners)
    return corners if filled and _stands_out(corners, soft) else None


def ordered(corners: Corners) -> Corners:
    """Four corners as ``Corners`` wants them."""
    centre = corners.mean(axis=0)
    turned = np.arctan2(*(corners - centre).T[::-1])
    clockwise = corners[np.argsort(turned)]
    first = int(np.argmin(clockwise.sum(axis=1)))
    return np.roll(clockwise, -first, axis=0)


def _refined(corners: Corners, hull: npt.NDArray[np.int32]) -> Corners | None:
    """Corners where the lines meet that fit the outline's sides best: finer than a pixel."""
    dense = _dense(hull.reshape(-1, 2).astype(np.float32))
    lines = []
    for begin, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - begin
        length = float(np.linalg.norm(along))
        if length < 20:
            return None
        place = (dense - begin) @ along / length**2
        off = np.abs((dense - begin) @ np.array([-along[1], along[0]]) / length)
        near = dense[(place > 0.08) & (place < 0.92) & (off < 0.02 * length)]
        if len(near) < 8:
            return None
        lines.append(cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel())
    met = [_meet(lines[at - 1], lines[at]) for at in range(4)]
    return None if any(each is None for each in met) else np.array(met, np.float32)


def _dense(points: Corners) -> Corners:
    """Points every two pixels along a closed line."""
    closed = np.vstack([points, points[:1]])
    way = np.append(0, np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1)))
    places = np.arange(0, way[-1], 2)
    return np.stack([np.interp(places, way, axis) for axis in closed.T], axis=1).astype(np.float32)


def _meet(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> Corners | None:
    """Where two lines (direction, point) meet."""
    directions = np.array([[one[0], -other[0]], [one[1], -other[1]]], np.float64)
    if abs(np.linalg.det(directions)) < 0.1:
        return None
    along = np.linalg.solve(directions, other[2:] - one[2:])[0]
    return np.asarray(one[2:] + along * one[:2], np.float32)


def _is_whole(corners: Corners, soft: Image) -> bool:
    limits = np.array(soft.shape[::-1], np.float32) - 1 - _MARGIN
    inside = bool((corners >= _MARGIN).all() and (corners <= limits).all())
    return inside and cv2.contourArea(corners) >= _LEAST_AREA * soft.size


def is_rectangular(corners: Corners) -> bool:
    """Whether a quadrilateral can be a rectangle seen at a moderate angle."""
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    if not cv2.isContourConvex(corners) or lengths.min() < 20:
        return False
    cosines = np.abs((sides * np.roll(sides, 1, axis=0)).sum(axis=1))
    cosines /= lengths * np.roll(lengths, 1)
    opposite = np.maximum(lengths, np.roll(lengths, 2)) / np.minimum(lengths, np.roll(lengths, 2))
    return bool(cosines.max() <= _WIDEST_COSINE and opposite.max() <= _LONGEST_TO_SHORTEST)


def _stands_out(corners: Corners, soft: Image) -> bool:
    """Whether each side parts two brightnesses."""
    ends = np.roll(corners, -1, axis=0)
    along = np.linspace(0.15, 0.85, 24)[None, :, None]
    edges = corners[:, None] + along * (ends - corners)[:, None]
    inward = corners.mean(axis=0) - (corners + ends) / 2
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    reach = np.array([5.0, -5.0])[:, None, None, None] * inward[:, None]
    inner, outer = np.median(_sampled(soft, edges + reach), axis=-1)
    return bool((np.abs(inner - outer) >= _LEAST_STEP).all())


def _sampled(soft: Image, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    places = np.clip(points.round().astype(int), 0, np.array(soft.shape[::-1]) - 1)
    return np.asarray(soft[places[..., 1], places[..., 0]], np.float32)
