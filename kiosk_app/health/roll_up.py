"""One look at the whole terminal, taken again and again: devices, services, supplies, repairs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from drivers.device import Status
from kiosk_app.health.conditions import Condition, condition, unbound
from kiosk_app.health.repairs import Repair, RepairBook
from kiosk_app.health.supplies import SheetCounter, Supply

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0


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
    """One role's device. ``driver`` is empty where none is bound."""

    role: str
    driver: str
    status: Status
    condition: Condition
    restarts: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The terminal at one moment. ``services``: why each cannot be offered, ``None`` if it can."""

    at: datetime
    devices: Mapping[str, DeviceHealth]
    services: Mapping[str, str | None]
    supplies: Mapping[str, Supply]
    repairs: tuple[Repair, ...]
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """How many journeys ended in each way since the start."""


class Health:
    """Keeps the roll-up. ``sheets``: what each printer's tray holds when it is full."""

    def __init__(
        self,
        devices: Watched,
        obstacles: Callable[[], Awaitable[Mapping[str, str | None]]],
        sheets: Mapping[str, int],
        memory: Path,
    ) -> None:
        self._devices = devices
        self._obstacles = obstacles
        self._book = RepairBook()
        self._counters = {
            role: SheetCounter(role, capacity, memory) for role, capacity in sheets.items()
        }
        self._outcomes: Counter[str] = Counter()
        self._snapshot = Snapshot(datetime.now(UTC), {}, {}, {}, ())

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look(datetime.now(UTC))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, now: datetime) -> Snapshot:
        """Look once."""
        devices = self._look_at_devices()
        for role, counter in self._counters.items():
            if role in devices:
                counter.take_in(devices[role].status, now)
        for change in self._book.update({r: d.condition for r, d in devices.items()}, now):
            said = "repair opened" if change.opened else "repair closed"
            log.warning(said, repair=change.repair.id, action=str(change.repair.kind.action))
        self._snapshot = Snapshot(
            now,
            devices,
            await self._obstacles(),
            {role: counter.supply(now) for role, counter in self._counters.items()},
            self._book.open,
            dict(self._outcomes),
        )
        return self._snapshot

    def snapshot(self) -> Snapshot:
        """What the last look saw."""
        return self._snapshot

    def filled(self, role: str) -> None:
        """Somebody filled a printer's tray. Raises ``KeyError`` for a role that has none."""
        self._counters[role].filled()

    def left(self, role: str) -> int | None:
        """How many sheets a role's tray holds, as far as they are counted."""
        supply = self._snapshot.supplies.get(role)
        return supply.left if supply is not None else None

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
                condition(status) if role in drivers else unbound(),
                restarts[role],
            )
            for role, status in self._devices.status().items()
        }
