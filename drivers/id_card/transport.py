"""The wire to a reader, as a stream of bytes."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import termios
from abc import ABC, abstractmethod
from collections.abc import Iterator

import serial

from drivers.errors import DeviceNotReady

_CHUNK = 4096


class Transport(ABC):
    """A byte stream to one reader. Each method raises ``DeviceNotReady`` ``reader-absent`` when
    the reader has gone."""

    @abstractmethod
    def close(self) -> None:
        """Give the wire back. Does not raise."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send all of the bytes."""

    @abstractmethod
    def read(self, timeout_s: float) -> bytes:
        """The bytes that are there, as soon as there are any; empty after ``timeout_s``."""

    @abstractmethod
    def discard_input(self) -> None:
        """Forget what came in and was not read."""


class SerialTransport(Transport):
    """A serial port (UART 8N1, no flow control), held against every other process."""

    def __init__(self, port: str, baud: int) -> None:
        """Open the port.

        Raises ``DeviceNotReady``: ``reader-absent`` when there is no such port,
        ``reader-port-busy`` when another process holds it, ``reader-port-denied`` when this
        process may not open it.
        """
        try:
            self._serial = serial.Serial(
                port, baud, timeout=0, write_timeout=2.0, exclusive=True, rtscts=False
            )
        except serial.SerialException as error:
            raise _refused(error) from None
        except termios.error:
            raise _absent() from None

    def close(self) -> None:
        """See ``Transport.close``."""
        with contextlib.suppress(OSError, termios.error):
            self._serial.close()

    def write(self, data: bytes) -> None:
        """See ``Transport.write``."""
        with _gone_is_absent():
            self._serial.write(data)

    def read(self, timeout_s: float) -> bytes:
        """See ``Transport.read``."""
        with _gone_is_absent():
            descriptor = self._serial.fileno()
            if not select.select((descriptor,), (), (), max(0.0, timeout_s))[0]:
                return b""
            received = os.read(descriptor, _CHUNK)
        if not received:
            raise _absent()
        return received

    def discard_input(self) -> None:
        """See ``Transport.discard_input``."""
        with _gone_is_absent():
            self._serial.reset_input_buffer()


@contextlib.contextmanager
def _gone_is_absent() -> Iterator[None]:
    try:
        yield
    except (OSError, termios.error, serial.SerialException):
        raise _absent() from None


def _absent() -> DeviceNotReady:
    return DeviceNotReady("reader-absent", "the reader's port is not there")


def _refused(error: serial.SerialException) -> DeviceNotReady:
    if error.errno == errno.EACCES:
        return DeviceNotReady("reader-port-denied", "this process may not open the reader's port")
    if error.errno in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "lock" in str(error):
        return DeviceNotReady("reader-port-busy", "another process holds the reader's port")
    return _absent()
