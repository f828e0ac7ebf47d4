"""Where a camera's pictures come from: V4L2 and video files through OpenCV, and Motion-JPEG streams
from a Unix socket or a pipe.

What a camera sends as JPEG is passed on as it came: decoding and encoding 25 pictures of 1280x720 a
second would take a fifth of a core for nothing.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from drivers.camera import jpeg as jpeg_files
from drivers.camera import v4l2, vision
from drivers.camera.vision import Image, cv2
from drivers.errors import DeviceError, DeviceNotReady, OperatorAction

_CHUNK = 512 * 1024
_MOST_PIXELS = 64_000_000
_SMALL = 256
_MJPG = "MJPG"
_RAW = -1
"""``CAP_PROP_FORMAT`` of the FFMPEG backend for packets as they are in the file."""
_UNDECODED = (cv2.CAP_PROP_CONVERT_RGB, 0)
"""The same of the V4L2 backend."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a camera sends. ``pixel_format``: the four characters of V4L2 (``MJPG``, ``YUYV``)."""

    pixel_format: str
    width: int
    height: int
    frames_per_s: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as the camera sent it: a JPEG file, or pixels. ``at``: seconds of
    ``time.monotonic()`` when it had come in whole."""

    at: float
    width: int
    height: int
    digest: int
    """Of the picture's own data: two pictures of a living sensor never share it."""
    jpeg: bytes | None = field(default=None, repr=False)
    pixels: Image | None = field(default=None, repr=False)

    def as_jpeg(self) -> bytes:
        """A JPEG file with everything that a reader needs."""
        if self.jpeg is not None:
            return jpeg_files.with_tables(self.jpeg, vision.standard_tables())
        return vision.encode(self._pixels())

    def colour(self) -> Image | None:
        """The pixels; ``None`` when the JPEG file does not decode."""
        return vision.decode_colour(self.jpeg) if self.jpeg is not None else self._pixels()

    def small_grey(self) -> Image | None:
        """In grey at an eighth of the size; ``None`` when it does not decode."""
        if self.jpeg is not None:
            return vision.decode_small_grey(self.jpeg)
        return vision.small_grey(self._pixels())

    def small_colour(self) -> Image | None:
        """In colour, made smaller by halves as long as it stays 256 pixels wide; ``None`` when it
        does not decode."""
        factor = next((each for each in (8, 4, 2) if self.width >= each * _SMALL), 1)
        if self.jpeg is not None:
            return vision.decode_colour(self.jpeg, factor)
        return self._pixels()[::factor, ::factor]

    def preview(self, widest: int) -> tuple[bytes, int, int] | None:
        """A JPEG file of about ``widest`` pixels at most, its width and height."""
        factor = next((each for each in (1, 2, 4) if self.width <= 1.5 * each * widest), 8)
        if factor == 1:
            return self.as_jpeg(), self.width, self.height
        if self.jpeg is not None:
            made = vision.reduced(self.jpeg, factor)
        else:
            made = vision.encode(self._pixels()[::factor, ::factor])
        return None if made is None else (made, *jpeg_files.size(made))

    def _pixels(self) -> Image:
        if self.pixels is None:
            raise ValueError("a frame holds a JPEG file or pixels")
        return self.pixels


class FrameSource(Protocol):
    """One opened camera. All but ``close`` is called from one thread."""

    @property
    def dropped(self) -> int:
        """Bytes that came in and belonged to no whole picture."""

    @property
    def pixel_format(self) -> str:
        """Four characters, as V4L2 names it."""

    @property
    def frames_per_s(self) -> float:
        """The rate that the camera granted; 0 when it does not say."""

    def read(self, timeout_s: float) -> Frame | None:
        """The next picture; ``None`` when no whole one came in time. Raises ``DeviceNotReady``
        ``camera-absent`` when the camera has gone."""

    def resize(self, width: int, height: int) -> bool:
        """Ask for pictures of another size; whether the camera takes it."""

    def close(self) -> None:
        """Give the camera back. Does not raise."""


def open_source(path: str, wanted: Format) -> FrameSource:
    """Open what lies at a path: a V4L2 device, a Unix socket or pipe that sends Motion-JPEG, or a
    video file, which is shown again and again.

    Raises ``DeviceNotReady``: ``camera-absent``, ``camera-busy`` (another program has it),
    ``camera-denied`` (this process may not).
    """
    try:
        kind = Path(path).stat().st_mode
        if stat.S_ISSOCK(kind) or stat.S_ISFIFO(kind):
            return StreamSource(path, is_socket=stat.S_ISSOCK(kind))
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        raise _refusal(error) from None
    if stat.S_ISCHR(kind) and v4l2.is_taken(path):
        raise busy()
    return OpenCvSource(path, wanted, is_file=stat.S_ISREG(kind))


