"""JPEG files as cameras send them, without decoding them (ITU-T T.81, annex B).

Baseline files only, which is what Motion-JPEG cameras send. A file is walked segment by segment up
to its start of scan; in the coded data after it a marker cannot occur by chance, as each ``FF`` is
followed by ``00`` (B.1.1.5), so the end is the next ``FF D9``.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"
_START = b"\xff\xd8\xff"
_SOS = 0xDA
_DHT = 0xC4
_COM = 0xFE
_BARE = (0xD8, 0xD9)
_FREE = (*range(0xE0, 0xF0), _COM)
"""Segments that may hold anything, thumbnails included: APPn and COM."""
_SIZES = (0xC0, 0xC1, 0xC2)
LONGEST = 16 * 1024 * 1024
"""Bytes that one picture may have; a stream without an end is dropped there."""


class JpegError(ValueError):
    """The bytes are no JPEG file."""


def segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker code, and where its segment begins (at the ``FF``) and ends, up to and with the start
    of scan. Raises ``JpegError``."""
    if not jpeg.startswith(_START):
        raise JpegError("no start of image")
    at = 2
    while True:
        if len(jpeg) < at + 4 or jpeg[at] != 0xFF:
            raise JpegError("no marker where one must be")
        if jpeg[at + 1] == 0xFF:  # fill byte, B.1.1.2
            at += 1
            continue
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if end > len(jpeg) or end < at + 4:
            raise JpegError("a segment is cut off")
        yield jpeg[at + 1], at, end
        if jpeg[at + 1] == _SOS:
            return
        at = end


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height in pixels, of the frame header (B.2.2). Raises ``JpegError``."""
    for marker, start, end in segments(jpeg):
        if marker in _SIZES and end - start >= 9:
            height, width = (
                int.from_bytes(jpeg[start + at : start + at + 2], "big") for at in (5, 7)
            )
            if width and height:
                return width, height
    raise JpegError("no frame header")


def digest(jpeg: bytes) -> int:
    """A number of the picture alone: comments and time stamps before the scan change nothing."""
    *_, (_, start, _) = segments(jpeg)
    return zlib.crc32(memoryview(jpeg)[start:])


def comment(jpeg: bytes) -> bytes | None:
    """The first comment (COM segment), ``None`` when there is none. Raises ``JpegError``."""
    return next(
        (jpeg[start + 4 : end] for code, start, end in segments(jpeg) if code == _COM), None
    )


def with_tables(jpeg: bytes, tables: bytes) -> bytes:
    """The file with Huffman tables: many cameras leave the standard ones out, as AVI files do, and
    not every reader puts them back. ``tables``: DHT segments."""
    for marker, start, _ in segments(jpeg):
        if marker == _DHT:
            return jpeg
        if marker == _SOS:
            return jpeg[:start] + tables + jpeg[start:]
    raise JpegError("no start of scan")


def tables_of(jpeg: bytes) -> bytes:
    """The DHT segments of a file."""
    return b"".join(jpeg[start:end] for code, start, end in segments(jpeg) if code == _DHT)


class MjpegParser:
    """Cuts a stream of JPEG files into files, wherever it is split; what is between is dropped.

    Memory is bounded by ``longest``: a picture without an end is given up there.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._data = bytearray()
        self._searched = 0
        self._scan_at = 0
        """Where the coded data of the picture at the front begins; 0 while that is unknown."""
        self.dropped = 0
        """Bytes that belonged to no whole picture."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; returns the pictures that are complete with them."""
        self._data += data
        found = []
        while (picture := self._next()) is not None:
            found.append(picture)
        if len(self._data) > self._longest:
            self._drop(len(self._data))
        return found

    def _next(self) -> bytes | None:
        while self._align():
            if not self._scan_at and not self._find_scan():
                return None
            if not self._scan_at:
                continue
            end = self._find_end()
            if end is None:
                return None
            if end > 0:
                picture = bytes(self._data[:end])
                self._forget(end)
                return picture
        return None

    def _align(self) -> bool:
        """Let a start of image be at the front; whether there is one."""
        if self._data.startswith(_START):
            return True
        at = self._data.find(_START)
        if at >= 0:
            self._drop(at)
            return True
        self._drop(max(0, len(self._data) - 2))
        return False

    def _find_scan(self) -> bool:
        """Find the coded data. ``False`` when more bytes are needed; a false start is dropped."""
        at = 2
        while len(self._data) >= at + 4:
            if self._data[at : at + 2] == b"\xff\xff":  # fill byte, B.1.1.2
                at += 1
                continue
            marker = self._data[at + 1]
            end = at + 2 + int.from_bytes(self._data[at + 2 : at + 4], "big")
            if cut := self._cut(at, end):
                self._drop(cut)
                return True
            if marker == _SOS:
                self._scan_at = self._searched = end
                return True
            at = end
        return False

    def _cut(self, at: int, end: int) -> int:
        """How much to drop because no whole segment lies here: a false start, or another picture
        that begins within it; 0 when all is well."""
        marker = self._data[at + 1]
        if self._data[at] != 0xFF or not 0xC0 <= marker <= 0xFE or marker in _BARE or end < at + 4:
            return 2
        return 0 if marker in _FREE else max(0, self._data.find(_START, at, end + 2))

    def _find_end(self) -> int | None:
        """Where the picture ends; 0 when it is cut off by the next one and was dropped; ``None``
        when more bytes are needed."""
        begin = self._searched - 2
        end = self._data.find(EOI, begin)
        cut = self._data.find(_START, begin, end if end >= 0 else len(self._data))
        if cut >= 0:
            self._drop(cut)
            return 0
        if end < 0:
            self._searched = len(self._data)
            return None
        return end + 2

    def _drop(self, count: int) -> None:
        self.dropped += count
        self._forget(count)

    def _forget(self, count: int) -> None:
        del self._data[:count]
        self._scan_at = self._searched = 0
