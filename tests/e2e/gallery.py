"""A small server that shows the built pages any frame, and takes their pictures.

``python -m tests.e2e.gallery --out FOLDER [NAME …]`` writes a picture of every screen kind in
both orientations and languages, and in elder, high-contrast and reach mode.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from kiosk_app.screens import Frame, IdleWarning, Language, PageInfo, Screen
from kiosk_app.texts import Text, Texts
from tests.e2e.gallery_desk import Desk, desk_routes
from tests.e2e.gallery_frames import ALERT, IDLE, OVERLAID, SCREENS
from tests.e2e.gallery_technician import Technician, technician_routes

ROOT = Path(__file__).parents[2]
DIST = ROOT / "web" / "dist"
TOKEN = "gallery-token"
TECHNICIAN = "/api/technician/"
PORTRAIT = (1080, 1920)
LANDSCAPE = (1920, 1080)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
PAGES = {
    "": "kiosk.html",
    "verify": "verify.html",
    "rehearsal": "rehearsal.html",
    "technician": "technician.html",
}
VOICES: tuple[Language, ...] = ("zh", "en")
CANDIDATES = {"zhangwei": ["张伟", "张", "涨", "长"], "wf": ["无房", "万福", "我"]}


@dataclass
class Gallery:
    """What the server shows now, and what the page has said."""

    frame: Frame = field(
        default_factory=lambda: Frame(journey=1, screen=SCREENS["welcome-ten"], languages=VOICES)
    )
    version: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)
    wiped: list[dict[str, Any]] = field(default_factory=list)
    heartbeats: int = 0
    searches: list[str] = field(default_factory=list)
    languages: tuple[Language, ...] = VOICES
    refuse_streams: bool = False
    streams_until: int = 0
    desk: Desk = field(default_factory=Desk)
    technician: Technician = field(default_factory=Technician)

    def show(
        self,
        screen: Screen,
        *,
        journey: int = 1,
        idle: IdleWarning | None = None,
        alert: Text | None = None,
    ) -> None:
        """Send the page a frame, with an id of its own."""
        shown = screen.model_copy(update={"id": f"s{self.version + 1}"})
        self.frame = Frame(
            journey=journey, screen=shown, idle=idle, languages=self.languages, alert=alert
        )
        self.version += 1

    def start_afresh(self) -> None:
        """Forget what was said and show the first screen; open streams end."""
        self.cut()
        for said in (self.answers, self.wiped, self.searches):
            said.clear()
        self.refuse_streams = False
        self.languages = VOICES
        self.desk.clear()
        self.technician.clear()
        self.show(SCREENS["welcome-ten"])

    def cut(self) -> None:
        """End all streams that are open."""
        self.streams_until += 1
        self.technician.cut()


def page_info() -> PageInfo:
    """The hall that the gallery plays."""
    texts = Texts.load(ROOT / "config" / "texts" / "page")
    return PageInfo(
        hall=Text(zh="普宁市政务服务中心", en="Puning Government Service Centre"),
        terminal=Text(zh="自助终端 · 一楼 03 号", en="Terminal 03 · ground floor"),
        phone="0663-2818345",
        mm_per_px=0.248,
        virtual=True,
        texts=dict(texts),
    )


def paper() -> bytes:
    """A sheet of A4 as the preview would be."""
    sheet = Image.new("RGB", (840, 1188), "white")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((240, 110, 600, 150), fill="#333")
    for line in range(14):
        draw.rectangle((100, 260 + 46 * line, 740 - (line % 4) * 70, 272 + 46 * line), fill="#888")
    draw.ellipse((520, 900, 740, 1120), outline="#b3261e", width=8)
    draw.rectangle((100, 930, 260, 1090), fill="#14211f")
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def application(gallery: Gallery) -> FastAPI:
    """The routes that the pages speak with."""
    app = FastAPI()
    preview = paper()

    @app.middleware("http")
    async def guard(request: Request, call_next: Any) -> Response:
        refused = refusal(request)
        response: Response = refused or await call_next(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    def refusal(request: Request) -> Response | None:
        path = request.url.path
        if path.startswith(TECHNICIAN):
            return gallery.technician.refusal(request, path.removeprefix(TECHNICIAN))
        wrong = request.headers.get("X-Yimen-Token") != TOKEN
        return Response(status_code=401) if path.startswith("/api/") and wrong else None

    app.include_router(_showing(gallery, preview))
    app.include_router(_listening(gallery))
    app.include_router(desk_routes(gallery.desk, lambda: preview))
    app.include_router(technician_routes(gallery.technician))

    @app.get("/{path:path}")
    async def page(path: str) -> Response:
        file = DIST / PAGES.get(path, path)
        return FileResponse(file) if file.is_file() else Response(status_code=404)

    return app


def _showing(gallery: Gallery, preview: bytes) -> APIRouter:
    """What the page reads."""
    routes = APIRouter(prefix="/api/citizen")

    @routes.get("/page")
    async def info() -> PageInfo:
        return page_info()

    @routes.get("/frames")
    async def frames() -> Response:
        if gallery.refuse_streams:
            return Response(status_code=503)
        return StreamingResponse(_events(gallery), media_type="text/event-stream")

    @routes.get("/preview/gallery.png")
    async def picture() -> Response:
        return Response(preview, media_type="image/png")

    return routes


def _listening(gallery: Gallery) -> APIRouter:
    """What the page says."""
    routes = APIRouter(prefix="/api/citizen")

    @routes.post("/answers")
    async def answer(request: Request) -> dict[str, bool]:
        said = await request.json()
        gallery.answers.append(said)
        return {"accepted": said["screen"] == gallery.frame.screen.id}

    @routes.post("/wiped", status_code=204)
    async def wiped(request: Request) -> None:
        gallery.wiped.append(await request.json())

    @routes.post("/heartbeat", status_code=204)
    async def heartbeat() -> None:
        gallery.heartbeats += 1

    @routes.post("/search")
    async def search(request: Request) -> dict[str, list[str]]:
        text = (await request.json())["text"]
        gallery.searches.append(text)
        return {"services": ["service-0", "service-8"] if text.startswith(("w", "无")) else []}

    @routes.post("/candidates")
    async def candidates(request: Request) -> dict[str, list[str]]:
        return {"candidates": CANDIDATES.get((await request.json())["pinyin"], [])}

    return routes


async def _events(gallery: Gallery) -> AsyncIterator[str]:
    sent = -1
    until = gallery.streams_until
    while gallery.streams_until == until:
        if gallery.version != sent:
            sent = gallery.version
            yield f"event: frame\ndata: {gallery.frame.model_dump_json()}\n\n"
        await asyncio.sleep(0.01)


@contextmanager
def serve(gallery: Gallery) -> Iterator[str]:
    """Serve the gallery on a free port of the loopback; yields its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(application(gallery), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        gallery.cut()
        server.should_exit = True
        thread.join(timeout=5)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a network of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


def open_kiosk(context: BrowserContext, address: str) -> Page:
    """The kiosk page with its first frame drawn."""
    page = context.new_page()
    page.goto(f"{address}/#t={TOKEN}")
    page.wait_for_selector("main h1")
    return page


def show(page: Page, gallery: Gallery, name: str, *, journey: int = 1) -> None:
    """Show one screen of the gallery by name and wait until it is drawn and still."""
    name, _, over = name.partition("+")
    screen, idle = SCREENS[name], IDLE if over == "idle" else None
    alert = ALERT if over == "alert" else None
    gallery.show(screen, journey=journey, idle=idle, alert=alert)
    titles = [screen.title.zh, screen.title.en]
    page.wait_for_function(
        "titles => titles.includes(document.querySelector('h1')?.innerText)", arg=titles
    )
    if idle:
        page.wait_for_selector("dialog[open]")
    page.wait_for_timeout(120)


def set_comfort(page: Page, tools: tuple[str, ...]) -> None:
    """Press the tools named: ``elder``, ``reach``, ``contrast``, ``en``."""
    places = {"elder": 2, "reach": 3, "contrast": 4}
    for tool in tools:
        place = f"nth-child({places[tool]})" if tool in places else "last-child"
        page.click(f"nav button:{place}")


MODES: dict[str, tuple[str, ...]] = {
    "zh": (),
    "en": ("en",),
    "elder": ("elder",),
    "elder-en": ("elder", "en"),
    "contrast": ("contrast",),
    "reach": ("reach",),
    "reach-elder": ("reach", "elder"),
}


def main() -> None:
    """Write the pictures asked for."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mode", action="append", choices=MODES)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    gallery = Gallery()
    with serve(gallery) as address, chromium() as browser:
        for shape, (width, height) in (("portrait", PORTRAIT), ("landscape", LANDSCAPE)):
            for mode in options.mode or MODES:
                gallery.show(SCREENS["welcome-ten"])
                context = browser.new_context(viewport={"width": width, "height": height})
                page = open_kiosk(context, address)
                set_comfort(page, MODES[mode])
                for name in options.names or [*SCREENS, *OVERLAID]:
                    show(page, gallery, name)
                    page.screenshot(path=options.out / f"{name}-{shape}-{mode}.png")
                context.close()


if __name__ == "__main__":
    main()
