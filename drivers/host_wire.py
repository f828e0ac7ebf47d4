"""What a driver's host and its child process say to each other over a socket pair.

Messages are pickles behind a length of four bytes. How the host reads those of a child that it need
not trust is in ``drivers.child_messages``.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any

from drivers.device import Capabilities, DeviceEvent, Status
from drivers.errors import DeviceError

LENGTH = struct.Struct("!I")
LONGEST_MESSAGE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Setup:
    """Host → child, first: what to run."""

    driver: str
    settings: dict[str, Any]
    beat_every_s: float
    reopen_delays_s: tuple[float, ...]
    most_memory_mb: int
    most_descriptors: int


@dataclass(frozen=True, slots=True)
class Call:
    """Host → child: run a command."""

    number: int
    command: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Host → child: the caller of a command has gone."""

    number: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Host → child: close the device and end."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Child → host, first: the driver is loaded, and these are its commands' deadlines."""

    deadlines_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class Beat:
    """Child → host: alive, and so long in one operation other than a command."""

    busy_s: float


@dataclass(frozen=True, slots=True)
class Opened:
    """Child → host: the device is there."""

    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Lost:
    """Child → host: the device is not there, or the driver cannot be loaded."""

    error: DeviceError


@dataclass(frozen=True, slots=True)
class Now:
    """Child → host: the driver's status."""

    status: Status


@dataclass(frozen=True, slots=True)
class Happened:
    """Child → host: an event of the driver."""

    event: DeviceEvent


@dataclass(frozen=True, slots=True)
class Done:
    """Child → host: a command's result."""

    number: int
    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """Child → host: a command's error."""

    number: int
    error: DeviceError


def pack(message: object) -> bytes:
    """A message as bytes, its length in front. ``ValueError`` when it is too long."""
    data = pickle.dumps(message, protocol=5)
    if len(data) > LONGEST_MESSAGE:
        raise ValueError("a message to or from a driver is too long")
    return LENGTH.pack(len(data)) + data


def unpack_from_host(data: bytes) -> object:
    """Read a message of the host, which is this process's parent and runs the same code."""
    return pickle.loads(data)  # noqa: S301
