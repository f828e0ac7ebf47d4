"""The local service: all routes behind one guard. Nothing but translation to and from the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from kiosk_app.api.citizen import citizen_routes
from kiosk_app.api.guard import TECHNICIAN, Guard, Rules
from kiosk_app.api.metrics import metrics_routes
from kiosk_app.api.mishaps import handle_mishaps
from kiosk_app.api.pages import page_routes
from kiosk_app.api.texts import PageTexts
from kiosk_app.api.verify import verify_routes
from kiosk_app.terminal import Terminal

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health
    from kiosk_app.stagehand import Stagehand
    from kiosk_app.verification import Verifier
    from kiosk_app.workbench.bench import Workbench

PAGES = ("page", "verify", "verdict")
REHEARSAL_PAGE = "rehearsal"


@dataclass(frozen=True, slots=True)
class Backstage:
    """What the routes translate to.

    ``verifier`` gives ``None`` while the records cannot be asked, ``stagehand`` while the virtual
    hardware is not there; without ``virtual`` its routes do not exist. ``workbench`` and ``health``
    give ``None`` until the devices are there.
    """

    terminal: Terminal
    verifier: Callable[[], Verifier | None]
    texts: Path
    pages: Path
    virtual: bool
    stagehand: Callable[[], Stagehand | None]
    health: Callable[[], Health | None]
    workbench: Callable[[], Workbench | None]


def create_service(backstage: Backstage, rules: Rules) -> ASGIApp:
    """The ASGI application. Raises ``PagesNotBuilt``, ``TextsError``."""
    virtual = backstage.virtual
    texts = PageTexts(backstage.texts, (*PAGES, REHEARSAL_PAGE) if virtual else PAGES)
    app = FastAPI(title="Yimen terminal", docs_url=None, redoc_url=None, openapi_url=None)
    handle_mishaps(app)
    terminal = backstage.terminal
    app.include_router(citizen_routes(terminal, texts, virtual))
    app.include_router(verify_routes(backstage.verifier, texts))
    if virtual:
        from kiosk_app.api.virtual import handle_room, virtual_routes

        handle_room(app)
        app.include_router(virtual_routes(backstage.stagehand, texts))
    app.include_router(metrics_routes(backstage.health))
    app.mount(TECHNICIAN, _WhenAsked(lambda: _technician(backstage)))
    app.include_router(page_routes(backstage.pages, virtual=virtual))
    return Guard(app, rules)


class _WhenAsked:
    """An application that is built at the first request: a citizen's first screen waits for
    nothing that only a technician needs."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = self._build()
        await self._app(scope, receive, send)


def _technician(backstage: Backstage) -> ASGIApp:
    from kiosk_app.api.technician import technician_app

    return technician_app(
        backstage.terminal, backstage.workbench, backstage.health, backstage.texts
    )
