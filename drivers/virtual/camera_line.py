"""The far end of a camera's cable: a Unix socket that sends pictures to one program at a time."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from drivers.runtime_folder import publish, remove_runtime_folder, runtime_folder

_BUFFER = 160 * 1024
"""As much as the few buffers of a real camera hold; the system doubles it (``socket(7)``)."""


class CameraLine:
    """A cable that can be plugged in and out while both ends live.

    ``supply`` is called on the line's own thread when a picture is due and somebody takes it; it
    returns what to send, nothing (``None``) included. What the other end is too slow to take is
    left out, as a camera does whose buffers are full.
    """

    def __init__(
        self, link: Path, supply: Callable[[], bytes | None], interval_s: Callable[[], float]
    ) -> None:
        """``link``: where a driver finds the camera. ``interval_s``: time between two pictures."""
        self._link = link
        self._home = link.with_name(f"{link.name}-line")
        self._supply = supply
        self._interval_s = interval_s
        self._thread: threading.Thread | None = None
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._waker = -1
        self._due = 0.0
        self._pending = memoryview(b"")

    @property
    def plugged(self) -> bool:
        """Whether the camera is there."""
        return self._thread is not None

    @property
    def watched(self) -> bool:
        """Whether a program takes the pictures."""
        return self._client is not None

    def plug(self) -> None:
        """Make the camera appear. Nothing happens when it is there."""
        if self._thread is not None:
            return
        path = runtime_folder(self._home) / "camera.sock"
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen(8)
        wake_up, self._waker = os.pipe()
        self._listener = listener
        self._thread = threading.Thread(
            target=self._serve, args=(listener, wake_up), name=self._link.name, daemon=True
        )
        self._thread.start()
        publish(self._link, path)

    def unplug(self) -> None:
        """Make the camera vanish under whoever has it open. Nothing happens when it is gone."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._link.unlink(missing_ok=True)
        os.close(self._waker)
        thread.join()
        remove_runtime_folder(self._home)

    def _serve(self, listener: socket.socket, wake_up: int) -> None:
        self._due = time.monotonic()
        try:
            while self._turn(listener, wake_up):
                self._send()
        finally:
            self._hang_up()
            listener.close()
            os.close(wake_up)

    def _turn(self, listener: socket.socket, wake_up: int) -> bool:
        """Wait for the next thing to do; ``False`` when the camera is unplugged."""
        watched = () if self._client is None else (self._client,)
        patience = max(0.0, self._due - time.monotonic()) if watched else None
        readable, _, _ = select.select(
            (listener, wake_up, *watched), watched if self._pending else (), (), patience
        )
        if wake_up in readable:
            return False
        if self._client in readable:
            self._hear()
        if listener in readable:
            self._answer(listener.accept()[0])
        return True

    def _answer(self, caller: socket.socket) -> None:
        if self._client is not None:
            caller.close()
            return
        caller.setblocking(False)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._client = caller
        self._due = time.monotonic()

    def _hear(self) -> None:
        """Nothing is to be said to this camera; an end is heard here."""
        with contextlib.suppress(OSError):
            if self._client is not None and self._client.recv(4096):
                return
        self._hang_up()

    def _send(self) -> None:
        if self._client is None:
            return
        now = time.monotonic()
        if now >= self._due:
            self._due = max(self._due + self._interval_s(), now)
            if not self._pending:
                self._pending = memoryview(self._supply() or b"")
        try:
            if self._pending:
                self._pending = self._pending[self._client.send(self._pending) :]
        except BlockingIOError:
            return
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        self._pending = memoryview(b"")
        if client is not None:
            client.close()
