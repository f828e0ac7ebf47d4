"""The far end that all virtual serial devices share: the protocol, the line and its faults.

A device's commands are generators: each ``yield`` gives the seconds until the device looks again,
and what they return is the answer. Meanwhile the peer says that it is working, as the protocol of
``drivers.serial_device.frames`` asks, and can be told to let go.
"""

from __future__ import annotations

import random
import time
from abc import abstractmethod
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from drivers.errors import ProtocolError
from drivers.serial_device.driver import SerialDeviceSettings
from drivers.serial_device.frames import (
    VERSION,
    Command,
    Field,
    Fields,
    Frame,
    FrameParser,
    HardwareClass,
    Kind,
    Refusal,
    State,
    pack,
)
from drivers.virtual.peer import FaultSwitch, SwitchedPeer
from drivers.virtual.serial_line import SerialLine

Values = Mapping[int, bytes | int | str]
Work = Generator[float, None, Values]
Handler = Callable[[Fields], Work]

_WORKING_EVERY_S = 0.3
_LINE_FAULTS = ("unplugged", "silent", "garbage", "half-frame", "lost-answer")


class Refuse(Exception):
    """The device does not do what it was asked."""

    def __init__(self, reason: int) -> None:
        super().__init__(reason)
        self.reason = reason


def switches(
    prefix: str, own: tuple[str, ...], once: tuple[str, ...] = ()
) -> tuple[FaultSwitch, ...]:
    """The line's faults and the device's own, named with the device's prefix."""
    names = (*_LINE_FAULTS, *own)
    return tuple(
        FaultSwitch(f"{prefix}-{name}", once=name in ("lost-answer", *once)) for name in names
    )


