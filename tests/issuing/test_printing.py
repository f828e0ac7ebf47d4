"""Every fault of the printer, over the printer's far end: what the copy becomes, and what stays."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest

from drivers.document_printer.contract import PrintJob, PrintOptions
from drivers.errors import DeviceError
from kiosk_app.audit import AuditKind, AuditLog
from kiosk_app.issuing.contract import Claims, CopyOutcome, Issuance, PrintProgress, Verdict
from kiosk_app.issuing.errors import CopyDelivered, CopyUnsettled
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.states import CopyState
from tests.issuing.far_ends import AuthorityAt, PrinterAt, Workshop, World, local
from tests.issuing.terminal import order, put_away


@pytest.fixture
async def issuance(office: IssuingOffice, world: World) -> Issuance:
    return await office.issue(await order(office), AuthorityAt(local(world)), "request")


async def attempt(
    office: IssuingOffice, issuance: Issuance, world: World, pages: int = 1
) -> CopyOutcome:
    printer = PrinterAt(local(world))
    return await office.print_copy(issuance, Workshop(pages), printer, lambda step: None)


def modes(document: Path) -> list[int]:
    return [stat.S_IMODE(each.stat().st_mode) for each in (document, document.parent)]


async def verdict(office: IssuingOffice, issuance: Issuance, copy: int = 1) -> Verdict:
    return (await office.verdict(Claims(issuance.serial, copy))).verdict


async def test_the_steps_are_told_once_and_in_order(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    steps: list[PrintProgress] = []
    outcome = await office.print_copy(issuance, Workshop(), PrinterAt(local(world)), steps.append)
    assert [each.step for each in steps] == ["intent", "spooled", "printing", "sheet-out"]
    assert [each.at for each in steps] == sorted(each.at for each in steps)
    assert (outcome.state, outcome.number, outcome.sheets) == (CopyState.PRESENTED, 1, 1)
    assert world.sheets == [(issuance.serial, 1)]


@pytest.mark.parametrize(
    ("faults", "state", "reason", "sheets"),
    [
        ({"jam"}, "void", "media-jam", 0),
        ({"paper-out"}, "void", "media-empty", 0),
        ({"cover-open"}, "void", "cover-open", 0),
        ({"queue-absent"}, "void", "queue-absent", 0),
        ({"rejects"}, "void", "job-rejected", 0),
        ({"submit-lost"}, "void", "driver-crashed", 0),
        ({"submit-lost", "no-counter"}, "print-unknown", "job-lost", None),
        ({"submit-lost", "silent"}, "print-unknown", "printer-offline", None),
        ({"submit-answer-lost"}, "presented", "", 1),
        ({"swallows"}, "print-unknown", "swallowed", None),
        ({"silent"}, "print-unknown", "printer-offline", None),
        ({"jam", "no-counter"}, "print-unknown", "media-jam", None),
        ({"no-device-count"}, "presented", "", 1),
        ({"no-device-count", "no-counter"}, "print-unknown", "evidence-missing", None),
        ({"double"}, "needs-staff", "too-many-sheets", 2),
        ({"blank"}, "needs-staff", "blank", 1),
    ],
)
async def test_a_fault_has_its_outcome(
    office: IssuingOffice,
    issuance: Issuance,
    world: World,
    faults: set[str],
    state: str,
    reason: str,
    sheets: int | None,
) -> None:
    world.faults = faults
    outcome = await attempt(office, issuance, world)
    assert (outcome.state, outcome.reason, outcome.sheets) == (state, reason, sheets)
    valid = await verdict(office, issuance) is Verdict.VALID
    assert valid == (state == "presented")


async def test_after_a_definite_failure_the_next_copy_is_printed_under_the_same_number(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    world.faults = {"jam"}
    await attempt(office, issuance, world)
    world.faults = set()
    outcome = await attempt(office, issuance, world)
    assert (outcome.serial, outcome.number) == (issuance.serial, 2)
    assert await verdict(office, issuance, 1) is Verdict.VOID
    assert await verdict(office, issuance, 2) is Verdict.VALID
    assert await verdict(office, issuance, 3) is Verdict.UNKNOWN


async def test_unknown_blocks_a_reprint(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    world.faults = {"swallows"}
    await attempt(office, issuance, world)
    world.faults = set()
    for _ in range(2):
        with pytest.raises(CopyUnsettled):
            await attempt(office, issuance, world)
    assert world.sheets == []


async def test_a_delivered_copy_blocks_a_reprint(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    outcome = await attempt(office, issuance, world)
    with pytest.raises(CopyDelivered):
        await attempt(office, issuance, world)
    await office.mark_taken(outcome)
    with pytest.raises(CopyDelivered):
        await attempt(office, issuance, world)
    assert world.sheets == [(issuance.serial, 1)]


async def test_a_copy_that_was_left_is_void_and_another_may_follow(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    left = await put_away(office, await attempt(office, issuance, world))
    assert (left.state, left.reason) == (CopyState.RETRACTED, "not-taken")
    assert await verdict(office, issuance) is Verdict.VOID
    assert (await attempt(office, issuance, world)).number == 2


async def test_no_paper_says_the_citizen_and_staff_must_look(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    outcome = await office.mark_missing(await attempt(office, issuance, world))
    assert (outcome.state, outcome.reason) == (CopyState.PRINT_UNKNOWN, "missing")
    with pytest.raises(CopyUnsettled):
        await attempt(office, issuance, world)


async def test_marking_twice_changes_nothing(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    outcome = await attempt(office, issuance, world)
    assert await office.mark_taken(outcome) == await office.mark_taken(outcome)


@pytest.mark.parametrize(
    ("act", "reason"), [("swap", "printer-swapped"), ("reset_counter", "counter-ran-back")]
)
async def test_another_printer_or_counter_proves_nothing(
    office: IssuingOffice, issuance: Issuance, world: World, act: str, reason: str
) -> None:
    class Tampered(PrinterAt):
        async def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
            job = await super().submit(document, job_name, options)
            await self.call(act, {})
            return job

    outcome = await office.print_copy(
        issuance, Workshop(), Tampered(local(world)), lambda step: None
    )
    assert (outcome.state, outcome.reason) == (CopyState.PRINT_UNKNOWN, reason)


async def test_paper_that_ends_amid_a_document_is_for_staff(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    world.faults = {"half"}
    outcome = await attempt(office, issuance, world, pages=2)
    assert (outcome.state, outcome.reason) == (CopyState.NEEDS_STAFF, "incomplete")


async def test_a_fault_before_anything_is_sent_costs_no_copy_number(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    class Gone(PrinterAt):
        async def page_counter(self) -> int | None:
            raise DeviceError("printer-offline", "no answer")

    with pytest.raises(DeviceError, match="printer-offline"):
        await office.print_copy(issuance, Workshop(), Gone(local(world)), lambda step: None)
    assert (await attempt(office, issuance, world)).number == 1


async def test_the_file_is_private_and_gone_afterwards_even_if_the_queue_refuses(
    office: IssuingOffice, issuance: Issuance, world: World, tmp_path: Path
) -> None:
    seen: list[int] = []

    class Looking(PrinterAt):
        async def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
            seen.extend(modes(document))
            return await super().submit(document, job_name, options)

    world.faults = {"rejects"}
    await office.print_copy(issuance, Workshop(), Looking(local(world)), lambda step: None)
    assert seen == [0o600, 0o700]
    assert list((tmp_path / "spool").iterdir()) == []


async def test_leaving_meanwhile_does_not_abandon_the_sheet(
    office: IssuingOffice, issuance: Issuance, world: World
) -> None:
    steps: list[str] = []
    started = asyncio.Event()

    def listen(progress: PrintProgress) -> None:
        steps.append(progress.step)
        started.set()

    task = asyncio.ensure_future(
        office.print_copy(issuance, Workshop(), PrinterAt(local(world)), listen)
    )
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    heard = list(steps)
    await office.quiesce()
    (copy,) = await office.copies()
    assert copy.state is CopyState.PRESENTED
    assert steps == heard, "nobody is told who does not listen any more"


async def test_lasting_states_are_in_the_audit_log_without_a_person(
    office: IssuingOffice, issuance: Issuance, world: World, audit: AuditLog
) -> None:
    await office.mark_taken(await attempt(office, issuance, world))
    told: list[Any] = [each.entry.details["state"] for each in audit.entries(AuditKind.COPY)]
    assert told == ["presented", "taken"]
    assert audit.verify().length == 3
