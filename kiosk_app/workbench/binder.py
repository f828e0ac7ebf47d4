"""Binds devices by versions, and takes a change back that does not come up.

A version that changes a device is on trial: its devices must be well within a minute and stay so
for a moment, else the version that held before is made active again, when no citizen is at the
machine (waited for up to ``CITIZEN_S``). A restart in the middle
begins the minute anew, once; a terminal that keeps restarting on a trial goes back at its start.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from kiosk_app.devices import ROLES, Devices
from kiosk_app.settings import DeviceBinding, Reach
from kiosk_app.workbench.attached import Attached, AttachedDevice
from kiosk_app.workbench.bindings import (
    AUTOMATIC,
    SET_UP,
    TERMINAL,
    BindingStore,
    Reason,
    ReasonCode,
    State,
    Version,
    require_unchanged,
)
from kiosk_app.workbench.differences import Bindings, Change, changed_roles

log = structlog.get_logger(__name__)
TRIAL_S = 60.0
WELL_S = 3.0
"""How long a device must be well in one piece before it counts."""
CITIZEN_S = 600.0
"""How long a citizen at the machine may keep a change from being taken back."""
MOST_STARTS = 2
"""Starts with a version on trial; the next goes back at once."""
LOOK_EVERY_S = 0.5


class NothingChanged(Exception):
    """The bindings are as asked already."""


class SameAsNow(NothingChanged):
    """Going back to that version would change nothing."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A version on trial."""

    number: int
    seconds_left: float
    falls_back: int | None
    """The version that holds when this one does not prove itself."""


@dataclass(slots=True)
class _Trial:
    version: int
    roles: frozenset[str]
    until: float
    well_since: dict[str, float] = field(default_factory=dict)


