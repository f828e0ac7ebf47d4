"""The picture on a card: 1,024 bytes in the WLT format, which only closed libraries decode.

A hall that has such a library names it in the reader's settings; without one a card reads with no
picture, which is a valid state.
"""

from __future__ import annotations

import ctypes
import struct
import zlib
from abc import ABC, abstractmethod
from pathlib import Path

from drivers.errors import CommandRejected, HardwareFault

WLT_LENGTH = 1024
WIDTH = 102
HEIGHT = 126
_ROW = WIDTH * 3
_BMP_ROW = (_ROW + 3) // 4 * 4
_BMP_HEADER = 54
BMP_LENGTH = _BMP_HEADER + HEIGHT * _BMP_ROW
"""38,862 bytes: what the libraries write as a file."""
_OUTPUT_LENGTH = 65_536
_SYMBOLS = ("_Z6unpackPcS_i", "unpack")
"""``int unpack(char *wlt, char *out, int mode)``, as C++ and as C."""
_DONE = 1


class PhotoDecoder(ABC):
    """Turns a card's photo block into a picture."""

    @abstractmethod
    def decode(self, wlt: bytes) -> bytes:
        """The photo as PNG, 102 x 126 pixels, 24 bits.

        Raises ``HardwareFault`` ``photo-undecodable`` when the block is no picture.
        """


class LibraryPhotoDecoder(PhotoDecoder):
    """A site-supplied shared library (``libwlt2bmp.so`` and the like) behind ctypes.

    It writes a BMP file or bare BGR rows from the top; both are taken. A library that crashes
    takes the reader's process with it, and nothing else.
    """

    def __init__(self, library: Path, mode: int = 0) -> None:
        """``mode``: third argument of the library's function; its maker says which.

        Raises ``CommandRejected`` ``photo-decoder-unusable`` when the file is no such library.
        """
        self._mode = mode
        try:
            loaded = ctypes.CDLL(str(library))
        except OSError:
            raise _unusable(library, "it does not load") from None
        for symbol in _SYMBOLS:
            if hasattr(loaded, symbol):
                self._unpack = getattr(loaded, symbol)
                break
        else:
            raise _unusable(library, "it has no function unpack")
        self._unpack.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int)
        self._unpack.restype = ctypes.c_int

    def decode(self, wlt: bytes) -> bytes:
        """See ``PhotoDecoder.decode``."""
        if len(wlt) != WLT_LENGTH:
            raise HardwareFault("photo-undecodable", "the photo block is not 1,024 bytes long")
        output = ctypes.create_string_buffer(_OUTPUT_LENGTH)
        if self._unpack(ctypes.create_string_buffer(wlt, WLT_LENGTH), output, self._mode) != _DONE:
            raise HardwareFault("photo-undecodable", "the decoder refused the photo block")
        return encode_png(_rows(output.raw))


def encode_png(rows: list[bytes]) -> bytes:
    """PNG (RFC 2083) of rows of BGR bytes, top row first, all of one length."""
    lines = b"".join(b"\0" + _bgr_to_rgb(row) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(lines))
        + _chunk(b"IEND", b"")
    )


def _rows(output: bytes) -> list[bytes]:
    if output[:2] != b"BM":
        return [output[at : at + _ROW] for at in range(0, HEIGHT * _ROW, _ROW)]
    width, height = struct.unpack_from("<ii", output, 18)
    if (width, abs(height)) != (WIDTH, HEIGHT):
        raise HardwareFault("photo-undecodable", "the decoder wrote a picture of another size")
    starts = range(_BMP_HEADER, BMP_LENGTH, _BMP_ROW)
    rows = [output[at : at + _ROW] for at in starts]
    return rows[::-1] if height > 0 else rows


def _bgr_to_rgb(row: bytes) -> bytes:
    turned = bytearray(row)
    turned[0::3], turned[2::3] = row[2::3], row[0::3]
    return bytes(turned)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _unusable(library: Path, why: str) -> CommandRejected:
    return CommandRejected("photo-decoder-unusable", f"{library.name}: {why}")
