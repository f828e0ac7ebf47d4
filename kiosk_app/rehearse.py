"""Plays a citizen through a whole errand: the same service, the same wires, no browser.

The player reads the frames that a page would draw and posts the answers that a finger would give;
its hands are the stagehand, which lays cards on the reader and takes papers from the tray.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, get_args

import httpx

from drivers.virtual.control import ControlError
from kiosk_app.api.guard import TOKEN_HEADER
from kiosk_app.desk import Outcome
from kiosk_app.desk.identify import BY_DOCUMENT
from kiosk_app.desk.ways_in import KINDS
from kiosk_app.devices import PRINTER, READER, TRAVEL
from kiosk_app.fitness import STARTING, role_obstacle
from kiosk_app.running import Running
from kiosk_app.screens import Screen
from kiosk_app.stagehand import DAMAGED
from kiosk_app.terminal import Finished

Drawn = dict[str, Any]
"""A screen as the page gets it."""
PAGE = "page"
READER_COMES_S = 10.0


class PageFault(StrEnum):
    """What can go wrong between finger, page and service."""

    DOUBLE_TAP = "page-double-tap"
    """Every answer is sent twice at once."""
    REPLAY = "page-replay"
    """Every answer is sent again when its screen is gone."""
    RELOAD = "page-reload"
    """The page is loaded anew at each screen."""
    TWO_TABS = "page-two-tabs"
    """Two pages show and answer the same screens."""
    ABANDONED = "page-abandoned"
    """The citizen walks away in the middle of the questions."""


AT_START_ONLY = frozenset({*PageFault, DAMAGED})
"""Faults that are there from the start or not at all."""
KINDS_OF_SCREEN = frozenset(
    kind.model_fields["kind"].default for kind in get_args(get_args(Screen)[0])
)


class RehearsalFailed(Exception):
    """The rehearsal itself broke a promise or came to no end; the message says which."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the citizen does. ``resident``: number in the drawer of cards. ``at``: the kind of
    screen at which the fault begins; without it, it is there from the start."""

    service: str
    resident: int = 1
    fault: str | None = None
    at: str | None = None
    print_record: bool = False
    card: str = READER
    """The role of the reader on which the citizen shows a card."""
    document: str = "home-return"
    """Which travel document the citizen has, where that is shown."""


@dataclass(slots=True)
class Result:
    """What came of it, without anything personal."""

    outcome: Outcome
    finished: Finished | None = None
    screens: list[str] = field(default_factory=list)
    closed: str | None = None
    """The reference that the out-of-service screen shows, when the terminal was closed."""


class Player:
    """One citizen. ``running`` must be ready."""

    def __init__(self, running: Running, script: Script, patience_s: float = 90.0) -> None:
        if running.stagehand is None:
            raise RehearsalFailed("rehearsals need virtual hardware")
        self._running = running
        self._hands = running.stagehand
        self._script = script
        self._patience_s = patience_s
        self._seen: list[str] = []
        self._last_answer: dict[str, Any] | None = None
        self._fault_is_on = False

    async def play(self) -> Result:
        """Play until the journey is over or the terminal is out of service."""
        await self._hands.act(self._script.card, "remove", {})
        await self._started()
        try:
            if self._script.at is None:
                await self._break()
            async with asyncio.timeout(self._patience_s), self._client() as client:
                return await self._errand(client)
        except TimeoutError:
            raise RehearsalFailed(f"no end after {', '.join(self._seen)}") from None
        finally:
            await self._mend()

    async def _started(self) -> None:
        """At a start the readers come one after another; who comes then waits for theirs."""
        devices = self._running.terminal.parts.devices
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READER_COMES_S):
                while role_obstacle(devices, self._script.card) == STARTING:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)

    def _client(self) -> httpx.AsyncClient:
        address = self._running.address
        return httpx.AsyncClient(
            base_url=address.url,
            headers={TOKEN_HEADER: address.token},
            timeout=httpx.Timeout(10.0, read=None),
            trust_env=False,
        )

    async def _errand(self, client: httpx.AsyncClient) -> Result:
        over = asyncio.create_task(self._running.terminal.finished.get())
        acting = asyncio.create_task(self._act(client))
        try:
            await asyncio.wait({over, acting}, return_when=asyncio.FIRST_COMPLETED)
            if acting.done():
                closed = acting.result()  # raises what broke
                if not over.done():
                    return Result(Outcome.OUT_OF_SERVICE, None, self._seen, closed)
            finished = over.result()
            if self._script.at is not None and not self._fault_is_on:
                raise RehearsalFailed(
                    f"{self._script.at} was never shown, so the fault never began"
                )
            await acting  # the page sees the next journey, and proves that it is clean
            return Result(finished.report.outcome, finished, finished.trace.screens)
        finally:
            over.cancel()
            acting.cancel()
            await asyncio.gather(over, acting, return_exceptions=True)

    async def _act(self, client: httpx.AsyncClient) -> str | None:
        """Follow the frames and answer each screen until the journey is over.

        Returns the reference that a closed terminal shows, if that is what ended it.
        """
        answered: set[str] = set()
        began: int | None = None
        async for frame in self._frames(client):
            screen, began = frame["screen"], began or frame["journey"]
            if frame["journey"] != began:
                await _wiped(client, frame["journey"])
                return None
            if not self._seen or self._seen[-1] != screen["kind"]:
                self._seen.append(screen["kind"])
                await self._new_kind(screen)
            if screen["kind"] == "out-of-service":
                return str(screen["code"])
            answer = await self._answer(screen)
            if answer is None or (screen["id"] in answered and screen["kind"] != "take"):
                continue
            answered.add(screen["id"])
            await self._post(client, {"screen": screen["id"], **answer})
        raise RehearsalFailed("the frames ended")

    async def _new_kind(self, screen: Drawn) -> None:
        if self._script.at == screen["kind"]:
            await self._break()

    async def _frames(self, client: httpx.AsyncClient) -> AsyncIterator[dict[str, Any]]:
        """Frames as a page gets them; with ``page-reload`` by a new connection each time."""
        shown: str | None = None
        while True:
            async with client.stream("GET", "/api/citizen/frames") as stream:
                stream.raise_for_status()
                async for line in stream.aiter_lines():
                    if not line.startswith("data: "):
                        continue
                    frame = json.loads(line.removeprefix("data: "))
                    yield frame
                    again = self._script.fault == PageFault.RELOAD
                    if again and frame["screen"]["id"] != shown:
                        shown = frame["screen"]["id"]
                        break
                else:
                    raise RehearsalFailed("the service closed the page's connection")

    async def _answer(self, screen: Drawn) -> dict[str, Any] | None:
        """What the citizen does at a screen; ``None`` to wait."""
        match screen["kind"]:
            case "welcome":
                return self._start(screen)
            case "identify":
                return await self._show_card(screen)
            case "enter-document":
                return await self._type_key()
            case "choose":
                return self._choose(screen)
            case "take":
                return await self._take(screen)
            case kind:
                return self._ways_on.get(kind)

    @property
    def _ways_on(self) -> dict[str, dict[str, Any]]:
        """Answers that hang on nothing but the kind of screen."""
        leave = {"action": "leave"}
        return {
            "review": {"action": "go", "way": "print"},
            "refused": {"action": "go", "way": "print-record"}
            if self._script.print_record
            else leave,
            "done": {"action": "go", "way": "finish"},
            "fault": leave,
        }

    def _start(self, screen: Drawn) -> dict[str, Any] | None:
        for tile in screen["tiles"]:
            if tile["service"] == self._script.service and tile["available"]:
                return {"action": "start", "service": tile["service"]}
        return None

    async def _show_card(self, screen: Drawn) -> dict[str, Any] | None:
        """Lay the card down, and once more when the screen asks for it again. A travel document's
        key is typed first. Who is asked for other cards only goes away."""
        if screen["state"] != "waiting":
            return None
        asked_for = [place["kind"] for place in screen["places"]] or [KINDS[READER]]
        if KINDS[self._script.card] not in asked_for:
            return {"action": "leave"}
        if self._script.card == TRAVEL and BY_DOCUMENT in {way["action"] for way in screen["ways"]}:
            return {"action": "go", "way": BY_DOCUMENT}
        placed: dict[str, Any] = {"resident": self._script.resident}
        if self._script.card == TRAVEL:
            placed = {"document": self._script.document}
        with contextlib.suppress(ControlError):
            await self._hands.act(self._script.card, "remove", {})
            await self._hands.act(self._script.card, "place", placed)
        return None

    async def _type_key(self) -> dict[str, Any]:
        """What stands on the document's data page."""
        reader = (await self._hands.state())["devices"][TRAVEL]
        printed = {each["document"]: each["key"] for each in reader["documents"]}
        return {"action": "document-entered", **printed[self._script.document]}

    def _choose(self, screen: Drawn) -> dict[str, Any] | None:
        if self._script.fault == PageFault.ABANDONED:
            return None
        values = [option["value"] for option in screen["options"]]
        preferred = next((value for value in ("self", "whole") if value in values), values[0])
        return {"action": "chosen", "values": [preferred]}

    async def _take(self, screen: Drawn) -> dict[str, Any] | None:
        """Take card and sheet, and say so once."""
        with contextlib.suppress(ControlError):
            await self._hands.act(self._script.card, "remove", {})
            await self._hands.act(PRINTER, "take", {})
        return {"action": "go", "way": "taken"} if screen["ways"] else None

    async def _post(self, client: httpx.AsyncClient, answer: dict[str, Any]) -> None:
        fault = self._script.fault
        times = 2 if fault in (PageFault.DOUBLE_TAP, PageFault.TWO_TABS) else 1
        old = self._last_answer if fault == PageFault.REPLAY else None
        if old is not None and await _accepted(client, old):
            raise RehearsalFailed("an answer to a screen that was gone had an effect")
        taken = await asyncio.gather(*(_accepted(client, answer) for _ in range(times)))
        if sum(taken) > 1:
            raise RehearsalFailed("one answer had two effects")
        self._last_answer = answer

    async def _break(self) -> None:
        fault = self._script.fault
        if fault is not None and fault not in AT_START_ONLY and not self._fault_is_on:
            self._fault_is_on = True
            await self._hands.set_fault(fault, True)

    async def _mend(self) -> None:
        if self._fault_is_on and self._script.fault is not None:
            with contextlib.suppress(ControlError, KeyError):
                await self._hands.set_fault(self._script.fault, False)


async def _wiped(client: httpx.AsyncClient, journey: int) -> None:
    """Say, as a page does, that nothing of the journeys before this one is left."""
    nothing = {"storage_entries": 0, "object_urls": 0, "filled_inputs": 0}
    response = await client.post("/api/citizen/wiped", json={"journey": journey, **nothing})
    response.raise_for_status()


async def _accepted(client: httpx.AsyncClient, answer: dict[str, Any]) -> bool:
    response = await client.post("/api/citizen/answers", json=answer)
    response.raise_for_status()
    return bool(response.json()["accepted"])
