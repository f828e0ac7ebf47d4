"""The composition root: the one place that builds the terminal from its settings.

The first screen is served before any device is there. Devices, register and recovery follow, and
until they are there the screen says that the terminal gets ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from drivers.errors import DeviceError
from drivers.virtual.room import RoomFailed
from kiosk_app.api.guard import Rules
from kiosk_app.api.pages import PagesNotBuilt
from kiosk_app.api.service import Backstage, create_service
from kiosk_app.audit import AuditKind, AuditLog, Entry
from kiosk_app.catalogue.services import load_services
from kiosk_app.connectors.alarms import Alarm
from kiosk_app.connectors.housing_register.reference_process import ReferenceProcessError
from kiosk_app.desk import CopyMaker, Parts
from kiosk_app.devices import PRINTER, Devices
from kiosk_app.documents.errors import DocumentError
from kiosk_app.documents.workshop import FileInspector, PaperWorkshop
from kiosk_app.instance import Address
from kiosk_app.issuing.errors import IssuingError
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.states import IN_FLIGHT
from kiosk_app.offices import (
    office_paths,
    open_audit,
    open_office,
    signing_key,
    spool_folder,
    trusted,
)
from kiosk_app.privacy.wipe import Residue
from kiosk_app.procedures import KINDS, PROCEDURES, templates
from kiosk_app.records import StoreError
from kiosk_app.settings import Settings, SettingsError, Timers, load_settings
from kiosk_app.stagehand import RecordFaults, Stagehand, damage
from kiosk_app.surroundings import (
    HOUSING_REGISTER,
    RealSurroundings,
    Surroundings,
    VirtualSurroundings,
)
from kiosk_app.terminal import Terminal
from kiosk_app.texts import Texts, TextsError
from kiosk_app.verification import Verifier

log = structlog.get_logger(__name__)
GOODBYE_S = 3.0
"""How long each part of what is under way may take to end."""
PRINTER_STARTS_S = 15.0
"""How long a recovery waits for a printer that holds the answer about a sheet."""
ROOT = Path(__file__).parents[1]


EXPECTED = (
    SettingsError,
    TextsError,
    PagesNotBuilt,
    StoreError,
    DocumentError,
    DeviceError,
    RoomFailed,
    ReferenceProcessError,
    OSError,
)
"""What may keep a terminal from starting; each says what to do about it."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. ``port`` 0: any free one.

    The rest is for rehearsals: other ``timers``; where ``papers`` are kept; an ``occasion`` that
    tells one rehearsal's documents from another's; whether the journal is damaged before the start.
    """

    config: Path = ROOT / "config"
    run_dir: Path = ROOT / ".run"
    pages: Path = ROOT / "web" / "dist"
    virtual: bool = False
    port: int = 0
    timers: Timers | None = None
    papers: Path | None = None
    occasion: str = ""
    damage_journal: bool = False


@dataclass(slots=True)
class Running:
    """A terminal that serves its page.

    ``ready`` is done when devices and register are there; it raises what kept them away.
    """

    address: Address
    terminal: Terminal
    settings: Settings
    stagehand: Stagehand | None
    ready: asyncio.Future[str | None] = field(repr=False)


@asynccontextmanager
async def terminal(options: Options) -> AsyncIterator[Running]:
    """Run a terminal while the block lasts; afterwards nothing of it runs any more.

    Raises ``SettingsError``, ``TextsError``, ``PagesNotBuilt``, ``StoreError`` for the audit log,
    ``OSError`` for the port.
    """
    settings = _settings(options)
    options.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", options.port)))
        address = Address(
            url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            token=secrets.token_urlsafe(24),
            pid=os.getpid(),
        )
        audit = stack.enter_context(contextlib.closing(open_audit(settings)))
        if options.damage_journal:
            damage(office_paths(settings).journal)
        office = _open_office(settings, audit)
        if office is not None:
            stack.push_async_callback(_close, office)
        built = _terminal(settings, options, audit, office)
        stack.push_async_callback(built.parts.workshop.close)
        surroundings, stagehand = _surroundings(settings, options, office)
        server = _server(built, settings, options, address, stagehand)
        await stack.enter_async_context(_serving(server, listener, built))
        ready: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        await stack.enter_async_context(_background(_fit_out(surroundings, built, ready)))
        await stack.enter_async_context(_background(built.run()))
        yield Running(address, built, settings, stagehand, ready)


def _settings(options: Options) -> Settings:
    settings = load_settings(options.config, options.run_dir)
    if options.timers is None:
        return settings
    terminal_settings = settings.terminal.model_copy(update={"timers": options.timers})
    return settings.model_copy(update={"terminal": terminal_settings})


def _open_office(settings: Settings, audit: AuditLog) -> IssuingOffice | None:
    """The office, or ``None`` when its records cannot be trusted: then nothing is issued."""
    try:
        return open_office(settings, audit)
    except (StoreError, IssuingError) as trouble:
        log.error("records cannot be used", code=trouble.code)  # noqa: TRY400 - the code says it all
        return None


async def _close(office: IssuingOffice) -> None:
    """Follow what has begun for a moment, then give the records back; the next start settles the
    rest."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(office.quiesce(), GOODBYE_S)
    office.close()


