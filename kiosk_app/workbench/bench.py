"""What somebody who looks after the terminal works with, in one place."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from kiosk_app.accounts.book import AccountBook, Locked, Refused
from kiosk_app.accounts.roles import Right
from kiosk_app.accounts.sessions import Session, Sessions
from kiosk_app.audit import AuditKind, AuditLog, Entry
from kiosk_app.devices import ROLES, Devices
from kiosk_app.interop.door import Door
from kiosk_app.interop.settings import InteropSettings
from kiosk_app.issuing.errors import IssuingError
from kiosk_app.issuing.states import WITH_STAFF
from kiosk_app.local_time import LOCAL
from kiosk_app.records import StoreError
from kiosk_app.settings import DeviceBinding
from kiosk_app.terminal import Terminal
from kiosk_app.workbench.binder import Binder
from kiosk_app.workbench.bindings import AUTOMATIC, BindingStore, Version
from kiosk_app.workbench.catalogue import DriverCatalogue
from kiosk_app.workbench.finding import Finding, find
from kiosk_app.workbench.interop import INTEROP, InteropSwitch, as_binding, devices_of
from kiosk_app.workbench.maintenance import Maintenance, VendorMode
from kiosk_app.workbench.recordings import Recordings
from kiosk_app.workbench.rehearsals import Rehearsals, Script
from kiosk_app.workbench.replays import replay, replay_content
from kiosk_app.workbench.trials import Outcome, Trials

if TYPE_CHECKING:
    from drivers.camera.contract import Control
    from kiosk_app.issuing.staff import CopyView, Decision
    from kiosk_app.stagehand import Stagehand
    from kiosk_app.surroundings import Found

log = structlog.get_logger(__name__)
UNKNOWN_ACTOR = "unknown"
ACCOUNTS = "accounts.sqlite"
SETTLED_S = 3.0
"""How long somebody waits to see a door open or close."""


class CitizenPresent(Exception):
    """A citizen is at the machine, whose devices must be left alone."""


class NotAllowed(Exception):
    """That is not for this account to do."""


class NoControls(Exception):
    """Nothing can be set on the device while it runs."""


class RecordsClosed(Exception):
    """The journal cannot be used, so nothing is known of any copy."""


class AccountsClosed(Exception):
    """The accounts cannot be read, so nobody can log in."""


def binding_store(run_dir: Path, *, virtual: bool) -> BindingStore:
    """The versions of a run folder. Virtual hardware has versions of its own."""
    name = "virtual.jsonl" if virtual else "bindings.jsonl"
    return BindingStore(run_dir / "devices" / name)


def account_book(run_dir: Path) -> AccountBook:
    """The accounts of a run folder. Raises ``StoreError``."""
    return AccountBook.open(run_dir / "records" / ACCOUNTS)


@dataclass(frozen=True)
class Workbench:
    """The tools. ``stagehand`` is there with virtual hardware alone."""

    terminal: Terminal
    devices: Devices
    audit: AuditLog
    accounts: AccountBook | None
    """``None`` while they cannot be read."""
    sessions: Sessions
    binder: Binder
    catalogue: DriverCatalogue
    maintenance: Maintenance
    door: Door
    trials: Trials
    recordings: Recordings
    rehearsals: Rehearsals
    found: Found
    stagehand: Stagehand | None = None

    @property
    def virtual(self) -> bool:
        """Whether the hardware is virtual."""
        return self.stagehand is not None

    async def log_in(self, name: str, password: str, code: str) -> tuple[str, Session]:
        """A session's token, and whose it is. Raises ``Refused``, ``Locked``, ``AccountsClosed``,
        ``StoreError``."""
        if self.accounts is None:
            raise AccountsClosed
        known = await asyncio.to_thread(self.accounts.find, name)
        actor = name if known is not None else UNKNOWN_ACTOR
        try:
            account = await asyncio.to_thread(self.accounts.check, name, password, code)
        except (Refused, Locked) as refusal:
            tried = isinstance(refusal, Refused) or refusal.begun
            if actor != UNKNOWN_ACTOR and tried:
                await self._write(AuditKind.LOGIN, actor, {"outcome": "refused"})
            raise
        await self._write(AuditKind.LOGIN, actor, {"outcome": "in", "role": str(account.role)})
        return self.sessions.begin(account), Session(account.name, account.role)

    async def log_out(self, token: str, session: Session) -> None:
        """End a session; what its tests made goes with it."""
        self.sessions.end(token)
        self.trials.forget()
        await self._write(AuditKind.LOGIN, session.name, {"outcome": "out"})

    async def note(self, session: Session, act: str, **details: str | int) -> None:
        """Record what somebody did, and say it in the log without the name. Raises
        ``StoreError``."""
        log.info("terminal looked after", act=act, **details)
        await self._write(AuditKind.UPKEEP, session.name, {"act": act, **details})

    async def copies(self) -> list[CopyView] | None:
        """The copies on paper that wait for staff, oldest first; ``None`` where the records cannot
        be read."""
        office = self.terminal.parts.office if self.terminal.opened else None
        if office is None:
            return None
        try:
            return await office.copies(WITH_STAFF)
        except (StoreError, IssuingError):
            return None

    async def decide(
        self, session: Session, serial: str, copy: int, decision: Decision
    ) -> CopyView:
        """Settle a copy on paper; the audit log names whose word it was.

        Raises ``UnknownCopy``, ``CopyInFlight``, ``CopySettled``, ``DecisionImpossible``,
        ``RecordsClosed``, ``StoreError``.
        """
        office = self.terminal.parts.office if self.terminal.opened else None
        if office is None:
            raise RecordsClosed
        return await office.decide(serial, copy, decision, session.name)

    async def commands(self, role: str) -> frozenset[str]:
        """What a role's device can be told to do. Raises ``ChildFailed``."""
        binding = self.binder.bindings.get(role)
        return await self.catalogue.commands(binding.driver) if binding else frozenset()

    def require_nobody(self) -> None:
        """Raise ``CitizenPresent`` while a citizen is at the machine."""
        if not self.terminal.quiet:
            raise CitizenPresent

    async def bind(
        self,
        session: Session,
        role: str,
        binding: DeviceBinding,
        note: str = "",
        since: int | None = None,
    ) -> int:
        """Bind a role to a device; returns the version, which is on trial for a minute. ``since``:
        see ``Binder.bind``.

        Raises ``KeyError`` for an unknown role, ``SettingsRefused``, ``NothingChanged``,
        ``ChangedMeanwhile``, ``CitizenPresent``, ``ChildFailed``, ``OSError``.
        """
        if role not in ROLES:
            raise KeyError(role)
        self.require_nobody()
        bound = await self.catalogue.checked(
            role, binding, virtual=self.virtual, now=self.binder.bindings.get(role)
        )
        version = await self.binder.bind(role, bound, session.name, note, since)
        await self.note(session, "bind", role=role, driver=binding.driver, version=version)
        return version

    async def unbind(self, session: Session, role: str, since: int | None = None) -> int:
        """Leave a role without a device; returns the version. ``since``, and what is raised: as
        ``bind``."""
        self.require_nobody()
        version = await self.binder.unbind(role, session.name, since)
        await self.note(session, "unbind", role=role, version=version)
        return version

    async def roll_back(self, session: Session, number: int) -> int:
        """Go back to a version; returns the new one. Raises ``VersionUnknown``, ``SameAsNow``,
        ``NotAllowed``, and as ``bind``."""
        self.require_nobody()
        if number in self.barred(session):
            raise NotAllowed
        version = await self.binder.roll_back(number, session.name)
        await self.note(session, "roll-back", to=number, version=version)
        return version

    def barred(self, session: Session) -> frozenset[int]:
        """The versions that are not for this account to go back to: they turn interop."""
        return frozenset() if session.may(Right.GOVERN) else self.binder.differing(INTEROP)

    async def turn_interop(
        self, session: Session, settings: InteropSettings, note: str = ""
    ) -> int:
        """Let other programs in, or keep them out, from now on; returns the version.

        Raises ``NothingChanged``, ``OSError``.
        """
        version = await self.binder.bind(INTEROP, as_binding(settings), session.name, note)
        allowed = {"on": int(settings.enabled), "identities": int(settings.identities)}
        await self.note(session, "interop", **allowed, version=version)
        await self.door.settled(SETTLED_S)
        return version

    async def discover(self) -> list[Finding]:
        """What is plugged in, beside what is bound. Raises ``ChildFailed``."""
        status = self.devices.status()
        states = {role: each.device.value for role, each in status.items()}
        room = self.found.devices if self.virtual else None
        return await find(devices_of(self.binder.bindings), ROLES, states, room)

    async def rehearse(self, session: Session, script: Script) -> dict[str, Any]:
        """Play an errand beside the terminal. Raises ``ScriptRefused``, ``RehearsalRuns``,
        ``ChildFailed``."""
        result = await self.rehearsals.play(script)
        outcome = result["outcome"]
        await self.note(
            session, "rehearse", service=script.service, card=script.card, outcome=outcome
        )
        return result

    async def replay(self, session: Session, recording: str) -> Outcome:
        """Play a recording back. Raises ``RecordingUnknown``, ``ChildFailed``."""
        outcome = await replay(self.recordings.find(recording))
        await self.note(session, "replay", ok=int(outcome.ok))
        return outcome

    async def replay_content(self, session: Session, content: bytes) -> Outcome:
        """Play back a recording that was brought along. Raises ``ChildFailed``, ``OSError``."""
        outcome = await replay_content(content)
        await self.note(session, "replay", ok=int(outcome.ok))
        return outcome

    async def test(self, session: Session, role: str, test: str) -> Outcome:
        """Try a device. Raises ``KeyError`` for an unknown role, ``TestUnknown``,
        ``CitizenPresent``."""
        self.require_nobody()
        outcome = await self.trials.run(role, test)
        await self.note(session, "test", role=role, test=test, ok=int(outcome.ok))
        return outcome

    async def controls(self, role: str) -> tuple[Control, ...]:
        """What can be set on a role's device now; nothing where its driver has no controls.

        Raises ``KeyError`` for an unknown role, ``DeviceError``, ``ChildFailed``.
        """
        if "controls" not in await self.commands(role):
            return ()
        found: tuple[Control, ...] = await self.devices.slot(role).call("controls")
        return found

    async def set_control(self, session: Session, role: str, name: str, value: int) -> Control:
        """Set one of them; returns what the device made of it.

        Raises ``NoControls``, ``CitizenPresent``, and as ``controls``; ``CommandRejected`` with
        ``camera-control-unknown`` or ``camera-control-refused`` is the device's own.
        """
        self.require_nobody()
        if "set_control" not in await self.commands(role):
            raise NoControls
        made: Control = await self.devices.slot(role).call("set_control", name, value)
        await self.note(session, "control", role=role, name=name, value=made.value)
        return made

    async def keep_controls(self, session: Session, role: str) -> int:
        """Have the device set to what it stands at now whenever it is opened; returns the version.

        What stands at the device's own default is not kept. Raises as ``set_control`` and ``bind``.
        """
        bound, found = self.binder.bindings.get(role), await self.controls(role)
        if bound is None or not found:
            raise NoControls
        kept = {each.name: each.value for each in found if each.value != each.default}
        settings = {**bound.settings, "controls": kept}
        return await self.bind(session, role, bound.model_copy(update={"settings": settings}))

    async def record(self, session: Session, role: str, on: bool) -> str | None:
        """Begin or end recording a device's wire; returns the id of what began or ended.

        Raises ``KeyError`` for an unknown role, ``NotRecordable``, ``DeviceError``, ``OSError``.
        """
        recording = await (self.recordings.start(role) if on else self.recordings.stop(role))
        await self.note(session, "record", role=role, on=int(on))
        return recording

    async def maintain(self, session: Session, on: bool) -> VendorMode:
        """Close the terminal for maintenance, or open it again."""
        mode = self.maintenance.set(on)
        await self.note(session, "maintenance", on=int(on))
        return mode

    async def _write(self, kind: AuditKind, actor: str, details: Mapping[str, str | int]) -> None:
        await asyncio.to_thread(self.audit.append, Entry(kind, details, actor=actor))


