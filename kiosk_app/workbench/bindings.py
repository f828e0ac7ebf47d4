"""Which device is bound to which role, as versions that are never changed afterwards.

One file of JSON lines, each with the SHA-256 of its content; a line that a power cut or a failing
disk spoiled is left out, and what came before it holds. A version keeps the bindings that the
surroundings gave at the time (its seed: ``terminal.toml``, or the virtual room), so that a port
which moves later, and which nobody set, moves with them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk_app.settings import DeviceBinding
from kiosk_app.workbench.differences import Bindings, Change, changed_roles, diff, rebase

TERMINAL = "terminal"
"""The author of the first version."""
AUTOMATIC = "automatic"
"""The author of a version that took a change back by itself."""


class State(StrEnum):
    """What a version is now."""

    ACTIVE = "active"
    PROBATION = "probation"
    """Active, and not yet proved."""
    ROLLED_BACK = "rolled-back"
    """Taken back, by itself or by somebody."""
    UNPROVED = "unproved"
    """Another version followed before it was proved: nobody knows whether it works."""
    PAST = "past"


class ReasonCode(StrEnum):
    """Why the terminal made a version, where nobody wrote a note."""

    SET_UP = "set-up"
    """The first one: how the terminal was set up."""
    BACK_TO = "back-to"
    """Somebody went back to an earlier version."""
    NOT_WELL = "not-well"
    """A device of the version before did not come up in time."""
    KEPT_RESTARTING = "kept-restarting"
    """The terminal restarted again and again with the version before."""


class Reason(BaseModel):
    """Why, with what belongs to it; words are made of it where it is shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: ReasonCode
    role: str | None = None
    """Whose device was not well."""
    error: str | None = None
    """What it said: the code of its error, or its state."""
    number: int | None = None
    """The version that was gone back to."""


SET_UP = Reason(code=ReasonCode.SET_UP)


class VersionUnknown(KeyError):
    """There is no version of that number."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    number: int
    at: datetime
    author: str
    note: str
    reason: Reason | None = None
    seed: dict[str, DeviceBinding]
    bindings: dict[str, DeviceBinding]
    changes: list[tuple[str, str | None, str | None]]
    takes_back: int | None = None
    falls_back: int | None = None
    proved: bool = False


class _Proved(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    proved: int


class _Tried(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tried: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version. ``changes``: against what was active before it."""

    number: int
    at: datetime
    author: str
    note: str
    bindings: Bindings
    changes: tuple[Change, ...]
    state: State
    reason: Reason | None = None
    falls_back: int | None = None
    """The version that holds when this one does not prove itself; ``None``: the seed."""
    takes_back: int | None = None
    """The version that this one took back."""
    tried: int = 0
    """How often a terminal started with it while it was not proved."""


@dataclass(slots=True)
class _Lines:
    records: dict[int, _Record] = field(default_factory=dict)
    proved: set[int] = field(default_factory=set)
    tried: dict[int, int] = field(default_factory=dict)
    spoiled: int = 0


