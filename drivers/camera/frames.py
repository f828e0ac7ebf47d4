"""Live pictures from a driver's process to the service, through shared memory.

The memory is a ``memfd`` (``memfd_create(2)``) that no folder lists: it is gone with the processes
that hold it, and no picture can be left behind in a file. It cannot shrink, so that a driver that
misbehaves cannot pull it away under the service. Layout, little endian:

    header  one page: magic 8, slots u32, slot bytes u32, newest frame u64, state u32, unused u32,
            looked at f64 (seconds of ``time.monotonic()``; written by readers)
    slot    40 bytes: frame u64 (0 while it is being written), length u32, CRC-32 u32,
            width u32, height u32, taken at f64, unused u64; then the JPEG file

Frame ``n`` lies in slot ``n % slots``. A reader copies a slot and takes the copy only when the
frame's number was the same before and after and the checksum fits: with that, neither a writer
that laps it nor a processor that reorders writes can give it a torn picture. Pictures are put here
only while somebody looks (``FrameRing.wanted``). Nothing but the standard library is needed, as the
service reads here too.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
import zlib
from dataclasses import dataclass, field
from enum import IntEnum

from drivers.errors import DeviceNotReady, ProtocolError

_MAGIC = b"YMFRAME1"
_HEADER = struct.Struct("<8sIIQIId")
_SLOT = struct.Struct("<QIIIIdQ")
_HEADER_BYTES = mmap.PAGESIZE
_NEWEST_AT = 16
_STATE_AT = 24
_LOOKED_AT = 32
_NUMBER = struct.Struct("<Q")
_STATE = struct.Struct("<I")
_MOMENT = struct.Struct("<d")
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_LARGEST = 256 * 1024 * 1024
_WANTED_S = 3.0
"""How long after a look pictures are still put into the memory."""


class RingState(IntEnum):
    """What may be expected of the memory."""

    LIVE = 1
    """Pictures come as long as the camera sends them."""
    ENDED = 2
    """The driver has given the camera back; ask it for a new channel."""


@dataclass(frozen=True, slots=True)
class PreviewChannel:
    """Where live pictures are to be had; what a driver's ``preview`` returns."""

    path: str
    """``/proc/PID/fd/N`` of the driver's process, for the same user on the same machine."""
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One picture as it was taken from the memory. ``at`` is seconds of ``time.monotonic()``."""

    number: int
    jpeg: bytes = field(repr=False)
    width: int
    height: int
    at: float


class FrameRing:
    """The writing end, in the driver's process; one thread writes."""

    def __init__(self, slot_bytes: int = 2 * 1024 * 1024, slots: int = 4) -> None:
        """``slot_bytes``: the longest JPEG file that fits. Memory is taken as it is used."""
        self._slots = slots
        self._room = slot_bytes
        self._stride = _SLOT.size + slot_bytes
        size = _HEADER_BYTES + slots * self._stride
        self._descriptor = os.memfd_create("frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self._descriptor, size)
        fcntl.fcntl(self._descriptor, fcntl.F_ADD_SEALS, _SEALS | fcntl.F_SEAL_SEAL)
        self._memory = mmap.mmap(self._descriptor, size)
        _HEADER.pack_into(self._memory, 0, _MAGIC, slots, slot_bytes, 0, RingState.LIVE, 0, 0.0)
        self._number = 0
        self._blank = True

    @property
    def path(self) -> str:
        """Where ``FrameReader`` finds this memory while this process lives."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def want(self) -> None:
        """Count as looked at now, so that the first picture is there when a reader comes."""
        _MOMENT.pack_into(self._memory, _LOOKED_AT, time.monotonic())

    @property
    def wanted(self) -> bool:
        """Whether anybody looked within the last seconds."""
        (looked,) = _MOMENT.unpack_from(self._memory, _LOOKED_AT)
        return bool(0.0 <= time.monotonic() - looked < _WANTED_S)

    def write(self, jpeg: bytes, width: int, height: int, at: float) -> bool:
        """Show one picture; ``False`` when it is too long for a slot and is left out."""
        if len(jpeg) > self._room:
            return False
        self._number += 1
        self._blank = False
        start = _HEADER_BYTES + self._number % self._slots * self._stride
        _NUMBER.pack_into(self._memory, start, 0)
        body = start + _SLOT.size
        self._memory[body : body + len(jpeg)] = jpeg
        _SLOT.pack_into(self._memory, start, 0, len(jpeg), zlib.crc32(jpeg), width, height, at, 0)
        _NUMBER.pack_into(self._memory, start, self._number)
        _NUMBER.pack_into(self._memory, _NEWEST_AT, self._number)
        return True

    def wipe(self) -> None:
        """Give the pictures that lie here back to the system, which blots them out."""
        if self._blank:
            return
        self._blank = True
        _NUMBER.pack_into(self._memory, _NEWEST_AT, 0)
        self._memory.madvise(mmap.MADV_REMOVE, _HEADER_BYTES, len(self._memory) - _HEADER_BYTES)

    def close(self) -> None:
        """Tell readers that this is the end, blot out the pictures, and give the memory back."""
        if self._memory.closed:
            return
        _STATE.pack_into(self._memory, _STATE_AT, RingState.ENDED)
        self.wipe()
        self._memory.close()
        os.close(self._descriptor)


class FrameReader:
    """The reading end, in the service. Trusts nothing of what the other process wrote."""

    def __init__(self, path: str) -> None:
        """Open the memory.

        Raises ``DeviceNotReady`` ``preview-ended`` when it is not there any more, and
        ``ProtocolError`` ``preview-invalid`` when it is no such memory.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            raise DeviceNotReady("preview-ended", "the live picture has ended") from None
        try:
            self._memory = _mapped(descriptor)
        finally:
            os.close(descriptor)
        magic, self._slots, self._room, *_ = _HEADER.unpack_from(self._memory, 0)
        needed = _HEADER_BYTES + self._slots * (_SLOT.size + self._room)
        if magic != _MAGIC or not self._slots or needed > len(self._memory):
            self.close()
            raise _invalid()

    def look(self) -> None:
        """Tell the driver that somebody looks; to be said again at least every two seconds."""
        _MOMENT.pack_into(self._memory, _LOOKED_AT, time.monotonic())

    @property
    def ended(self) -> bool:
        """Whether the driver has given the camera back."""
        (state,) = _STATE.unpack_from(self._memory, _STATE_AT)
        return bool(state != RingState.LIVE)

    @property
    def newest(self) -> int:
        """The number of the newest picture; 0 before the first."""
        return int(_NUMBER.unpack_from(self._memory, _NEWEST_AT)[0])

    def read(self, after: int = 0) -> LiveFrame | None:
        """The newest picture, when its number is not ``after``; ``None`` when there is none, or
        the writer was just about to replace it: look again."""
        number = self.newest
        if number in (0, after):
            return None
        start = _HEADER_BYTES + number % self._slots * (_SLOT.size + self._room)
        found, length, checksum, width, height, at, _ = _SLOT.unpack_from(self._memory, start)
        if found != number or length > self._room:
            return None
        body = start + _SLOT.size
        jpeg = bytes(self._memory[body : body + length])
        if _NUMBER.unpack_from(self._memory, start)[0] != number or zlib.crc32(jpeg) != checksum:
            return None
        return LiveFrame(number, jpeg, width, height, at)

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()


def _mapped(descriptor: int) -> mmap.mmap:
    """Map memory that can never become shorter than it is (else a read could end the process by
    SIGBUS)."""
    try:
        if fcntl.fcntl(descriptor, fcntl.F_GET_SEALS) & _SEALS != _SEALS:
            raise _invalid()
        size = os.fstat(descriptor).st_size
        if not _HEADER_BYTES <= size <= _LARGEST:
            raise _invalid()
        return mmap.mmap(descriptor, size)
    except OSError:
        raise _invalid() from None


def _invalid() -> ProtocolError:
    return ProtocolError("preview-invalid", "the driver's memory holds no live pictures")
