"""One run of a driver's child process, as the event loop sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys

from drivers import host_wire as wire
from drivers.errors import DriverCrashed

_CHUNK = 262_144


class ChildProcess:
    """A child process and the socket to it. All methods belong to the event loop's thread."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._received = bytearray()
        self._verdict: DriverCrashed | None = None

    @classmethod
    async def start(cls, setup: wire.Setup) -> ChildProcess:
        """Start a child for a driver. ``OSError`` when the system has no room for one.

        Called on the thread that lives as long as the service: the child dies with it.
        """
        ours, its = socket.socketpair()
        with its:
            process = subprocess.Popen(  # noqa: ASYNC220 - a thread's end would end the child
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "drivers.host_child",
                    str(its.fileno()),
                    str(os.getpid()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
                start_new_session=True,  # a Ctrl-C is for the service, which ends its children
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        child = cls(process, reader, writer)
        child.send(setup)
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, message: object) -> None:
        """Queue a message; one to a child that has ended is dropped."""
        if not self._writer.is_closing():
            self._writer.write(wire.pack(message))

    async def receive(self) -> object:
        """The next message. May be cancelled at any time without losing one.

        Raises ``EOFError`` when the child has ended, ``pickle.UnpicklingError`` or ``ValueError``
        when it does not keep to the wire.
        """
        while (message := self._take()) is None:
            try:
                data = await self._reader.read(_CHUNK)
            except ConnectionError:
                data = b""
            if not data:
                raise EOFError
            self._received += data
        return message

    def kill(self, verdict: DriverCrashed) -> None:
        """End the process now; ``verdict`` tells its callers why."""
        self._verdict = self._verdict or verdict
        self._process.kill()

    async def reap(self) -> DriverCrashed:
        """End the process if it still runs, wait until it is gone, and tell why it ended."""
        self._process.kill()
        await _exit_of(self._process)
        self._writer.close()
        return self._verdict or _verdict_of(self._process.returncode)

    def _take(self) -> object | None:
        size = wire.LENGTH.size
        if len(self._received) < size:
            return None
        (length,) = wire.LENGTH.unpack_from(self._received)
        if length > wire.LONGEST_MESSAGE:
            raise ValueError("a driver's message is too long")
        if len(self._received) < size + length:
            return None
        data = bytes(self._received[size : size + length])
        del self._received[: size + length]
        return wire.unpack_from_child(data)


async def _exit_of(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process's end without a thread and without asking again and again."""
    if process.poll() is not None:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    descriptor = os.pidfd_open(process.pid)
    try:
        loop.add_reader(descriptor, ended.set)
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    process.wait()


def _verdict_of(returncode: int | None) -> DriverCrashed:
    if returncode is not None and returncode < 0:
        return DriverCrashed(
            "driver-crashed", f"the driver's process ended by {signal.Signals(-returncode).name}"
        )
    return DriverCrashed("driver-crashed", f"the driver's process ended with status {returncode}")