class Binder:
    """The terminal's bindings. ``seed``: what the surroundings say; ``clock``: monotonic seconds.

    ``on_change`` hears each version and its author. ``quiet``: whether nobody is at the machine,
    whose devices are not taken away under somebody's hands. ``attached``: what else is bound, by
    name; in what follows a role may be such a name too. Its methods raise ``OSError`` when the
    versions cannot be written; then nothing has changed.
    """

    def __init__(
        self,
        store: BindingStore,
        devices: Devices,
        seed: Bindings,
        reach: Reach,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[Version], None] = lambda version: None,
        quiet: Callable[[], bool] = lambda: True,
        attached: Mapping[str, Attached] | None = None,
    ) -> None:
        self._store = store
        self._seed = dict(seed)
        self._clock = clock
        self._on_change = on_change
        self._quiet = quiet
        self._attached: dict[str, Attached] = {
            **{role: AttachedDevice(devices, role, reach) for role in ROLES},
            **(attached or {}),
        }
        self._lock = asyncio.Lock()
        self._trial: _Trial | None = None
        self._history: tuple[Version, ...] = ()
        self.bindings: dict[str, DeviceBinding] = {}
        """What is bound now, by role."""

    async def start(self) -> None:
        """Bind every device as the newest version says; a trial that was cut short goes on."""
        async with self._lock:
            try:
                await self._recall()
            except OSError as problem:
                log.error("versions cannot be used", kind=type(problem).__name__)  # noqa: TRY400
                self.bindings = dict(self._seed)
            for role, binding in self.bindings.items():
                await self._turn(role, binding)

    async def _recall(self) -> None:
        if not self._store.history():
            self._store.add(self._seed, self._seed, author=TERMINAL, reason=SET_UP, proved=True)
        self._history = self._store.history()
        newest = self._history[0]
        self.bindings = self._store.active(self._seed)
        if newest.state is State.PROBATION:
            await self._resume(newest)

    async def run(self) -> None:
        """Judge what is on trial, again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except OSError as problem:
                log.error("a trial cannot be noted", kind=type(problem).__name__)  # noqa: TRY400 - tried again

    async def look(self) -> None:
        """Judge the trial once: proved, failed, or not yet."""
        async with self._lock:
            trial = self._trial
            if trial is None:
                return
            now = self._clock()
            for role in trial.roles:
                if self._attached[role].well:
                    trial.well_since.setdefault(role, now)
                else:
                    trial.well_since.pop(role, None)
            unproved = {
                role for role in trial.roles if now - trial.well_since.get(role, now) < WELL_S
            }
            if not unproved:
                self._store.prove(trial.version)
                self._trial, self._history = None, self._store.history()
                log.info("bindings proved", version=trial.version)
            elif now >= trial.until and (self._quiet() or now >= trial.until + CITIZEN_S):
                role = min(unproved)
                said = self._attached[role].says
                why = Reason(code=ReasonCode.NOT_WELL, role=role, error=said)
                await self._take_back(unproved, why)

    async def bind(
        self,
        role: str,
        binding: DeviceBinding,
        author: str,
        note: str = "",
        since: int | None = None,
    ) -> int:
        """Bind a role; returns the new version. ``since``: the newest version that its author knew.

        Raises ``KeyError`` for an unknown role, ``NothingChanged``, ``ChangedMeanwhile``.
        """
        if role not in self._attached:
            raise KeyError(role)
        async with self._lock:
            require_unchanged(self._history, role, since)
            return await self._change({**self.bindings, role: binding}, author, note=note)

    async def unbind(self, role: str, author: str, since: int | None = None) -> int:
        """Leave a role without a device; returns the new version. ``since``, and what is raised: as
        ``bind``."""
        if role not in ROLES:
            raise KeyError(role)
        async with self._lock:
            require_unchanged(self._history, role, since)
            rest = {each: bound for each, bound in self.bindings.items() if each != role}
            return await self._change(rest, author)

    async def roll_back(self, number: int, author: str) -> int:
        """Make an earlier version's bindings a new version; returns its number.

        Raises ``VersionUnknown``, ``SameAsNow``.
        """
        async with self._lock:
            wanted = self._store.at(number, self._seed)
            undone = self._history[0].number
            reason = Reason(code=ReasonCode.BACK_TO, number=number)
            try:
                return await self._change(wanted, author, reason=reason, takes_back=undone)
            except NothingChanged:
                raise SameAsNow from None

    def differing(self, role: str) -> frozenset[int]:
        """The versions that going back to would bind a role otherwise."""
        return self._store.differing(role, self.bindings.get(role), self._seed)

    def same_as_now(self) -> frozenset[int]:
        """The versions that going back to would change nothing."""
        return self._store.same(self.bindings, self._seed)

    def ways_back(self) -> dict[int, tuple[Change, ...]]:
        """What going back to each version would change."""
        return self._store.ways_back(self.bindings, self._seed)

    @property
    def history(self) -> tuple[Version, ...]:
        """Every version, newest first."""
        return self._history

    @property
    def pending(self) -> Pending | None:
        """What is on trial now."""
        if self._trial is None:
            return None
        number = self._trial.version
        back = (each.falls_back for each in self._history if each.number == number)
        return Pending(number, max(0.0, self._trial.until - self._clock()), next(back, None))

    async def _change(
        self,
        wanted: Bindings,
        author: str,
        *,
        note: str = "",
        reason: Reason | None = None,
        takes_back: int | None = None,
    ) -> int:
        roles = changed_roles(self.bindings, wanted)
        if not roles:
            raise NothingChanged
        if self._trial is not None:
            roles |= self._trial.roles
        number = self._store.add(
            wanted, self._seed, author=author, note=note, reason=reason, takes_back=takes_back
        )
        self._begin_trial(number, roles & wanted.keys())
        await self._become(wanted)
        return number

    def _begin_trial(self, number: int, roles: set[str]) -> None:
        """Where no device is left to judge, the version holds at once."""
        roles = roles & self._attached.keys()
        if roles:
            self._trial = _Trial(number, frozenset(roles), self._clock() + TRIAL_S)
        else:
            self._trial = None
            self._store.prove(number)

    async def _resume(self, newest: Version) -> None:
        """Go on with a trial that a restart cut short, unless it was tried too often."""
        changed = changed_roles(self._fallback(newest), self.bindings)
        if self._store.note_try(newest.number) > MOST_STARTS:
            self._trial = _Trial(newest.number, frozenset(changed), 0.0)
            why = Reason(code=ReasonCode.KEPT_RESTARTING)
            await self._take_back(changed, why, now=False)
            return
        self._begin_trial(newest.number, changed & self.bindings.keys())

    async def _take_back(self, roles: set[str], reason: Reason, *, now: bool = True) -> None:
        """Bind these roles as they were; what else changed with them stays.

        ``now``: else their devices are not running yet.
        """
        assert self._trial is not None  # noqa: S101 - called with a trial alone
        number = self._trial.version
        before = self._fallback(next(each for each in self._history if each.number == number))
        wanted = {
            role: binding
            for role in self._attached
            if (binding := (before if role in roles else self.bindings).get(role)) is not None
        }
        self._store.add(
            wanted, self._seed, author=AUTOMATIC, reason=reason, takes_back=number, proved=True
        )
        self._trial = None
        log.warning("bindings taken back", version=number, reason=str(reason.code))
        if now:
            await self._become(wanted)
        else:
            self.bindings = wanted
            self._note()

    def _fallback(self, version: Version) -> dict[str, DeviceBinding]:
        if version.falls_back is None:
            return dict(self._seed)
        return self._store.at(version.falls_back, self._seed)

    async def _become(self, wanted: Bindings) -> None:
        """Bind what differs."""
        before, self.bindings = self.bindings, dict(wanted)
        self._note()
        for role in sorted(changed_roles(before, wanted)):
            await self._turn(role, wanted.get(role))

    def _note(self) -> None:
        self._history = self._store.history()
        self._on_change(self._history[0])

    async def _turn(self, role: str, binding: DeviceBinding | None) -> None:
        if role in self._attached:
            await self._attached[role].become(binding)
        else:
            log.error("a device cannot be bound", role=role, kind="no such role")
