"""The rehearsal page: the drawer of cards, the tray of papers, the fault switches.

These routes exist only with virtual hardware.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from drivers.virtual.control import ControlError, RoomUnreachable
from kiosk_app.api.texts import PageTexts
from kiosk_app.privacy.masking import mask_id_number
from kiosk_app.texts import Text

if TYPE_CHECKING:
    from kiosk_app.stagehand import Stagehand


class ResidentCard(BaseModel):
    """One card of the drawer; its person is made up."""

    number: int
    slug: str
    name: str
    id_number_masked: str
    kind: str
    note: Text


class FaultChoice(BaseModel):
    """One switch."""

    name: str
    device: str
    title: Text


class RehearsalInfo(BaseModel):
    """What the rehearsal page needs once."""

    texts: dict[str, Text]
    residents: list[ResidentCard]
    faults: list[FaultChoice]


class FaultRequest(BaseModel):
    """Turn one switch."""

    name: str = Field(max_length=64)
    on: bool


class ActRequest(BaseModel):
    """Do with a device what a person would do."""

    role: str = Field(max_length=64)
    action: str = Field(max_length=64)
    arguments: dict[str, Any] = Field(default_factory=dict, max_length=8)


def virtual_routes(stagehand: Callable[[], Stagehand | None], texts: PageTexts) -> APIRouter:
    """The routes below ``/api/virtual``."""
    routes = APIRouter(prefix="/api/virtual", tags=["virtual hardware"])
    words = texts.of("rehearsal")

    hand = _hand(stagehand)

    @routes.get("/page")
    async def page() -> RehearsalInfo:
        """Cards and switches."""
        return _info(words, await hand().switches())

    @routes.get("/state")
    async def state() -> dict[str, Any]:
        """What a person standing before the devices sees."""
        return await hand().state()

    @routes.post("/fault", status_code=204)
    async def fault(request: FaultRequest) -> None:
        """Turn a switch."""
        try:
            await hand().set_fault(request.name, request.on)
        except KeyError:
            raise HTTPException(404, "there is no such fault") from None
        except ControlError as error:
            raise HTTPException(409, str(error)) from None

    @routes.post("/act")
    async def act(request: ActRequest) -> dict[str, Any]:
        """Place or take a card, take a sheet."""
        try:
            return await hand().act(request.role, request.action, request.arguments)
        except (KeyError, ValueError, ControlError) as error:
            raise HTTPException(409, f"that cannot be done: {error}") from None

    @routes.get("/sheets/{sheet}.png")
    async def sheet(sheet: str) -> Response:
        """The picture of a printed sheet."""
        path = await hand().sheet(sheet)
        if path is None:
            raise HTTPException(404, "there is no such sheet")
        return Response(await asyncio.to_thread(path.read_bytes), media_type="image/png")

    return routes


def handle_room(app: FastAPI) -> None:
    """Answer 503 while the room of virtual devices starts or stops: no fault of the service."""

    async def answer(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"error": "room-unreachable"}, 503)

    app.add_exception_handler(RoomUnreachable, answer)


def _hand(stagehand: Callable[[], Stagehand | None]) -> Callable[[], Stagehand]:
    def hand() -> Stagehand:
        now = stagehand()
        if now is None:
            raise HTTPException(503, "the virtual hardware is not there yet")
        return now

    return hand


def _info(words: dict[str, Text], switches: list[tuple[str, str]]) -> RehearsalInfo:
    from drivers.virtual.residents import RESIDENTS

    return RehearsalInfo(
        texts=words,
        residents=[
            ResidentCard(
                number=resident.number,
                slug=resident.slug,
                name=resident.name,
                id_number_masked=mask_id_number(resident.id_number),
                kind=str(resident.kind),
                note=words[f"note.{resident.note}"],
            )
            for resident in RESIDENTS
        ],
        faults=[
            FaultChoice(name=name, device=device, title=words[f"fault.{name}"])
            for name, device in switches
        ],
    )
