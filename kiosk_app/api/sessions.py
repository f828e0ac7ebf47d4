"""Logging in and out, and what each session may ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from math import ceil
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from starlette.responses import JSONResponse

from kiosk_app.accounts.book import Locked, Refused
from kiosk_app.accounts.roles import Right
from kiosk_app.accounts.sessions import LONGEST_S, Session
from kiosk_app.api.guard import SESSION_HEADER
from kiosk_app.api.technician_models import LoginAnswer, LoginRequest
from kiosk_app.records import StoreError
from kiosk_app.workbench.bench import AccountsClosed, Workbench

Bench = Callable[[], Workbench]
LOOK_S = 0.8
"""How often a stream looks whether its reader is still logged in, and the terminal still there; a
terminal that stops gives its streams a second."""


class NotThere(HTTPException):
    """503: the devices are not there yet, or not any more."""

    def __init__(self) -> None:
        super().__init__(503, "the terminal is getting ready, or stops")


class _Needing:
    """A dependency that gives the session, if it has this right: else 401 or 403."""

    def __init__(self, right: Right) -> None:
        self._right = right

    async def __call__(
        self, request: Request, x_yimen_session: str = Header(default="", max_length=128)
    ) -> Session:
        bench: Bench = request.app.state.bench
        found = bench().sessions.of(x_yimen_session)
        if found is None:
            raise HTTPException(401, "log in first")
        if not found.may(self._right):
            raise HTTPException(403, "this account may not do that")
        return found


Looking = Annotated[Session, Depends(_Needing(Right.LOOK))]
Clearing = Annotated[Session, Depends(_Needing(Right.CLEAR))]
Working = Annotated[Session, Depends(_Needing(Right.WORK))]
Governing = Annotated[Session, Depends(_Needing(Right.GOVERN))]
"""Who asks, with the right to look, to clear, to change, to decide who else may. The application's
state holds ``bench``."""


Token = Annotated[str, Header(alias=SESSION_HEADER, max_length=128)]
"""The session's token itself, where a dependency has judged it."""
T = TypeVar("T")


async def while_logged_in(bench: Bench, token: str, stream: AsyncIterator[T]) -> AsyncIterator[T]:
    """What a stream gives, until the session of whoever reads it has ended, or the terminal."""
    coming: asyncio.Future[T] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(stream))
            await asyncio.wait((coming,), timeout=LOOK_S)
            if not bench().sessions.lasts(token):
                return
            if coming.done():
                value, coming = await coming, None
                yield value
    except (StopAsyncIteration, NotThere):
        return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def session_routes(bench: Bench) -> APIRouter:
    """``login`` and ``logout``."""
    routes = APIRouter()

    @routes.post("/login")
    async def login(request: LoginRequest) -> Any:
        """Open a session. What is wrong is not told."""
        try:
            token, who = await bench().log_in(request.name, request.password, request.code)
        except Refused:
            return JSONResponse({"error": "refused"}, 401)
        except Locked as locked:
            return JSONResponse({"error": "locked", "seconds": ceil(locked.seconds)}, 429)
        except (AccountsClosed, StoreError):
            raise HTTPException(503, "the accounts cannot be used now") from None
        return LoginAnswer(session=token, name=who.name, role=who.role, seconds=int(LONGEST_S))

    @routes.post("/logout", status_code=204)
    async def logout(x_yimen_session: str = Header(default="", max_length=128)) -> None:
        """End the session."""
        found = bench().sessions.of(x_yimen_session)
        if found is not None:
            await bench().log_out(x_yimen_session, found)

    return routes
