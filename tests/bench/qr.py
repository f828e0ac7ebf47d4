"""Finding QR codes in live pictures, beside zxing-cpp alone on the same frames."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from drivers.code_scanner.contract import Symbology
from drivers.code_scanner.picture import read_codes
from drivers.imaging.untyped import cv2, zxingcpp
from tests.bench.entry import Entry, within_limit

Frame = npt.NDArray[np.uint8]
SIZE = (1280, 720)
_LIMIT_MS = 10.0
_FRAMES = 15
_TEXT = "https://example.test/verify?c=20261124A8F3B92C71D0&h=5d41402abc4b2a76b9719d911017c592"
_QR = zxingcpp.BarcodeFormat.QRCode
_SETS: dict[str, dict[str, float]] = {
    "upright": {"size": 250, "turn": 0, "blur": 0.5},
    "turned": {"size": 250, "blur": 0.8},
    "blurred": {"size": 250, "blur": 2.1},
    "small": {"size": 150, "blur": 1.0},
    "tilted": {"size": 300, "blur": 1.0, "tilt": 4e-4},
    "dark": {"size": 250, "blur": 1.0, "light": 0.22, "noise": 4},
    "inverted": {"size": 250, "blur": 0.8, "inverted": 1},
}


def run() -> Entry:
    """Median milliseconds a frame of 1280 x 720 in the set that takes longest, frames without a
    code among them.

    ``met`` wants both: at most 10 ms, and in no set fewer hits than zxing-cpp. The peers' figures
    are zxing-cpp's milliseconds in its own longest set, and the hits of both.
    """
    rng = np.random.default_rng(445281)
    sets = [_measured(rng, look) for look in (*_SETS.values(), None)]
    entry = within_limit(max(each.ours_ms for each in sets), _LIMIT_MS, "ms")
    entry["peers"] |= {
        "zxing-cpp": round(max(each.zxing_ms for each in sets), 2),
        "our hits": sum(each.ours_hits for each in sets),
        "zxing-cpp hits": sum(each.zxing_hits for each in sets),
        "codes": _FRAMES * len(_SETS),
    }
    fewer = any(each.ours_hits < each.zxing_hits for each in sets)
    entry["met"] = entry["met"] and not fewer
    return entry


@dataclass(frozen=True)
class _Set:
    """Median milliseconds and hits in one set of frames."""

    ours_ms: float
    zxing_ms: float
    ours_hits: int
    zxing_hits: int


def _measured(rng: np.random.Generator, look: dict[str, float] | None) -> _Set:
    ours_ms: list[float] = []
    zxing_ms: list[float] = []
    hits = [_compared(_frame(rng, look), ours_ms, zxing_ms) for _ in range(_FRAMES)]
    ours_hits, zxing_hits = (sum(column) for column in zip(*hits, strict=True))
    return _Set(statistics.median(ours_ms), statistics.median(zxing_ms), ours_hits, zxing_hits)


def _compared(frame: Frame, ours_ms: list[float], zxing_ms: list[float]) -> tuple[bool, bool]:
    started = time.perf_counter()
    ours = read_codes(frame, [Symbology.QR_CODE], moving=True)
    between = time.perf_counter()
    peers = zxingcpp.read_barcodes(frame, formats=_QR)
    ours_ms.append((between - started) * 1000)
    zxing_ms.append((time.perf_counter() - between) * 1000)
    return any(each.text == _TEXT for each in ours), any(each.text == _TEXT for each in peers)


def _frame(rng: np.random.Generator, look: dict[str, float] | None) -> Frame:
    """A telephone's screen before a wall, or the wall alone."""
    width, height = SIZE
    wall = np.linspace(110, 210, width, dtype=np.float32)[None, :].repeat(height, 0)
    if look is None:
        return np.clip(wall + rng.normal(0, 6, wall.shape), 0, 255).astype(np.uint8)
    code = _code(bool(look.get("inverted")))
    side = code.shape[0]
    scale = look["size"] / side
    turn = cv2.getRotationMatrix2D(
        (side / 2, side / 2), look.get("turn", rng.uniform(0, 360)), scale
    )
    turn[:, 2] += width / 2 - side / 2 + rng.integers(-200, 200), height / 2 - side / 2
    tilt = np.array([[1, 0, 0], [0, 1, 0], [look.get("tilt", 0), 0, 1.0]])
    matrix = tilt @ np.vstack([turn, [0, 0, 1]])
    screen = cv2.warpPerspective(code * 0.75 + 25, matrix, SIZE, flags=cv2.INTER_AREA)
    where = cv2.warpPerspective(np.ones_like(code), matrix, SIZE, flags=cv2.INTER_NEAREST)
    seen = cv2.GaussianBlur(np.where(where > 0, screen, wall), (0, 0), look["blur"])
    noise = rng.normal(0, look.get("noise", 6), seen.shape)
    return np.asarray(np.clip(seen * look.get("light", 1) + noise, 0, 255), np.uint8)


def _code(inverted: bool) -> npt.NDArray[np.float32]:
    made = zxingcpp.create_barcode(_TEXT, _QR, ec_level="M")
    code = np.array(made.to_image(scale=8), np.float32)
    code = np.pad(code.reshape(code.shape[:2]), 32, constant_values=255)
    return np.asarray(255 - code if inverted else code, np.float32)


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
