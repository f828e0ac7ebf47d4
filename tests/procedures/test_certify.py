"""Whole errands for a housing certificate, by people of every kind, on a running terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from drivers.virtual.residents import RESIDENTS, resident, resident_by_slug
from kiosk_app.connectors.housing_register.seed import HOMES
from kiosk_app.desk import Outcome, rule_for
from kiosk_app.devices import READER
from kiosk_app.stagehand import Stagehand
from tests.stand import BACK, LEAVE, Act, Played, Stand, card, chosen, go, says

PERSONAL = tuple(
    word
    for each in RESIDENTS
    for word in (each.name, each.id_number, each.card.address, each.newest_address)
    if word
) + tuple(home.location for home in HOMES)
"""What no page may ever be sent whole."""


def number(slug: str) -> int:
    return resident_by_slug(slug).number


def nothing_personal(played: Played) -> None:
    """No frame that was shown holds a whole name, number or address of anybody."""
    shown = "\n".join(played.frames)
    told = [word for word in PERSONAL if word in shown]
    assert told == []


@pytest.mark.parametrize(
    "slug",
    ["li-xiulan", "yang-guiying", "guo-baozhu", "ouyang-yan", "ou-yangren", "karl-mustermann"],
)
def test_a_person_without_a_home_takes_the_certificate_home(stand: Stand, slug: str) -> None:
    played = stand.play(number(slug))
    assert played.result.outcome is Outcome.PRINTED
    assert played.report.copies == [{"number": 1, "state": "taken", "sheets": 1}]
    assert played.result.screens == [
        *("welcome", "identify", "choose", "progress", "review", "progress", "take", "done"),
    ]
    nothing_personal(played)
    with stand.client() as client:
        paper = _paper(stand, played).read_bytes()
        told = client.post(
            "/api/verify/file", content=paper, headers={"content-type": "application/pdf"}
        )
    assert told.json()["verdict"] == "valid"


def _paper(stand: Stand, played: Played) -> Path:
    return stand.folder / "papers" / f"{played.report.serial}-1.pdf"


HOUSED = ["chen-zhiqiang", "huang-meiling", "zheng-jiahao", "xu-lifang", "zhang-weimin"]


@pytest.mark.parametrize("slug", [*HOUSED, "wu-jianguo"])
def test_a_person_with_a_home_is_refused_and_shown_it_masked(stand: Stand, slug: str) -> None:
    played = stand.play(number(slug))
    assert played.result.outcome is Outcome.REFUSED
    assert played.report.serial is None
    (refused,) = played.shown("refused")
    own = [
        home for home in HOMES if any(resident_by_slug(slug).name == h.name for h in home.holders)
    ]
    assert len(refused["found"]) == len(own)
    assert [way["action"] for way in refused["ways"]] == ["print-record", "window"]
    assert refused["can_leave"]
    nothing_personal(played)


def test_what_is_on_a_home_is_told(stand: Stand) -> None:
    tags = {
        slug: [
            tag["en"]
            for home in stand.play(number(slug)).shown("refused")[0]["found"]
            for tag in home["tags"]
        ]
        for slug in ("xu-lifang", "zhang-weimin")
    }
    assert len(tags["xu-lifang"]) == 2
    assert len(tags["zhang-weimin"]) == 1


def test_the_list_of_homes_can_be_printed_instead(stand: Stand) -> None:
    played = stand.play(number("huang-meiling"), print_record=True)
    assert played.result.outcome is Outcome.REFUSED
    assert played.report.copies == [{"number": 1, "state": "taken", "sheets": 1}]
    assert played.result.screens[-3:] == ["progress", "take", "done"]
    assert _paper(stand, played).is_file()
    nothing_personal(played)


def test_another_range_without_a_home_gives_the_certificate(stand: Stand) -> None:
    turns = [
        ("refused", go("print-record")),
        ("review", go("range")),
        ("choose", chosen("lihu")),
    ]
    played = stand.play(number("chen-zhiqiang"), turns=turns)
    assert played.result.outcome is Outcome.PRINTED
    assert played.report.serial is not None
    assert "-WF-" in played.report.serial


CARDS = {
    "zhou-haitao": ("card-expired", Outcome.REFUSED),
    "xie-minyi": ("card-not-yet-valid", Outcome.REFUSED),
    "song-chunhua": ("card-data-invalid", Outcome.REFUSED),
    "luo-yongfa": ("card-unreadable", Outcome.NEEDS_STAFF),
    "transit-card": ("card-unsupported", Outcome.NEEDS_STAFF),
    "cai-xiaohong": ("name-differs", Outcome.REFUSED),
    "ayiguli-maimaiti": ("register-updating", Outcome.REFUSED),
}


@pytest.mark.parametrize("slug", CARDS)
def test_a_card_or_record_that_will_not_do_is_refused_with_its_reason(
    stand: Stand, slug: str
) -> None:
    played = stand.play(number(slug))
    code, outcome = CARDS[slug]
    assert (played.report.fault, played.result.outcome) == (code, outcome)
    assert played.report.serial is None
    assert not played.shown("review")
    (fault,) = played.shown("fault")
    title = stand.running.terminal.parts.texts[f"fault.{rule_for(code, READER).text}.title"]
    assert fault["title"] == title.model_dump()
    nothing_personal(played)


@pytest.mark.parametrize("slug", ["luo-yongfa", "transit-card"])
def test_a_card_that_cannot_be_read_is_asked_for_three_times(stand: Stand, slug: str) -> None:
    played = stand.play(number(slug))
    ids = list(dict.fromkeys(screen["id"] for screen in played.shown("identify")))
    assert len(ids) == 3
    notices = [screen["notice"] for screen in played.shown("identify")]
    assert notices[0] is None
    assert any(notices)


def test_a_card_pulled_away_while_it_is_read_is_asked_for_again(stand: Stand) -> None:
    played = stand.play(fault="reader-pulled-mid-read")
    assert played.result.outcome is Outcome.PRINTED
    told = stand.running.terminal.parts.texts["identify.card-pulled"].model_dump()
    assert told in [screen["notice"] for screen in played.shown("identify")]


def test_two_cards_are_nobodys_identity_until_one_is_away(stand: Stand) -> None:
    async def one_is_taken_away(hands: Stagehand, screen: dict[str, Any]) -> None:
        await hands.set_fault("reader-two-cards", on=False)
        await card(1)(hands, screen)

    turns: list[tuple[str, Act]] = [("identify", card(1)), ("identify", one_is_taken_away)]
    played = stand.play(fault="reader-two-cards", turns=turns)
    assert played.result.outcome is Outcome.PRINTED
    told = stand.running.terminal.parts.texts["identify.card-collision"].model_dump()
    assert told in [screen["notice"] for screen in played.shown("identify")]


FAMILY: Sequence[tuple[str, Act]] = (
    ("identify", card(17)),
    ("choose", chosen("family")),
    ("family", go("add-spouse")),
)


def test_a_family_is_shown_card_by_card(stand: Stand) -> None:
    played = stand.play(
        turns=[
            *FAMILY,
            ("identify", card(18)),
            ("family", go("add-child")),
            ("identify", card(19)),
            ("family", go("add-child")),
            ("identify", card(20)),
            ("family", go("done")),
        ]
    )
    assert played.result.outcome is Outcome.PRINTED
    assert len(played.shown("family")[-1]["members"]) == 4
    nothing_personal(played)


def entered(slug: str, **changed: Any) -> Act:
    person = resident_by_slug(slug)
    told = {"name": person.name, "id_number": person.id_number, "consent": True}
    return says("person-entered", **told | changed)


def test_a_family_is_entered_by_consent(stand: Stand) -> None:
    played = stand.play(
        turns=[
            *FAMILY,
            ("identify", go("by-consent")),
            ("enter-person", entered("he-xiaoyan")),
            ("family", go("done")),
        ]
    )
    assert played.result.outcome is Outcome.PRINTED
    nothing_personal(played)


def test_a_spouse_with_a_home_is_a_family_with_a_home(stand: Stand) -> None:
    played = stand.play(
        turns=[*FAMILY, ("identify", card(number("xu-lifang"))), ("family", go("done"))]
    )
    assert played.result.outcome is Outcome.REFUSED
    assert len(played.shown("refused")[0]["found"]) == 1
    nothing_personal(played)


def test_what_is_typed_wrong_is_asked_again_with_its_field(stand: Stand) -> None:
    wrong = resident_by_slug("song-chunhua").id_number
    played = stand.play(
        turns=[
            *FAMILY,
            ("identify", go("by-consent")),
            ("enter-person", entered("he-xiaoyan", name="  ")),
            ("enter-person", entered("he-xiaoyan", id_number=wrong)),
            ("enter-person", entered("he-xiaoyan", consent=False)),
            ("enter-person", entered("he-xiaoyan")),
            ("family", go("done")),
        ]
    )
    assert played.result.outcome is Outcome.PRINTED
    asked = {s["id"]: s["problem_field"] for s in played.shown("enter-person")}
    assert list(asked.values()) == [None, "name", "id_number", "consent"]


@pytest.mark.parametrize(
    ("way", "wrong", "right", "key"),
    [
        ("add-spouse", 17, 18, "family.already-there"),
        ("add-spouse", 19, 18, "family.spouse-minor"),
        ("add-child", 18, 19, "family.not-minor"),
    ],
)
def test_a_card_of_the_wrong_person_is_refused_in_words(
    stand: Stand, way: str, wrong: int, right: int, key: str
) -> None:
    played = stand.play(
        turns=[
            *FAMILY[:2],
            ("family", go(way)),
            ("identify", card(wrong)),
            ("identify", card(right)),
            ("family", go("done")),
        ]
    )
    assert played.result.outcome is Outcome.PRINTED
    told = stand.running.terminal.parts.texts.say(key, age=18).model_dump()
    assert told in [screen["title"] for screen in played.shown("identify")]


def test_a_member_can_be_taken_out_again(stand: Stand) -> None:
    played = stand.play(
        turns=[
            *FAMILY,
            ("identify", card(number("xu-lifang"))),
            ("family", says("remove", number=1)),
            ("family", go("add-spouse")),
            ("identify", card(18)),
            ("family", go("done")),
        ]
    )
    assert played.result.outcome is Outcome.PRINTED


def test_back_leads_through_every_question_to_the_first_screen(stand: Stand) -> None:
    """who, range, purpose, body, review — and back from each of them."""
    forward = [chosen("self"), chosen("whole"), chosen("loan"), chosen("bank")]
    played = stand.play(
        turns=[
            *(("choose", act) for act in forward),
            ("review", BACK),
            *(("choose", BACK) for _ in range(4)),
        ]
    )
    assert played.result.outcome is Outcome.ABANDONED
    assert played.report.serial is None
    titles = list({s["id"]: s["title"]["en"] for s in played.shown("choose")}.values())
    assert len(set(titles[:4])) == 4
    assert titles == titles[:4] + titles[:4][::-1]
    nothing_personal(played)


def test_back_from_the_card_leads_to_the_first_screen(stand: Stand) -> None:
    played = stand.play(turns=[("identify", BACK)])
    assert played.result.outcome is Outcome.ABANDONED
    assert played.result.screens == ["welcome", "identify"]


@pytest.mark.parametrize("kind", ["identify", "choose", "review"])
def test_leaving_is_possible_at_any_time_before_the_paper(stand: Stand, kind: str) -> None:
    played = stand.play(turns=[(kind, LEAVE)])
    assert played.result.outcome is Outcome.ABANDONED
    assert played.report.serial is None
    finished = played.result.finished
    assert finished is not None
    assert finished.ending == "left"


def test_what_was_chosen_can_be_changed_from_the_review(stand: Stand) -> None:
    played = stand.play(
        turns=[
            ("choose", chosen("self")),
            ("choose", chosen("liusha", "junbu")),
            ("choose", chosen("loan")),
            ("choose", chosen("bank")),
            ("review", go("range")),
            ("choose", chosen("whole")),
            ("review", go("purpose")),
            ("choose", BACK),
            ("review", go("body")),
            ("choose", chosen("education")),
        ]
    )
    assert played.result.outcome is Outcome.PRINTED
    reviews = list({s["id"]: s for s in played.shown("review")}.values())
    assert len(reviews) == 4
    values = [[row["value"]["en"] for row in review["rows"]] for review in reviews]
    assert "Liusha" in values[0][2]
    assert values[1][2] != values[0][2]
    assert values[2] == values[1]
    assert values[3][4] != values[2][4]
    assert len({review["preview"] for review in reviews}) == 4


def test_a_home_outside_the_range_is_no_reason_to_refuse(stand: Stand) -> None:
    turns: list[tuple[str, Act]] = [("choose", chosen("self")), ("choose", chosen("junbu"))]
    played = stand.play(number("chen-zhiqiang"), turns=turns)
    assert played.result.outcome is Outcome.PRINTED


def test_who_has_no_card_is_sent_to_people(stand: Stand) -> None:
    played = stand.play(turns=[("identify", go("no-card"))])
    assert played.report.fault == "no-card"
    assert played.result.outcome is Outcome.REFUSED


def test_a_sheet_that_did_not_come_is_a_case_for_staff(stand: Stand) -> None:
    played = stand.play(turns=[("take", go("missing"))])
    assert (played.result.outcome, played.report.fault) == (
        Outcome.NEEDS_STAFF,
        "paper-missing",
    )
    assert played.report.copies[0]["state"] == "print-unknown"
    again = stand.play(occasion=played.occasion)
    assert again.report.fault == "copy-unsettled"


def test_a_day_has_its_limit(stand: Stand) -> None:
    first = stand.play()
    for _ in range(4):
        played = stand.play(occasion=first.occasion)
        assert played.result.outcome is Outcome.PRINTED
    last = stand.play(occasion=first.occasion)
    assert (last.report.fault, last.report.serial) == ("daily-limit-reached", None)


def test_a_card_that_is_left_behind_is_asked_for_louder(stand: Stand) -> None:
    async def takes_the_sheet_alone(hands: Stagehand, screen: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(2.5)
        return {"action": "go", "way": "taken"}

    played = stand.play(turns=[("take", takes_the_sheet_alone)])
    assert played.result.outcome is Outcome.PRINTED
    assert any(screen["insist"] for screen in played.shown("take"))


def test_nothing_of_one_citizen_is_there_for_the_next(stand: Stand) -> None:
    played = stand.play()
    name = played.shown("review")[0]["preview"]
    stand.recover()
    with stand.client() as client:
        assert client.get(name).status_code == 404
    journey = stand.running.terminal._journey
    assert journey is not None
    assert journey.pictures == {}
    assert list((stand.folder / "spool").glob("**/*.pdf")) == []


def test_a_preview_is_a_picture_and_only_for_who_has_the_token(stand: Stand) -> None:
    seen: list[tuple[int, bytes, int]] = []

    async def look(hands: Stagehand, screen: dict[str, Any]) -> dict[str, Any]:
        def ask() -> tuple[int, bytes, int]:
            with stand.client() as client:
                good = client.get(screen["preview"])
                bare = client.get(screen["preview"], headers={"x-yimen-token": ""})
            return good.status_code, good.content[:8], bare.status_code

        seen.append(await asyncio.to_thread(ask))
        return {"action": "go", "way": "print"}

    stand.play(turns=[("review", look)])
    assert seen == [(200, b"\x89PNG\r\n\x1a\n", 403)]


def test_a_card_laid_down_before_anybody_asks_is_read_all_the_same(stand: Stand) -> None:
    async def lies_there_already(hands: Stagehand, screen: dict[str, Any]) -> dict[str, Any]:
        await hands.act(READER, "place", {"resident": 1})
        return {"action": "start", "service": "no-housing-certificate"}

    played = stand.play(turns=[("welcome", lies_there_already)])
    assert played.result.outcome is Outcome.PRINTED
    assert resident(1).name not in "\n".join(played.frames)
