"""The composition root: builds the terminal from its settings, first screen first.

What the first screen needs is built here. Devices, register and records follow behind it
(``kiosk_app.fitting``), and until they are there the screen says that the terminal gets ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
import uvicorn

from drivers.errors import DeviceError
from kiosk_app.api.guard import Rules
from kiosk_app.api.pages import PagesNotBuilt
from kiosk_app.api.service import Backstage, create_service
from kiosk_app.catalogue.services import load_services
from kiosk_app.documents.errors import DocumentError
from kiosk_app.instance import Address
from kiosk_app.options import GOODBYE_S, Options, SurroundingsFailed
from kiosk_app.privacy.wipe import Residue
from kiosk_app.procedures import KINDS
from kiosk_app.records import StoreError
from kiosk_app.running import Running
from kiosk_app.settings import Settings, SettingsError, load_settings, spool_folder
from kiosk_app.terminal import Front, Terminal
from kiosk_app.texts import Texts, TextsError

log = structlog.get_logger(__name__)
SCREEN_FIRST_S = 1.0
"""How long a page is waited for before the rest is fetched, which takes the processor."""


class PortUnusable(Exception):
    """The port cannot be listened at; the message says why and what to do."""


EXPECTED = (
    PortUnusable,
    SettingsError,
    TextsError,
    PagesNotBuilt,
    StoreError,
    DocumentError,
    DeviceError,
    SurroundingsFailed,
    OSError,
)
"""What may keep a terminal from starting; each says what to do about it."""


@asynccontextmanager
async def terminal(options: Options) -> AsyncIterator[Running]:
    """Run a terminal while the block lasts; afterwards nothing of it runs any more.

    Raises ``SettingsError``, ``TextsError``, ``PagesNotBuilt``, ``PortUnusable``.
    """
    settings = settings_for(options)
    options.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(_listen(options.port))
        address = Address(
            url=f"http://127.0.0.1:{listener.getsockname()[1]}",
            token=secrets.token_urlsafe(24),
            pid=os.getpid(),
        )
        built = _terminal(settings, options)
        ready: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        running = Running(address, built, settings, ready)
        server = _server(running, options)
        await stack.enter_async_context(_serving(server, listener, built))
        await stack.enter_async_context(_background(_fit_out(running, options)))
        await stack.enter_async_context(_background(built.run()))
        yield running


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        why = (
            "is taken by another program"
            if error.errno == errno.EADDRINUSE
            else f"cannot be used ({os.strerror(error.errno or 0)})"
        )
        raise PortUnusable(f"port {port} {why}; choose another with --port") from None


def settings_for(options: Options) -> Settings:
    """The settings as a run wants them. Raises ``SettingsError``.

    With virtual devices papers are sealed by the development key, whatever the site's own: anybody
    can lay a made-up citizen's card on a virtual reader, and that must never make a valid paper.
    """
    settings = load_settings(options.config, options.run_dir)
    own: dict[str, object] = {}
    if options.timers is not None:
        own["timers"] = options.timers
    if options.virtual:
        own["signing"] = settings.terminal.signing.model_copy(update={"key": None})
    terminal_settings = settings.terminal.model_copy(update=own)
    return settings.model_copy(update={"terminal": terminal_settings})


def _terminal(settings: Settings, options: Options) -> Terminal:
    front = Front(
        texts=Texts.load(options.config / "texts" / "journey"),
        hall=settings.hall,
        settings=settings.terminal,
    )
    services = load_services(options.config / "services", KINDS)
    return Terminal(front, services, Residue([spool_folder(settings)]))


def _server(running: Running, options: Options) -> uvicorn.Server:
    backstage = Backstage(
        terminal=running.terminal,
        verifier=lambda: running.verifier,
        texts=options.config / "texts",
        pages=options.pages,
        virtual=options.virtual,
        stagehand=lambda: running.stagehand,
        health=lambda: running.health,
        workbench=lambda: running.workbench,
    )
    app = create_service(backstage, Rules(running.address.url, running.address.token))
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


async def _fit_out(running: Running, options: Options) -> None:
    """Fetch the rest when the first screen is out."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(running.terminal.stage.seen.wait(), SCREEN_FIRST_S)
    fitting = await asyncio.to_thread(_fetch_fitting)
    await fitting.fit_out(running, options)


def _fetch_fitting() -> Any:
    from kiosk_app import fitting

    return fitting
