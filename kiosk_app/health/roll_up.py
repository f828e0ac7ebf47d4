"""One look at the whole terminal, taken again and again: devices, services, supplies, repairs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Protocol

import structlog

from drivers.device import Status
from kiosk_app.health.conditions import Condition, conditions, unbound
from kiosk_app.health.repairs import Change, Repair, RepairBook
from kiosk_app.health.supplies import Level, Supply, SupplyBook, Unit
from kiosk_app.opening_hours import ALWAYS, OpeningHours

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0
_NO_NEWS = {("starting", "fine")}


class Filled(Enum):
    """What becomes of somebody's word that they filled something."""

    COUNTED = auto()
    NOT_COUNTED = auto()
    """Nothing is counted there."""
    STILL_OUT = auto()
    """The device itself says otherwise."""


class Watched(Protocol):
    """The terminal's devices, as far as their health needs them."""

    def status(self) -> Mapping[str, Status]:
        """Each role's status."""
        ...

    def bound(self) -> Mapping[str, str]:
        """The driver of each role that a device is bound to."""
        ...

    def restarts(self) -> Mapping[str, int]:
        """How often each role's driver was started again."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """One role's device. ``driver`` is empty where none is bound; ``conditions``: all that is the
    matter with it, the worst first, never empty."""

    role: str
    driver: str
    status: Status
    conditions: tuple[Condition, ...]
    restarts: int

    @property
    def worst(self) -> Condition:
        """The condition that stands for the device."""
        return self.conditions[0]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The terminal at one moment. ``services``: why each cannot be offered, ``None`` if it can."""

    at: datetime
    devices: Mapping[str, DeviceHealth]
    services: Mapping[str, str | None]
    supplies: tuple[Supply, ...]
    repairs: tuple[Repair, ...]
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many journeys ended in each way since the start."""


class Health:
    """Keeps the roll-up. ``capacities``: by role and supply, what it holds when it is full;
    ``hours``: when the hall is open."""

    def __init__(
        self,
        devices: Watched,
        obstacles: Callable[[], Awaitable[Mapping[str, str | None]]],
        capacities: Mapping[str, Mapping[str, float]],
        memory: Path,
        hours: OpeningHours = ALWAYS,
    ) -> None:
        self._devices = devices
        self._obstacles = obstacles
        self._book = RepairBook()
        self._supplies = SupplyBook(capacities, memory, hours)
        self._outcomes: Counter[str] = Counter()
        self._snapshot = Snapshot(datetime.now(UTC), {}, {}, (), ())

    async def run(self) -> None:
        """Look again and again until cancelled. A look that fails is not the last one."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except Exception as problem:
                log.error("a look at the health failed", kind=type(problem).__name__)  # noqa: TRY400 - a trace may hold values
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, now: datetime) -> Snapshot:
        """Look once."""
        devices = self._look_at_devices()
        _tell_changes(self._snapshot.devices, devices)
        for change in self._book.update({r: d.conditions for r, d in devices.items()}, now):
            _tell(change)
        bound = {role: each.status for role, each in devices.items() if each.driver}
        self._snapshot = Snapshot(
            now,
            devices,
            await self._obstacles(),
            self._supplies.look(bound, now),
            self._book.open,
            dict(self._outcomes),
        )
        return self._snapshot

    def snapshot(self) -> Snapshot:
        """What the last look saw."""
        return self._snapshot

    def filled(self, role: str, supply: str | None) -> Filled:
        """Somebody says that they filled a supply: it is counted from now on, unless its device
        says that it is still out."""
        for each in self._snapshot.supplies:
            if (each.role, each.name) == (role, supply) and each.counted:
                if each.level is Level.OUT:
                    return Filled.STILL_OUT
                self._supplies.filled(role, each.name)
                return Filled.COUNTED
        return Filled.NOT_COUNTED

    def sheets_left(self, role: str) -> int | None:
        """How many sheets a printer's tray holds, as far as they are counted."""
        for each in self._snapshot.supplies:
            if each.role == role and each.unit is Unit.SHEETS and each.left is not None:
                return int(each.left)
        return None

    def journey_over(self, outcome: str) -> None:
        """Count one journey."""
        self._outcomes[outcome] += 1

    def _look_at_devices(self) -> dict[str, DeviceHealth]:
        drivers, restarts = self._devices.bound(), self._devices.restarts()
        return {
            role: DeviceHealth(
                role,
                drivers.get(role, ""),
                status,
                conditions(status) if role in drivers else unbound(),
                restarts[role],
            )
            for role, status in self._devices.status().items()
        }


def _tell_changes(before: Mapping[str, DeviceHealth], after: Mapping[str, DeviceHealth]) -> None:
    """Say in the log what became of a device, at once and not only when it must be mended. That all
    is well after the start is no news."""
    for role, now in after.items():
        earlier, state = before.get(role), now.worst.kind.name
        if earlier is None or (earlier.worst.kind.name, state) in _NO_NEWS:
            continue
        if (earlier.driver, earlier.worst.kind.name) != (now.driver, state):
            log.info("device changed", role=role, driver=now.driver, state=state)


def _tell(change: Change) -> None:
    """Say in the log what somebody must mend, and what was mended."""
    facts = {"repair": change.repair.id, "action": str(change.repair.kind.action)}
    if change.opened:
        log.warning("repair opened", **facts)
    else:
        log.info("repair closed", **facts)
