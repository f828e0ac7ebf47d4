"""Bitmaps as ESC/POS dots (GS v 0).

The bytes are those of python-escpos for the same bitmap. Pillow's own ``tobytes`` copies a bitmap
through 64 KiB pieces, pixel by pixel for mode ``1``, and costs 90 % of the whole; so the pixels
are read where they lie, through the Arrow C data interface that Pillow exports, and packed by
numpy.
"""

from __future__ import annotations

import ctypes

import numpy as np
import numpy.typing as npt
from PIL import Image

from drivers.receipt_printer.commands import raster_header

MOST_ROWS = 0xFFFF
"""Rows that one GS v 0 can have (two bytes)."""


class _ArrowArray(ctypes.Structure):
    """The head of ``struct ArrowArray`` (Arrow C data interface)."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    )


_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = (ctypes.py_object, ctypes.c_char_p)


def raster(bitmap: Image.Image) -> bytes:
    """One GS v 0 of a bitmap in mode ``1`` (0 is black) with at most 65,535 rows.

    Lines are filled up with white to whole bytes.
    """
    if bitmap.mode != "1" or not 0 < bitmap.height <= MOST_ROWS:
        raise ValueError("a bitmap in mode 1 of 1 to 65,535 rows is wanted")
    width = -(-bitmap.width // 8) * 8
    if width != bitmap.width:
        wide = Image.new("1", (width, bitmap.height), 1)
        wide.paste(bitmap)
        bitmap = wide
    white = _packed(bitmap.convert("L"))
    return raster_header(width // 8, bitmap.height) + np.bitwise_not(white).tobytes()


def _packed(grey: Image.Image) -> npt.NDArray[np.uint8]:
    """Eight pixels a byte, a bit set where a pixel is not 0; the width is a multiple of eight."""
    try:
        schema_and_array = grey.__arrow_c_array__()
    except ValueError:  # a picture that Pillow keeps in several pieces
        return np.packbits(np.asarray(grey))
    address = _capsule_pointer(schema_and_array[1], b"arrow_array")
    array = ctypes.cast(address, ctypes.POINTER(_ArrowArray)).contents
    pixels = (ctypes.c_uint8 * (grey.width * grey.height)).from_address(array.buffers[1])
    return np.packbits(np.frombuffer(memoryview(pixels), np.uint8))
