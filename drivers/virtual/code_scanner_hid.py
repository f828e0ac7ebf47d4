"""A keyboard-wedge scanner's events on a named pipe, for machines without ``/dev/uinput``."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from drivers.code_scanner.keys import keystrokes


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

    def send(self, data: bytes) -> None:
        """Put events, whole or not, on the pipe; what does not fit is lost."""
        if self._descriptor is not None:
            with contextlib.suppress(BlockingIOError):
                os.write(self._descriptor, data)
