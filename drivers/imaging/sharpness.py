"""Whether a clean page is sharp enough to be a copy."""

from __future__ import annotations

import numpy as np

from drivers.imaging.edges import Image
from drivers.imaging.untyped import cv2

_WIDTH = 1240
"""Judged at 150 dpi, where a sharp stroke goes from paper to ink within two pixels."""
_INK = 128
_LEAST_INK = 0.001
"""Share of the page; with less there is nothing to judge by."""
_LEAST_STEP = 70.0
"""Grey levels from one pixel to the next across the steepest twentieth of the ink's borders."""


def is_blurred(page: Image) -> bool:
    """Whether the strokes of a page (grey or BGR) have soft borders. An empty page is not."""
    grey = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    share = _WIDTH / grey.shape[1]
    small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    ink = small < _INK
    if float(ink.mean()) < _LEAST_INK:
        return False
    steps = cv2.absdiff(small[:, 1:], small[:, :-1])
    borders = steps[ink[:, 1:] != ink[:, :-1]]
    return borders.size > 0 and float(np.percentile(borders, 95)) < _LEAST_STEP
