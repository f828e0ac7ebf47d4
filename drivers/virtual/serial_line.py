"""The far end of a serial cable: a pseudo-terminal under a stable name, paced like a UART."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.runtime_folder import publish

_BITS_A_BYTE = 10
"""8N1: start bit, eight data bits, stop bit."""
_FIFO = 16
"""Bytes that a UART hands over at a time."""
_SPIN_S = 0.0002
"""The last stretch before a byte is due, which sleeping would overshoot."""


class SerialLine:
    """A cable that can be plugged in and out while both ends live.

    ``received`` is called on the line's own thread with whatever the other end sent; it may call
    ``send``, which returns when the last bit would have left the wire.
    """

    def __init__(self, link: Path, baud: int, received: Callable[[bytes], None]) -> None:
        self._link = link
        self._byte_s = _BITS_A_BYTE / baud
        self._received = received
        self._thread: threading.Thread | None = None
        self._unplugged = threading.Event()
        self._descriptors: tuple[int, ...] = ()
        self._free_at = 0.0
        self._idle: Callable[[], float | None] = lambda: None

    def when_idle(self, work: Callable[[], float | None]) -> None:
        """Call ``work`` on the line's thread while nothing comes in; it returns after how many
        seconds to call it again, or ``None`` to wait for input."""
        self._idle = work

    def plug(self) -> None:
        """Make the port appear. Nothing happens when it is there."""
        if self._thread is not None:
            return
        ours, its = os.openpty()
        tty.setraw(its)
        os.set_blocking(ours, False)
        wake_up, waker = os.pipe()
        self._descriptors = (ours, its, wake_up, waker)
        self._unplugged.clear()
        self._free_at = 0.0
        self._thread = threading.Thread(
            target=self._serve, args=(ours, wake_up), name=f"line {self._link.name}", daemon=True
        )
        self._thread.start()
        publish(self._link, Path(os.ttyname(its)))

    def unplug(self) -> None:
        """Make the port vanish under whoever has it open. Nothing happens when it is gone."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._link.unlink(missing_ok=True)
        self._unplugged.set()
        self.wake()
        thread.join()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = ()

    @property
    def plugged(self) -> bool:
        """Whether the port is there."""
        return self._thread is not None

    def wake(self) -> None:
        """Let the line's thread look at its idle work now."""
        if self._descriptors:
            os.write(self._descriptors[3], b"\0")

    def hold(self, byte_count: int) -> None:
        """The wire is taken by so many bytes of the other end."""
        self._free_at = max(self._free_at, time.monotonic()) + byte_count * self._byte_s

    def send(self, data: bytes) -> None:
        """Send at the line's speed, in portions of a UART's buffer, each when its last bit is due.

        The schedule is absolute, so that lateness does not add up. What the other end does not
        take in is lost, as on a real line.
        """
        start = max(self._free_at, time.monotonic())
        for at in range(0, len(data), _FIFO):
            portion = data[at : at + _FIFO]
            _wait_until(start + (at + len(portion)) * self._byte_s)
            if self._unplugged.is_set():
                return
            with contextlib.suppress(OSError):
                os.write(self._descriptors[0], portion)
        self._free_at = start + len(data) * self._byte_s

    def pause(self, seconds: float) -> None:
        """Keep the line still; ends early when it is unplugged."""
        self._unplugged.wait(seconds)

    def _serve(self, ours: int, wake_up: int) -> None:
        while not self._unplugged.is_set():
            ready = select.select((ours, wake_up), (), (), self._idle())[0]
            if wake_up in ready:
                os.read(wake_up, 64)
            if ours in ready:
                with contextlib.suppress(OSError):
                    data = os.read(ours, 4096)
                    self.hold(len(data))
                    self._received(data)


def _wait_until(moment: float) -> None:
    left = moment - time.monotonic()
    if left > _SPIN_S:
        time.sleep(left - _SPIN_S)
    while time.monotonic() < moment:
        pass
