"""What a device's class adds to a service: its commands, and how its status is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from drivers.device import Capabilities, Status
from drivers.errors import CompletionCode
from kiosk_app.interop.capabilities import ClassCapabilities
from kiosk_app.interop.status import ClassStatus, StatusPayload


class Refused(Exception):
    """A command ends without success, for a reason that is no device's error."""

    def __init__(self, completion: CompletionCode, why: str, error_code: str | None = None) -> None:
        super().__init__(completion, why)
        self.completion = completion
        self.why = why
        self.error_code = error_code


@dataclass(slots=True)
class Call:
    """One command while it is carried out. ``payload`` is of the operation's type."""

    payload: Any
    timeout_s: float | None
    """The header's timeout, which is for the wait in the queue too; ``None`` for no limit."""
    events: tuple[str, ...]
    """The driver's events that belong to this command while it runs."""
    tell: Callable[[str, BaseModel], None] = field(repr=False)
    """Send an event of this command."""
    announce: Callable[[str, BaseModel], None] = field(repr=False)
    """Send an event to all that are connected."""


@dataclass(frozen=True, slots=True)
class Operation:
    """How one command is carried out. ``disturbs``: not while a citizen holds the device."""

    payload: type[BaseModel]
    run: Callable[[Call], Awaitable[BaseModel]]
    disturbs: bool = True
    needs: str = ""
    """The driver's command without which the device cannot do it."""
    able: Callable[[Capabilities], bool] = lambda capabilities: True
    """Whether the device has what it takes, where drivers of one kind have devices with and
    without."""
    allowed: bool = True
    """Whether an administrator lets other programs do it."""
    events: tuple[str, ...] = ()
    personal: bool = False
    """Whether it hands out what may be personal, which the audit log is told of."""
    dialogue: bool = False
    """Whether it comes many times in a row, of which the audit log is told once."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A class's part of a service: its interfaces' commands, and how its status is told."""

    operations: Mapping[str, Operation]
    status: Callable[[Status, Capabilities], ClassStatus] = lambda status, known: ClassStatus()
    capabilities: Callable[[Capabilities], ClassCapabilities] = lambda known: ClassCapabilities()
    changed: Callable[[StatusPayload, StatusPayload], Iterable[tuple[str, BaseModel]]] = (
        lambda before, after: ()
    )
    """The unsolicited events that a change of status stands for."""
    unsolicited: Callable[[Capabilities], tuple[str, ...]] = lambda known: ()
    """The names of all that may be sent unasked, beside what every service sends."""
    payloads: Mapping[str, BaseModel] = field(default_factory=dict)
    """What the drivers' events say beside their name, where they say more."""
