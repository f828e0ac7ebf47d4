"""What a technician sets on a camera while its picture is looked at: exposure, focus, …"""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, HTTPException
from starlette.responses import JSONResponse

from drivers.camera.contract import Control
from drivers.errors import CommandRejected
from kiosk_app.api.sessions import Bench, Working
from kiosk_app.api.technician_models import ControlRequest, ControlView, VersionAnswer
from kiosk_app.api.technician_work import known_role
from kiosk_app.workbench.bench import NoControls


def control_routes(bench: Bench) -> APIRouter:
    """``controls``, ``control`` and ``controls/keep`` of a device."""
    routes = APIRouter()

    @routes.get("/devices/{role}/controls")
    async def controls(role: str, _: Working) -> list[ControlView]:
        """What can be set on a device now; nothing where its driver has no controls."""
        return [_view(each) for each in await bench().controls(known_role(role))]

    @routes.post("/devices/{role}/control", response_model=ControlView)
    async def set_control(
        role: str, request: ControlRequest, session: Working
    ) -> ControlView | JSONResponse:
        """Set one; the answer is what the device made of it. 422 for what it does not take."""
        try:
            made = await bench().set_control(session, known_role(role), request.name, request.value)
        except NoControls:
            raise HTTPException(404, "the device has no controls") from None
        except CommandRejected as refused:
            return JSONResponse({"error": refused.code}, 422)
        return _view(made)

    @routes.post("/devices/{role}/controls/keep")
    async def keep(role: str, session: Working) -> VersionAnswer:
        """Keep what a device stands at; the version is on trial for a minute."""
        try:
            return VersionAnswer(version=await bench().keep_controls(session, known_role(role)))
        except NoControls:
            raise HTTPException(404, "the device has no controls") from None

    return routes


def _view(control: Control) -> ControlView:
    return ControlView(**asdict(control))