class StreamSource:
    """JPEG files one after the other, on a Unix socket or a pipe."""

    def __init__(self, path: str, *, is_socket: bool) -> None:
        self._parser = jpeg_files.MjpegParser()
        self._ready: list[bytes] = []
        self._silent = True
        self._descriptor = _connect(path) if is_socket else os.open(path, _PIPE_FLAGS)

    @property
    def pixel_format(self) -> str:
        """See ``FrameSource``."""
        return _MJPG

    @property
    def frames_per_s(self) -> float:
        """See ``FrameSource``. A stream does not say."""
        return 0.0

    @property
    def dropped(self) -> int:
        """See ``FrameSource``."""
        return self._parser.dropped

    def read(self, timeout_s: float) -> Frame | None:
        """See ``FrameSource``. Of pictures that come in together only the newest is told."""
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            if not select.select((self._descriptor,), (), (), left)[0]:
                return None
            pictures = self._parser.feed(self._receive())
            for picture in reversed(pictures):
                if (frame := jpeg_frame(picture)) is not None:
                    return frame
        return None

    def resize(self, width: int, height: int) -> bool:
        """See ``FrameSource``. A stream has the size that it has."""
        return False

    def close(self) -> None:
        """See ``FrameSource``."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _receive(self) -> bytes:
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError:
            raise absent() from None
        if not data:
            # A camera that serves one program at a time hangs up on the second without a word.
            raise busy() if self._silent else absent()
        self._silent = False
        return data


class OpenCvSource:
    """A V4L2 device or a video file, by ``cv2.VideoCapture``."""

    def __init__(self, path: str, wanted: Format, *, is_file: bool) -> None:
        self.dropped = 0
        self._path = path
        self._is_file = is_file
        self._due = 0.0
        self._capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG if is_file else cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise busy() if v4l2.card(path) is not None else absent()
        if not is_file:
            self._negotiate(wanted)
        if self.pixel_format == _MJPG:
            self._capture.set(*((cv2.CAP_PROP_FORMAT, _RAW) if is_file else _UNDECODED))
        self._interval_s = 1 / (self.frames_per_s or wanted.frames_per_s)

    def read(self, timeout_s: float) -> Frame | None:
        """See ``FrameSource``. A file is played at its own pace."""
        if self._is_file:
            self._pace()
        taken, found = self._capture.read()
        if not taken or found is None:
            self._nothing()
            return None
        return self._frame(np.asarray(found))

    def resize(self, width: int, height: int) -> bool:
        """See ``FrameSource``."""
        if self._is_file:
            return False
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        return bool(self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height))

    def close(self) -> None:
        """See ``FrameSource``."""
        self._capture.release()

    def _negotiate(self, wanted: Format) -> None:
        """Ask in this order: the frame rates on offer depend on format and size. The device grants
        what is nearest."""
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted.pixel_format))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.height)
        self._capture.set(cv2.CAP_PROP_FPS, wanted.frames_per_s)

    @property
    def frames_per_s(self) -> float:
        """See ``FrameSource``."""
        return max(0.0, float(self._capture.get(cv2.CAP_PROP_FPS)))

    @property
    def pixel_format(self) -> str:
        """See ``FrameSource``."""
        return int(self._capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1")

    def _frame(self, found: Image) -> Frame | None:
        at = time.monotonic()
        if found.ndim == 3 and found.shape[2] == 3:
            height, width = found.shape[:2]
            return Frame(
                at, width, height, zlib.crc32(np.ascontiguousarray(found).data), pixels=found
            )
        data = found.tobytes()
        end = data.rfind(jpeg_files.EOI)  # V4L2 buffers may be padded behind the picture
        frame = jpeg_frame(data[: end + 2]) if end > 0 else None
        if frame is None:
            self.dropped += len(data)
        return frame

    def _nothing(self) -> None:
        if not Path(self._path).exists():
            raise absent()
        if self._is_file:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)

    def _pace(self) -> None:
        now = time.monotonic()
        self._due = max(self._due + self._interval_s, now - self._interval_s)
        time.sleep(max(0.0, self._due - now))


_PIPE_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def jpeg_frame(picture: bytes) -> Frame | None:
    """A frame of a JPEG file that has just come in; ``None`` when its headers are broken, or claim
    more pixels than any camera has, for which no memory shall be taken."""
    try:
        width, height = jpeg_files.size(picture)
        if width * height > _MOST_PIXELS:
            return None
        return Frame(time.monotonic(), width, height, jpeg_files.digest(picture), jpeg=picture)
    except jpeg_files.JpegError:
        return None


def absent() -> DeviceNotReady:
    """The camera is not there."""
    return DeviceNotReady("camera-absent", "the camera is not there")


def busy() -> DeviceNotReady:
    """Another program has the camera."""
    return DeviceNotReady("camera-busy", "another program has the camera")


def _refusal(error: OSError) -> DeviceError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return DeviceNotReady(
            "camera-denied",
            "this process may not open the camera",
            action=OperatorAction.CONFIGURATION,
        )
    if error.errno in (errno.EBUSY, errno.EAGAIN):
        return busy()
    return absent()


def _connect(path: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1.0)
        line.connect(os.path.realpath(path))
        line.setblocking(False)
        return line.detach()