@asynccontextmanager
async def workbench(
    terminal: Terminal,
    devices: Devices,
    audit: AuditLog,
    found: Found,
    *,
    run_dir: Path,
    config: Path,
    stagehand: Stagehand | None,
    maintenance: Maintenance,
    door: Door,
) -> AsyncIterator[Workbench]:
    """Bind the devices as their newest version says, and keep the tools while the block lasts.

    ``door`` is set as that version says; it opens when it is tended.

    Raises ``OSError``.
    """

    def changed(version: Version) -> None:
        if version.author == AUTOMATIC:
            details: dict[str, str | int] = {"act": "taken-back", "version": version.number}
            audit.append(Entry(AuditKind.UPKEEP, details, actor=AUTOMATIC))

    with _accounts(run_dir) as accounts:
        sessions = Sessions(accounts)
        store = binding_store(run_dir, virtual=stagehand is not None)
        binder = Binder(
            store,
            devices,
            {**found.devices, INTEROP: as_binding(terminal.front.settings.interop)},
            found.reach,
            on_change=changed,
            quiet=lambda: terminal.quiet,
            attached={INTEROP: InteropSwitch(door)},
        )
        await binder.start()
        console = sessions.begin_console(run_dir)
        judging = asyncio.create_task(binder.run())
        try:
            yield Workbench(
                terminal,
                devices,
                audit,
                accounts,
                sessions,
                binder,
                DriverCatalogue(),
                maintenance,
                door,
                Trials(devices, run_dir / "tests", terminal.front.settings.id, _now),
                Recordings(devices, run_dir / "recordings"),
                Rehearsals(config, run_dir),
                found,
                stagehand,
            )
        finally:
            console.unlink(missing_ok=True)
            judging.cancel()
            await asyncio.gather(judging, return_exceptions=True)


def _now() -> datetime:
    return datetime.now(LOCAL)


@contextlib.contextmanager
def _accounts(run_dir: Path) -> Iterator[AccountBook | None]:
    """The accounts; without them the terminal serves citizens all the same."""
    try:
        book = account_book(run_dir)
    except StoreError as trouble:
        log.error("accounts cannot be used", code=trouble.code)  # noqa: TRY400 - the code says it all
        yield None
        return
    with contextlib.closing(book):
        yield book
