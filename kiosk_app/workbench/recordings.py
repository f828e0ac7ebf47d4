"""Recordings of what goes over a device's wire, without anything personal."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from drivers.errors import CommandRejected
from kiosk_app.devices import Devices

RECORD = "record"
"""The command of drivers that can be recorded."""
UNKNOWN = "command-unknown"
"""The error of a driver that has no such command."""
_ID = re.compile(r"(?P<role>[a-z][a-z-]{1,40})--(?P<at>\d{8}T\d{6})-[0-9a-f]{8}")


class NotRecordable(Exception):
    """The driver of a role does not record."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


class RecordingUnknown(KeyError):
    """There is no such recording."""


@dataclass(frozen=True, slots=True)
class RecordingFile:
    """One recording on the disk."""

    id: str
    role: str
    at: datetime
    seconds: float
    bytes: int


class Recordings:
    """Starts, ends and lists recordings of one run folder."""

    def __init__(self, devices: Devices, folder: Path) -> None:
        self._devices = devices
        self._folder = folder
        self._running: dict[str, tuple[str, int]] = {}

    def running(self, role: str) -> str | None:
        """The recording of a role that runs now. It ends with its driver's process."""
        found = self._running.get(role)
        if found is None or found[1] != self._devices.slot(role).restarts:
            return None
        return found[0]

    async def start(self, role: str) -> str:
        """Begin a recording; returns its id. Raises ``NotRecordable``, ``DeviceError``,
        ``OSError``."""
        await self.stop(role)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{role}--{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
        slot = self._devices.slot(role)
        try:
            await slot.call(RECORD, self.path(name))
        except CommandRejected as refused:
            if refused.code != UNKNOWN:
                raise
            raise NotRecordable(role) from None
        self._running[role] = (name, slot.restarts)
        return name

    async def stop(self, role: str) -> str | None:
        """End what is recorded of a role; returns its id. Raises ``DeviceError``."""
        running = self.running(role)
        ended, _ = self._running.pop(role, (None, 0))
        if running is not None:
            await self._devices.slot(role).call(RECORD, None)
        return ended

    def all(self) -> list[RecordingFile]:
        """Every recording, newest first."""
        return listed(self._folder)

    def find(self, name: str) -> Path:
        """Where a recording lies. Raises ``RecordingUnknown``."""
        return find(self._folder, name)

    def path(self, name: str) -> Path:
        """Where a recording of that name would lie."""
        return self._folder / f"{name}.jsonl"


def listed(folder: Path) -> list[RecordingFile]:
    """Every recording of a folder, newest first."""
    found = (_described(path) for path in folder.glob("*.jsonl"))
    return sorted((each for each in found if each), key=lambda each: each.at, reverse=True)


def find(folder: Path, name: str) -> Path:
    """Where a recording of a folder lies. Raises ``RecordingUnknown``."""
    path = folder / f"{name}.jsonl"
    if not is_id(name) or not path.is_file():
        raise RecordingUnknown(name)
    return path


def is_id(name: str) -> bool:
    """Whether a recording may be called so."""
    return _ID.fullmatch(name) is not None


def _described(path: Path) -> RecordingFile | None:
    parts = _ID.fullmatch(path.stem)
    if parts is None:
        return None
    try:
        facts = path.stat()
    except FileNotFoundError:
        return None
    at = datetime.strptime(parts["at"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    seconds = max(0.0, facts.st_mtime - at.timestamp())
    return RecordingFile(path.stem, parts["role"], at, round(seconds, 1), facts.st_size)
