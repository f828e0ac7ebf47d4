"""The contract that every driver fulfils.

A driver is an ordinary, blocking class that talks to one device. It runs in a process of its own
(``drivers.host``), so it may block, and it may crash without harm to anything else. What it
says about its device is a set of readings: a value, how the value is known, and when it was
learned. The words are those of XFS4IoT (CEN CWA 17852), so that an integrator recognises them.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum, StrEnum
from pathlib import PurePath
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_core import PydanticKnownError

from drivers.errors import DeviceCancelled, DeviceError, DeviceTimeout, ProtocolError

T = TypeVar("T")


class DeviceState(StrEnum):
    """Common.Status ``device``."""

    ONLINE = "online"
    OFFLINE = "offline"
    POWER_OFF = "powerOff"
    NO_DEVICE = "noDevice"
    HARDWARE_ERROR = "hardwareError"
    USER_ERROR = "userError"
    DEVICE_BUSY = "deviceBusy"
    FRAUD_ATTEMPT = "fraudAttempt"
    POTENTIAL_FRAUD = "potentialFraud"
    STARTING = "starting"


class Source(StrEnum):
    """How a status value is known."""

    SENSOR = "sensor"
    """The device measured it and said so."""
    DRIVER = "driver"
    """The driver concluded it from answers of the device."""
    ASSUMED = "assumed"
    """Nothing said so; it is the default until something does."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """One status value with its source and the moment it was learned.

    ``at`` is seconds of ``time.monotonic()``, which on Linux is one clock for all processes.
    """

    value: T
    source: Source
    at: float = field(default_factory=time.monotonic)

    @property
    def age_s(self) -> float:
        """Seconds since the value was learned."""
        return max(0.0, time.monotonic() - self.at)

    def as_json(self) -> dict[str, Any]:
        """``{"value", "source", "age_s"}``."""
        return {"value": self.value, "source": str(self.source), "age_s": round(self.age_s, 1)}


def sensed(value: T) -> Reading[T]:
    """A reading that the device itself reported just now."""
    return Reading(value, Source.SENSOR)


def concluded(value: T) -> Reading[T]:
    """A reading that the driver derived just now from the device's answers."""
    return Reading(value, Source.DRIVER)


def assumed(value: T) -> Reading[T]:
    """A reading that nobody reported."""
    return Reading(value, Source.ASSUMED)


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a device now. Every field is a ``Reading``; subclasses add their class's."""

    device: Reading[DeviceState]

    def as_json(self) -> dict[str, Any]:
        """Each reading as ``{"value", "source", "age_s"}`` by its field's name."""
        return {each.name: getattr(self, each.name).as_json() for each in fields(self)}


def forgotten(status: Status, device: DeviceState) -> Status:
    """What may still be said of a device that is out of reach: that it is, and nothing of what it
    said before."""
    unknown: dict[str, Reading[Any]] = {
        each.name: assumed(_unknown(getattr(status, each.name).value)) for each in fields(status)
    }
    return replace(status, **{**unknown, "device": concluded(device)})


def _unknown(value: object) -> object:
    """The value of the same kind that says nothing."""
    match value:
        case Enum():
            kind = type(value)
            return getattr(kind, "UNKNOWN", getattr(kind, "NO_ANSWER", None))
        case str():
            return "unknown"
        case tuple():
            return ()
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a device can do. Subclasses add their class's."""

    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    firmware: str = ""


def state_after(error: DeviceError) -> DeviceState:
    """How a device is that could not be asked: silent, garbled, and after anything else away."""
    match error:
        case DeviceTimeout():
            return DeviceState.OFFLINE
        case ProtocolError():
            return DeviceState.HARDWARE_ERROR
        case _:
            return DeviceState.NO_DEVICE


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What a device did when it was told to try itself. ``values`` were measured, by plain names
    with their unit (``answer_ms``); nothing in them is personal."""

    ok: bool
    values: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something that happened at a device, named as XFS4IoT names it (``MediaInsertedEvent``)."""

    name: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    at: float = field(default_factory=time.monotonic)


FASTEST_BIT_S = 4_000_000
"""The highest speed of a serial port (termios(3), ``B4000000``)."""
LONGEST_TEXT = 255
"""Characters of a setting: a path, an address, a name (``NAME_MAX`` of Linux)."""


class DriverSettings(BaseModel):
    """What a technician sets for one device. Subclasses describe each field with title and unit;
    the technician's form is generated from them. No text or path is longer than ``LONGEST_TEXT``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _short_enough(cls, value: object) -> object:
        if isinstance(value, str | PurePath) and len(str(value)) > LONGEST_TEXT:
            raise PydanticKnownError("string_too_long", {"max_length": LONGEST_TEXT})
        return value


class Cancellation:
    """A withdrawal of the command in progress, checked by the driver while it waits."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Withdraw the command."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the command was withdrawn."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait; raise ``DeviceCancelled`` at once when the command is withdrawn."""
        if self._event.wait(seconds):
            raise DeviceCancelled("cancelled", "the command was withdrawn")

    def check(self) -> None:
        """Raise ``DeviceCancelled`` when the command was withdrawn."""
        self.sleep(0)


F = TypeVar("F", bound=Callable[..., Any])


def command(deadline_s: float) -> Callable[[F], F]:
    """Mark a driver's method as a command that its host may be asked to run.

    ``deadline_s``: seconds after which the host ends the driver's process, unless the caller
    gives another deadline with the call.
    """

    def mark(function: F) -> F:
        function.__command_deadline__ = deadline_s  # type: ignore[attr-defined]
        return function

    return mark


class Driver(ABC):
    """One device.

    The host calls ``open`` once, then commands and ``refresh`` (never two at a time), then
    ``close``. ``emit`` may be called from any of them.
    """

    device_class: ClassVar[str]
    """The class's name: ``id-card-reader``, ``document-printer``."""
    settings_type: ClassVar[type[DriverSettings]]
    refresh_every_s: ClassVar[float] = 2.0
    """How often the host calls ``refresh`` while no command runs."""
    refresh_after: ClassVar[frozenset[str]] = frozenset()
    """Names of events that tell too little by themselves: the host calls ``refresh`` at once."""

    def __init__(self, settings: DriverSettings, emit: Callable[[DeviceEvent], None]) -> None:
        self.emit = emit
        self.cancellation = Cancellation()
        """Renewed by the host before each command."""

    @classmethod
    def probe(cls, port: str) -> str | None:
        """Ask what is at a serial port whether it is a device of this driver: what to call it
        (model and number), or ``None``.

        Called when a technician looks for devices, in a process of its own, and only at ports where
        nothing answered that is known. Within ``PROBE_S`` seconds of ``drivers.plugged`` for all
        ports together. Raise ``DeviceError`` where the port cannot be asked.
        """
        return None

    @abstractmethod
    def open(self) -> None:
        """Take the device. Raise ``DeviceNotReady`` when it is not there (the host tries again)."""

    @abstractmethod
    def close(self) -> None:
        """Give the device back. Must not raise."""

    @abstractmethod
    def refresh(self) -> None:
        """Ask the device how it is. Raise ``DeviceNotReady`` when it has gone."""

    @abstractmethod
    def status(self) -> Status:
        """What is known now, without asking the device."""

    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What the device can do."""
