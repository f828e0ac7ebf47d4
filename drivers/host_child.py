"""The process in which one driver runs: ``python -m drivers.host_child SOCKET PARENT``.

The main thread runs the driver, one operation at a time. A second thread listens to the host and
beats, also while the driver is busy. The process ends when its host does.
"""

from __future__ import annotations

import faulthandler
import inspect
import os
import queue
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path

from pydantic import ValidationError

from drivers import host_wire as wire
from drivers.device import Cancellation, DeviceEvent, DeviceState, Driver, forgotten
from drivers.errors import CommandRejected, DeviceBusy, DeviceError, DeviceNotReady, DriverCrashed
from drivers.parent_death import die_with
from drivers.registry import driver_class

_DRIVER_FAILED = 70
"""Exit status after an error that the driver did not foresee (``EX_SOFTWARE``)."""


class _HostGone(Exception):
    """The other end of the socket is closed."""


class _Line:
    """The socket to the host; messages may be sent from both threads."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lock = threading.Lock()

    def send(self, message: object) -> None:
        data = wire.pack(message)
        with self._lock:
            self._socket.sendall(data)

    def receive(self, timeout_s: float | None) -> object | None:
        """The next message; ``None`` after the timeout. Raises ``_HostGone``."""
        if not select.select((self._socket,), (), (), timeout_s)[0]:
            return None
        (length,) = wire.LENGTH.unpack(self._exactly(wire.LENGTH.size))
        return wire.unpack_from_host(self._exactly(length))

    def receive_setup(self) -> wire.Setup:
        """The host's first message. Raises ``_HostGone`` when it is something else."""
        setup = self.receive(None)
        if not isinstance(setup, wire.Setup):
            raise _HostGone
        return setup

    def _exactly(self, count: int) -> bytes:
        data = self._socket.recv(count, socket.MSG_WAITALL)
        if len(data) != count:
            raise _HostGone
        return data


class _Child:
    """Runs one driver for one host."""

    def __init__(self, line: _Line, setup: wire.Setup) -> None:
        self._line = line
        self._setup = setup
        self._driver = _build(setup, self._emit)
        self._inbox: queue.SimpleQueue[wire.Call | wire.Stop | None] = queue.SimpleQueue()
        """``None``: the driver has told of something that is worth a look."""
        self._lock = threading.Lock()
        self._current: tuple[int, Cancellation] | None = None
        self._withdrawn: set[int] = set()
        self._busy_since: float | None = None
        self._absence: DeviceError | None = DeviceNotReady("device-starting", "not opened yet")
        self._delays = self._growing_delays()

    def listen(self) -> None:
        """Second thread: take messages, and beat in between."""
        next_beat = 0.0
        try:
            while True:
                if (left := next_beat - time.monotonic()) <= 0:
                    self._line.send(wire.Beat(self._busy_s()))
                    self._end_if_it_leaks()
                    next_beat = time.monotonic() + self._setup.beat_every_s
                    continue
                message = self._line.receive(left)
                if isinstance(message, wire.Withdraw):
                    self._withdraw(message.number)
                elif isinstance(message, wire.Call | wire.Stop):
                    self._inbox.put(message)
        except (_HostGone, OSError):
            os._exit(0)

    def _end_if_it_leaks(self) -> None:
        """A driver that leaks is ended before it can do no more; its host starts another."""
        most_mb, most_files = self._setup.most_memory_mb, self._setup.most_descriptors
        if _resident_mb() > most_mb:
            self._end("driver-memory", f"the driver took more than {most_mb} MiB")
        if sum(1 for _ in Path("/proc/self/fd").iterdir()) > most_files:
            self._end("driver-descriptors", f"the driver holds more than {most_files} files open")

    def _end(self, code: str, message: str) -> None:
        self._line.send(wire.Lost(DriverCrashed(code, message)))
        os._exit(_DRIVER_FAILED)

    def run(self) -> None:
        """Main thread: open, then commands and refreshes, until told to stop."""
        self._line.send(wire.Hello(_deadlines(self._driver)))
        self._push_status()
        next_step = 0.0
        while True:
            try:
                message = self._inbox.get(timeout=max(0.0, next_step - time.monotonic()))
            except queue.Empty:
                pause_s = self._refresh() if self._absence is None else self._try_open()
                next_step = time.monotonic() + pause_s
                continue
            if isinstance(message, wire.Stop):
                break
            if message is None:
                next_step = 0.0
            else:
                self._run_command(message)
        if self._absence is None:
            self._driver.close()

    def _try_open(self) -> float:
        """Open the device; returns how long to wait before the next step."""
        try:
            self._unasked(self._driver.open)
        except DeviceError as error:
            self._lose(error)
            return next(self._delays)
        self._absence = None
        self._delays = self._growing_delays()
        self._line.send(wire.Opened(self._driver.capabilities()))
        self._push_status()
        return self._driver.refresh_every_s

    def _refresh(self) -> float:
        """Ask the device how it is; returns how long to wait before the next step."""
        try:
            self._unasked(self._driver.refresh)
        except DeviceError as error:
            if _is_gone(error):
                self._driver.close()
                self._lose(error)
                return next(self._delays)
            said = {"code": error.code, "action": str(error.action)}
            self._line.send(wire.Happened(DeviceEvent("ErrorEvent", said)))
        self._push_status()
        return self._driver.refresh_every_s

    def _unasked(self, operation: Callable[[], None]) -> None:
        """Run what no caller waits for; the host ends the process when it takes too long."""
        self._driver.cancellation = Cancellation()
        self._busy_since = time.monotonic()
        try:
            operation()
        finally:
            self._busy_since = None

    def _run_command(self, call: wire.Call) -> None:
        reply: wire.Done | wire.Failed
        try:
            reply = wire.Done(call.number, self._carry_out(call))
        except DeviceError as error:
            if self._absence is None and _is_gone(error):
                self._driver.close()
                self._lose(error)
            reply = wire.Failed(call.number, error)
        except Exception as error:
            self._line.send(wire.Failed(call.number, _unforeseen(error)))
            raise
        self._push_status()
        self._line.send(reply)

    def _carry_out(self, call: wire.Call) -> object:
        if self._absence is not None:
            raise self._absence
        method: Callable[..., object] | None = getattr(self._driver, call.command, None)
        if method is None or not hasattr(method, "__command_deadline__"):
            raise CommandRejected("command-unknown", f"the driver has no command {call.command}")
        try:
            inspect.signature(method).bind(*call.arguments, **call.keywords)
        except TypeError:
            raise CommandRejected(
                "command-arguments", f"{call.command} does not take these arguments"
            ) from None
        cancellation = self._begin(call.number)
        try:
            cancellation.check()
            return method(*call.arguments, **call.keywords)
        finally:
            with self._lock:
                self._current = None

    def _begin(self, number: int) -> Cancellation:
        cancellation = Cancellation()
        with self._lock:
            self._current = (number, cancellation)
            if number in self._withdrawn:
                cancellation.cancel()
            self._withdrawn.clear()
        self._driver.cancellation = cancellation
        return cancellation

    def _withdraw(self, number: int) -> None:
        with self._lock:
            if self._current is not None and self._current[0] == number:
                self._current[1].cancel()
            else:
                self._withdrawn.add(number)

    def _lose(self, error: DeviceError) -> None:
        self._absence = error
        self._line.send(wire.Lost(error))
        self._push_status()

    def _push_status(self) -> None:
        """Tell the status; of a device that is not open, nothing that it said before."""
        status = self._driver.status()
        if self._absence is not None:
            status = forgotten(status, self._state_while_absent(status.device.value))
        self._line.send(wire.Now(status))

    def _state_while_absent(self, told: DeviceState) -> DeviceState:
        """What the driver tells, unless it still hopes."""
        hopeful = (DeviceState.ONLINE, DeviceState.DEVICE_BUSY, DeviceState.STARTING)
        if not isinstance(self._absence, DeviceNotReady) or told not in hopeful:
            return told
        if isinstance(self._absence, DeviceBusy):
            return DeviceState.DEVICE_BUSY
        starting = self._absence.code == "device-starting"
        return DeviceState.STARTING if starting else DeviceState.NO_DEVICE

    def _emit(self, event: DeviceEvent) -> None:
        self._push_status()
        self._line.send(wire.Happened(event))
        if event.name in self._driver.refresh_after:
            self._inbox.put(None)

    def _busy_s(self) -> float:
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    def _growing_delays(self) -> chain[float]:
        return chain(self._setup.reopen_delays_s, repeat(self._setup.reopen_delays_s[-1]))


