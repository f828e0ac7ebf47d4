"""Lights and words that follow the screen, on the far ends' own wires."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter

from kiosk_app.answers import Answer
from kiosk_app.devices import PRINTER, READER
from kiosk_app.guidance import lights_for
from kiosk_app.screens import Icon, Identify, OutOfService, Place, Take, Thing
from kiosk_app.stagehand import Stagehand
from kiosk_app.texts import Text
from tests.stand import LEAVE, Act, Screen, Stand

WORDS = Text(zh="字", en="word")
answer: Callable[[object], Answer] = TypeAdapter(Answer).validate_python


def place(kind: str) -> Place:
    return Place(kind=kind, label=WORDS, where=WORDS, icon="id-card")  # type: ignore[arg-type]


def test_each_card_that_is_waited_for_has_its_light() -> None:
    screen = Identify(title=WORDS, state="waiting", places=(place("id-card"), place("social-card")))
    lights = {str(name): str(rate) for name, rate in lights_for(screen).items()}
    on = {name for name, rate in lights.items() if rate == "medium"}
    assert on == {"contactless", "cardReader"}
    assert lights["documentPrinter"] == "off"


@pytest.mark.parametrize("taken", [False, True])
def test_what_is_to_be_taken_has_its_light(taken: bool) -> None:
    things = (
        Thing(kind="paper", icon=Icon.FILE_CHECK, label=WORDS, place=WORDS, taken=True),
        Thing(kind="social-card", icon=Icon.CARD, label=WORDS, place=WORDS, taken=taken),
    )
    for shown in (things, things[1:]):
        lights = lights_for(Take(title=WORDS, things=shown, ways=()))
        on = {str(name) for name, rate in lights.items() if str(rate) == "medium"}
        assert on == (set() if taken else {"cardReader"})


def test_a_closed_terminal_shows_red() -> None:
    closed = OutOfService(title=WORDS, phone="1", code="X")
    lights = {str(name): str(rate) for name, rate in lights_for(closed).items()}
    assert (lights["statusBad"], lights["statusInService"]) == ("continuous", "off")


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("guided") / "run"
    with Stand(folder, devices=(READER, PRINTER, "lights", "speaker")) as stand:
        stand.run(stand.running.terminal.parts.devices.ready("lights", 20))
        stand.run(stand.running.terminal.parts.devices.ready("speaker", 20))
        yield stand


def test_the_hand_is_guided_to_the_card_and_to_the_paper(stand: Stand) -> None:
    seen: dict[str, dict[str, bool]] = {}

    async def look(hands: Stagehand, screen: Screen) -> None:
        devices = stand.running.terminal.parts.devices
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            lights = devices.slot("lights").status().lights.value  # type: ignore[attr-defined]
            wanted = "contactless" if screen["kind"] == "identify" else "documentPrinter"
            seen[screen["kind"]] = {name: rate == "medium" for name, rate in lights.items()}
            if lights.get(wanted) == "medium":
                break
            await asyncio.sleep(0.05)
        if screen["kind"] == "identify":
            await hands.act(READER, "place", {"resident": 1})

    stand.play(turns=[("identify", look), ("take", look)])
    assert seen["identify"]["contactless"]
    assert not seen["identify"]["documentPrinter"]
    assert seen["take"]["documentPrinter"]
    assert seen["take"]["contactless"], "the card still lies there"


async def heard(hands: Stagehand) -> dict[str, Any]:
    """What was heard of the speaker."""
    return dict((await hands.state())["devices"]["speaker"])


async def listen(hands: Stagehand) -> dict[str, Any]:
    """Wait until it sounds. Fails when it is silent."""
    end = time.monotonic() + 10
    while True:
        state = await heard(hands)
        if state["light"] == "sounding":
            return state
        assert time.monotonic() < end, "nobody spoke"
        await asyncio.sleep(0.05)


async def silent(hands: Stagehand) -> dict[str, Any]:
    """Wait until it has not sounded for longer than a speaker draws breath. Fails when it goes
    on."""
    end, last = time.monotonic() + 25, time.monotonic()
    while True:
        state = await heard(hands)
        if state["light"] == "sounding":
            last = time.monotonic()
        elif time.monotonic() > last + 0.8:
            return state
        assert time.monotonic() < end, "it speaks on"
        await asyncio.sleep(0.05)


def test_the_hand_is_told_where_the_card_belongs_until_the_citizen_goes(stand: Stand) -> None:
    async def go_while_it_speaks(hands: Stagehand, screen: Screen) -> dict[str, Any] | None:
        await hands.act("speaker", "forget", {})
        await listen(hands)
        return await LEAVE(hands, screen)

    stand.play(turns=[("identify", go_while_it_speaks)])
    said = stand.run(silent(stand.hands))
    assert 0 < said["heard_s"] < 2, "it was spoken to its end"


def test_who_cannot_read_hears_every_screen_in_the_language_chosen(stand: Stand) -> None:
    seconds: dict[str, float] = {}

    def hear(language: str, aloud: bool) -> Act:
        async def act(hands: Stagehand, screen: Screen) -> dict[str, Any] | None:
            await silent(hands)
            await hands.act("speaker", "forget", {})
            comfort = {"action": "comfort", "elder": False, "language": language, "aloud": aloud}
            assert stand.running.terminal.accept(answer({**comfort, "screen": screen["id"]}))
            await listen(hands)
            seconds[f"{screen['kind']} {language}"] = (await silent(hands))["heard_s"]
            return None if screen["kind"] == "identify" else await LEAVE(hands, screen)

        return act

    async def lay(hands: Stagehand, screen: Screen) -> dict[str, Any] | None:
        await hear("en", aloud=False)(hands, screen)
        await hands.act(READER, "place", {"resident": 1})
        return None

    stand.play(turns=[("identify", lay), ("choose", hear("zh", aloud=True))])
    assert seconds.keys() == {"identify en", "choose zh"}
    assert min(seconds.values()) > 0.5


def test_lights_that_come_back_show_what_they_should(stand: Stand) -> None:
    def in_service() -> bool:
        devices = stand.run(stand.hands.state())["devices"]
        return bool(devices["lights"]["lights"]["statusInService"])

    assert in_service()
    stand.run(stand.hands.set_fault("lights-unplugged", True))
    time.sleep(1.5)
    assert not in_service()
    stand.run(stand.hands.set_fault("lights-unplugged", False))
    end = time.monotonic() + 10
    while not in_service():
        assert time.monotonic() < end, "the lights stayed dark"
        time.sleep(0.1)


def test_an_errand_goes_on_without_lights(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("lights-unplugged", True))
    played = stand.play()
    stand.run(stand.hands.set_fault("lights-unplugged", False))
    assert played.report.outcome == "printed"
    assert stand.play(turns=[("identify", LEAVE)]).shown("identify")
