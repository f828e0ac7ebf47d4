"""A terminal with virtual hardware that runs in a thread of its own, and citizens who use it.

The same service and the same wires as ``yimen rehearse``: nothing in here stands in for a part of
the house.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx

from drivers.id_card.contract import CardMedia
from drivers.virtual.control import ControlError
from kiosk_app.api.guard import TOKEN_HEADER
from kiosk_app.app import terminal
from kiosk_app.desk import Report
from kiosk_app.devices import PRINTER, READER, SOCIAL, TRAVEL
from kiosk_app.fitness import role_obstacle
from kiosk_app.logs import configure_logs
from kiosk_app.options import Options
from kiosk_app.rehearse import Player, Result, Script
from kiosk_app.running import Running
from kiosk_app.screens import Frame
from kiosk_app.settings import Timers
from kiosk_app.stagehand import Stagehand

T = TypeVar("T")
SERVICE = "no-housing-certificate"
TIMERS = Timers(idle=30, warning=5, done=5, card_removal=2, paper=15)
RECOVERY_S = 60.0
"""How soon a terminal must be back after a fault is gone."""

Screen = dict[str, Any]
Act = Callable[[Stagehand, Screen], Awaitable[dict[str, Any] | None]]
"""What a citizen does at one screen; ``None`` when no answer belongs to it."""


@dataclass
class Played:
    """One errand: how it ended, and all frames that were shown meanwhile, as the page gets them."""

    result: Result
    frames: list[str] = field(repr=False)
    occasion: str

    @property
    def report(self) -> Report:
        assert self.result.finished is not None, "the errand never began"
        return self.result.finished.report

    @property
    def screens(self) -> list[Screen]:
        """Every screen that was shown, in order."""
        return [json.loads(frame)["screen"] for frame in self.frames]

    def shown(self, kind: str) -> list[Screen]:
        """The screens of one kind."""
        return [screen for screen in self.screens if screen["kind"] == kind]


class Citizen(Player):
    """A player who does the screens named in ``turns`` in another way, each turn once."""

    def __init__(self, running: Running, script: Script, turns: Sequence[tuple[str, Act]]) -> None:
        super().__init__(running, script)
        self._turns = list(turns)
        self._turned: set[str] = set()

    async def _answer(self, screen: Screen) -> dict[str, Any] | None:
        if screen["id"] in self._turned:
            return None
        if self._turns and self._turns[0][0] == screen["kind"]:
            self._turned.add(screen["id"])
            _, act = self._turns.pop(0)
            return await act(self._hands, screen)
        return await super()._answer(screen)

    @property
    def left_undone(self) -> list[str]:
        """Kinds of screens that were expected and never came."""
        return [kind for kind, _ in self._turns]


class Stand:
    """A running terminal. ``folder``: its run folder. ``options``: as of ``Options``."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder.with_name(f"{folder.name}.log").open("w+", encoding="utf-8")
        self.running: Running
        self._options = Options(
            run_dir=folder,
            virtual=True,
            papers=folder / "papers",
            **{"timers": TIMERS, **options},
        )
        self._frames: list[str] = []
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self._up = threading.Event()
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._keep, name="stand", daemon=True)

    def __enter__(self) -> Stand:
        with contextlib.redirect_stderr(self._log):
            configure_logs(logging.INFO)
        self._thread.start()
        self._up.wait(60)
        if self._problem is not None:
            raise self._problem
        return self

    def __exit__(self, *exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)

    @property
    def log(self) -> str:
        """All that the terminal has logged."""
        self._log.flush()
        return Path(self._log.name).read_text(encoding="utf-8")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the terminal's own thread."""
        return self.begin(work).result(120)

    def begin(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Begin something in the terminal's own thread that goes on beside other things."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def client(self, **headers: str) -> httpx.Client:
        """A client that bears the launch token."""
        address = self.running.address
        return httpx.Client(
            base_url=address.url,
            headers={TOKEN_HEADER: address.token, **headers},
            timeout=20,
            trust_env=False,
        )

    def play(
        self,
        resident: int = 1,
        *,
        turns: Sequence[tuple[str, Act]] = (),
        occasion: str | None = None,
        **script: Any,
    ) -> Played:
        """One errand from the first screen back to it. ``occasion``: an earlier errand's, to be
        the same citizen who comes again."""
        occasion = occasion or secrets.token_hex(8)
        chosen = Script(service=SERVICE, resident=resident, **script)
        return self.run(self._play(chosen, turns, occasion))

    async def _play(
        self, script: Script, turns: Sequence[tuple[str, Act]], occasion: str
    ) -> Played:
        built = self.running.terminal
        built.parts = replace(built.parts, occasion=occasion)
        while not built.finished.empty():
            built.finished.get_nowait()
        self._frames.clear()
        citizen = Citizen(self.running, script, turns)
        result = await citizen.play()
        frames = list(self._frames)
        assert citizen.left_undone == []
        return Played(result, frames, occasion)

    @property
    def frame(self) -> Frame:
        """What the page shows now."""
        found = self.running.terminal.stage.frame
        assert found is not None
        return found

    def recover(self) -> float:
        """Wait until the first screen offers everything again; returns how long it took."""
        began, screen = time.monotonic(), None
        while time.monotonic() < began + RECOVERY_S:
            frame = self.running.terminal.stage.frame
            screen = frame.screen if frame is not None else None
            offers = screen.tiles if screen is not None and screen.kind == "welcome" else ()
            if offers and all(tile.available for tile in offers):
                self.run(self.running.terminal.settled())
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"not back after {RECOVERY_S} s, but at {screen}")

    def fit(self, role: str) -> float:
        """Wait until a device can be used again; returns how long it took."""
        began = time.monotonic()
        while role_obstacle(self.running.terminal.parts.devices, role) is not None:
            assert time.monotonic() < began + RECOVERY_S, f"{role} is not back"
            time.sleep(0.05)
        return time.monotonic() - began

    def put_right(self) -> None:
        """No fault, no card on the reader, nothing in the tray, nobody at the machine."""
        self.run(self._put_right())
        for role in (READER, SOCIAL, TRAVEL):
            if self.running.terminal.parts.devices.slot(role).driver:
                self.fit(role)
                self._empty(role)
        self.recover()

    def _empty(self, role: str) -> None:
        """Wait until a reader has seen that its card is gone."""
        deadline = time.monotonic() + RECOVERY_S
        slot = self.running.terminal.parts.devices.slot(role)
        while (media := getattr(slot.status(), "media", None)) is None or (
            media.value is CardMedia.PRESENT
        ):
            assert time.monotonic() < deadline, f"{role} still sees a card"
            time.sleep(0.05)

    async def _put_right(self) -> None:
        hands = self.hands
        state = await hands.state()
        parts = [*state["devices"].values(), state["register"], state["database"]]
        for name in [name for part in parts for name in part["faults"]]:
            await hands.set_fault(name, on=False)
        for role in (READER, SOCIAL, TRAVEL):
            with contextlib.suppress(ControlError):
                await hands.act(role, "remove", {})
        with contextlib.suppress(ControlError):
            await hands.act(PRINTER, "take", {})

    @property
    def hands(self) -> Stagehand:
        """What moves cards and papers, and turns faults."""
        assert self.running.stagehand is not None
        return self.running.stagehand

    def _keep(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with terminal(self._options) as self.running:
                self._record_frames()
                await self.running.ready
                self._up.set()
                await self._stop.wait()
        except BaseException as problem:
            self._problem = problem
        finally:
            self._up.set()

    def _record_frames(self) -> None:
        """Keep each frame that is shown, even one that no page was quick enough to draw."""
        stage = self.running.terminal.stage
        publish = stage.publish

        def note(frame: Frame) -> None:
            self._frames.append(frame.model_dump_json())
            publish(frame)

        stage.publish = note  # type: ignore[method-assign]


def go(way: str) -> Act:
    """Take a way that the screen offers."""

    async def act(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        return {"action": "go", "way": way}

    return act


def chosen(*values: str) -> Act:
    """Choose these options."""

    async def act(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        return {"action": "chosen", "values": list(values)}

    return act


def card(resident: int) -> Act:
    """Lay a card on the reader in place of what lies there."""

    async def act(hands: Stagehand, screen: Screen) -> None:
        await hands.act(READER, "remove", {})
        await hands.act(READER, "place", {"resident": resident})

    return act


def lay(role: str, **what: Any) -> Act:
    """Lay a card on a reader; the screen goes on by itself."""

    async def act(hands: Stagehand, screen: Screen) -> None:
        await hands.act(role, "place", what)

    return act


def says(action: str, **values: Any) -> Act:
    """Answer so."""

    async def act(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        return {"action": action, **values}

    return act


async def nothing(hands: Stagehand, screen: Screen) -> None:
    """Wait for the next screen."""


BACK, LEAVE = says("back"), says("leave")
