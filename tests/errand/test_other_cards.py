"""The certificate by a social security card and by travel documents, on their real wires."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from kiosk_app.desk import Outcome
from kiosk_app.devices import DOCUMENT_CAMERA, READER, SOCIAL, TRAVEL
from kiosk_app.screens import Identify
from kiosk_app.stagehand import Stagehand
from tests.stand import LEAVE, Act, Screen, Stand, lay, nothing, says


@pytest.fixture
def stand(card_hall: Stand) -> Iterator[Stand]:
    yield card_hall
    card_hall.put_right()


@contextmanager
def unbound(stand: Stand, *roles: str) -> Iterator[None]:
    """No device is bound to these roles while the block lasts."""
    devices = stand.running.terminal.parts.devices
    bound = {role: devices.slot(role).driver for role in roles}
    for role in roles:
        devices.slot(role).driver = ""
    try:
        yield
    finally:
        for role, driver in bound.items():
            devices.slot(role).driver = driver


def both(first: Act, second: Act) -> Act:
    async def act(hands: Stagehand, screen: Screen) -> dict[str, Any] | None:
        await first(hands, screen)
        return await second(hands, screen)

    return act


def test_the_screen_shows_each_way_in(stand: Stand) -> None:
    played = stand.play(turns=[("identify", LEAVE)])
    (screen,) = played.shown("identify")
    assert [place["kind"] for place in screen["places"]] == [
        "id-card",
        "social-card",
        "travel-document",
    ]
    assert all(place["where"]["zh"] and place["label"]["en"] for place in screen["places"])
    assert "travel-document" in [way["action"] for way in screen["ways"]]


@pytest.mark.parametrize("generation", [1, 2])
def test_a_social_security_card_takes_the_certificate_home(stand: Stand, generation: int) -> None:
    turn = ("identify", lay(SOCIAL, resident=1, generation=generation))
    played = stand.play(card=SOCIAL, turns=[turn])
    assert played.report.outcome is Outcome.PRINTED


@pytest.mark.parametrize("document", ["home-return", "taiwan-pass", "passport"])
def test_a_travel_document_takes_the_certificate_home(stand: Stand, document: str) -> None:
    played = stand.play(card=TRAVEL, document=document)
    assert played.report.outcome is Outcome.PRINTED
    assert len(played.shown("enter-document")) == 1


def test_a_mistyped_key_is_asked_for_again(stand: Stand) -> None:
    wrong = says("document-entered", number="E00000000", birth="1990-01-01", expiry="2031-01-01")
    played = stand.play(card=TRAVEL, turns=[("enter-document", wrong)])
    assert played.report.outcome is Outcome.PRINTED
    problems = [screen["problem_field"] for screen in played.shown("enter-document")]
    assert problems == [None, "number"]


@pytest.mark.parametrize(
    ("field", "entered"),
    [
        ("number", {"number": "!!", "birth": "1990-01-01", "expiry": "2031-01-01"}),
        ("birth", {"number": "E00000000", "birth": "1990-02-31", "expiry": "2031-01-01"}),
        ("expiry", {"number": "E00000000", "birth": "1990-01-01", "expiry": ""}),
    ],
)
def test_a_field_that_cannot_be_is_pointed_out_and_nothing_is_lost(
    stand: Stand, field: str, entered: dict[str, str]
) -> None:
    turns = [("enter-document", says("document-entered", **entered)), ("enter-document", LEAVE)]
    played = stand.play(card=TRAVEL, turns=turns)
    last = played.shown("enter-document")[-1]
    assert last["problem_field"] == field
    assert {name: last[name] for name in entered} == entered


def lay_page(**what: Any) -> Act:
    """Lay something under the document camera, and ask to have it read."""

    async def act(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await hands.act(DOCUMENT_CAMERA, "place", what)
        await asyncio.sleep(0.8)
        return {"action": "go", "way": "read-page"}

    return act


async def confirm(hands: Stagehand, screen: Screen) -> dict[str, Any]:
    """What the screen says is right."""
    fields = {name: screen[name] for name in ("number", "birth", "expiry")}
    return {"action": "document-entered", **fields}


@pytest.mark.parametrize("document", ["passport", "home-return"])
def test_the_key_is_read_off_the_data_page(stand: Stand, document: str) -> None:
    turns = [("enter-document", lay_page(document=document))]
    turns += [("enter-document", nothing), ("enter-document", confirm)]
    played = stand.play(card=TRAVEL, document=document, turns=turns)
    assert played.report.outcome is Outcome.PRINTED


def test_a_page_that_is_no_document_is_told_and_typing_will_do(stand: Stand) -> None:
    turns = [("enter-document", lay_page(page=1)), ("enter-document", nothing)]
    played = stand.play(card=TRAVEL, turns=turns)
    problems = [screen["problem"] for screen in played.shown("enter-document")]
    assert [problem["zh"][:8] for problem in problems if problem] == ["没有看清资料页，"]
    assert played.report.outcome is Outcome.PRINTED


def test_of_cards_on_two_readers_neither_counts(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("ssc-slow", True))
    two = both(lay(SOCIAL, resident=1), lay(READER, resident=1))

    async def take_both(hands: Stagehand, screen: Screen) -> None:
        await hands.act(SOCIAL, "remove", {})
        await hands.act(READER, "remove", {})
        await hands.act(READER, "place", {"resident": 1})

    played = stand.play(turns=[("identify", two), ("identify", take_both)])
    (told, *_) = [screen for screen in played.shown("identify") if screen["notice"]]
    assert told["notice"]["zh"] == "两个地方都放了卡。请都拿开，再放一张"
    assert (told["title"]["zh"], told["trouble"]) == ("一次只放一张", "two-cards")
    assert played.report.outcome is Outcome.PRINTED


@pytest.mark.parametrize("first", [SOCIAL, READER])
@pytest.mark.parametrize("after_s", [0.15, 0.4])
def test_a_second_card_right_after_the_first_makes_two(
    stand: Stand, first: str, after_s: float
) -> None:
    """Neither names anybody, and not even when the citizen lets both lie."""
    second = READER if first == SOCIAL else SOCIAL

    async def one_by_one(hands: Stagehand, screen: Screen) -> None:
        await hands.act(first, "place", {"resident": 5})
        await asyncio.sleep(after_s)
        await hands.act(second, "place", {"resident": 1})

    async def let_both_lie(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await asyncio.sleep(2.5)
        assert stand.frame.screen.kind == "identify"
        return {"action": "leave"}

    played = stand.play(turns=[("identify", one_by_one), ("identify", let_both_lie)])
    notices = [screen["notice"]["zh"] for screen in played.shown("identify") if screen["notice"]]
    assert notices[0] == "两个地方都放了卡。请都拿开，再放一张"
    assert played.result.screens == ["welcome", "identify"]


def test_a_card_that_failed_is_not_tried_again_before_it_was_moved(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("ssc-wrong-card", True))

    async def let_it_lie(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await asyncio.sleep(6)
        assert stand.frame.screen.kind == "identify"
        return {"action": "leave"}

    turns = [("identify", lay(SOCIAL, resident=1)), ("identify", let_it_lie)]
    assert stand.play(card=SOCIAL, turns=turns).report.fault is None


def test_a_reader_that_goes_while_it_waits_is_told(stand: Stand) -> None:
    told: list[Identify] = []

    async def pull_the_cable(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await hands.set_fault("ssc-unplugged", True)
        for _ in range(100):
            await asyncio.sleep(0.05)
            screen_now = stand.frame.screen
            if isinstance(screen_now, Identify) and screen_now.notice:
                told.append(screen_now)
                break
        return {"action": "leave"}

    stand.play(turns=[("identify", pull_the_cable)])
    assert told, "nothing was said"
    assert told[0].notice is not None
    assert told[0].notice.zh == "这个读卡器没反应了，请换一种证件"
    assert "social-card" not in [place.kind for place in told[0].places]


def test_a_document_laid_down_first_has_its_key_asked_for(stand: Stand) -> None:
    stand.fit(TRAVEL)

    async def lay_it_down(hands: Stagehand, screen: Screen) -> None:
        await hands.act(TRAVEL, "place", {"document": "passport"})

    async def back_and_out(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        await asyncio.sleep(1.5)
        return {"action": "leave"}

    turns = [("identify", lay_it_down), ("enter-document", says("back"))]
    back = stand.play(card=TRAVEL, turns=[*turns, ("identify", back_and_out)])
    assert back.result.screens == ["welcome", "identify", "enter-document", "identify"]
    assert back.shown("enter-document")[0]["lead"]["zh"].startswith("证件看到了")
    played = stand.play(card=TRAVEL, document="passport", turns=[("identify", lay_it_down)])
    assert played.report.outcome is Outcome.PRINTED


def test_a_wrong_kind_of_card_in_the_slot_is_told(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("ssc-wrong-card", True))
    turns = [("identify", lay(SOCIAL, resident=1)), ("identify", LEAVE)]
    played = stand.play(card=SOCIAL, turns=turns)
    (told,) = [screen for screen in played.shown("identify") if screen["notice"]]
    assert told["notice"]["zh"] == "右边的插卡口只能插社保卡，请换社保卡"
    assert (told["title"]["zh"], told["trouble"]) == ("这张办不了，请换一张", "wrong-card")


def test_the_screen_of_a_trouble_goes_with_the_card(stand: Stand) -> None:
    """Then a card is asked for again, and why is still told beside it."""
    stand.run(stand.hands.set_fault("ssc-wrong-card", True))
    shown: list[Identify] = []

    async def take_it_out(hands: Stagehand, screen: Screen) -> dict[str, Any]:
        for remove in (False, True):
            if remove:
                await hands.act(SOCIAL, "remove", {})
            await asyncio.sleep(2.5)
            assert isinstance(stand.frame.screen, Identify)
            shown.append(stand.frame.screen)
        return {"action": "leave"}

    stand.play(
        card=SOCIAL, turns=[("identify", lay(SOCIAL, resident=1)), ("identify", take_it_out)]
    )
    lies, gone = shown
    assert (lies.trouble, gone.trouble) == ("wrong-card", None)
    assert gone.title.zh != lies.title.zh
    assert lies.notice == gone.notice is not None


def test_a_chip_the_wrong_way_round_is_turned_over(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("ssc-upside-down", True))

    async def turned(hands: Stagehand, screen: Screen) -> None:
        await hands.set_fault("ssc-upside-down", False)
        await hands.act(SOCIAL, "place", {"resident": 1})

    turns = [("identify", lay(SOCIAL, resident=1)), ("identify", turned)]
    played = stand.play(card=SOCIAL, turns=turns)
    notices = [screen["notice"]["zh"] for screen in played.shown("identify") if screen["notice"]]
    assert all("看看芯片是不是朝前朝上" in notice for notice in notices)
    assert notices
    assert played.report.outcome is Outcome.PRINTED


def test_the_things_to_take_are_those_that_were_shown(stand: Stand) -> None:
    (paper, card), *_ = (shown["things"] for shown in stand.play(card=SOCIAL).shown("take"))
    assert (paper["kind"], card["kind"]) == ("paper", "social-card")
    assert (card["label"]["zh"], card["place"]["zh"]) == ("社保卡", "右边的插卡口")


@pytest.mark.parametrize(
    ("fault", "card", "shown"),
    [
        ("ssc-pulled-mid-read", SOCIAL, Outcome.PRINTED),
        ("travel-document-pulled-mid-read", TRAVEL, Outcome.PRINTED),
        ("travel-document-altered-dg", TRAVEL, Outcome.REFUSED),
        ("travel-document-untrusted-signer", TRAVEL, Outcome.REFUSED),
        ("travel-document-expired-signer", TRAVEL, Outcome.REFUSED),
        ("travel-document-revoked-signer", TRAVEL, Outcome.REFUSED),
        ("ssc-garbage", SOCIAL, Outcome.NEEDS_STAFF),
    ],
)
def test_a_fault_of_the_card_ends_in_words(
    stand: Stand, fault: str, card: str, shown: Outcome
) -> None:
    played = stand.play(card=card, fault=fault)
    assert played.report.outcome is shown


def test_the_reader_and_pcscd_come_back_within_seconds(stand: Stand) -> None:
    for fault in ("ssc-unplugged", "ssc-pcscd-killed"):
        stand.run(stand.hands.set_fault(fault, True))
        time.sleep(1)
        stand.run(stand.hands.set_fault(fault, False))
        assert stand.fit(SOCIAL) < 10
    assert stand.play(card=SOCIAL).report.outcome is Outcome.PRINTED


def test_without_the_usual_reader_the_other_cards_alone_are_spoken_of(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("reader-unplugged", True))
    time.sleep(4)
    played = stand.play(card=SOCIAL)
    assert played.report.outcome is Outcome.PRINTED
    (tile,) = played.shown("welcome")[-1]["tiles"]
    assert tile["brings"]["zh"].startswith("带上社保卡或通行证、护照，一种就行")
    shown = played.shown("identify")[0]
    assert [place["kind"] for place in shown["places"]] == ["social-card", "travel-document"]


def test_a_reader_that_comes_back_is_shown_and_read(stand: Stand) -> None:
    stand.run(stand.hands.set_fault("ssc-unplugged", True))
    time.sleep(2)

    async def plug_in_and_lay(hands: Stagehand, screen: Screen) -> None:
        await hands.set_fault("ssc-unplugged", False)
        for _ in range(200):
            if any(
                place.kind == "social-card" for place in getattr(stand.frame.screen, "places", ())
            ):
                break
            await asyncio.sleep(0.05)
        await hands.act(SOCIAL, "place", {"resident": 1})

    played = stand.play(card=SOCIAL, turns=[("identify", plug_in_and_lay)])
    places = [[place["kind"] for place in shown["places"]] for shown in played.shown("identify")]
    assert places[0] == []
    assert "social-card" in places[-1]
    assert played.report.outcome is Outcome.PRINTED


def test_one_reader_alone_names_its_card_and_its_place(stand: Stand) -> None:
    with unbound(stand, READER, TRAVEL):
        stand.recover()
        time.sleep(1)
        played = stand.play(card=SOCIAL)
    assert played.report.outcome is Outcome.PRINTED
    shown = played.shown("identify")[0]
    assert shown["title"]["zh"] == "请把社保卡插进右边的插卡口"
    assert [place["kind"] for place in shown["places"]] == ["social-card"]
    (tile,) = played.shown("welcome")[-1]["tiles"]
    assert tile["brings"]["zh"].startswith("带上社保卡；")


def test_where_documents_alone_are_read_their_key_is_asked_for_at_once(stand: Stand) -> None:
    with unbound(stand, READER, SOCIAL):
        played = stand.play(card=TRAVEL)
        without = stand.play(card=TRAVEL, turns=[("enter-document", says("go", way="no-card"))])
        back = stand.play(card=TRAVEL, turns=[("enter-document", says("back"))])
    assert played.report.outcome is Outcome.PRINTED
    assert played.result.screens[:3] == ["welcome", "enter-document", "identify"]
    assert without.report.fault == "no-card"
    assert back.result.screens == ["welcome", "enter-document"]
