"""The ways to a receipt printer: serial, USB, network, and a raw queue of a print scheduler."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from drivers import serial_port
from drivers.errors import DeviceCancelled, DeviceNotReady, DeviceTimeout
from drivers.recording.tap import Tap
from drivers.serial_port import SerialPort

_PORTION = 1024
_CHUNK = 4096
_CONNECT_S = 3.0
_LOOK_S = 0.25
"""How long nothing is looked for but room for the next byte."""
_JOB_NAME = "receipt"
_WHOSE = "receipt-printer"
_RAW = "application/vnd.cups-raw"


Withdrawn = Callable[[], object]
"""Raises ``DeviceCancelled`` when the command was withdrawn."""


class Wire(ABC):
    """A way to one printer. Every method but ``close`` raises ``DeviceNotReady``
    ``receipt-printer-absent`` when the printer has gone."""

    two_way = True
    """Whether answers come back."""

    @abstractmethod
    def close(self) -> None:
        """Give the wire back. Does not raise."""

    @abstractmethod
    def send(self, data: bytes, patience_s: float, withdrawn: Withdrawn) -> None:
        """Send all of the bytes; ``withdrawn`` is called while the printer takes its time.

        Raises ``DeviceTimeout`` ``receipt-printer-stalled`` when the printer takes none for
        ``patience_s``; how many it took before is not known.
        """

    @abstractmethod
    def receive(self, timeout_s: float) -> bytes:
        """What came in, as soon as there is something; empty after ``timeout_s``."""

    @abstractmethod
    def check(self) -> None:
        """Return when the printer, as far as the wire tells, is there."""


class _DescriptorWire(Wire):
    """A wire that is a non-blocking file descriptor."""

    end_is_gone = True
    """Whether reading nothing means that the other end has gone."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, data: bytes, patience_s: float, withdrawn: Withdrawn) -> None:
        """See ``Wire.send``."""
        view, end = memoryview(data), time.monotonic() + patience_s
        while view:
            with _gone_is_absent():
                ready = select.select((), (self._descriptor,), (), min(patience_s, _LOOK_S))[1]
                if ready:
                    end = time.monotonic() + patience_s
                    with contextlib.suppress(BlockingIOError):
                        view = view[os.write(self._descriptor, view[:_PORTION]) :]
            withdrawn()
            if not ready and time.monotonic() >= end:
                raise DeviceTimeout(
                    "receipt-printer-stalled", "the receipt printer takes no more data"
                )

    def receive(self, timeout_s: float) -> bytes:
        """See ``Wire.receive``."""
        with _gone_is_absent():
            if not select.select((self._descriptor,), (), (), max(0.0, timeout_s))[0]:
                return b""
            try:
                received = os.read(self._descriptor, _CHUNK)
            except BlockingIOError:
                return b""
        if not received and self.end_is_gone:
            raise absent()
        return received

    def check(self) -> None:
        """See ``Wire.check``: an end that has gone shows when the wire is used."""


class SerialWire(_DescriptorWire):
    """A serial port (8N1), held against every other process.

    ``rts_cts`` and ``xon_xoff``: how the printer says that its buffer is full. Without either, a
    printer slower than the line loses what its buffer cannot hold.
    """

    def __init__(self, port: str, baud: int, *, rts_cts: bool, xon_xoff: bool) -> None:
        self._port = SerialPort(port, baud, _WHOSE, rts_cts=rts_cts, xon_xoff=xon_xoff)
        super().__init__(self._port.fileno())

    def close(self) -> None:
        """See ``Wire.close``."""
        self._port.close()


