"""Reads the machine-readable zone off a picture of a document's data page.

The page is found on the desk and turned as it lies; one whose edges are not all seen is looked for
in the whole picture. The zone is found as a dark, dense band of text at the foot of the page, and
read by Tesseract (Apache-2.0) as a program; what it reads counts only where the check digits agree.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from datetime import date

import numpy as np

from drivers.errors import HardwareFault, ProtocolError, UserFault
from drivers.imaging.edges import Image, find_page
from drivers.imaging.untyped import cv2
from drivers.travel_document.contract import MrzKey
from drivers.travel_document.mrz_text import key_in

_WIDTH = 1200
"""Pixels across the page while the zone is looked for and read: about 25 a character."""
_SEARCHED = 800
"""Pixels along the longer side of the picture in which the page is looked for."""
_READ_S = 8.0
_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
_COMMAND = (
    *("tesseract", "stdin", "stdout", "--psm", "6"),
    *("-c", f"tessedit_char_whitelist={_CHARACTERS}"),
    *("-c", "load_system_dawg=0", "-c", "load_freq_dawg=0"),
)
_SHORTEST_BAND = 0.5
"""Part of the page's width that a zone takes at least."""


def read_key_on_desk(jpeg: bytes, today: date) -> MrzKey:
    """The key of the document whose data page lies under a camera, whichever way up.

    ``jpeg``: a photograph. Raises as ``read_key``, and ``ProtocolError`` ``picture-garbled``.
    """
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ProtocolError("picture-garbled", "the photograph is no picture")
    for page in _pages(np.asarray(grey, np.uint8)):
        for upright in (page, cv2.rotate(page, cv2.ROTATE_180)):
            with contextlib.suppress(UserFault):
                return read_key(np.asarray(upright, np.uint8), today)
    raise UserFault("mrz-not-found", "no machine-readable zone could be read")


def _pages(grey: Image) -> Iterator[Image]:
    """The page cut out and made rectangular, its longer side across; at last the whole picture."""
    scale = _SEARCHED / max(grey.shape)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    with contextlib.suppress(UserFault):
        corners = find_page(np.asarray(small, np.uint8)) / np.float32(scale)
        across = float(np.linalg.norm(corners[1] - corners[0]))
        down = float(np.linalg.norm(corners[3] - corners[0]))
        if down > across:  # the page lies on its side
            corners = np.roll(corners, 1, axis=0)
            across, down = down, across
        size = (_WIDTH, max(1, round(_WIDTH * down / across)))
        flat = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
        turned = cv2.getPerspectiveTransform(corners.astype(np.float32), flat)
        yield np.asarray(cv2.warpPerspective(grey, turned, size, flags=cv2.INTER_AREA), np.uint8)
    yield grey


def read_key(page: Image, today: date) -> MrzKey:
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


def _bands(grey: Image) -> Iterator[Image]:
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


def _text(band: Image) -> str:
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
    return str(ended.stdout, "ascii", errors="ignore")
