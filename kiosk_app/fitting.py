"""Fits a terminal out behind its first screen: records, devices, register, recovery."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import UTC, datetime

import structlog

from drivers.errors import DeviceError
from kiosk_app.api.guard import Rules
from kiosk_app.audit import AuditKind, AuditLog, Entry
from kiosk_app.connectors.alarms import Alarm
from kiosk_app.desk import Parts
from kiosk_app.desk.copy_maker import CopyMaker
from kiosk_app.devices import PRINTER, SPEAKER, Devices
from kiosk_app.documents.workshop import FileInspector, PaperWorkshop
from kiosk_app.guidance import Guidance
from kiosk_app.health.roll_up import Health
from kiosk_app.interop.door import Door
from kiosk_app.interop.hooks import Record
from kiosk_app.issuing.errors import IssuingError
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.states import IN_FLIGHT
from kiosk_app.offices import office_paths, open_audit, open_office, signing_key, trusted
from kiosk_app.options import GOODBYE_S, Options
from kiosk_app.power import PowerWatch
from kiosk_app.procedures import templates
from kiosk_app.records import StoreError
from kiosk_app.running import Running
from kiosk_app.settings import Settings
from kiosk_app.stagehand import RecordFaults, Stagehand, damage
from kiosk_app.surroundings import (
    HOUSING_REGISTER,
    Found,
    RealSurroundings,
    Surroundings,
    VirtualSurroundings,
)
from kiosk_app.verification import Verifier
from kiosk_app.voice import Voice
from kiosk_app.workbench.bench import Workbench, workbench
from kiosk_app.workbench.maintenance import Maintenance

log = structlog.get_logger(__name__)
PRINTER_STARTS_S = 10.0
"""How long a printer may take to start before an interrupted copy is settled without it."""


async def fit_out(running: Running, options: Options) -> None:
    """Put everything in place, settle what an interruption left, open, and stay until cancelled.

    ``running.ready`` gets the notice for whoever started the terminal, or what kept it from
    opening, which is raised too.
    """
    try:
        async with AsyncExitStack() as stack:
            try:
                await _furnish(stack, running, options)
                await asyncio.Event().wait()
            finally:
                running.withdraw()
    except Exception as problem:
        if not running.ready.done():
            running.ready.set_exception(problem)
        raise


async def _furnish(stack: AsyncExitStack, running: Running, options: Options) -> None:
    """Build and open everything; ``stack`` closes it again."""
    audit = stack.enter_context(contextlib.closing(open_audit(running.settings)))
    if options.damage_journal:
        damage(office_paths(running.settings).journal)
    office = _open_office(running.settings, audit)
    if office is not None:
        stack.push_async_callback(_close, office)
    parts = _parts(running, options, audit, office)
    stack.push_async_callback(parts.workshop.close)
    surroundings = _surroundings(running, options, office)
    found = await stack.enter_async_context(surroundings.present(_alarm(audit)))
    stack.push_async_callback(_give_back, parts)
    running.workbench = await stack.enter_async_context(_bench(running, parts, found))
    await _open(running, parts, found)
    power = _power(running, parts)
    stack.enter_context(parts.devices.slot("ups").listening(power.hear))
    for follower in (_watch(running, parts), *_guides(running, parts), power):
        stack.callback(asyncio.create_task(follower.run()).cancel)
    await stack.enter_async_context(running.workbench.door.tended())
    running.ready.set_result(found.notice)


def _open_office(settings: Settings, audit: AuditLog) -> IssuingOffice | None:
    """The office, or ``None`` when its records cannot be trusted: then nothing is issued."""
    try:
        return open_office(settings, audit)
    except (StoreError, IssuingError) as trouble:
        log.error("records cannot be used", code=trouble.code)  # noqa: TRY400 - the code says it all
        return None


def _parts(
    running: Running, options: Options, audit: AuditLog, office: IssuingOffice | None
) -> Parts:
    front = running.terminal.front
    workshop = PaperWorkshop(options.config, signing_key(running.settings))
    paths = templates(running.terminal.services.values())
    return Parts(
        texts=front.texts,
        hall=front.hall,
        terminal=front.settings,
        devices=Devices(),
        registers={},
        office=office,
        workshop=workshop,
        maker=CopyMaker(workshop, paths, options.papers),
        occasion=options.occasion,
        audit=audit,
        now=lambda: datetime.now(UTC),
    )


def _surroundings(running: Running, options: Options, office: IssuingOffice | None) -> Surroundings:
    """What the terminal stands among; gives ``running`` the hands and the judge that go with it."""
    if office is not None:
        running.verifier = Verifier(FileInspector(trusted(running.settings)), office)
    if not options.virtual:
        return RealSurroundings(running.settings)
    virtual = VirtualSurroundings(
        running.settings, options.devices, rehearsal=bool(options.occasion)
    )
    records = RecordFaults(office) if office is not None else None
    running.stagehand = Stagehand(virtual.room, virtual.register, records)
    return virtual


def _alarm(audit: AuditLog) -> Callable[[Alarm], None]:
    def alarm(raised: Alarm) -> None:
        log.error("alarm", connector=raised.connector, kind=str(raised.kind), act=raised.act)
        details = {"connector": raised.connector, "kind": str(raised.kind), "act": raised.act}
        audit.append(Entry(AuditKind.ALARM, details))

    return alarm


async def _open(running: Running, parts: Parts, found: Found) -> None:
    parts.registers.update(found.registers)
    await _recover(parts)
    running.terminal.on_wipe(parts.devices.leave_cards)
    running.terminal.open(parts)


def _bench(running: Running, parts: Parts, found: Found) -> AbstractAsyncContextManager[Workbench]:
    """The devices, bound as their newest version says, and the tools to change that."""
    terminal, maintenance = running.terminal, Maintenance(running.terminal)
    rules = Rules(running.address.url, running.address.token)
    return workbench(
        running.terminal,
        parts.devices,
        parts.audit,
        found,
        run_dir=running.settings.run_dir,
        config=running.settings.config,
        stagehand=running.stagehand,
        maintenance=maintenance,
        # A citizen's devices are not lent.
        door=Door(
            rules,
            parts.devices,
            lambda role: not terminal.quiet,
            maintenance,
            _recorder(parts.audit),
        ),
    )


def _recorder(audit: AuditLog) -> Record:
    """What other programs were handed, for the audit log."""

    async def record(service: str, command: str) -> None:
        details = {"service": service, "command": command}
        await asyncio.to_thread(audit.append, Entry(AuditKind.INTEROP, details))

    return record


def _watch(running: Running, parts: Parts) -> Health:
    """The terminal's health, looked at from now on."""
    terminal = running.terminal
    memory = running.settings.run_dir / "records" / "supplies.json"
    hours = running.settings.hall.hours
    health = Health(parts.devices, terminal.obstacles, parts.terminal.supplies, memory, hours)
    terminal.on_finished(lambda finished: health.journey_over(str(finished.report.outcome)))
    terminal.sheets_left = health.sheets_left
    running.health = health
    return health


