"""One number for one errand, however often it is asked for and whatever the register does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk_app.audit import AuditKind, AuditLog
from kiosk_app.connectors.housing_register.contract import (
    OtherPerson,
    Receipt,
    RegisterRefused,
    RegisterUnavailable,
)
from kiosk_app.issuing.errors import IssueUnknown, LimitReached, SerialConflict
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.states import IssuanceState
from tests.issuing.far_ends import AuthorityAt, PrinterAt, World, local
from tests.issuing.terminal import (
    DAY,
    PAYLOAD,
    applicant,
    errand,
    open_office,
    order,
    whole_errand,
)


def numbers(world: World) -> list[str]:
    return [serial for _, serial in world.do_issued()]


async def test_the_same_errand_finds_the_same_number(office: IssuingOffice, world: World) -> None:
    authority = AuthorityAt(local(world))
    first = await office.issue(await order(office), authority, "request")
    again = await order(office)
    second = await office.issue(again, authority, "another request")
    assert again.resumed
    assert (first.serial, first.key) == (second.serial, second.key)
    assert numbers(world) == ["PN-1"]


async def test_the_order_of_applicants_and_districts_makes_no_other_errand(
    office: IssuingOffice,
) -> None:
    one = errand()
    child = applicant("林小宝", "445281201506013818")
    family = replace(one, applicants=(applicant(), child))
    turned = replace(one, applicants=(child, applicant()), districts=tuple(reversed(one.districts)))
    opened = [
        await office.open(each, PAYLOAD, day=DAY, daily_limit=5) for each in (one, family, turned)
    ]
    assert opened[1].key == opened[2].key != opened[0].key


async def test_a_paper_that_went_out_makes_the_next_one_another_occasion(
    office: IssuingOffice, world: World
) -> None:
    first = await whole_errand(office, local(world))
    second = await whole_errand(office, local(world))
    assert (first.serial, second.serial) == ("PN-1", "PN-2")
    assert (first.number, second.number) == (1, 1)


async def test_another_errand_in_between_does_not_hide_an_unfinished_one(
    office: IssuingOffice, world: World
) -> None:
    authority = AuthorityAt(local(world))
    unfinished = await office.issue(await order(office, "loan"), authority, "a")
    other = await order(office, "school")
    await office.issue(other, authority, "b")
    found = await order(office, "loan")
    assert found.key == unfinished.key


async def test_the_next_day_is_another_errand(office: IssuingOffice) -> None:
    today = await order(office)
    tomorrow = await office.open(errand(), PAYLOAD, day=DAY + timedelta(days=1), daily_limit=5)
    assert today.key != tomorrow.key


async def test_a_draft_takes_the_newer_answer_and_a_sent_request_keeps_its_own(
    office: IssuingOffice, world: World
) -> None:
    await order(office)
    newer = await office.open(errand(), b"newer", day=DAY, daily_limit=5)
    assert (newer.payload, newer.resumed) == (b"newer", False)
    await office.issue(newer, AuthorityAt(local(world)), "request")
    kept = await office.open(errand(), b"newest", day=DAY, daily_limit=5)
    assert (kept.payload, kept.resumed) == (b"newer", True)


async def test_the_limit_of_the_day_counts_numbers_of_one_person(
    office: IssuingOffice, world: World
) -> None:
    for purpose in ("loan", "school"):
        one = await office.open(errand(purpose), PAYLOAD, day=DAY, daily_limit=2)
        await office.issue(one, AuthorityAt(local(world)), purpose)
    with pytest.raises(LimitReached, match="daily-limit-reached: 2 of 2"):
        await office.open(errand("rent"), PAYLOAD, day=DAY, daily_limit=2)
    resumed = await office.open(errand("loan"), PAYLOAD, day=DAY, daily_limit=2)
    assert resumed.resumed, "what has a number already is not held up"
    other_person = errand("loan", applicant("陈文", "445281198507123213"))
    fresh = await office.open(other_person, PAYLOAD, day=DAY, daily_limit=2)
    assert not fresh.resumed


async def test_an_answer_that_is_lost_after_accepting_is_asked_for_by_the_same_key(
    office: IssuingOffice, world: World
) -> None:
    world.faults = {"drop-answer"}
    issuance = await office.issue(await order(office), AuthorityAt(local(world)), "request")
    assert issuance.serial == "PN-1"
    assert numbers(world) == ["PN-1"]


async def test_a_garbled_answer_is_no_answer(office: IssuingOffice, world: World) -> None:
    world.faults = {"garbled"}
    issuance = await office.issue(await order(office), AuthorityAt(local(world)), "request")
    assert numbers(world) == [issuance.serial]


async def test_without_any_word_the_outcome_stays_unknown_until_recovery(
    office: IssuingOffice, world: World
) -> None:
    world.faults = {"drop-answer", "silent-receipt"}
    wanted = await order(office)
    with pytest.raises(IssueUnknown):
        await office.issue(wanted, AuthorityAt(local(world)), "request")
    call = local(world)
    report = await office.recover(AuthorityAt(call), PrinterAt(call))
    assert [each.now for each in report.without_word] == [IssuanceState.ISSUE_UNKNOWN]
    world.faults = set()
    report = await office.recover(AuthorityAt(call), PrinterAt(call))
    settled = report.items[0]
    assert (settled.serial, settled.now) == ("PN-1", IssuanceState.ISSUED)
    found = await order(office)
    assert found.key == wanted.key


async def test_a_request_that_never_arrived_goes_again_with_the_same_key(
    office: IssuingOffice, world: World
) -> None:
    world.faults = {"lost-request"}
    wanted = await order(office)
    task = asyncio.ensure_future(office.issue(wanted, AuthorityAt(local(world)), "request"))
    await asyncio.sleep(0.01)
    world.faults = set()
    issuance = await task
    assert world.do_issued() == [(wanted.key, issuance.serial)]


async def test_unavailable_before_sending_can_be_tried_again(
    office: IssuingOffice, world: World
) -> None:
    world.faults = {"unavailable"}
    wanted = await order(office)
    with pytest.raises(RegisterUnavailable):
        await office.issue(wanted, AuthorityAt(local(world)), "request")
    world.faults = set()
    issuance = await office.issue(await order(office), AuthorityAt(local(world)), "request")
    assert world.do_issued() == [(wanted.key, issuance.serial)]


async def test_a_refusal_leaves_nothing_behind(office: IssuingOffice, world: World) -> None:
    world.faults = {"refuses"}
    with pytest.raises(RegisterRefused):
        await office.issue(await order(office), AuthorityAt(local(world)), "request")
    fresh = await office.open(errand(), b"newer", day=DAY, daily_limit=5)
    assert not fresh.resumed
    assert numbers(world) == []


async def test_a_number_that_stands_for_another_document_stops_with_an_alarm(
    office: IssuingOffice, world: World, audit: AuditLog
) -> None:
    await office.issue(await order(office, "loan"), AuthorityAt(local(world)), "a")
    world.faults = {"same-serial"}
    with pytest.raises(SerialConflict):
        await office.issue(await order(office, "school"), AuthorityAt(local(world)), "b")
    (alarm,) = audit.entries(AuditKind.ALARM)
    assert alarm.entry.details["code"] == "serial-conflict"


async def test_an_answer_about_another_person_issues_nothing(office: IssuingOffice) -> None:
    class Mistaken:
        async def issue(self, key: str, request: str) -> Receipt:
            raise OtherPerson("the answer is about somebody else")

        async def receipt(self, key: str) -> Receipt | None:
            return None

    with pytest.raises(OtherPerson):
        await office.issue(await order(office), Mistaken(), "request")
    assert await office.issued() == []
    assert (await order(office)).resumed, "the request may be at the register"


async def test_leaving_meanwhile_does_not_lose_the_number(
    office: IssuingOffice, world: World
) -> None:
    task = asyncio.ensure_future(
        office.issue(await order(office), AuthorityAt(local(world)), "request")
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await office.quiesce()
    assert [each.serial for each in await office.issued()] == numbers(world) == ["PN-1"]


async def test_two_terminals_never_share_a_key(tmp_path: Path, audit: AuditLog) -> None:
    keys = set()
    for name in ("a", "b"):
        office = open_office(tmp_path / name, audit)
        (tmp_path / name / "keys" / "hall.key").write_bytes(bytes(32))
        office.close()
        office = open_office(tmp_path / name, audit)
        keys.add((await order(office)).key)
        office.close()
    assert len(keys) == 2


async def test_a_clock_that_jumps_changes_no_order(office: IssuingOffice, world: World) -> None:
    for day in (date(2027, 11, 24), date(2026, 11, 23)):
        one = await office.open(errand(), PAYLOAD, day=day, daily_limit=5)
        await office.issue(one, AuthorityAt(local(world)), str(day))
    assert [each.serial for each in await office.issued()] == ["PN-1", "PN-2"]
