"""OpenCV, set up for a driver's process; and the little arithmetic on pictures that cameras share.

A V4L2 camera that sends nothing would hold a read for ten seconds, OpenCV's own limit, which is
read from the environment when the library is loaded. One thread: a preview must not take both
cores.
"""

from __future__ import annotations

import os
from functools import cache

import numpy as np
import numpy.typing as npt

os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
import cv2 as cv2

from drivers.camera import jpeg as jpeg_files

Image = npt.NDArray[np.uint8]
"""Rows of pixels: height x width for grey, height x width x 3 in the order blue, green, red."""

cv2.setNumThreads(1)

_QUALITY = 85
_EIGHTH = 8
_BLACK_BELOW = 40
_FILL = 128
"""The grey that a decoder leaves where the coded data of a picture is missing: every coefficient
zero (T.81, A.3.3 and A.3.1, level shift)."""
_FILLED_ROWS = 16
_COLOUR = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def decode_colour(jpeg: bytes, factor: int = 1) -> Image | None:
    """The picture's pixels, made smaller by 2, 4 or 8; ``None`` when it does not decode."""
    return _decode(jpeg, _COLOUR[factor])


def decode_small_grey(jpeg: bytes) -> Image | None:
    """The picture in grey at an eighth of its size, which is the mean of each block of 8 x 8 and
    needs no inverse transform; ``None`` when it does not decode."""
    return _decode(jpeg, cv2.IMREAD_REDUCED_GRAYSCALE_8)


def small_grey(pixels: Image) -> Image:
    """The same of pixels."""
    height, width = pixels.shape[:2]
    size = (max(1, width // _EIGHTH), max(1, height // _EIGHTH))
    return np.asarray(cv2.resize(grey(pixels), size, interpolation=cv2.INTER_AREA), np.uint8)


def grey(pixels: Image) -> Image:
    """Pixels without their colour."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), np.uint8)


def is_black(small: Image) -> bool:
    """Whether nothing lit is in view, of a picture by ``small_grey``: no block of 8 x 8 pixels is
    as bright as 40 of 255; a covered lens gives 16 and its noise."""
    return int(small.max()) < _BLACK_BELOW


def encode(pixels: Image, quality: int = _QUALITY) -> bytes:
    """Pixels as a JPEG file."""
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)


def reduced(jpeg: bytes, factor: int) -> bytes | None:
    """The picture made smaller by 2, 4 or 8; ``None`` when it does not decode."""
    pixels = decode_colour(jpeg, factor)
    return None if pixels is None else encode(pixels)


def is_torn(pixels: Image) -> bool:
    """Whether the lower end of a decoded picture is the decoder's fill: data was lost on the way,
    as happens on a crowded USB, and libjpeg only warns."""
    return bool((pixels[-_FILLED_ROWS:] == _FILL).all())


def sharpness(pixels: Image) -> float:
    """Variance of the Laplacian of a grey picture; larger is sharper."""
    laplacian = cv2.Laplacian(pixels, cv2.CV_16S)
    _, deviation = cv2.meanStdDev(laplacian)
    return float(deviation[0][0] ** 2)


def noise(pixels: Image) -> float:
    """Standard deviation of a grey picture's noise, in grey levels (J. Immerkaer, Fast Noise
    Variance Estimation, CVIU 64, 1996)."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    found = cv2.filter2D(pixels, cv2.CV_32F, kernel)
    inner = np.abs(found[1:-1, 1:-1])
    return float(np.sqrt(np.pi / 2) / 6 * inner.mean()) if inner.size else 0.0


@cache
def standard_tables() -> bytes:
    """The Huffman tables of T.81 annex K.3, as segments: what OpenCV writes by default."""
    return jpeg_files.tables_of(encode(np.zeros((16, 16, 3), np.uint8)))


def _decode(jpeg: bytes, how: int) -> Image | None:
    try:
        found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), how)
    except cv2.error:
        return None
    return None if found is None else np.asarray(found, np.uint8)