def _guides(running: Running, parts: Parts) -> tuple[Guidance, Voice]:
    """Lights and sounds that follow the screen."""
    stage, slot = running.terminal.stage, parts.devices.slot
    return Guidance(stage, slot("lights")), Voice(stage, slot(SPEAKER))


def _power(running: Running, parts: Parts) -> PowerWatch:
    """What closes the terminal while the power is out, and ends it before the battery is empty."""
    return PowerWatch(running.terminal, running.over.set, parts.devices.slot("ups").status)


async def _give_back(parts: Parts) -> None:
    """Follow what has begun for a moment, then give the devices back."""
    if parts.office is not None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(parts.office.quiesce(), GOODBYE_S)
    await parts.devices.release()


async def _close(office: IssuingOffice) -> None:
    """Give the records back; what could not be followed to its end, the next start settles."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(office.quiesce(), GOODBYE_S)
    office.close()


async def _recover(parts: Parts) -> None:
    """Settle what an interruption left, as far as register and printer are there to be asked."""
    if parts.office is None:
        return
    if await parts.office.copies(IN_FLIGHT):
        # What a printer that still starts cannot say would count as unknown, and wait for staff.
        with contextlib.suppress(DeviceError):
            await parts.devices.ready(PRINTER, PRINTER_STARTS_S)
    report = await parts.office.recover(parts.registers[HOUSING_REGISTER], parts.devices.printer)
    if report.items:
        log.warning(
            "recovered",
            items=len(report.items),
            needs_staff=len(report.needs_staff),
            without_word=len(report.without_word),
        )
