"""Contexts of pcscd, and calls to it that may not come back.

libpcsclite reads the name of pcscd's socket once in a process (``PCSCLITE_CSOCK_NAME``) and takes
no more than 99 characters. It is given the name of a file descriptor, which is turned to the
wanted socket for the moment in which a context connects.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from smartcard import scard

from drivers.errors import DeviceNotReady, DeviceTimeout
from drivers.smart_card.pcsc_errors import pcsc_down

T = TypeVar("T")
_Done = SimpleQueue[tuple[Any, BaseException | None]]

SYSTEM_SOCKET = "/run/pcscd/pcscd.comm"
"""Where the system's pcscd listens (pcsc-lite's ``ipcdir`` on Debian)."""
_VARIABLE = "PCSCLITE_CSOCK_NAME"


class _Door:
    """The descriptor whose name libpcsclite keeps for the life of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._descriptor: int | None = None

    def establish(self, socket: str) -> int:
        with self._lock:
            first = self._descriptor is None
            self._turn(socket)
            if first:
                os.environ[_VARIABLE] = f"/proc/self/fd/{self._descriptor}"
            try:
                code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
            finally:
                if first:
                    os.environ.pop(_VARIABLE, None)
        if code != scard.SCARD_S_SUCCESS:
            raise pcsc_down()
        return int(context)

    def _turn(self, socket: str) -> None:
        """Let the descriptor mean the socket. Raises ``pcsc-down`` when there is none."""
        try:
            target = os.open(socket, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            raise pcsc_down() from None
        if self._descriptor is None:
            self._descriptor = target
        else:
            os.dup2(target, self._descriptor, inheritable=False)
            os.close(target)


_DOOR = _Door()


def establish(socket: str = "") -> int:
    """A new context with the pcscd that listens on ``socket`` (empty: the system's).

    Raises ``DeviceNotReady`` ``pcsc-down``.
    """
    return _DOOR.establish(socket or SYSTEM_SOCKET)


def reader_names(socket: str = "") -> list[str]:
    """The readers that a pcscd knows now; none where none answers. It is asked once, and with
    libpcsclite's name of its socket left as this module needs it."""
    try:
        context = establish(socket)
    except DeviceNotReady:
        return []
    code, names = scard.SCardListReaders(context, [])
    scard.SCardReleaseContext(context)
    return sorted(names) if code == scard.SCARD_S_SUCCESS else []


class Errand:
    """A thread that makes blocking calls, so that the caller can stop waiting for one.

    After a call that did not come back in time the thread is lost: no more calls are made on it.
    """

    def __init__(self, name: str) -> None:
        self._asked: SimpleQueue[tuple[Callable[[], Any], _Done] | None] = SimpleQueue()
        self._done: _Done = SimpleQueue()
        self._since = 0.0
        """When the last call began (``time.monotonic()``)."""
        self.lost = False
        """Whether a call is still out."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, function: Callable[[], T], timeout_s: float) -> T:
        """What the function returns or raises; ``DeviceTimeout`` ``card-silent`` after
        ``timeout_s`` and from then on.

        The function may itself make calls here: they are made at once, and with each the time
        begins anew. So a whole conversation changes threads once, and not with every word of it.
        """
        if self.lost:
            raise _silent()
        self._since = time.monotonic()
        if threading.current_thread() is self._thread:
            return function()
        self._asked.put((function, self._done))
        result, error = self._awaited(timeout_s)
        if error is not None:
            raise error
        found: T = result
        return found

    def _awaited(self, timeout_s: float) -> tuple[Any, BaseException | None]:
        while (left_s := self._since + timeout_s - time.monotonic()) > 0:
            with contextlib.suppress(Empty):
                return self._done.get(timeout=left_s)
        self.lost = True
        raise _silent()

    def ask(self, function: Callable[[], Any]) -> None:
        """Have a function called when all before it are back; nobody waits for it."""
        self._asked.put((function, SimpleQueue()))

    def end(self) -> None:
        """End the thread when all that was asked is done."""
        self.lost = True
        self._asked.put(None)

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            function, done = asked
            try:
                done.put((function(), None))
            except BaseException as error:
                done.put((None, error))


def _silent() -> DeviceTimeout:
    return DeviceTimeout("card-silent", "the card does not answer")