def _is_gone(error: DeviceError) -> bool:
    """Whether a device that was open has to be opened anew."""
    return isinstance(error, DeviceNotReady) and not isinstance(error, DeviceBusy)


def _resident_mb() -> float:
    """Memory of this process that is in RAM, in MiB (``proc(5)``, statm)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _build(setup: wire.Setup, emit: Callable[[DeviceEvent], None]) -> Driver:
    kind = driver_class(setup.driver)
    try:
        return kind(kind.settings_type.model_validate(setup.settings), emit)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) or "all" for each in error.errors())
        raise CommandRejected("settings-invalid", f"settings of {setup.driver}: {fields}") from None


def _deadlines(driver: Driver) -> dict[str, float]:
    kind = type(driver)
    return {
        name: deadline
        for name in dir(kind)
        if (deadline := getattr(getattr(kind, name), "__command_deadline__", None)) is not None
    }


def _unforeseen(error: Exception) -> DriverCrashed:
    """Where it happened, and nothing of what it says: it may quote a person's data."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return DriverCrashed(
        "driver-failed",
        f"{type(error).__name__} in {Path(place.filename).name} line {place.lineno}",
    )


def _say_nothing_but_where_it_crashed() -> None:
    """What a vendor's library prints may be endless and may quote a card: none of it goes to the
    host. Where a crash happened goes there, which names functions and no values."""
    trace = os.dup(sys.stderr.fileno())
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    faulthandler.enable(trace)


def main(descriptor: int, parent: int) -> int:
    """Serve the host at the other end of a socket until it says stop or goes."""
    die_with(parent, signal.SIGKILL)
    # Ctrl-C and a service manager's SIGTERM are for the host, which then ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _say_nothing_but_where_it_crashed()
    os.set_inheritable(descriptor, False)  # what the driver starts is not to hold the host's line
    line = _Line(socket.socket(fileno=descriptor))
    try:
        child = _Child(line, line.receive_setup())
    except DeviceError as error:
        line.send(wire.Lost(error))
        return 0
    except _HostGone:
        return 0
    threading.Thread(target=child.listen, name="host", daemon=True).start()
    try:
        child.run()
    except Exception as error:
        with suppress(OSError):
            line.send(wire.Lost(_unforeseen(error)))
        return _DRIVER_FAILED
    return 0


if __name__ == "__main__":
    os._exit(main(int(sys.argv[1]), int(sys.argv[2])))