class BindingStore:
    """The versions of one terminal.

    Several processes may write; each write looks at what is there first. Raises ``OSError``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def spoiled(self) -> int:
        """Lines that cannot be read."""
        return self._read().spoiled

    @property
    def last_seed(self) -> dict[str, DeviceBinding]:
        """What the surroundings gave when the newest version was made."""
        record = _newest(self._read())
        return dict(record.seed) if record is not None else {}

    def history(self) -> tuple[Version, ...]:
        """Every version, newest first."""
        lines = self._read()
        taken_back = _taken_back(lines)
        newest = max(lines.records, default=0)
        return tuple(
            _version(record, _state(record, newest, taken_back, lines.proved), lines.tried)
            for _, record in sorted(lines.records.items(), reverse=True)
        )

    def active(self, seed: Bindings) -> dict[str, DeviceBinding]:
        """The newest version's bindings over today's seed; the seed where there is no version."""
        record = _newest(self._read())
        return dict(seed) if record is None else rebase(record.seed, seed, record.bindings)

    def at(self, number: int, seed: Bindings) -> dict[str, DeviceBinding]:
        """A version's bindings over today's seed. Raises ``VersionUnknown``."""
        record = self._read().records.get(number)
        if record is None:
            raise VersionUnknown(number)
        return rebase(record.seed, seed, record.bindings)

    def same(self, bindings: Bindings, seed: Bindings) -> frozenset[int]:
        """The versions that would bind every role as it is bound here."""
        return frozenset(
            number
            for number, record in self._read().records.items()
            if not changed_roles(rebase(record.seed, seed, record.bindings), bindings)
        )

    def ways_back(self, bindings: Bindings, seed: Bindings) -> dict[int, tuple[Change, ...]]:
        """What going back to each version would change of these bindings."""
        return {
            number: diff(bindings, rebase(record.seed, seed, record.bindings))
            for number, record in self._read().records.items()
        }

    def differing(self, role: str, now: DeviceBinding | None, seed: Bindings) -> frozenset[int]:
        """The versions that would bind a role otherwise than it is now."""
        return frozenset(
            number
            for number, record in self._read().records.items()
            if rebase(record.seed, seed, record.bindings).get(role) != now
        )

    def add(
        self,
        bindings: Bindings,
        seed: Bindings,
        *,
        author: str,
        note: str = "",
        reason: Reason | None = None,
        takes_back: int | None = None,
        proved: bool = False,
    ) -> int:
        """Make a version, on the disk when this returns; returns its number.

        ``proved``: it needs no proof, since it changes nothing that could fail.
        """
        with self._writing() as lines:
            number = max(lines.records, default=0) + 1
            newest = _newest(lines)
            before = rebase(newest.seed, seed, newest.bindings) if newest else dict(seed)
            record = _Record(
                number=number,
                at=datetime.now(UTC),
                author=author,
                note=note,
                reason=reason,
                seed=dict(seed),
                bindings=dict(bindings),
                changes=[(each.place, each.before, each.after) for each in diff(before, bindings)],
                takes_back=takes_back,
                falls_back=_fallback(newest, lines.proved),
                proved=proved,
            )
            self._append(record)
        return number

    def prove(self, number: int) -> None:
        """The devices of a version came up."""
        with self._writing() as lines:
            if number not in lines.proved:
                self._append(_Proved(proved=number))

    def note_try(self, number: int) -> int:
        """A terminal starts with a version that is not proved; returns how often that was."""
        with self._writing() as lines:
            self._append(_Tried(tried=number))
            return lines.tried.get(number, 0) + 1

    def _read(self) -> _Lines:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return _Lines()
        lines = _Lines()
        for line in raw.split(b"\n"):
            if line:
                _take_in(lines, line)
        return lines

    @contextmanager
    def _writing(self) -> Iterator[_Lines]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()

    def _append(self, value: BaseModel) -> None:
        content = value.model_dump_json(exclude_defaults=False).encode()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            # A line that was cut off must not spoil the one after it.
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            line = hashlib.sha256(content).hexdigest().encode() + b" " + content + b"\n"
            _write_all(descriptor, b"\n" + line if torn else line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync_folder(self.path.parent)


class ChangedMeanwhile(Exception):
    """Somebody bound a role otherwise after the version that a change of it was made from."""

    def __init__(self, version: Version) -> None:
        super().__init__(f"{version.author} changed it meanwhile: version {version.number}")
        self.version = version


def touches(version: Version, role: str) -> bool:
    """Whether a version changed how a role is bound."""
    return any(change.place.startswith(f"{role}.") for change in version.changes)


def require_unchanged(history: tuple[Version, ...], role: str, since: int | None) -> None:
    """Raise ``ChangedMeanwhile`` where a version after ``since`` changed how a role is bound."""
    for version in history:
        if since is not None and version.number > since and touches(version, role):
            raise ChangedMeanwhile(version)


def _take_in(lines: _Lines, line: bytes) -> None:
    digest, _, content = line.partition(b" ")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        lines.spoiled += 1
        return
    for kind in (_Record, _Proved, _Tried):
        try:
            value = kind.model_validate_json(content)
        except ValidationError:
            continue
        match value:
            case _Record():
                lines.records[value.number] = value
                if value.proved:
                    lines.proved.add(value.number)
            case _Proved():
                lines.proved.add(value.proved)
            case _Tried():
                lines.tried[value.tried] = lines.tried.get(value.tried, 0) + 1
        return
    lines.spoiled += 1


def _newest(lines: _Lines) -> _Record | None:
    return lines.records[max(lines.records)] if lines.records else None


def _fallback(newest: _Record | None, proved: set[int]) -> int | None:
    """The version to go back to: one that was proved, or that went back to such a one."""
    if newest is None:
        return None
    back_to = newest.reason.number if newest.reason is not None else None
    holds = newest.number in proved or back_to in proved
    return newest.number if holds else newest.falls_back


def _taken_back(lines: _Lines) -> set[int | None]:
    """Versions that were taken back by one that holds itself, and unproved ones by any."""
    taken: set[int | None] = set()
    for _, record in sorted(lines.records.items(), reverse=True):
        if record.number not in taken or record.takes_back not in lines.proved:
            taken.add(record.takes_back)
    return taken


def _state(record: _Record, newest: int, taken_back: set[int | None], proved: set[int]) -> State:
    if record.number in taken_back:
        return State.ROLLED_BACK
    if record.number != newest:
        return State.PAST if record.number in proved else State.UNPROVED
    return State.ACTIVE if record.number in proved else State.PROBATION


def _version(record: _Record, state: State, tried: Mapping[int, int]) -> Version:
    return Version(
        record.number,
        record.at,
        record.author,
        record.note,
        record.bindings,
        tuple(Change(*each) for each in record.changes),
        state,
        record.reason,
        record.falls_back,
        record.takes_back,
        tried.get(record.number, 0),
    )


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
