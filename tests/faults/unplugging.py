"""Ways to pull a device's cable while a terminal runs, and what the citizen must then see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum

from kiosk_app.desk import Outcome, rule_for
from kiosk_app.desk.ways_in import KINDS
from kiosk_app.devices import DOCUMENT_CAMERA
from kiosk_app.fitness import STARTING, closed, role_obstacle
from kiosk_app.screens import Identify, OutOfService, Progress, Welcome
from kiosk_app.stagehand import Stagehand
from kiosk_app.terminal import WATCH_EVERY_S
from tests.faults.invariants import nothing_told
from tests.stand import Act, Played, Screen, Stand, go

NOTICED_S = 12.0
BACK_S = 10.0
"""How soon a device is offered again that was plugged in."""


class Sees(StrEnum):
    """What the citizen sees of it."""

    ALL = "the first screen as ever"
    LESS = "the first screen, which does not ask for this reader's card"
    CLOSED = "that the terminal is closed, and whom to ring up"
    OTHER = "that this reader does not answer, and with another card a paper"
    TYPED = "that the page could not be read, and who types gets a paper"
    STAFF = "that no paper comes, and who helps"
    PAPER = "a paper, and nothing of the fault"


def sees(stand: Stand, role: str, expected: Sees) -> None:
    """Assert what the first screen shows of a device that is away, once the terminal knows it."""
    _until(lambda: _obstacle(stand, role) not in (None, STARTING), NOTICED_S, "nobody noticed")
    if expected is Sees.CLOSED:
        _until(lambda: _is_closed_for(stand, role), BACK_S, "it did not close")
        return
    wanted = expected is Sees.ALL
    _until(lambda: _is_open(stand), BACK_S, "it is not open")
    _until(lambda: wanted or not _asks_for(stand, role), BACK_S, "it asks for the card")
    time.sleep(2 * WATCH_EVERY_S)
    assert _is_open(stand), stand.frame.screen


def comes_to(stand: Stand, played: Played, expected: Sees, of: str | None = None) -> None:
    """Assert what a whole errand showed in which a cable was pulled. ``of``: the reader whose fault
    it is told as."""
    texts, report = stand.running.terminal.parts.texts, played.report
    nothing_told(stand.log, played.frames)
    if expected is Sees.STAFF:
        assert report.outcome in (Outcome.NEEDS_STAFF, Outcome.OUT_OF_SERVICE)
        assert report.serial is None or report.outcome is Outcome.NEEDS_STAFF, "I4: it denies"
        last = played.shown("fault")[-1]
        assert last["code"] == rule_for(str(report.fault), of).reference
        assert last["ways"], "a fault without a way out"
        return
    assert report.outcome is Outcome.PRINTED
    assert not played.shown("fault")
    told = {Sees.OTHER: "identify.reader-gone", Sees.TYPED: "document.page-trouble"}
    if expected in told:
        words = [screen.get("notice") or screen.get("problem") for screen in played.screens]
        assert texts[told[expected]].model_dump() in words


def is_back_once_plugged_in(stand: Stand, role: str, switch: str) -> None:
    """Plug a device in, and assert that the terminal is whole again in time."""
    began = time.monotonic()
    stand.run(stand.hands.set_fault(switch, on=False))
    stand.fit(role)
    if role in KINDS:
        _until(lambda: _asks_for(stand, role), BACK_S, "the first screen does not ask for the card")
    stand.recover()
    assert time.monotonic() < began + BACK_S, f"{role} took {time.monotonic() - began:.1f} s"


def while_it_reads(
    stand: Stand, role: str, switch: str, *, slowly: str | None = None, **card: str
) -> Act:
    """Lay a card down, and pull the reader's cable while it is read."""

    async def act(hands: Stagehand, screen: Screen) -> None:
        if slowly is not None:
            await hands.set_fault(slowly, on=True)
        await hands.act(role, "place", card or {"resident": 1})
        await _shown(stand, lambda now: isinstance(now, Identify) and now.state != "waiting")
        await hands.set_fault(switch, on=True)
        if slowly is not None:
            await hands.set_fault(slowly, on=False)

    return act


def once_told(stand: Stand, role: str) -> Act:
    """Lay a card on another reader when the screen says that the first does not answer."""

    async def act(hands: Stagehand, screen: Screen) -> None:
        await _shown(stand, lambda now: isinstance(now, Identify) and now.notice is not None)
        await hands.act(role, "place", {"resident": 1})

    return act


def while_it_looks(switch: str) -> Act:
    """Have a data page read, and pull the document camera's cable meanwhile."""

    async def act(hands: Stagehand, screen: Screen) -> dict[str, object]:
        await hands.act(DOCUMENT_CAMERA, "place", {"document": "home-return"})
        asyncio.get_running_loop().call_later(
            0.1, lambda: asyncio.ensure_future(hands.set_fault(switch, on=True))
        )
        return {"action": "go", "way": "read-page"}

    return act


def before_it_is_issued(switch: str) -> Act:
    """Pull the cable, and have the paper printed."""

    async def act(hands: Stagehand, screen: Screen) -> dict[str, object] | None:
        await hands.set_fault(switch, on=True)
        return await go("print")(hands, screen)

    return act


def while_it_prints(stand: Stand, switch: str) -> Act:
    """Pull a cable when the number is given and the paper is on its way."""

    async def act(hands: Stagehand, screen: Screen) -> None:
        await _shown(stand, lambda now: isinstance(now, Progress) and now.acts[2].state == "now")
        await hands.set_fault(switch, on=True)

    return act


async def _shown(stand: Stand, condition: Callable[[object], bool]) -> None:
    """Wait until the screen is such."""
    async with asyncio.timeout(NOTICED_S):
        while not condition(stand.frame.screen):  # noqa: ASYNC110 - a test looks as people do
            await asyncio.sleep(0.01)


def _until(condition: Callable[[], bool], within_s: float, otherwise: str) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def _obstacle(stand: Stand, role: str) -> str | None:
    return role_obstacle(stand.running.terminal.parts.devices, role)


def _is_closed_for(stand: Stand, role: str) -> bool:
    screen, phone = stand.frame.screen, stand.running.settings.hall.phone
    shown = isinstance(screen, OutOfService) and (screen.code, screen.phone)
    return shown == (closed(role).reference, phone)


def _is_open(stand: Stand) -> bool:
    screen = stand.frame.screen
    return isinstance(screen, Welcome) and all(tile.available for tile in screen.tiles)


def _asks_for(stand: Stand, role: str) -> bool:
    """Whether the first screen names the card of a reader among those to have at hand."""
    screen, texts = stand.frame.screen, stand.running.terminal.parts.texts
    name = texts[f"bring.{KINDS[role]}"].zh
    brings = [tile.brings for tile in screen.tiles] if isinstance(screen, Welcome) else []
    return any(words is not None and name in words.zh for words in brings)
