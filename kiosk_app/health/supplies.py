"""What a device uses up: how much is left, and about when it will be gone.

Some devices tell what is left (film, toner). Others count what they have used, and what is left is
counted from the moment that somebody filled them. The forecast is what was used in the last hours
that the hall was open, carried on over those to come: "about 14:20", or "tomorrow about 10:20", is
what a person with a stack of paper wants to know.
"""

from __future__ import annotations

import contextlib
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from drivers.device import Reading, Status
from kiosk_app.opening_hours import ALWAYS, OpeningHours

WINDOW = timedelta(hours=3)
"""How far back use is looked at, in hours that the hall was open."""
OLDEST = timedelta(days=7)
"""What lies farther back tells nothing, however short the hall was open since."""
SHORTEST = timedelta(minutes=10)
"""Less open time than that tells nothing about a rate."""
FARTHEST = timedelta(days=365)
"""What lasts longer is not forecast."""
_SAMPLE = timedelta(minutes=1)


class Level(StrEnum):
    """How much there is, as the device itself says."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"


class Unit(StrEnum):
    """What a supply is measured in."""

    SHEETS = "sheets"
    METRES = "metres"
    STAMPS = "stamps"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Gauge:
    """How a supply is known: the fields of a status that tell of it."""

    supply: str
    """``paper``, ``roll``, ``film``, ``toner``, ``ink``."""
    unit: Unit
    level: str
    """The field that says full, low or out."""
    measure: str
    """The field with a number: what is left, or how much was used in the device's life."""
    tells_rest: bool
    parts: int = 1
    """How many of the number make one ``unit``."""
    tells_rate: int = 5
    """How many units must have been used before they tell how fast it goes."""
    begins_anew: bool = False
    """Whether the count begins at zero with each start of the driver."""


GAUGES = (
    Gauge("paper", Unit.SHEETS, "paper", "page_count", tells_rest=False),
    Gauge(
        "roll",
        Unit.METRES,
        "paper",
        "printed_mm",
        tells_rest=False,
        parts=1000,
        tells_rate=2,
        begins_anew=True,
    ),
    Gauge("film", Unit.METRES, "film", "film_left_mm", tells_rest=True, parts=1000, tells_rate=2),
    Gauge("toner", Unit.PERCENT, "toner", "toner_percent", tells_rest=True, tells_rate=2),
    Gauge("ink", Unit.STAMPS, "ink", "stamp_count", tells_rest=False),
)
"""By the fields of the device classes' statuses."""


@dataclass(frozen=True, slots=True)
class Supply:
    """One thing that runs out."""

    role: str
    name: str
    unit: Unit
    level: Level
    left: float | None
    """In units; ``None`` when nothing tells."""
    capacity: float | None
    """In units, when it is full; ``None`` when nobody said so."""
    gone_at: datetime | None
    """When it will be gone if it goes on like this; ``None`` when nothing tells."""
    counted: bool = False
    """Whether ``left`` is counted from a filling that a person reports."""

    @property
    def fraction(self) -> float | None:
        """``left`` of ``capacity``."""
        if self.left is None or not self.capacity:
            return None
        return min(1.0, self.left / self.capacity)


