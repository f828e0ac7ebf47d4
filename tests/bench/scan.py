"""Cleaning a page: what it takes over decoding its photograph, which nobody can do without."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np

from drivers.imaging.page import CleanPage, clean_still
from drivers.virtual import document_pages
from tests.bench.entry import Entry, at_most

_ROUNDS = 25
_GOAL = 1.5
_CODE = "https://example.test/verify?c=445281"


def run() -> Entry:
    """Median milliseconds from an 8-megapixel JPEG to a clean A4 sheet of 300 dpi in colour, and of
    ``cv2.imdecode`` of the same file, in turns."""
    still = document_pages.jpeg(document_pages.photograph(document_pages.page(1, _CODE)))
    data = np.frombuffer(still, np.uint8)
    ours: list[float] = []
    decode: list[float] = []
    for _ in range(_ROUNDS):
        decode.append(_milliseconds(lambda: cv2.imdecode(data, cv2.IMREAD_COLOR)))
        ours.append(_milliseconds(lambda: _checked(clean_still(still))))
    peer = statistics.median(decode)
    return at_most(statistics.median(ours), peer, _GOAL, {"cv2.imdecode": peer})


def _checked(page: CleanPage) -> None:
    if page.pixels.shape != (3508, 2480, 3):
        raise RuntimeError("the page did not become a sheet of A4 in colour")


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
