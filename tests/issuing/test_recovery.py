"""What a restart makes of each state that an interruption can leave."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kiosk_app.audit import AuditLog
from kiosk_app.issuing.contract import Issuance
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.recovery import Recovered, RecoveryReport
from kiosk_app.issuing.rows import CopyRecord
from kiosk_app.issuing.states import CopyState, IssuanceState
from kiosk_app.records import StoreError
from tests.issuing.far_ends import AuthorityAt, Job, PrinterAt, World, local
from tests.issuing.terminal import open_office, order, whole_errand

TO = {
    "rendered": [],
    "print-intent": ["print-intent"],
    "spooled": ["print-intent", "spooled"],
    "printing": ["print-intent", "spooled", "printing"],
    "printed": ["print-intent", "spooled", "printing", "printed"],
    "presented": ["print-intent", "spooled", "printing", "printed", "presented"],
    "print-unknown": ["print-intent", "print-unknown"],
    "needs-staff": ["print-intent", "spooled", "needs-staff"],
}


@pytest.fixture
async def issuance(office: IssuingOffice, world: World) -> Issuance:
    return await office.issue(await order(office), AuthorityAt(local(world)), "request")


async def restart(office: IssuingOffice, world: World) -> RecoveryReport:
    return await office.recover(AuthorityAt(local(world)), PrinterAt(local(world)))


def leave(office: IssuingOffice, issuance: Issuance, world: World, state: str) -> CopyRecord:
    """Bring a copy into a state as an interruption would leave it."""
    copy = office._journal.render(issuance.id, 1, 1, "")
    for step in TO[state]:
        changes: dict[str, Any] = {
            "printer_uuid": world.uuid,
            "counter_before": world.counter,
            "job_id": 1,
        }
        copy = office._journal.move_copy(copy, CopyState(step), **changes)
    return copy


def put_job(world: World, copy: CopyRecord, issuance: Issuance) -> None:
    content = f"%PDF-1.7 serial={issuance.serial} copy=1 pages=1 ".encode()
    world.jobs[1] = Job(1, copy.job_name, content, begins=0, ends=0)


@pytest.mark.parametrize(
    ("was", "job", "now", "reason"),
    [
        ("rendered", False, "rendered", ""),
        ("print-intent", False, "void", "interrupted"),
        ("print-intent", True, "presented", ""),
        ("spooled", False, "print-unknown", "job-lost"),
        ("spooled", True, "presented", ""),
        ("printing", False, "print-unknown", "job-lost"),
        ("printing", True, "presented", ""),
        ("printed", False, "presented", ""),
        ("presented", False, "presented", ""),
        ("print-unknown", True, "print-unknown", ""),
        ("needs-staff", True, "needs-staff", ""),
    ],
)
async def test_each_state_has_its_recovery(
    office: IssuingOffice,
    issuance: Issuance,
    world: World,
    was: str,
    job: bool,
    now: str,
    reason: str,
) -> None:
    copy = leave(office, issuance, world, was)
    if job:
        put_job(world, copy, issuance)
    report = await restart(office, world)
    expected = Recovered(issuance.serial, 1, CopyState(was), CopyState(now), reason)
    assert expected in report.items
    assert (expected in report.needs_staff) == (now in ("print-unknown", "needs-staff"))
    again = await restart(office, world)
    assert again.needs_staff == tuple(
        Recovered(each.serial, each.copy, each.now, each.now, each.reason)
        for each in report.needs_staff
    )


async def test_an_intent_with_a_counter_that_moved_is_unknown(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    leave(office, issuance, world, "print-intent")
    world.counter += 1
    report = await restart(office, world)
    assert [each.reason for each in report.needs_staff] == ["job-lost"]


@pytest.mark.parametrize("was", ["print-intent", "spooled", "printing"])
async def test_a_printer_that_is_gone_makes_the_copy_a_case_for_staff(
    office: IssuingOffice, issuance: Issuance, world: World, was: str
) -> None:
    leave(office, issuance, world, was)
    world.faults = {"silent"}
    report = await restart(office, world)
    assert [each.reason for each in report.needs_staff] == ["printer-offline"]


async def test_a_number_without_paper_is_reported(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    report = await restart(office, world)
    state = IssuanceState.ISSUED
    assert report.items == (Recovered(issuance.serial, None, state, state),)


async def test_a_finished_errand_leaves_nothing_to_do(office: IssuingOffice, world: World) -> None:
    await whole_errand(office, local(world))
    assert (await restart(office, world)).items == ()


async def test_files_of_the_spool_are_removed_and_counted(
    office: IssuingOffice, world: World, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    await asyncio.to_thread(spool.mkdir)
    for name in "ab":
        await asyncio.to_thread((spool / name).write_bytes, b"a citizen's paper")
    assert (await restart(office, world)).spool_files == 2
    assert not any(spool.iterdir())


async def test_audit_entries_wait_until_the_log_takes_them_and_hold_up_new_errands(
    tmp_path: Path, world: World, audit: AuditLog
) -> None:
    broken = AuditLog.open(tmp_path / "broken.sqlite")
    office = open_office(tmp_path, broken)
    broken.close()
    assert (await whole_errand(office, local(world))).state is CopyState.TAKEN
    with pytest.raises(StoreError, match="audit-failed"):
        await order(office)
    office.close()

    office = open_office(tmp_path, audit)
    await restart(office, world)
    assert [each.entry.kind for each in audit.entries()] == ["issued", "copy", "copy"]
    assert (await order(office)).key
    office.close()