class Memory:
    """A small file of numbers, for what must be known after a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _read(path)

    def number(self, key: str) -> int | None:
        """What was kept under a key."""
        found = self._known.get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def keep(self, **numbers: int | None) -> None:
        """Keep numbers; what is kept already is not written again."""
        if all(self._known.get(key) == number for key, number in numbers.items()):
            return
        self._known |= numbers
        draft = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk must not stop the counting
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(self._known), encoding="utf-8")
            draft.replace(self._path)


class SupplyWatch:
    """Follows one supply of one role. ``capacity``: in units, when it is full."""

    def __init__(
        self,
        role: str,
        gauge: Gauge,
        capacity: float | None,
        memory: Memory,
        hours: OpeningHours,
    ) -> None:
        self._role = role
        self._hours = hours
        self._gauge = gauge
        self._capacity = 100.0 if gauge.unit is Unit.PERCENT else capacity
        self._memory = memory
        self._used: int | None = memory.number(self._key("used"))
        """Parts used since the filling; ``None`` until somebody filled it."""
        self._last = 0 if gauge.begins_anew else memory.number(self._key("count"))
        self._rest: int | None = None
        self._level = Level.UNKNOWN
        self._was_out = bool(memory.number(self._key("out")))
        """Whether it was out when it last said anything, be it before a restart."""
        self._total = 0
        self._samples: deque[tuple[datetime, int]] = deque()
        """What was used in all at each moment, since this began to look."""

    def take_in(self, status: Status, now: datetime) -> None:
        """Look at what a device says.

        What was out and is full is taken for filled by somebody who did not say so; what is low
        again holds nobody knows how much.
        """
        level, measured = _level(status, self._gauge), _number(status, self._gauge)
        if measured is not None and self._gauge.tells_rest:
            self._take_rest(measured, now)
        elif measured is not None:
            self._take_count(measured, now)
        if level is Level.UNKNOWN:
            return
        if self._was_out and level is Level.FULL:
            self.filled()
        elif self._was_out and level is Level.LOW:
            self._used = None
        self._level, self._was_out = level, level is Level.OUT
        self._remember()

    def filled(self) -> None:
        """Somebody filled it."""
        if not self._gauge.tells_rest and self._last is not None:
            self._used = 0
            self._remember()

    def supply(self, now: datetime) -> Supply:
        """How much there is now."""
        left = self._left()
        return Supply(
            self._role,
            self._gauge.supply,
            self._gauge.unit,
            self._level,
            None if left is None else left / self._gauge.parts,
            self._capacity,
            self._gone_at(left, now),
            counted=not self._gauge.tells_rest and self._capacity is not None,
        )

    def _take_count(self, count: int, now: datetime) -> None:
        last, self._last = self._last, count
        if last is not None and count < last and not self._gauge.begins_anew:
            self._forget()  # another machine, or its counter was set back
        elif last is not None:
            self._add(count - last if count >= last else count)
        self._note(now)
        self._remember()

    def _take_rest(self, rest: int, now: datetime) -> None:
        last, self._rest = self._rest, rest
        if last is not None and rest > last:
            self._forget()  # somebody put in a new one
        elif last is not None:
            self._add(last - rest)
        self._note(now)

    def _add(self, parts: int) -> None:
        self._total += parts
        if self._used is not None:
            self._used += parts

    def _left(self) -> int | None:
        if self._level is Level.OUT:
            return 0
        if self._gauge.tells_rest:
            return self._rest
        if self._capacity is None or self._used is None or self._last is None:
            return None
        left = round(self._capacity * self._gauge.parts) - self._used
        return left if left >= 0 else None  # somebody filled it up and did not say so

    def _gone_at(self, left: int | None, now: datetime) -> datetime | None:
        if not left or len(self._samples) < 2:
            return None
        (began, first), (_, last) = self._samples[0], self._samples[-1]
        elapsed, used = self._hours.open_time(began, now), last - first
        if used < self._gauge.tells_rate * self._gauge.parts or elapsed < SHORTEST:
            return None
        seconds = elapsed.total_seconds() * left / used
        if seconds >= FARTHEST.total_seconds():
            return None
        return self._hours.after(now, timedelta(seconds=seconds), FARTHEST)

    def _note(self, now: datetime) -> None:
        samples, open_time = self._samples, self._hours.open_time
        due = not samples or open_time(samples[-1][0], now) >= _SAMPLE
        if due or self._total != samples[-1][1]:
            samples.append((now, self._total))
        while samples and (now - samples[0][0] > OLDEST or open_time(samples[0][0], now) > WINDOW):
            samples.popleft()

    def _forget(self) -> None:
        self._used = None
        self._samples.clear()

    def _remember(self) -> None:
        self._memory.keep(
            **{
                self._key("used"): self._used,
                self._key("count"): self._last,
                self._key("out"): int(self._was_out),
            }
        )

    def _key(self, what: str) -> str:
        return f"{self._role}.{self._gauge.supply}.{what}"


class SupplyBook:
    """Every supply of every role. ``capacities``: by role and supply, in units, when it is full;
    ``hours``: when they are used."""

    def __init__(
        self,
        capacities: Mapping[str, Mapping[str, float]],
        memory: Path,
        hours: OpeningHours = ALWAYS,
    ) -> None:
        self._capacities = capacities
        self._hours = hours
        self._memory = Memory(memory)
        self._watches: dict[tuple[str, str], SupplyWatch] = {}

    def look(self, statuses: Mapping[str, Status], now: datetime) -> tuple[Supply, ...]:
        """Look at what the devices say; their supplies, in the order of the devices."""
        found = []
        for role, status in statuses.items():
            for gauge in GAUGES:
                if hasattr(status, gauge.measure):
                    watch = self._watch(role, gauge)
                    watch.take_in(status, now)
                    found.append(watch.supply(now))
        return tuple(found)

    def filled(self, role: str, supply: str) -> None:
        """Somebody filled it. Raises ``KeyError`` for what no device of the role uses up."""
        self._watches[role, supply].filled()

    def _watch(self, role: str, gauge: Gauge) -> SupplyWatch:
        key = (role, gauge.supply)
        if key not in self._watches:
            capacity = self._capacities.get(role, {}).get(gauge.supply)
            self._watches[key] = SupplyWatch(role, gauge, capacity, self._memory, self._hours)
        return self._watches[key]


def _number(status: Status, gauge: Gauge) -> int | None:
    value = _value(status, gauge.measure)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and value >= 0 else None


def _level(status: Status, gauge: Gauge) -> Level:
    value = _value(status, gauge.level)
    return Level(value) if value in ("full", "low", "out") else Level.UNKNOWN


def _value(status: Status, field: str) -> Any:
    reading = getattr(status, field, None)
    return reading.value if isinstance(reading, Reading) else None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