class UsbWire(_DescriptorWire):
    """A printer of the kernel's ``usblp`` (``/dev/usb/lp0``), which lets one process open it."""

    end_is_gone = False

    def __init__(self, path: str) -> None:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            raise serial_port.refused(_WHOSE, error.errno) from None
        if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise absent()
        super().__init__(descriptor)
        self._path = path

    def close(self) -> None:
        """See ``Wire.close``."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def check(self) -> None:
        """See ``Wire.check``."""
        if not Path(self._path).exists():
            raise absent()


class TcpWire(_DescriptorWire):
    """A printer's raw port, 9100 by custom."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._socket = socket.create_connection((host, port), _CONNECT_S)
        except OSError:
            raise absent() from None
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().__init__(self._socket.fileno())

    def close(self) -> None:
        """See ``Wire.close``."""
        with contextlib.suppress(OSError):
            self._socket.close()


class TappedWire(Wire):
    """A wire that tells a tap what goes by."""

    def __init__(self, inner: Wire, tap: Tap) -> None:
        self._inner = inner
        self._tap = tap
        self.two_way = inner.two_way

    def close(self) -> None:
        """See ``Wire.close``. A recording goes on: the printer may come back."""
        self._inner.close()

    def send(self, data: bytes, patience_s: float, withdrawn: Withdrawn) -> None:
        """See ``Wire.send``."""
        self._tap.said(data)
        self._inner.send(data, patience_s, withdrawn)

    def receive(self, timeout_s: float) -> bytes:
        """See ``Wire.receive``."""
        data = self._inner.receive(timeout_s)
        self._tap.heard(data)
        return data

    def check(self) -> None:
        """See ``Wire.check``."""
        self._inner.check()


class QueueWire(Wire):
    """A raw queue of a print scheduler. What is sent becomes a job; nothing comes back."""

    two_way = False

    def __init__(self, server: Path, queue: str) -> None:
        # pycups is loaded only where a queue is used.
        from drivers.document_printer.print_queue import (
            PrintQueue,
            scheduler_connection,
        )

        self._queue = queue
        self._connect: Callable[[], AbstractContextManager[Any]] = partial(
            scheduler_connection, server
        )
        self._print_queue = PrintQueue(server, queue)
        self.check()

    def close(self) -> None:
        """See ``Wire.close``: each job has a connection of its own."""

    def send(self, data: bytes, patience_s: float, withdrawn: Withdrawn) -> None:
        """See ``Wire.send``. Returns when the job is over, and asks no longer than ten times
        ``patience_s``; raises ``DeviceTimeout`` ``receipt-printer-stalled`` when it is not."""
        with self._connect() as connection:
            job: int = connection.createJob(self._queue, _JOB_NAME, {})
            try:
                connection.startDocument(self._queue, job, _JOB_NAME, _RAW, 1)
                for at in range(0, len(data), _CHUNK):
                    part = data[at : at + _CHUNK]
                    connection.writeRequestData(part, len(part))
                connection.finishDocument(self._queue)
            except BaseException:
                connection.cancelJob(job, purge_job=True)
                raise
        self._await_end(job, time.monotonic() + 10 * patience_s, withdrawn)

    def receive(self, timeout_s: float) -> bytes:
        """See ``Wire.receive``: nothing ever comes."""
        return b""

    def check(self) -> None:
        """See ``Wire.check``: the queue takes jobs."""
        try:
            self._print_queue.check()
        except DeviceNotReady as error:
            raise DeviceNotReady(
                "receipt-printer-absent", error.message, action=error.action
            ) from None

    def _await_end(self, job: int, end: float, withdrawn: Withdrawn) -> None:
        try:
            while time.monotonic() < end:
                state = self._print_queue.job_state(job, _JOB_NAME)
                if state.value == "completed":
                    return
                if state.final:
                    break
                withdrawn()
                time.sleep(0.1)
        except DeviceCancelled:
            self._print_queue.forget(job)
            raise
        self._print_queue.forget(job)
        raise DeviceTimeout("receipt-printer-stalled", "the print queue did not print the receipt")


@contextlib.contextmanager
def _gone_is_absent() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):
        raise absent() from None


def absent() -> DeviceNotReady:
    """The printer is not there."""
    return DeviceNotReady("receipt-printer-absent", "the receipt printer is not there")
