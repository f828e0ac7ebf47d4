"""A keyboard-wedge scanner's events on a named pipe. A keyboard made by ``/dev/uinput`` would be
the kernel's own, but what it types would reach every window until the driver has grabbed it."""

from __future__ import annotations

import contextlib
import os
import select
from pathlib import Path

from drivers.code_scanner.keys import EVENT, keystrokes

_PORTION = select.PIPE_BUF // EVENT.size * EVENT.size
"""Whole events that a pipe takes whole or not at all."""


class KeyboardPipe:
    """Types codes into ``path`` as the kernel would hand them over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def plug(self) -> None:
        """Make the pipe appear. Nothing happens when it is there."""
        if self._descriptor is None:
            os.mkfifo(self.path, 0o600)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        """Make the pipe end under whoever reads it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self.path.unlink(missing_ok=True)
            os.close(descriptor)

    def scan(self, text: str) -> None:
        """Type a code and Enter. ``ValueError`` for a character that no key has."""
        self.send(keystrokes(text))

    def send(self, data: bytes) -> int:
        """Put events, whole or not, on the pipe; returns how many of the bytes fitted."""
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while self._descriptor is not None and sent < len(data):
                sent += os.write(self._descriptor, data[sent : sent + _PORTION])
        return sent

    def forget(self) -> None:
        """Take back what nobody has read."""
        with contextlib.suppress(BlockingIOError):
            while self._descriptor is not None and os.read(self._descriptor, _PORTION):
                pass
