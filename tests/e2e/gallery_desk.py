"""What the verification page and the rehearsal desk speak with, in the gallery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from drivers.virtual.residents import RESIDENTS
from kiosk_app.texts import Text, Texts

TEXTS = Path(__file__).parents[2] / "config" / "texts"
FAULTS = {
    "id-card-reader": ("reader-unplugged", "reader-silent", "reader-garbage", "reader-two-cards"),
    "document-printer": (
        "printer-offline",
        "printer-paper-jam",
        "printer-paper-out",
        "printer-scheduler-killed-after-sheet",
    ),
    "code-scanner": ("code-scanner-unplugged", "code-scanner-garbage"),
    "register": ("register-slow", "register-dropped-answer", "register-down"),
    "database": ("database-locked", "database-full"),
}
REASONS = {"valid": "valid", "void": "void", "altered": "code-altered", "unknown": "not-a-code"}


@dataclass
class Desk:
    """The virtual room as the gallery plays it."""

    card: int | None = None
    light: str = "idle"
    tray: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    faults: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Role, action and arguments of all that was done."""

    def clear(self) -> None:
        """As in the morning: no card, no paper, no fault."""
        self.card, self.light = None, "idle"
        for things in (self.tray, self.taken, self.reasons, self.faults, self.asked):
            things.clear()

    def state(self) -> dict[str, Any]:
        """The answer of ``GET /api/virtual/state``."""

        def on(device: str) -> list[str]:
            return [name for name in FAULTS[device] if name in self.faults]

        def sheets(ids: list[str]) -> list[dict[str, Any]]:
            return [{"id": each, "pages": 1, "blank": False} for each in ids]

        return {
            "devices": {
                "id-card-reader": {
                    "light": self.light,
                    "card": self.card,
                    "faults": on("id-card-reader"),
                },
                "document-printer": {
                    "plugged": True,
                    "reasons": self.reasons,
                    "counter": 48213,
                    "tray": sheets(self.tray),
                    "taken": sheets(self.taken),
                    "faults": on("document-printer"),
                },
                **self._others(on("code-scanner")),
            },
            "register": {"faults": on("register")},
            "database": {"faults": on("database")},
        }

    def _others(self, scanner_faults: list[str]) -> dict[str, dict[str, Any]]:
        documents = [{"document": name} for name in ("passport", "home-return")]
        return {
            "social-security-card-reader": {"light": "idle", "card": None, "generation": None},
            "travel-document-reader": {"light": "idle", "document": None, "documents": documents},
            "code-scanner": {"light": "on", "shown": 3, "port": "/x", "faults": scanner_faults},
            "lights": {"light": "on", "lights": {"scanner": True, "contactless": False}},
            "ups": {"light": "line", "charge_percent": 100, "runtime_s": 1800},
        }

    def act(self, role: str, action: str, arguments: dict[str, Any]) -> None:
        """Place or remove the card, take sheets."""
        self.asked.append((role, action, arguments))
        if role not in ("id-card-reader", "document-printer"):
            return
        if action == "place":
            self.card, self.light = arguments["resident"], "ok"
        elif action == "remove":
            self.card, self.light = None, "idle"
        elif action == "take":
            gone = [arguments["sheet"]] if "sheet" in arguments else list(self.tray)
            self.tray = [each for each in self.tray if each not in gone]
            self.taken.extend(gone)


def desk_routes(desk: Desk, sheet: Callable[[], bytes]) -> APIRouter:
    """``/api/virtual`` and ``/api/verify``."""
    routes = APIRouter()
    rehearsal = Texts.load(TEXTS / "rehearsal")
    verify = Texts.load(TEXTS / "verify")

    @routes.get("/api/virtual/page")
    async def virtual_page() -> dict[str, Any]:
        return {
            "texts": dict(rehearsal),
            "residents": [
                {
                    "number": each.number,
                    "slug": each.slug,
                    "name": each.name,
                    "id_number_masked": each.id_number[:3] + "＊" * 8 + each.id_number[-4:],
                    "kind": each.kind,
                    "note": rehearsal[f"note.{each.note}"],
                }
                for each in RESIDENTS
            ],
            "faults": [
                {"name": name, "device": device, "title": rehearsal[f"fault.{name}"]}
                for device, names in FAULTS.items()
                for name in names
            ],
        }

    @routes.get("/api/virtual/state")
    async def state() -> dict[str, Any]:
        return desk.state()

    @routes.post("/api/virtual/act")
    async def act(request: Request) -> dict[str, Any]:
        asked = await request.json()
        desk.act(asked["role"], asked["action"], asked["arguments"])
        return desk.state()

    @routes.post("/api/virtual/fault", status_code=204)
    async def fault(request: Request) -> None:
        asked = await request.json()
        (desk.faults.add if asked["on"] else desk.faults.discard)(asked["name"])

    @routes.get("/api/virtual/sheets/{name}.png")
    async def picture(name: str) -> Response:
        return Response(sheet(), media_type="image/png")

    @routes.get("/api/verify/page")
    async def verify_page() -> dict[str, dict[str, Text]]:
        return {"texts": dict(verify)}

    def judged(verdict: str) -> dict[str, Any]:
        known = verdict in ("valid", "void")
        return {
            "verdict": verdict,
            "serial": "PN-WF-20261124-0000317" if known else None,
            "copy": 1 if known else None,
            "document": verify["document.certificate"] if known else None,
            "issued_on": "2026-11-24" if known else None,
            "reason": verify[f"reason.{REASONS[verdict]}"],
            "development_key": known,
        }

    @routes.post("/api/verify/code")
    async def code(request: Request) -> dict[str, Any]:
        text = str((await request.json())["code"])
        return judged(text if text in REASONS else "unknown")

    @routes.post("/api/verify/file")
    async def file(request: Request) -> dict[str, Any]:
        return judged("valid" if (await request.body()).startswith(b"%PDF") else "altered")

    return routes
