"""Reads the machine-readable zone off a picture of a document's data page.

The zone is found as a dark, dense band of text at the foot of the page, and read by Tesseract
(Apache-2.0) as a program; what it reads counts only where the check digits agree.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import cv2
import numpy as np

from drivers.errors import HardwareFault, UserFault
from drivers.travel_document.contract import MrzKey
from drivers.travel_document.mrz_text import key_in

_WIDTH = 1200
"""Pixels across the page while the zone is looked for and read: about 25 a character."""
_READ_S = 8.0
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
_COMMAND = (
    *("tesseract", "stdin", "stdout", "--psm", "6"),
    *("-c", f"tessedit_char_whitelist={_CHARACTERS}"),
    *("-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"),
)
_SHORTEST_BAND = 0.5
"""Part of the page's width that a zone takes at least."""


def read_key(page: np.ndarray[Any, Any], today: date) -> MrzKey:
    """The key of the document whose data page is pictured, upright (8-bit, BGR or grey).

    Raises ``UserFault`` ``mrz-not-found`` when no zone with right check digits is there, and
    ``HardwareFault`` ``mrz-reader-missing`` when Tesseract is not installed or fails.
    """
    grey = page if page.ndim == 2 else cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    scale = _WIDTH / grey.shape[1]
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for band in _bands(grey):
        key = key_in(_text(band), today)
        if key is not None:
            return key
    raise UserFault("mrz-not-found", "no machine-readable zone could be read")


def _bands(grey: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    """Bands that may hold the zone, the lowest first; at last the lower half."""
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 27), np.uint8))
    _, ink = cv2.threshold(dark, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((25, 45), np.uint8))
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [cv2.boundingRect(outline) for outline in outlines]
    wide = [box for box in boxes if box[2] >= _SHORTEST_BAND * _WIDTH and box[2] > 3 * box[3]]
    for x, y, width, height in sorted(wide, key=lambda box: -box[1]):
        top, left = max(0, y - 12), max(0, x - 12)
        yield grey[top : y + height + 12, left : x + width + 12]
    yield grey[grey.shape[0] // 2 :]


def _text(band: np.ndarray[Any, Any]) -> str:
    written, png = cv2.imencode(".png", band)
    try:
        ended = subprocess.run(
            _COMMAND,
            input=png.tobytes() if written else b"",
            capture_output=True,
            timeout=_READ_S,
            check=True,
            env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"},
        )
    except (OSError, subprocess.SubprocessError):
        raise HardwareFault("mrz-reader-missing", "the reader of printed zones fails") from None
    return ended.stdout.decode("ascii", errors="ignore")