class VirtualSerialDevice(SwitchedPeer):
    """Speaks the serial protocol on ``<run_dir>/<role>``, at the pace of its baud rate.

    ``<prefix>-lost-answer``: the next answer is lost on the line, once; what was asked is done.
    The device has its power from the cable: unplugging ends what it does, not what it counted.
    """

    prefix: ClassVar[str]
    hardware_class: ClassVar[HardwareClass]
    model: ClassVar[str]

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__()
        self.port = run_dir / self.role
        """Where a driver finds the device."""
        self._parser = FrameParser()
        self._line = SerialLine(self.port, baud, self._received)
        self._line.when_idle(self._idle)
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run
        self._job: tuple[Frame, Work] | None = None
        self._due = self._working_due = 0.0
        self._last: tuple[Frame, Frame] | None = None

    @property
    def settings(self) -> SerialDeviceSettings:
        """What a driver of this device is to be given."""
        return SerialDeviceSettings(port=str(self.port))

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            on = {f"{self.prefix}-{name}" for name in self._on}
        return tuple(switch.name for switch in self.switches if switch.name in on)

    def state(self) -> dict[str, Any]:
        """``light`` (``off`` when unplugged, ``busy``, ``on``), ``port``, and the class's own."""
        with self._lock:
            light = "off" if not self._line.plugged else "busy" if self._job else "on"
            return {"light": light, "port": str(self.port), **self._seen()}

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """See ``VirtualPeer.act``; the class says which actions there are. Returns the state."""
        with self._lock:
            self._do(action, arguments)
        self._line.wake()
        return self.state()

    @abstractmethod
    def _seen(self) -> dict[str, Any]:
        """What a person sees of the class's own state."""

    @abstractmethod
    def _do(self, action: str, arguments: dict[str, Any]) -> None:
        """Carry out a person's action."""

    @abstractmethod
    def _handlers(self) -> Mapping[int, Handler]:
        """The commands of the class."""

    @abstractmethod
    def _status(self) -> Values:
        """The class's fields of a status."""

    @abstractmethod
    def _condition(self) -> State:
        """How the device is."""

    @abstractmethod
    def _reset(self) -> None:
        """Go back to the first state."""

    def _tell(self, event: int, values: Values | None = None) -> None:
        """Send an event about the request that is worked on."""
        if self._job is not None:
            request = self._job[0]
            payload = pack({Field.EVENT: event, **(values or {})})
            self._send(Frame(Kind.EVENT, request.sequence, request.command, payload))

    def _happens(self, fault: str) -> bool:
        """Whether a fault is on; one that happens once is then over."""
        if fault not in self._on:
            return False
        name = f"{self.prefix}-{fault}"
        if any(switch.once and switch.name == name for switch in self.switches):
            self._on.discard(fault)
        return True

    def _turn(self, name: str, on: bool) -> None:
        super()._turn(name.removeprefix(f"{self.prefix}-"), on)

    def _reconcile(self) -> None:
        if self._started and "unplugged" not in self._on:
            self._line.plug()
            self._line.wake()
        else:
            self._line.unplug()
            with self._lock:
                self._job = self._last = None
                self._parser = FrameParser()

    def _received(self, data: bytes) -> None:
        with self._lock:
            for frame in self._parser.feed(data):
                if frame.kind == Kind.REQUEST:
                    self._take(frame)
                elif frame.kind == Kind.WITHDRAW:
                    self._let_go(frame)

    def _take(self, request: Frame) -> None:
        if self._last is not None and request == self._last[0]:
            self._send(self._last[1])
            return
        if self._job is not None and request.command != Command.HELLO:
            if request != self._job[0]:
                self._refuse(request, Refusal.BUSY)
            return
        try:
            work = self._work(request.command, Fields(request.payload))
        except ProtocolError:
            self._refuse(request, Refusal.BAD_FIELDS)
            return
        if work is None:
            self._refuse(request, Refusal.UNKNOWN_COMMAND)
            return
        self._job = (request, work)
        self._due = 0.0
        self._working_due = time.monotonic() + _WORKING_EVERY_S

    def _let_go(self, frame: Frame) -> None:
        if self._job is not None and self._job[0].sequence == frame.sequence:
            request, work = self._job
            work.close()
            self._finish(request, Frame(Kind.REFUSAL, 0, 0, bytes((Refusal.CANCELLED,))))

    def _work(self, command: int, fields: Fields) -> Work | None:
        match command:
            case Command.HELLO:
                return self._hello()
            case Command.STATUS:
                return _at_once({Field.STATE: self._condition(), **self._status()})
            case Command.RESET:
                self._reset()
                return _at_once({})
            case Command.SELF_TEST:
                return _at_once({Field.RESULT: int(self._condition() == State.ONLINE)})
            case _:
                handler = self._handlers().get(command)
                return handler(fields) if handler is not None else None

    def _hello(self) -> Work:
        self._last = None
        return _at_once(
            {
                Field.CLASS: self.hardware_class,
                Field.PROTOCOL: VERSION,
                Field.MAKER: "Yimen virtual hardware",
                Field.MODEL: self.model,
                Field.NUMBER: f"V-{self.hardware_class:04d}",
                Field.FIRMWARE: "1.0",
            }
        )

    def _idle(self) -> float | None:
        """Go on with the work at hand; returns when to look again."""
        with self._lock:
            if self._job is None:
                return None
            request, work = self._job
            now = time.monotonic()
            if now >= self._working_due:
                self._send(Frame(Kind.WORKING, request.sequence, request.command))
                self._working_due = now + _WORKING_EVERY_S
            if now < self._due:
                return min(self._due, self._working_due) - now
            return self._step(request, work)

    def _step(self, request: Frame, work: Work) -> float | None:
        try:
            pause_s = next(work)
        except StopIteration as done:
            values: Values = done.value
            self._finish(request, Frame(Kind.ANSWER, 0, 0, pack(values)))
        except Refuse as refused:
            self._finish(request, Frame(Kind.REFUSAL, 0, 0, bytes((refused.reason,))))
        except ProtocolError:
            self._finish(request, Frame(Kind.REFUSAL, 0, 0, bytes((Refusal.BAD_FIELDS,))))
        else:
            self._due = time.monotonic() + pause_s
            return min(pause_s, _WORKING_EVERY_S)
        return None

    def _finish(self, request: Frame, reply: Frame) -> None:
        reply = Frame(reply.kind, request.sequence, request.command, reply.payload)
        self._job = None
        self._last = (request, reply)
        if request.command in (Command.HELLO, Command.STATUS) or not self._happens("lost-answer"):
            self._send(reply)

    def _refuse(self, request: Frame, reason: int) -> None:
        self._send(Frame(Kind.REFUSAL, request.sequence, request.command, bytes((reason,))))

    def _send(self, frame: Frame) -> None:
        if "silent" in self._on:
            return
        data = frame.encode()
        if "half-frame" in self._on:
            data = data[: len(data) // 2]
        if "garbage" in self._on:
            data = self._random.randbytes(max(32, len(data)))
        self._line.send(data)


def _at_once(values: Values) -> Work:
    yield from ()
    return values


def while_waiting(fields: Fields) -> Generator[float, None, None]:
    """Yields until the wait that a request allows has passed, and then refuses it."""
    end = time.monotonic() + fields.number(Field.WAIT_MS) / 1000
    while time.monotonic() < end:
        yield 0.02
    raise Refuse(Refusal.TIMED_OUT)
