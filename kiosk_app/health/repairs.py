"""Repairs: what somebody must do about a device, from the moment it persists until it is well.

A repair opens when a condition has lasted, so that a reader that is plugged in again within
seconds calls nobody; it closes itself when the device says that it is well.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk_app.health.conditions import Condition, Kind

PERSISTS = timedelta(seconds=3)
"""How long a condition must last before somebody is asked to go there."""
_Key = tuple[str, str]
"""Role and kind."""


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
    """The repairs that are open now: each condition of each device is one of its own."""

    def __init__(self) -> None:
        self._began: dict[_Key, datetime] = {}
        self._open: dict[_Key, Repair] = {}

    def update(self, conditions: Mapping[str, Iterable[Condition]], now: datetime) -> list[Change]:
        """Take in each role's conditions; returns what was opened and closed by it."""
        kinds = {role: [each.kind for each in found] for role, found in conditions.items()}
        calling = {
            (role, kind.name): kind for role, found in kinds.items() for kind in found if kind.calls
        }
        self._began = {key: self._began.get(key, now) for key in calling}
        silent = {role for role, found in kinds.items() if any(each.out_of_reach for each in found)}
        return [*self._close(calling, silent), *self._open_due(calling, now)]

    def _close(self, calling: Container[_Key], silent: Container[str]) -> Iterator[Change]:
        """Close what is well. A device that says nothing has not said that it is well."""
        for key, repair in tuple(self._open.items()):
            unknown = repair.role in silent and not repair.kind.out_of_reach
            if key not in calling and not unknown:
                yield Change(self._open.pop(key), opened=False)

    def _open_due(self, calling: Mapping[_Key, Kind], now: datetime) -> Iterator[Change]:
        for key, kind in calling.items():
            if key not in self._open and now - self._began[key] >= PERSISTS:
                self._open[key] = Repair(key[0], kind, self._began[key])
                yield Change(self._open[key], opened=True)

    @property
    def open(self) -> tuple[Repair, ...]:
        """What is to be done, most urgent first, then oldest."""
        return tuple(sorted(self._open.values(), key=lambda each: (each.kind.order, each.since)))