def _terminal(
    settings: Settings, options: Options, audit: AuditLog, office: IssuingOffice | None
) -> Terminal:
    services = load_services(options.config / "services", KINDS)
    workshop = PaperWorkshop(options.config, signing_key(settings))
    parts = Parts(
        texts=Texts.load(options.config / "texts" / "journey"),
        hall=settings.hall,
        terminal=settings.terminal,
        devices=Devices(),
        registers={},
        office=office,
        workshop=workshop,
        maker=CopyMaker(workshop, templates(services.values()), options.papers),
        occasion=options.occasion,
        audit=audit,
        now=lambda: datetime.now(UTC),
    )
    return Terminal(parts, services, PROCEDURES, Residue([spool_folder(settings)]))


def _surroundings(
    settings: Settings, options: Options, office: IssuingOffice | None
) -> tuple[Surroundings, Stagehand | None]:
    if not options.virtual:
        return RealSurroundings(settings), None
    virtual = VirtualSurroundings(settings)
    records = RecordFaults(office) if office is not None else None
    return virtual, Stagehand(virtual.room, virtual.register, records)


def _server(
    built: Terminal,
    settings: Settings,
    options: Options,
    address: Address,
    stagehand: Stagehand | None,
) -> uvicorn.Server:
    office = built.parts.office
    inspector = FileInspector(trusted(settings))
    backstage = Backstage(
        terminal=built,
        verifier=Verifier(inspector, office) if office is not None else None,
        texts=options.config / "texts",
        pages=options.pages,
        stagehand=stagehand,
    )
    app = create_service(backstage, Rules(address.url, address.token))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # Signals belong to the command line, which has more to stop than this server.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server


@asynccontextmanager
async def _serving(
    server: uvicorn.Server, listener: socket.socket, built: Terminal
) -> AsyncIterator[None]:
    """Answer requests while the block lasts; then let the pages' streams end by themselves."""
    async with _background(server.serve([listener])) as serving:
        try:
            yield
        finally:
            built.stage.close()
            server.should_exit = True
            await asyncio.wait((serving,), timeout=GOODBYE_S)


@asynccontextmanager
async def _background(
    work: Coroutine[Any, Any, object],
) -> AsyncIterator[asyncio.Task[object]]:
    """Run something while the block lasts; its failure ends the block."""
    task = asyncio.create_task(work)
    outer = asyncio.current_task()

    def ended(done: asyncio.Task[object]) -> None:
        if not done.cancelled() and done.exception() is not None and outer is not None:
            log.error("the terminal stops", kind=type(done.exception()).__name__)
            outer.cancel()

    task.add_done_callback(ended)
    try:
        yield task
    finally:
        task.remove_done_callback(ended)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _fit_out(
    surroundings: Surroundings, built: Terminal, ready: asyncio.Future[str | None]
) -> None:
    """Put devices and register in place, settle what an interruption left, and open."""
    parts = built.parts

    def alarm(raised: Alarm) -> None:
        log.error("alarm", connector=raised.connector, kind=str(raised.kind), act=raised.act)
        details = {"connector": raised.connector, "kind": str(raised.kind), "act": raised.act}
        parts.audit.append(Entry(AuditKind.ALARM, details))

    try:
        async with surroundings.present(alarm) as found:
            parts.registers.update(found.registers)
            for role, (driver, own) in found.devices.items():
                await parts.devices.bind(role, driver, own)
            try:
                await _recover(parts)
                built.open()
                ready.set_result(found.notice)
                await asyncio.Event().wait()
            finally:
                if parts.office is not None:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(parts.office.quiesce(), GOODBYE_S)
                await parts.devices.release()
    except Exception as problem:
        if not ready.done():
            ready.set_exception(problem)
        raise


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
