"""Whether other programs of the machine may use the devices, and where they would ask."""

from __future__ import annotations

from fastapi import APIRouter

from kiosk_app.api.sessions import Bench, Governing, Working
from kiosk_app.api.technician_models import InteropRequest, InteropView, VersionAnswer
from kiosk_app.interop.door import Door
from kiosk_app.interop.settings import publisher_address


def interop_routes(bench: Bench) -> APIRouter:
    """``interop``: technicians see it, administrators switch it."""
    routes = APIRouter()

    @routes.get("/interop")
    async def interop(_: Working) -> InteropView:
        """How it is set, and whether it is so."""
        return interop_view(bench().door)

    @routes.put("/interop")
    async def turn(request: InteropRequest, session: Governing) -> VersionAnswer:
        """Open or close it from now on; the version is on trial for a minute."""
        settings = bench().door.wanted.turned(request.on, request.port, request.identities)
        number = await bench().turn_interop(session, settings, request.note)
        return VersionAnswer(version=number)

    return routes


def interop_view(door: Door) -> InteropView:
    """What is known of the door."""
    return InteropView(
        on=door.wanted.enabled,
        open=door.port is not None,
        identities=door.wanted.identities,
        port=door.wanted.port,
        address=publisher_address(door.port or door.wanted.port),
        error=door.error,
    )
