"""Straightening a page that a scanner drew in askew, by the direction of its lines."""

from __future__ import annotations

import numpy as np

from drivers.imaging.edges import Image
from drivers.imaging.untyped import cv2

_MOST_DEGREES = 6.0
_COARSE, _FINE = 0.5, 0.05
_WIDTH = 620
_LEAST_GAIN = 1.15
"""How much sharper the rows must become; else the page has no lines to go by."""
_LEAST_DEGREES = 0.1


def skew_of(page: Image) -> float:
    """How far the lines of a page are turned, in degrees, anticlockwise positive; 0 when the page
    has no lines to tell by."""
    ink = _ink(page)
    level = _sharpness(ink, 0.0)
    coarse = np.arange(-_MOST_DEGREES, _MOST_DEGREES + _COARSE, _COARSE)
    best = max(coarse, key=lambda angle: _sharpness(ink, float(angle)))
    fine = np.arange(best - _COARSE, best + _COARSE, _FINE)
    angle = float(max(fine, key=lambda angle: _sharpness(ink, float(angle))))
    return -angle if _sharpness(ink, angle) > _LEAST_GAIN * level else 0.0


def straightened(page: Image) -> Image:
    """The page turned so that its lines are level, its new corners white."""
    angle = skew_of(page)
    if abs(angle) < _LEAST_DEGREES:
        return page
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    turned = cv2.warpAffine(page, turn, (width, height), borderValue=(255, 255, 255))
    return np.asarray(turned, np.uint8)


def _ink(page: Image) -> Image:
    grey = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    share = _WIDTH / grey.shape[1]
    small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    _, ink = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return np.asarray(ink, np.uint8)


def _sharpness(ink: Image, angle: float) -> float:
    """How much neighbouring rows differ when the page is turned by ``angle`` degrees."""
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    rows = cv2.reduce(
        cv2.warpAffine(ink, turn, (width, height)), 1, cv2.REDUCE_SUM, None, cv2.CV_32S
    )
    return float(np.square(np.diff(rows.ravel().astype(np.float64))).sum()) + 1.0
