"""Runs one driver in a process of its own, and keeps it running.

The service codes against ``DeviceHost``. A driver may block, hang or crash: a command has a
deadline, a heartbeat shows life, and a process that hangs or ends is replaced with growing delays.
Nothing of that touches the event loop or another device.
"""

from __future__ import annotations

import asyncio
import copy
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count, repeat
from typing import Any

from drivers import host_wire as wire
from drivers.crash_dump import Crash
from drivers.device import (
    Capabilities,
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Status,
    concluded,
    forgotten,
)
from drivers.errors import DeviceError, DeviceNotReady, DeviceTimeout, DriverCrashed
from drivers.host_process import ChildProcess

Listener = Callable[[DeviceEvent], None]

_UNLISTED_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How patient a host is. All in seconds; the last delay of a row repeats."""

    restart_delays_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 5.0)
    """Before a process that ended is replaced."""
    reopen_delays_s: tuple[float, ...] = (0.2, 0.5, 1.0, 2.0, 3.0)
    """Before a driver tries again to open a device that is not there."""
    healthy_after_s: float = 30.0
    """A process that lived so long starts the restart delays anew."""
    load_s: float = 30.0
    """How long a new process may take to say its first word."""
    beat_every_s: float = 1.0
    beats_missed: int = 5
    """Heartbeats that may be missing before a process counts as hung."""
    unasked_s: float = 20.0
    """How long opening or refreshing may take."""
    withdrawal_s: float = 1.0
    """How long a driver may hold on to a command that was withdrawn."""
    goodbye_s: float = 2.0
    """How long a driver may take to close its device."""
    most_messages_s: int = 1000
    """Messages a second above which a driver is ended that floods its host."""
    most_descriptors: int = 512
    """Open files at which a driver that leaks them is ended: half of what the system grants."""
    most_memory_mb: int = 768
    """Resident MiB at which a driver that leaks is ended: the largest, which cleans photographs of
    pages, needs half of that."""


class DeviceHost:
    """One device and its driver's process."""

    def __init__(
        self,
        name: str,
        driver: str,
        settings: DriverSettings | dict[str, Any],
        policy: RestartPolicy | None = None,
        on_crash: Callable[[Crash], None] | None = None,
    ) -> None:
        """``name``: the device's role; ``driver``: a name of ``drivers.registry``; ``on_crash`` is
        called with each crash of the driver's process."""
        self.name = name
        self.driver = driver
        self.restarts = 0
        """How many times the process had to be replaced."""
        self.last_error: DeviceError | None = None
        """Why the device cannot be used now; ``None`` while it can."""
        self._policy = policy or RestartPolicy()
        self._on_crash = on_crash
        self._setup = wire.Setup(
            driver,
            settings.model_dump(mode="json") if isinstance(settings, DriverSettings) else settings,
            self._policy.beat_every_s,
            self._policy.reopen_delays_s,
            self._policy.most_memory_mb,
            self._policy.most_descriptors,
        )
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()
        self._opened = asyncio.Event()
        self._child: ChildProcess | None = None
        self._deadlines_s: dict[str, float] = {}
        self._began = False
        """Whether the process of now has loaded its driver."""
        self._unusable = False
        """Whether the driver cannot be loaded: another process would say the same."""
        self._pending: dict[int, asyncio.Future[Any]] = {}
        self._numbers = count(1)
        self._status = Status(concluded(DeviceState.STARTING))
        self._capabilities = Capabilities()
        self._listeners: list[Listener] = []

    async def start(self) -> None:
        """Start the driver's process. Returns at once; the device may be missing, now or later."""
        if self._task is not None:
            raise RuntimeError(f"the host of {self.name} was started before")
        self._task = asyncio.create_task(self._supervise(), name=f"host of {self.name}")

    async def stop(self) -> None:
        """Let the driver close its device, and end its process. Waiting callers get an error."""
        if self._task is None:
            return
        self._stopping.set()
        if self._child is not None:
            self._child.send(wire.Stop())
        await asyncio.wait((self._task,), timeout=self._policy.goodbye_s)
        if not self._task.done() and self._child is not None:
            self._child.kill(DriverCrashed("driver-stopped", "the driver did not stop when told"))
        await self._task

    async def ready(self, timeout_s: float) -> None:
        """Wait until the device is open. Raises the reason when it is not after ``timeout_s``."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._opened.wait()
        except TimeoutError:
            raise self._absence() from None

    async def call(
        self, command: str, /, *arguments: Any, deadline_s: float | None = None, **keywords: Any
    ) -> Any:
        """Run a command of the driver; one at a time, the others wait for their turn.

        ``deadline_s`` counts from the command's turn; without it the driver's own applies. When it
        passes, the process is ended and replaced. Cancelling the calling task withdraws the
        command. Raises the driver's ``DeviceError``, ``DeviceNotReady`` while the device is not
        open, ``DeviceTimeout`` ``driver-deadline``, ``DriverCrashed``.
        """
        async with self._turn:
            child = self._child
            if child is None or not self._opened.is_set():
                raise self._absence()
            message = wire.Call(next(self._numbers), command, arguments, keywords)
            future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            self._pending[message.number] = future
            child.send(message)
            limit_s = deadline_s or self._deadlines_s.get(command, _UNLISTED_DEADLINE_S)
            try:
                await asyncio.wait((future,), timeout=limit_s)
                if not future.done():
                    child.kill(DriverCrashed("driver-deadline", f"{command} took too long"))
                    raise DeviceTimeout("driver-deadline", f"{command} took over {limit_s:g} s")
                return future.result()
            except asyncio.CancelledError:
                await self._withdraw(child, message, future)
                raise
            finally:
                self._pending.pop(message.number, None)

    def status(self) -> Status:
        """The last status that the driver told. While its process is not there: its class with
        all that only the device could tell as unknown; before its first word: the base class."""
        return self._status

    def capabilities(self) -> Capabilities:
        """What the device said of itself when it was last opened; of the base class before that."""
        return self._capabilities

    def commands(self) -> frozenset[str]:
        """The driver's commands, as its process told when it loaded; none before that."""
        return frozenset(self._deadlines_s)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear the driver's events and ``StatusChangedEvent`` whenever ``device`` changes, on the
        event loop. Returns what ends the subscription."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    @property
    def pid(self) -> int | None:
        """The process id of the driver; ``None`` while it has none."""
        return None if self._child is None else self._child.pid

    async def _supervise(self) -> None:
        loop = asyncio.get_running_loop()
        delays = self._restart_delays()
        while not self._stopping.is_set():
            started = loop.time()
            await self._live_once()
            if self._unusable or self._stopping.is_set():
                return
            if loop.time() - started >= self._policy.healthy_after_s:
                delays = self._restart_delays()
            self.restarts += 1
            try:
                async with asyncio.timeout(next(delays)):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def _live_once(self) -> None:
        """One process from start to end."""
        try:
            child = await ChildProcess.start(self._setup)
        except OSError as error:
            self._ended(DriverCrashed("driver-not-started", type(error).__name__))
            return
        self._child = child
        self._began = False
        try:
            await self._attend(child)
        except EOFError:
            pass
        except DriverCrashed as verdict:
            child.kill(verdict)
        except (pickle.UnpicklingError, ValueError):
            child.kill(DriverCrashed("driver-garbled", "the driver's process sent no message"))
        finally:
            self._ended(await child.reap())

    async def _attend(self, child: ChildProcess) -> None:
        """Take the child's messages until it ends or hangs."""
        limit = self._policy
        missed, messages, counted_from = 0, 0, time.monotonic()
        while True:
            try:
                async with asyncio.timeout(limit.beat_every_s if self._began else limit.load_s):
                    message = await child.receive()
            except TimeoutError:
                missed += 1
                if not self._began or missed > limit.beats_missed:
                    raise DriverCrashed("driver-hung", "the driver shows no life") from None
                continue
            missed, messages = 0, messages + 1
            if (now := time.monotonic()) >= counted_from + 1:
                messages, counted_from = 1, now
            if messages > limit.most_messages_s:
                raise DriverCrashed("driver-flood", "the driver says more than anybody can hear")
            self._take(message)

    def _take(self, message: object) -> None:
        match message:
            case wire.Beat(busy_s):
                if busy_s > self._policy.unasked_s:
                    raise DriverCrashed("driver-hung", "the driver hangs in opening or refreshing")
            case wire.Hello(deadlines_s):
                self._deadlines_s = deadlines_s
                self._began = True
            case wire.Opened(capabilities):
                self._capabilities = capabilities
                self.last_error = None
                self._opened.set()
            case wire.Lost(DriverCrashed() as verdict):
                raise verdict
            case wire.Lost(error):
                self.last_error = error
                self._unusable = not self._began
                self._opened.clear()
            case wire.Now(status):
                self._set_status(status)
            case wire.Happened(event):
                self._tell(event)
            case wire.Done() | wire.Failed():
                self._settle(message)

    def _ended(self, verdict: DriverCrashed) -> None:
        """The process is gone: its callers hear why, and the status claims nothing any more."""
        child, self._child = self._child, None
        crash = child.crash() if child is not None else None
        if crash is not None and self._on_crash is not None:
            self._on_crash(crash)
        self._opened.clear()
        if self._stopping.is_set():
            self.last_error = DeviceNotReady("driver-stopped", f"{self.name} was given back")
        elif not self._unusable:
            self.last_error = verdict
        for number in tuple(self._pending):
            self._settle(wire.Failed(number, copy.copy(verdict)))
        self._set_status(forgotten(self._status, DeviceState.OFFLINE))

    def _absence(self) -> DeviceError:
        """Why no command can run now."""
        if self.last_error is not None:
            return copy.copy(self.last_error)
        return DeviceNotReady("driver-starting", f"the driver of {self.name} is starting")

    async def _withdraw(
        self, child: ChildProcess, message: wire.Call, future: asyncio.Future[Any]
    ) -> None:
        """Tell the driver that its caller has gone; end it when it does not let go."""
        child.send(wire.Withdraw(message.number))
        try:
            await asyncio.wait((future,), timeout=self._policy.withdrawal_s)
        finally:
            if future.done():
                future.exception()
            else:
                child.kill(
                    DriverCrashed("driver-deadline", f"{message.command} could not be withdrawn")
                )

    def _settle(self, reply: wire.Done | wire.Failed) -> None:
        """Give a caller its result or error, unless it has gone."""
        future = self._pending.pop(reply.number, None)
        if future is None or future.done():
            return
        if isinstance(reply, wire.Done):
            future.set_result(reply.result)
        else:
            future.set_exception(reply.error)

    def _set_status(self, status: Status) -> None:
        before, self._status = self._status, status
        if before.device.value != status.device.value:
            self._tell(DeviceEvent("StatusChangedEvent", {"device": status.device.value}))

    def _tell(self, event: DeviceEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception as error:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"a listener of {self.name} failed", "exception": error}
                )

    def _restart_delays(self) -> Iterator[float]:
        row = self._policy.restart_delays_s
        return chain(row, repeat(row[-1]))
