"""A card that is left behind: it is pointed out after the wipe, and names nobody to the next."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kiosk_app.desk import Outcome
from kiosk_app.devices import READER, SOCIAL, TRAVEL
from kiosk_app.screens import Frame, Take
from kiosk_app.stagehand import Stagehand
from tests.faults.invariants import CANARIES
from tests.stand import BACK, LEAVE, Act, Played, Screen, Stand, says

KINDS = {READER: "id-card", SOCIAL: "social-card", TRAVEL: "travel-document"}


@pytest.fixture
def stand(card_hall: Stand) -> Iterator[Stand]:
    yield card_hall
    card_hall.put_right()


def until(stand: Stand, kind: str, within_s: float = 5.0) -> Frame:
    """The first frame that shows a kind of screen."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if (shown := stand.frame).screen.kind == kind:
            return shown
        time.sleep(0.02)
    raise AssertionError(f"no {kind}, but {stand.frame.screen.kind}")


def left(stand: Stand, role: str, ending: Act = LEAVE) -> Played:
    """A citizen who was read goes, and the card stays."""
    played = stand.play(card=role, turns=[("choose", ending)])
    assert played.report.serial is None
    return played


@pytest.mark.parametrize("ending", [LEAVE, BACK], ids=["exit", "back"])
@pytest.mark.parametrize("role", KINDS)
def test_a_card_that_still_lies_there_is_pointed_out_until_it_is_taken(
    stand: Stand, role: str, ending: Act
) -> None:
    calls = stand.running.terminal.staff_calls
    left(stand, role, ending)
    shown = until(stand, "take", 1.0)
    assert isinstance(shown.screen, Take)
    (thing,) = shown.screen.things
    assert (thing.kind, thing.taken) == (KINDS[role], False)
    assert shown.screen.title.zh == "请拿走您的卡"
    assert (shown.screen.ways, shown.screen.can_leave, shown.screen.insist) == ((), False, True)
    assert not any(word in shown.model_dump_json().encode() for word in CANARIES)
    stand.run(stand.hands.act(role, "remove", {}))
    assert until(stand, "welcome", 1.5).journey == shown.journey
    assert stand.running.terminal.staff_calls == calls


def test_a_card_that_could_not_be_read_is_pointed_out_too(stand: Stand) -> None:
    async def put_in(hands: Stagehand, screen: Screen) -> None:
        await hands.act(SOCIAL, "place", {"resident": 1})

    stand.run(stand.hands.set_fault("ssc-wrong-card", True))
    stand.play(card=SOCIAL, turns=[("identify", put_in), ("identify", LEAVE)])
    screen = until(stand, "take", 1.0).screen
    assert isinstance(screen, Take)
    assert [thing.kind for thing in screen.things] == ["social-card"]


@pytest.mark.parametrize("gap_s", [0.0, 0.1])
def test_of_two_cards_both_are_pointed_out(stand: Stand, gap_s: float) -> None:
    """Even when the citizen goes at once, before a reader was asked again."""

    async def both(hands: Stagehand, screen: Screen) -> None:
        await hands.act(READER, "place", {"resident": 1})
        await asyncio.sleep(gap_s)
        await hands.act(SOCIAL, "place", {"resident": 1})

    stand.play(turns=[("identify", both), ("identify", LEAVE)])
    screen = until(stand, "take", 1.0).screen
    assert isinstance(screen, Take)
    assert {thing.kind for thing in screen.things} == {"id-card", "social-card"}
    for role in (READER, SOCIAL):
        stand.run(stand.hands.act(role, "remove", {}))
    until(stand, "welcome", 3.0)


def test_who_takes_the_card_along_is_told_nothing(stand: Stand) -> None:
    async def take_it_and_go(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await hands.act(READER, "remove", {})
        return {"action": "leave"}

    stand.play(turns=[("choose", take_it_and_go)])
    assert until(stand, "welcome", 1.0).screen.kind == "welcome"
    kinds = [shown["kind"] for shown in stand.play(turns=[("identify", LEAVE)]).screens]
    assert "take" not in kinds


@pytest.mark.parametrize(
    ("role", "upset"), [(READER, None), (SOCIAL, "ssc-pcscd-killed"), (TRAVEL, None)]
)
def test_a_card_that_nobody_takes_is_staffs_and_names_nobody(
    stand: Stand, role: str, upset: str | None
) -> None:
    terminal = stand.running.terminal
    calls = terminal.staff_calls
    left(stand, role)
    until(stand, "take", 1.0)
    until(stand, "welcome", stand.running.settings.terminal.timers.card_removal + 2)
    assert terminal.staff_calls == calls + 1
    if upset is not None:
        stand.run(stand.hands.set_fault(upset, True))
        stand.run(stand.hands.set_fault(upset, False))
        stand.fit(role)

    async def wait_and_go(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await asyncio.sleep(2)
        assert stand.frame.screen.kind == "identify", "the card that was left named somebody"
        return {"action": "leave"}

    played = stand.play(
        card=SOCIAL if role == READER else READER, turns=[("identify", wait_and_go)]
    )
    notice = played.shown("identify")[0]["notice"]["zh"]
    assert notice.endswith("有别人忘拿的卡，请先拿出来交给工作人员，再放您的卡")
    assert played.report.outcome is Outcome.ABANDONED
    until(stand, "welcome", 1.0)
    assert terminal.staff_calls == calls + 1, "staff were called to the same card twice"


def test_whoever_comes_next_takes_it_out_and_goes_on(stand: Stand) -> None:
    left(stand, SOCIAL)
    until(stand, "welcome", 6)

    async def take_out_then_own_card(hands: Stagehand, screen: Screen) -> None:
        await hands.act(SOCIAL, "remove", {})
        await asyncio.sleep(1)
        await hands.act(SOCIAL, "place", {"resident": 15})

    played = stand.play(card=SOCIAL, turns=[("identify", take_out_then_own_card)])
    assert played.report.outcome is Outcome.PRINTED
    notices = [screen["notice"] for screen in played.shown("identify")]
    assert notices[0]["zh"].startswith("右边的插卡口有别人忘拿的卡")
    assert None in notices, "the notice stayed when the card had gone"


def test_a_card_taken_at_the_first_page_leaves_no_notice(stand: Stand) -> None:
    left(stand, SOCIAL)
    until(stand, "welcome", 6)
    stand.run(stand.hands.act(SOCIAL, "remove", {}))
    time.sleep(1.5)
    played = stand.play(turns=[("identify", says("leave"))])
    assert played.shown("identify")[0]["notice"] is None
