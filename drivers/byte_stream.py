"""A wire to one device, as a stream of bytes."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class ByteStream(Protocol):
    """A byte stream to one device. Each method but ``close`` raises ``DeviceNotReady``
    ``<whose>-absent`` when the device has gone. A ``drivers.serial_port.SerialPort`` is one."""

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
