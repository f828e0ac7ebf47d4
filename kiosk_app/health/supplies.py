"""What a device uses up: how much is left, and about when it will be gone.

Sheets are counted by the printer's own counter, from the moment that somebody filled the tray.
The forecast is what was used in the last hours, carried on: a hall's day is no straight line, but
"about 14:20" is what a person with a stack of paper wants to know.
"""

from __future__ import annotations

import contextlib
import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from drivers.device import Status
from drivers.document_printer.contract import PaperLevel

WINDOW = timedelta(hours=3)
"""How far back use is looked at."""
SHORTEST = timedelta(minutes=10)
"""Less than that tells nothing about a rate."""
_SAMPLE = timedelta(minutes=1)


class Level(StrEnum):
    """How much there is, as the device itself says."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Supply:
    """One thing that runs out. ``left``: pieces; ``None`` when nothing counts them."""

    role: str
    level: Level
    left: int | None
    capacity: int | None
    gone_at: datetime | None
    """When it will be gone if it goes on like this; ``None`` when nothing tells."""

    @property
    def fraction(self) -> float | None:
        """``left`` of ``capacity``."""
        if self.left is None or not self.capacity:
            return None
        return self.left / self.capacity


class SheetCounter:
    """Counts the sheets of one printer's tray. ``capacity``: sheets when it is full."""

    def __init__(self, role: str, capacity: int | None, memory: Path) -> None:
        self._role = role
        self._capacity = capacity
        self._memory = memory
        self._count: int | None = None
        self._loaded_at: int | None = _remembered(memory, role)
        self._level = Level.UNKNOWN
        self._used: deque[tuple[datetime, int]] = deque()

    def take_in(self, status: Status, now: datetime) -> None:
        """Look at the printer's counter and paper. A tray that was out and is full was filled."""
        count = _counted(status)
        level = _level(status)
        if count is not None:
            if self._count is not None and count < self._count:
                self._forget()  # another machine, or its counter was set back
            self._count = count
            self._note(count, now)
        if self._level is Level.OUT and level in (Level.FULL, Level.LOW):
            self.filled()
        if level is not Level.UNKNOWN:
            self._level = level

    def filled(self) -> None:
        """Somebody filled the tray."""
        self._loaded_at = self._count
        self._remember()

    def supply(self, now: datetime) -> Supply:
        """How much there is now."""
        left = self._left()
        return Supply(self._role, self._level, left, self._capacity, self._gone_at(left, now))

    def _left(self) -> int | None:
        if self._level is Level.OUT:
            return 0
        if self._capacity is None or self._count is None or self._loaded_at is None:
            return None
        return max(0, self._capacity - (self._count - self._loaded_at))

    def _gone_at(self, left: int | None, now: datetime) -> datetime | None:
        if not left or len(self._used) < 2:
            return None
        (began, first), (_, last) = self._used[0], self._used[-1]
        elapsed, used = now - began, last - first
        if used <= 0 or elapsed < SHORTEST:
            return None
        return now + elapsed * (left / used)

    def _note(self, count: int, now: datetime) -> None:
        if not self._used or now - self._used[-1][0] >= _SAMPLE or count != self._used[-1][1]:
            self._used.append((now, count))
        while self._used and now - self._used[0][0] > WINDOW:
            self._used.popleft()

    def _forget(self) -> None:
        self._loaded_at = None
        self._used.clear()
        self._remember()

    def _remember(self) -> None:
        memory = _memory(self._memory)
        memory[self._role] = self._loaded_at
        draft = self._memory.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk must not stop the counting
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(memory), encoding="utf-8")
            draft.replace(self._memory)


def _counted(status: Status) -> int | None:
    reading = getattr(status, "page_count", None)
    value = reading.value if reading is not None else None
    return value if isinstance(value, int) else None


def _level(status: Status) -> Level:
    reading = getattr(status, "paper", None)
    if reading is None:
        return Level.UNKNOWN
    return {
        PaperLevel.FULL: Level.FULL,
        PaperLevel.LOW: Level.LOW,
        PaperLevel.OUT: Level.OUT,
    }.get(reading.value, Level.UNKNOWN)


def _memory(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remembered(path: Path, role: str) -> int | None:
    found = _memory(path).get(role)
    return found if isinstance(found, int) else None
