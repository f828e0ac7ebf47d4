"""What the citizen's page asks: frames down, answers up."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, HTTPException, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from kiosk_app.answers import Answer, Wiped
from kiosk_app.api.texts import PageTexts
from kiosk_app.api.words import Words
from kiosk_app.screens import PageInfo
from kiosk_app.terminal import Terminal


class Accepted(BaseModel):
    """Whether an answer fitted the screen that is shown. ``False`` is no error: it came late."""

    accepted: bool


class SearchRequest(BaseModel):
    """Words in any wording: a name, a daily word, Pinyin or its initials."""

    text: str = Field(max_length=64)


class SearchResult(BaseModel):
    """Services that fit, best first."""

    services: list[str]


class PinyinRequest(BaseModel):
    """Pinyin as typed."""

    pinyin: str = Field(max_length=64, pattern=r"^[a-z']*$")


class Candidates(BaseModel):
    """Words for what was typed, best first."""

    candidates: list[str]


def citizen_routes(terminal: Terminal, texts: PageTexts, virtual: bool) -> APIRouter:
    """The routes below ``/api/citizen``."""
    routes = APIRouter(prefix="/api/citizen", tags=["citizen"])
    front = terminal.front
    routes.include_router(_word_routes(terminal))

    @routes.get("/page")
    async def page() -> PageInfo:
        """What the page needs once."""
        return PageInfo(
            hall=front.hall.name,
            terminal=front.settings.name,
            phone=front.hall.phone,
            mm_per_px=front.settings.screen.mm_per_px,
            virtual=virtual,
            texts=texts.of("page"),
        )

    @routes.get("/frames", response_class=EventSourceResponse)
    async def frames() -> AsyncIterator[ServerSentEvent]:
        """The present frame, and each newer one, as server-sent events."""
        async for frame in terminal.stage.frames():
            yield ServerSentEvent(raw_data=frame.model_dump_json(), event="frame")

    @routes.post("/answers")
    async def answer(answer: Answer) -> Accepted:
        """One answer to the screen that it names."""
        return Accepted(accepted=terminal.accept(answer))

    @routes.post("/wiped", status_code=204)
    async def wiped(proof: Wiped) -> None:
        """The page's proof after a journey."""
        terminal.page_wiped(proof)

    @routes.post("/heartbeat", status_code=204)
    async def heartbeat() -> None:
        """The page is drawing."""
        terminal.page_seen = time.monotonic()

    @routes.get("/pictures/{name}")
    async def picture(name: str) -> Response:
        """A picture of the present journey; gone with it."""
        png = terminal.picture(name)
        if png is None:
            raise HTTPException(404, "there is no such picture now")
        return Response(png, media_type="image/png")

    return routes


def _word_routes(terminal: Terminal) -> APIRouter:
    """Search and input."""
    routes = APIRouter()
    words = Words(terminal.services)
    terminal.on_wipe(words.forget)

    @routes.post("/search")
    async def search(request: SearchRequest) -> SearchResult:
        """Services by any wording."""
        return SearchResult(services=await words.services(request.text))

    @routes.post("/candidates")
    async def candidates(request: PinyinRequest) -> Candidates:
        """Characters for Pinyin; none where the machine has no input method."""
        return Candidates(candidates=await words.candidates(request.pinyin))

    return routes
