"""The local service: all routes behind one guard. Nothing but translation to and from the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from kiosk_app.api.citizen import citizen_routes
from kiosk_app.api.guard import Guard, Rules
from kiosk_app.api.metrics import metrics_routes
from kiosk_app.api.pages import page_routes
from kiosk_app.api.texts import PageTexts
from kiosk_app.api.verify import verify_routes
from kiosk_app.terminal import Terminal

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health
    from kiosk_app.stagehand import Stagehand
    from kiosk_app.verification import Verifier

log = structlog.get_logger(__name__)
PAGES = ("page", "verify", "verdict")
REHEARSAL_PAGE = "rehearsal"


@dataclass(frozen=True, slots=True)
class Backstage:
    """What the routes translate to.

    ``verifier`` gives ``None`` while the records cannot be asked, ``stagehand`` while the virtual
    hardware is not there; without ``virtual`` its routes do not exist.
    """

    terminal: Terminal
    verifier: Callable[[], Verifier | None]
    texts: Path
    pages: Path
    virtual: bool
    stagehand: Callable[[], Stagehand | None]
    health: Callable[[], Health | None]


def create_service(backstage: Backstage, rules: Rules) -> ASGIApp:
    """The ASGI application. Raises ``PagesNotBuilt``, ``TextsError``."""
    virtual = backstage.virtual
    texts = PageTexts(backstage.texts, (*PAGES, REHEARSAL_PAGE) if virtual else PAGES)
    app = FastAPI(title="Yimen terminal", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(Exception, _failed)
    terminal = backstage.terminal
    app.include_router(citizen_routes(terminal, texts, virtual))
    app.include_router(verify_routes(backstage.verifier, texts))
    if virtual:
        from kiosk_app.api.virtual import virtual_routes

        app.include_router(virtual_routes(backstage.stagehand, texts))
    app.include_router(metrics_routes(backstage.health))
    app.include_router(page_routes(backstage.pages, virtual=virtual))
    return Guard(app, rules)


async def _not_understood(request: Request, error: Exception) -> JSONResponse:
    """Name the places that are wrong, and never repeat what was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    places = sorted({".".join(map(str, _known(each))) for each in error.errors()})
    return JSONResponse({"error": "not understood", "places": places}, 422)


def _known(mistake: dict[str, Any]) -> tuple[str | int, ...]:
    """The place of a mistake, without the name of a field that is none of ours."""
    place: tuple[str | int, ...] = mistake["loc"]
    return place[:-1] if mistake["type"] == "extra_forbidden" else place


async def _failed(request: Request, error: Exception) -> JSONResponse:
    """Say that it failed, and nothing of how; the log has it."""
    log.error("request failed", path=request.url.path, kind=type(error).__name__)
    return JSONResponse({"error": "internal"}, 500)
