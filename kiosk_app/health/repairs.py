"""Repairs: what somebody must do about a device, from the moment it persists until it is well.

A repair opens when a condition has lasted, so that a reader that is plugged in again within
seconds calls nobody; it closes itself when the device says that it is well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk_app.health.conditions import Condition, Kind
from kiosk_app.screens import Tone

PERSISTS = timedelta(seconds=3)
"""How long a condition must last before somebody is asked to go there."""
_CALLS = frozenset({Tone.STOP, Tone.SOON})


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing to do at one device."""

    role: str
    kind: Kind
    since: datetime

    @property
    def id(self) -> str:
        """``<role>:<kind>``: the same fault of the same device is the same repair."""
        return f"{self.role}:{self.kind.name}"


@dataclass(frozen=True, slots=True)
class Change:
    """A repair that was opened or closed just now."""

    repair: Repair
    opened: bool


class RepairBook:
    """The repairs that are open now."""

    def __init__(self) -> None:
        self._began: dict[str, tuple[Kind, datetime]] = {}
        self._open: dict[str, Repair] = {}

    def update(self, conditions: Mapping[str, Condition], now: datetime) -> list[Change]:
        """Take in each role's condition; returns what was opened and closed by it."""
        changes: list[Change] = []
        for role, found in conditions.items():
            began = self._began_at(role, found.kind, now)
            shown = self._open.get(role)
            if shown is not None and shown.kind is not found.kind:
                changes.append(Change(self._open.pop(role), opened=False))
            due = found.kind.tone in _CALLS and now - began >= PERSISTS
            if due and role not in self._open:
                self._open[role] = Repair(role, found.kind, began)
                changes.append(Change(self._open[role], opened=True))
        gone = self._open.keys() - conditions.keys()
        return changes + [Change(self._open.pop(role), opened=False) for role in gone]

    def _began_at(self, role: str, kind: Kind, now: datetime) -> datetime:
        before = self._began.get(role)
        if before is None or before[0] is not kind:
            self._began[role] = (kind, now)
        return self._began[role][1]

    @property
    def open(self) -> tuple[Repair, ...]:
        """What is to be done, most urgent first, then oldest."""
        return tuple(sorted(self._open.values(), key=lambda each: (each.kind.order, each.since)))
