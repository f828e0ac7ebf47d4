"""What the technician's page speaks with, in the gallery: a terminal that can be set as wanted."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from PIL import Image, ImageDraw

from kiosk_app.texts import Texts
from tests.e2e.gallery_desk import TEXTS
from tests.e2e.gallery_technician_data import (
    FINDINGS,
    HISTORY,
    LOG,
    RECORDINGS,
    REHEARSALS,
    text,
    whole_state,
)
from tests.e2e.gallery_technician_drivers import CONTROLS, DRIVERS

PASSWORD = "right horse"
CODE = "123456"


@dataclass
class Technician:
    """The technician's side of a terminal, as the gallery plays it."""

    state: dict[str, Any] = field(default_factory=whole_state)
    role: str = "technician"
    sessions: set[str] = field(default_factory=set)
    accounts: bool = True
    locked: int = 0
    forbidden: set[str] = field(default_factory=set)
    refuse_places: list[dict[str, Any]] = field(default_factory=list)
    rebound: dict[str, Any] = field(default_factory=dict)
    """By role: how somebody else bound it."""
    findings: list[dict[str, Any]] = field(default_factory=lambda: list(FINDINGS))
    history: list[dict[str, Any]] = field(default_factory=lambda: list(HISTORY))
    log: list[dict[str, Any]] = field(default_factory=lambda: list(LOG))
    down: bool = False
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path and body of all that changes something."""
    refused: set[str] = field(default_factory=set)
    """Controls of the camera that take no value; ``replay`` where recordings cannot be played, and
    ``unbind`` where somebody was quicker."""
    controls: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {each["name"]: each for each in CONTROLS}
    )
    test_s: float = 0.0
    """How long a test of a device lasts."""
    version: int = 0
    streams_until: int = 0

    def clear(self) -> None:
        """As at first; open streams end."""
        fresh = Technician(streams_until=self.streams_until + 1, version=self.version + 1)
        self.__dict__.update(fresh.__dict__)

    @property
    def shown(self) -> dict[str, Any]:
        """The state as whoever is logged in sees it."""
        every = ["look", "clear", "work", "govern"]
        rights = every[: {"staff": 2, "technician": 3, "admin": 4}[self.role]]
        return {**self.state, "rights": rights}

    def change(self, **values: Any) -> None:
        """Set values of the state, and tell the page."""
        self.state = {**self.state, **values}
        self.version += 1

    def cut(self) -> None:
        """End all streams that are open."""
        self.streams_until += 1

    def said(self, method: str, path: str) -> list[Any]:
        """The bodies that were sent there."""
        return [body for m, p, body in self.asked if (m, p) == (method, path)]

    def refusal(self, request: Request, path: str) -> Response | None:
        """What stands against a request: no connection, no session, no right."""
        if self.down:
            return Response(status_code=503)
        if path in ("page", "login"):
            return None
        if request.headers.get("X-Yimen-Session") not in self.sessions:
            return Response(status_code=401)
        changes = request.method != "GET" and not path.startswith(("logout", "repairs/", "copies/"))
        if path in self.forbidden or (self.role == "staff" and changes):
            return Response(status_code=403)
        return None


def technician_routes(desk: Technician) -> APIRouter:
    """``/api/technician``."""
    routes = APIRouter(prefix="/api/technician")
    routes.include_router(_entrance(desk))
    routes.include_router(_streams(desk))
    routes.include_router(_reading(desk))
    routes.include_router(_turning(desk))
    routes.include_router(_changing(desk))
    return routes


def _entrance(desk: Technician) -> APIRouter:
    routes = APIRouter()
    texts = Texts.load(TEXTS / "technician")

    @routes.get("/page")
    async def page() -> dict[str, Any]:
        return {
            "texts": dict(texts),
            "hall": text("普宁市政务服务中心", "Puning Government Service Centre"),
            "terminal": text("一楼 03 号", "Terminal 03"),
            "terminal_id": "PN-03",
            "virtual": True,
            "accounts": desk.accounts,
        }

    @routes.post("/login")
    async def login(request: Request) -> Response:
        asked = await request.json()
        if desk.locked:
            return JSONResponse({"error": "locked", "seconds": desk.locked}, 429)
        if (asked["password"], asked["code"]) != (PASSWORD, CODE):
            return JSONResponse({"error": "refused"}, 401)
        session = f"session-{len(desk.sessions)}"
        desk.sessions.add(session)
        return JSONResponse(
            {"session": session, "name": asked["name"], "role": desk.role, "seconds": 1800}
        )

    @routes.post("/logout", status_code=204)
    async def logout(request: Request) -> None:
        desk.sessions.discard(request.headers.get("X-Yimen-Session", ""))

    return routes


def _streams(desk: Technician) -> APIRouter:
    routes = APIRouter()

    @routes.get("/events")
    async def events() -> Response:
        return StreamingResponse(_states(desk), media_type="text/event-stream")

    @routes.get("/log")
    async def log() -> Response:
        return StreamingResponse(_lines(desk), media_type="text/event-stream")

    @routes.get("/devices/{role}/preview")
    async def preview(role: str) -> Response:
        return StreamingResponse(
            _frames(desk), media_type="multipart/x-mixed-replace; boundary=frame"
        )

    return routes


async def _states(desk: Technician) -> AsyncIterator[str]:
    sent, until = -1, desk.streams_until
    while desk.streams_until == until and not desk.down:
        if desk.version != sent:
            sent = desk.version
            yield f"event: state\ndata: {json.dumps(desk.shown)}\n\n"
        await asyncio.sleep(0.01)


async def _lines(desk: Technician) -> AsyncIterator[str]:
    sent, until = 0, desk.streams_until
    while desk.streams_until == until:
        for line in desk.log[sent:]:
            yield f"event: line\ndata: {json.dumps(line)}\n\n"
        sent = len(desk.log)
        await asyncio.sleep(0.01)


async def _frames(desk: Technician) -> AsyncIterator[bytes]:
    until, number = desk.streams_until, 0
    while desk.streams_until == until and not desk.down:
        jpeg = portrait(number)
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        yield head.encode() + jpeg + b"\r\n"
        number += 1
        await asyncio.sleep(0.04)


def portrait(number: int) -> bytes:
    """One frame of a made-up face that moves."""
    picture = Image.new("RGB", (640, 360), "#cfd8d5")
    draw = ImageDraw.Draw(picture)
    x = 300 + (number * 4) % 40
    draw.ellipse((x - 60, 70, x + 60, 220), fill="#d9a98a")
    draw.ellipse((x - 140, 230, x + 140, 480), fill="#0f5e57")
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def _reading(desk: Technician) -> APIRouter:
    routes = APIRouter()

    @routes.get("/state")
    async def state() -> dict[str, Any]:
        return desk.shown

    @routes.get("/drivers/{role}")
    async def drivers(role: str) -> dict[str, Any]:
        known = DRIVERS.get(role, {"drivers": [], "bound": None})
        return {**known, **desk.rebound.get(role, {}), "version": desk.state["version"]}

    @routes.get("/history")
    async def history() -> list[dict[str, Any]]:
        return desk.history

    @routes.get("/recordings")
    async def recordings() -> list[dict[str, Any]]:
        return RECORDINGS

    @routes.get("/devices/{role}/controls")
    async def controls(role: str) -> list[dict[str, Any]]:
        return list(desk.controls.values())

    @routes.get("/rehearsals")
    async def rehearsals() -> dict[str, Any]:
        return REHEARSALS

    @routes.get("/pictures/test.jpg")
    async def picture() -> Response:
        return Response(portrait(0), media_type="image/jpeg")

    return routes


async def _kept(desk: Technician, request: Request, path: str) -> Any:
    body = await request.json() if int(request.headers.get("content-length", 0)) else None
    desk.asked.append((request.method, path, body))
    return body


def _turning(desk: Technician) -> APIRouter:
    routes = APIRouter()

    @routes.put("/interop")
    async def interop(request: Request) -> dict[str, Any]:
        wanted = await _kept(desk, request, "interop")
        desk.change(interop={**desk.state["interop"], **wanted, "open": wanted["on"]})
        return {"version": desk.state["version"] + 1}

    @routes.post("/devices/{role}/control")
    async def control(role: str, request: Request) -> Response:
        asked = await _kept(desk, request, f"devices/{role}/control")
        known = desk.controls.get(asked["name"])
        if known is None or asked["name"] in desk.refused:
            return JSONResponse({"error": "camera-control-refused"}, 422)
        desk.controls[asked["name"]] = {**known, "value": asked["value"]}
        return JSONResponse(desk.controls[asked["name"]])

    @routes.post("/devices/{role}/controls/keep")
    async def keep(role: str, request: Request) -> dict[str, Any]:
        await _kept(desk, request, f"devices/{role}/controls/keep")
        return {"version": desk.state["version"] + 1}

    @routes.post("/copies/decide")
    async def decide(request: Request) -> Response:
        asked = await _kept(desk, request, "copies/decide")
        if "copies/decide" in desk.refused:
            return JSONResponse({"error": "copy-settled"}, 409)
        left = [
            each
            for each in desk.state["copies"]
            if (each["serial"], each["copy"]) != (asked["serial"], asked["copy"])
        ]
        desk.change(copies=left)
        return JSONResponse({"state": asked["decision"]})

    return routes


def _changing(desk: Technician) -> APIRouter:
    routes = APIRouter()

    @routes.post("/discover")
    async def discover(request: Request) -> dict[str, Any]:
        await _kept(desk, request, "discover")
        return {"findings": desk.findings}

    @routes.post("/maintenance")
    async def maintenance(request: Request) -> dict[str, Any]:
        on = (await _kept(desk, request, "maintenance"))["on"]
        desk.change(maintenance="active" if on else "inactive")
        return {"maintenance": desk.state["maintenance"]}

    @routes.put("/devices/{role}")
    async def put_device(role: str, request: Request) -> Response:
        await _kept(desk, request, f"devices/{role}")
        if desk.refuse_places:
            return JSONResponse({"error": "settings", "places": desk.refuse_places}, 422)
        return JSONResponse({"version": desk.state["version"] + 1})

    @routes.post("/devices/{role}/test")
    async def test(role: str, request: Request) -> dict[str, Any]:
        await _kept(desk, request, f"devices/{role}/test")
        await asyncio.sleep(desk.test_s)
        return {
            "ok": role != "receipt-printer",
            "seconds": 7.4,
            "values": [
                {"label": text("计数器", "Counter"), "value": "48,213 → 48,214"},
                {"label": "media", "value": "iso_a4_210x297mm"},
            ],
            "picture": "/api/technician/pictures/test.jpg" if role == "camera" else None,
            "error": "printer-paper-out" if role == "receipt-printer" else None,
        }

    @routes.post("/rehearse")
    async def rehearse(request: Request) -> dict[str, Any]:
        await _kept(desk, request, "rehearse")
        names = ("identify", "query", "preview", "issue", "print", "take")
        spent = (1840.2, 212.5, 31.0, 64.9, 9120.4, 450.0)
        steps = [{"name": name, "ms": ms} for name, ms in zip(names, spent, strict=True)]
        serial = "PN-WF-20261124-0000318"
        return {
            "outcome": "printed",
            "serial": serial,
            "steps": steps,
            "fault": None,
            "fault_says": None,
        }

    @routes.post("/{path:path}")
    async def other(path: str, request: Request) -> dict[str, Any]:
        await _kept(desk, request, path)
        gaps = (
            "recording-has-gaps" if "replay" in desk.refused and path.endswith("replay") else None
        )
        done = {"ok": gaps is None, "error": gaps, "says": text("好了", "Done")}
        return {**done, "version": 8, "recording": "r9"}

    @routes.delete("/{path:path}")
    async def remove(path: str, request: Request) -> Response:
        await _kept(desk, request, path)
        if "unbind" in desk.refused:
            return JSONResponse({"error": "changed-meanwhile"}, 409)
        return JSONResponse({"version": desk.state["version"] + 1})

    return routes
