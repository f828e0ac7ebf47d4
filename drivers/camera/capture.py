"""One thread that takes a camera's pictures: the newest for whoever waits, all for the watch, and
into shared memory while somebody looks there."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from drivers.camera.frames import FrameRing, PreviewChannel
from drivers.camera.jpeg import JpegError
from drivers.camera.sources import Frame, FrameSource
from drivers.camera.watch import Verdict, Watch
from drivers.errors import DeviceError, DeviceTimeout

_READ_S = 0.25
_FIRST_S = 2.0
_GOODBYE_S = 3.0


class Capture:
    """The thread and what it learned. It owns the source, the watch and the ring from here on."""

    def __init__(
        self, source: FrameSource, watch: Watch, ring: FrameRing, preview_width: int = 1280
    ) -> None:
        """``preview_width``: pictures much wider than this are made smaller for the preview."""
        self.watch = watch
        self.ring = ring
        self._source = source
        self._preview_width = preview_width
        self._errands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._arrival = threading.Condition()
        self._newest: Frame | None = None
        self._gone: DeviceError | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    @property
    def pixel_format(self) -> str:
        """What the camera sends, in four characters."""
        return self._source.pixel_format

    @property
    def frames_per_s(self) -> float:
        """The rate that the camera granted; 0 when it does not say."""
        return self._source.frames_per_s

    def verdict(self) -> Verdict:
        """What the pictures tell now."""
        return self.watch.verdict(time.monotonic())

    def check(self) -> None:
        """Raise what ended the camera, if anything did (``camera-absent`` …)."""
        if self._gone is not None:
            raise self._gone

    def next_frame(self, after: float, timeout_s: float) -> Frame:
        """The newest picture, once one came in later than ``after`` (of ``time.monotonic()``).

        Raises ``DeviceTimeout`` ``camera-silent`` when none does in time, and what ``check``
        raises.
        """
        with self._arrival:
            self._arrival.wait_for(lambda: self._gone or self._later(after), timeout_s)
            self.check()
            if self._newest is None or not self._later(after):
                raise DeviceTimeout("camera-silent", "the camera sends no picture")
            return self._newest

    def channel(self) -> PreviewChannel:
        """Where live pictures can be had; they come as long as somebody looks there. Raises what
        ``next_frame`` raises."""
        frame = self.next_frame(time.monotonic(), _FIRST_S)
        with suppress(ValueError):
            self.ring.want()
        self.check()
        return PreviewChannel(self.ring.path, frame.width, frame.height)

    def resize(self, width: int, height: int) -> bool:
        """Let the camera send pictures of another size from now on; whether it takes that."""
        done: Future[bool] = Future()
        self._errands.put(lambda: done.set_result(self._source.resize(width, height)))
        try:
            return done.result(_GOODBYE_S)
        except TimeoutError:
            return False

    def close(self) -> None:
        """Give everything back. Does not raise."""
        self._closing = True
        self._thread.join(_GOODBYE_S)
        self._newest = None

    def _later(self, after: float) -> bool:
        return self._newest is not None and self._newest.at > after

    def _run(self) -> None:
        try:
            while not self._closing:
                self._do_errands()
                self._take()
        except DeviceError as error:
            self._gone = error
            with self._arrival:
                self._arrival.notify_all()
        finally:
            self._source.close()
            self.ring.close()

    def _do_errands(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._errands.get_nowait()()

    def _take(self) -> None:
        frame = self._source.read(_READ_S)
        self.watch.note_dropped(self._source.dropped, time.monotonic())
        if frame is None:
            return
        with self._arrival:
            self._newest = frame
            self._arrival.notify_all()
        self._show(frame)
        self.watch.feed(frame)

    def _show(self, frame: Frame) -> None:
        if not self.ring.wanted:
            self.ring.wipe()
            return
        with suppress(JpegError):
            made = frame.preview(self._preview_width)
            if made is not None:
                self.ring.write(*made, frame.at)
