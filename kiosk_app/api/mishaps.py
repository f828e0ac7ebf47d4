"""What is answered when a request is not understood, or fails: no word of what was sent."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse

log = structlog.get_logger(__name__)


def handle_mishaps(app: FastAPI) -> None:
    """Answer 422 and 500 in our own words."""
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(Exception, _failed)


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
