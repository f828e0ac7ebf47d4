"""A receipt's bitmap as ESC/POS dots: ours beside python-escpos, the same bytes, in turns."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

from escpos.printer import Dummy
from PIL import Image

from drivers.receipt_printer.raster import raster
from tests.bench.entry import Entry

WIDTH, HEIGHT = 576, 1000
_ROUNDS = 15
_OURS_A_ROUND = 40
_GOAL = 40.0


def run() -> Entry:
    """Median milliseconds for one bitmap of 576x1000 as one GS v 0."""
    bitmap = drawn()
    if raster(bitmap) != theirs(bitmap):
        raise RuntimeError("python-escpos makes other bytes of the same bitmap")
    ours, peer = [], []
    for _ in range(_ROUNDS):
        peer.append(timed(lambda: theirs(bitmap)))
        ours += [timed(lambda: raster(bitmap)) for _ in range(_OURS_A_ROUND)]
    ours_ms, peer_ms = statistics.median(ours), statistics.median(peer)
    ratio = peer_ms / ours_ms
    return Entry(
        ours_ms=round(ours_ms, 4),
        peers={"python-escpos": round(peer_ms, 2)},
        ratio=round(ratio, 1),
        goal=_GOAL,
        met=ratio >= _GOAL,
    )


def drawn() -> Image.Image:
    """A bitmap with black and white in no order that a packer could profit from."""
    noise = Image.effect_noise((WIDTH, HEIGHT), 80)
    return noise.point(lambda level: 255 if level >= 128 else 0, "1")


def theirs(bitmap: Image.Image) -> bytes:
    """What python-escpos sends for it, in one block."""
    printer = Dummy()
    # Else it prints a warning for each picture, which would count as its time.
    printer.profile.profile_data["media"]["width"]["pixels"] = WIDTH
    printer.image(bitmap, impl="bitImageRaster", fragment_height=HEIGHT, center=False)
    output: bytes = printer.output
    return output


def timed(work: Callable[[], bytes]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
