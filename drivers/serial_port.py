"""A serial port as a stream of bytes."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import termios
from collections.abc import Iterator

import serial

from drivers.errors import DeviceNotReady, OperatorAction

_CHUNK = 4096
_WRITE_S = 2.0


class SerialPort:
    """A UART (8N1), held against every other process.

    Each method but ``close`` raises ``DeviceNotReady`` ``<whose>-absent`` when the port has gone.
    """

    def __init__(
        self, port: str, baud: int, whose: str, *, rts_cts: bool = False, xon_xoff: bool = False
    ) -> None:
        """Open the port.

        ``whose``: the beginning of its error codes (``reader``, ``lights``). ``rts_cts`` and
        ``xon_xoff``: how the far end says that it can take no more.

        Raises ``DeviceNotReady``: ``<whose>-absent`` when there is no such port, and what
        ``refused`` tells.
        """
        self._whose = whose
        try:
            self._serial = serial.Serial(
                port,
                baud,
                timeout=0,
                write_timeout=_WRITE_S,
                exclusive=True,
                rtscts=rts_cts,
                xonxoff=xon_xoff,
            )
        except serial.SerialException as error:
            raise refused(whose, error.errno, str(error)) from None
        except termios.error:
            raise absent(whose) from None

    def close(self) -> None:
        """Give the port back. Does not raise."""
        with contextlib.suppress(OSError, termios.error):
            self._serial.close()

    def fileno(self) -> int:
        """The file descriptor, which does not block."""
        with self._gone_is_absent():
            descriptor: int = self._serial.fileno()
            return descriptor

    def write(self, data: bytes) -> None:
        """Send all of the bytes."""
        with self._gone_is_absent():
            self._serial.write(data)

    def read(self, timeout_s: float) -> bytes:
        """The bytes that are there, as soon as there are any; empty after ``timeout_s``."""
        with self._gone_is_absent():
            descriptor = self._serial.fileno()
            if not select.select((descriptor,), (), (), max(0.0, timeout_s))[0]:
                return b""
            received = os.read(descriptor, _CHUNK)
        if not received:
            raise absent(self._whose)
        return received

    def discard_input(self) -> None:
        """Forget what came in and was not read."""
        with self._gone_is_absent():
            self._serial.reset_input_buffer()

    @contextlib.contextmanager
    def _gone_is_absent(self) -> Iterator[None]:
        try:
            yield
        except (OSError, termios.error, serial.SerialException):
            raise absent(self._whose) from None


def absent(whose: str) -> DeviceNotReady:
    """There is no such port, or it has gone."""
    return DeviceNotReady(f"{whose}-absent", "the port is not there")


def refused(whose: str, number: int | None, said: str = "") -> DeviceNotReady:
    """What it means that a port could not be opened.

    ``number``: the ``errno``. ``said``: what the library said, which names a lock by words alone.
    ``<whose>-port-denied`` when this process has no right to it, ``<whose>-port-busy`` when
    another process holds it, else ``<whose>-absent``.
    """
    if number in (errno.EACCES, errno.EPERM):
        return DeviceNotReady(
            f"{whose}-port-denied",
            "this process may not open the port",
            action=OperatorAction.CONFIGURATION,
        )
    if number in (errno.EBUSY, errno.EAGAIN) or "lock" in said:
        return DeviceNotReady(f"{whose}-port-busy", "another process holds the port")
    return absent(whose)
