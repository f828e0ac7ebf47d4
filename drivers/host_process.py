"""One run of a driver's child process, as the event loop sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from drivers import host_wire as wire
from drivers.child_messages import MessageParser
from drivers.crash_dump import Crash, CrashDump
from drivers.errors import DriverCrashed

_CHUNK = 262_144
_LAST_WORDS_S = 0.2
"""How long what a child said before it ended may take to arrive."""


class ChildProcess:
    """A child process and the socket to it. All methods belong to the event loop's thread."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        dump: CrashDump,
    ) -> None:
        self._process = process
        self._dump = dump
        self._reader = reader
        self._writer = writer
        self._messages = MessageParser()
        self._verdict: DriverCrashed | None = None
        self._ended = asyncio.Event()
        self._watched = os.pidfd_open(process.pid)
        asyncio.get_running_loop().add_reader(self._watched, self._note_end)

    @classmethod
    async def start(cls, setup: wire.Setup) -> ChildProcess:
        """Start a child for a driver. ``OSError`` when the system has no room for one.

        Called on the thread that lives as long as the service: the child dies with it.
        """
        dump = CrashDump()
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
                stderr=dump.descriptor,
                pass_fds=(its.fileno(),),
                start_new_session=True,  # a Ctrl-C is for the service, which ends its children
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        child = cls(process, reader, writer, dump)
        child.send(setup)
        return child

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def crash(self) -> Crash | None:
        """How it crashed; ``None`` when it ended in another way. Asked once, after ``reap``."""
        frames, status = self._dump.take(), self._process.returncode
        if self._verdict is not None or status is None or status >= 0:
            return None
        return Crash(signal.Signals(-status).name, frames)

    def send(self, message: object) -> None:
        """Queue a message; one to a child that has ended is dropped."""
        if not self._writer.is_closing():
            self._writer.write(wire.pack(message))

    async def receive(self) -> object:
        """The next message. May be cancelled at any time without losing one.

        Raises ``EOFError`` when the child has ended, ``pickle.UnpicklingError`` or ``ValueError``
        when it does not keep to the wire.
        """
        while (message := self._messages.take()) is None:
            try:
                data = await self._reader.read(_CHUNK)
            except ConnectionError:
                data = b""
            if not data:
                raise EOFError
            self._messages.feed(data)
        return message

    def kill(self, verdict: DriverCrashed) -> None:
        """End the process now; ``verdict`` tells its callers why."""
        self._verdict = self._verdict or verdict
        self._end_session()

    async def reap(self) -> DriverCrashed:
        """End the process if it still runs, wait until it is gone, and tell why it ended."""
        self._end_session()
        await self._ended.wait()
        self._end_session()  # what it started in its last moment
        self._process.wait()
        os.close(self._watched)
        self._writer.close()
        return self._verdict or _verdict_of(self._process.returncode)

    def _end_session(self) -> None:
        """End the process and all that it started and did not give a session of its own."""
        if self._process.returncode is None:  # until it is reaped its number is nobody else's
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _note_end(self) -> None:
        """The process has ended: what it started may still hold the line, and is not waited for."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._watched)
        self._ended.set()
        loop.call_later(_LAST_WORDS_S, self._writer.transport.abort)


def _verdict_of(returncode: int | None) -> DriverCrashed:
    if returncode is not None and returncode < 0:
        return DriverCrashed(
            "driver-crashed", f"the driver's process ended by {signal.Signals(-returncode).name}"
        )
    return DriverCrashed("driver-crashed", f"the driver's process ended with status {returncode}")
