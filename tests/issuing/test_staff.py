"""What staff decide, and what may be said about a paper."""

from __future__ import annotations

import pytest

from kiosk_app.audit import AuditKind, AuditLog, PersonalData
from kiosk_app.issuing.contract import Claims, CopyOutcome, Verdict
from kiosk_app.issuing.errors import (
    CopyInFlight,
    CopySettled,
    DecisionImpossible,
    UnknownCopy,
)
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.staff import Decision
from kiosk_app.issuing.states import WITH_STAFF, CopyState
from tests.issuing.far_ends import World, local
from tests.issuing.terminal import order, whole_errand


async def with_staff(office: IssuingOffice, world: World, fault: str = "swallows") -> CopyOutcome:
    world.faults = {fault}
    outcome = await whole_errand(office, local(world))
    world.faults = set()
    return outcome


async def test_staff_see_what_waits_for_them(office: IssuingOffice, world: World) -> None:
    outcome = await with_staff(office, world)
    (view,) = await office.copies(WITH_STAFF)
    assert (view.serial, view.number, view.state) == (outcome.serial, 1, CopyState.PRINT_UNKNOWN)
    assert (view.service, view.day) == ("no-housing-certificate", "2026-11-24")


async def test_void_lets_the_next_copy_follow(office: IssuingOffice, world: World) -> None:
    outcome = await with_staff(office, world)
    await office.decide(outcome.serial, 1, Decision.VOID, by="staff.li")
    again = await whole_errand(office, local(world))
    assert (again.serial, again.number, again.state) == (outcome.serial, 2, CopyState.TAKEN)
    assert world.sheets == [(outcome.serial, 2)]


async def test_taken_makes_the_copy_valid_and_ends_the_errand(
    office: IssuingOffice, world: World
) -> None:
    outcome = await with_staff(office, world)
    claims = Claims(outcome.serial, 1)
    assert (await office.verdict(claims)).verdict is Verdict.VOID
    await office.decide(outcome.serial, 1, Decision.TAKEN, by="staff.li")
    assert (await office.verdict(claims)).verdict is Verdict.VALID
    assert not (await order(office)).resumed


async def test_a_decision_is_audited_with_its_maker(
    office: IssuingOffice, world: World, audit: AuditLog
) -> None:
    outcome = await with_staff(office, world)
    await office.decide(outcome.serial, 1, Decision.VOID, by="staff.li")
    (decision,) = audit.entries(AuditKind.DECISION)
    assert decision.entry.actor == "staff.li"
    assert decision.entry.details["serial"] == outcome.serial
    assert (decision.entry.details["state"], decision.entry.details["copy"]) == ("void", 1)


@pytest.mark.parametrize("name", ["李 雷", "445281199003154424", "staff\nli", "x" * 200])
async def test_what_is_no_login_name_decides_nothing(
    office: IssuingOffice, world: World, name: str
) -> None:
    outcome = await with_staff(office, world)
    with pytest.raises(PersonalData):
        await office.decide(outcome.serial, 1, Decision.VOID, by=name)
    assert [each.state for each in await office.copies()] == [CopyState.PRINT_UNKNOWN]


async def test_what_does_not_exist_cannot_be_decided(office: IssuingOffice, world: World) -> None:
    outcome = await with_staff(office, world)
    for serial, copy in (("PN-9", 1), (outcome.serial, 2), (outcome.serial, 0), ("", 1)):
        with pytest.raises(UnknownCopy, match="copy-unknown"):
            await office.decide(serial, copy, Decision.VOID, by="staff.li")


@pytest.mark.parametrize("decision", Decision)
async def test_what_is_settled_cannot_be_decided(
    office: IssuingOffice, world: World, decision: Decision
) -> None:
    outcome = await whole_errand(office, local(world))
    with pytest.raises(CopySettled, match="copy-settled"):
        await office.decide(outcome.serial, 1, decision, by="staff.li")


async def test_a_copy_of_two_sheets_can_only_be_void(office: IssuingOffice, world: World) -> None:
    outcome = await with_staff(office, world, "double")
    with pytest.raises(DecisionImpossible):
        await office.decide(outcome.serial, 1, Decision.TAKEN, by="staff.li")
    view = await office.decide(outcome.serial, 1, Decision.VOID, by="staff.li")
    assert (view.state, view.reason) == (CopyState.VOID, "too-many-sheets")


async def test_a_copy_under_way_waits_for_the_terminal(office: IssuingOffice, world: World) -> None:
    outcome = await with_staff(office, world)
    await office.decide(outcome.serial, 1, Decision.VOID, by="staff.li")
    (document,) = office._journal.issuances(serial=outcome.serial)
    office._journal.render(document.id, 2, 1, "")
    with pytest.raises(CopyInFlight, match="copy-in-flight"):
        await office.decide(outcome.serial, 2, Decision.VOID, by="staff.li")


async def test_a_paper_found_in_the_tray_can_be_declared_void(
    office: IssuingOffice, world: World
) -> None:
    outcome = await with_staff(office, world)
    await office.decide(outcome.serial, 1, Decision.VOID, by="staff.li")
    (document,) = office._journal.issuances(serial=outcome.serial)
    copy = office._journal.render(document.id, 2, 1, "")
    for state in ("print-intent", "spooled", "printed", "presented"):
        copy = office._journal.move_copy(copy, CopyState(state))
    view = await office.decide(outcome.serial, 2, Decision.VOID, by="staff.li")
    assert (view.state, view.reason) == (CopyState.VOID, "staff")


async def test_a_code_with_other_facts_is_not_of_this_paper(
    office: IssuingOffice, world: World
) -> None:
    outcome = await whole_errand(office, local(world))
    same = Claims(outcome.serial, 1, f"facts of {outcome.serial}")
    other = Claims(outcome.serial, 1, "other facts")
    assert (await office.verdict(same)).verdict is Verdict.VALID
    assert (await office.verdict(other)).verdict is Verdict.UNKNOWN


async def test_a_ruling_tells_no_person(office: IssuingOffice, world: World) -> None:
    outcome = await whole_errand(office, local(world))
    ruling = await office.verdict(Claims(outcome.serial, 1))
    assert set(ruling.__dataclass_fields__) == {
        "verdict",
        "state",
        "service",
        "kind",
        "issued_at",
    }
