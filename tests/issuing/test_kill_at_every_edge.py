"""The terminal is ended with SIGKILL at every edge of every commit and effect; then it restarts.

What must hold afterwards, whatever the edge: one number for one errand and none lost (I1), at most
one sheet of a number that verifies as valid (I2), every sheet in the tray on record (I3), and what
was acknowledged before the kill still true (I8).
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from kiosk_app.audit import AuditLog
from kiosk_app.issuing.contract import Claims, Verdict
from kiosk_app.issuing.failpoints import EDGES
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.staff import Decision
from kiosk_app.issuing.states import DELIVERED, WITH_STAFF, CopyState
from tests.issuing.far_ends import AuthorityAt, Call, PrinterAt, Workshop, over
from tests.issuing.terminal import open_audit, open_office, order, request_of

REACHED_ONLY_WITH = {
    "commit-issue-unknown": "drop-answer",
    "authority-receipt": "drop-answer",
    "commit-retracted": "leaves",
    "commit-void": "jam",
    "cancel-job": "jam",
    "commit-print-unknown": "swallows",
    "commit-needs-staff": "double",
    "find-job": "submit-answer-lost",
}
"""The fault without which an errand never comes to these edges."""

PAPER_MAY_MOVE = (
    "commit-print-intent",
    "spool-write",
    "submit",
    "spool-delete",
    "find-job",
    "commit-spooled",
    "commit-printing",
    "evidence",
    "cancel-job",
    "commit-printed",
)
"""Where it matters whether the queue was purged before the restart."""

SENT_AND_NOT_RECORDED = ("submit:after", "spool-delete:before", "commit-spooled:before")
"""Where the sheet may come out while the terminal restarts, of a job that nobody knows."""

KEPT, PURGED, MOVING = "queue kept", "queue purged", "queue purged, sheet in motion"

CASES = [
    *((edge, KEPT) for edge in EDGES),
    *((edge, PURGED) for edge in EDGES if edge.rsplit(":")[0] in PAPER_MAY_MOVE),
    *((edge, MOVING) for edge in SENT_AND_NOT_RECORDED),
]


def test_every_edge_is_in_the_loop() -> None:
    assert {edge for edge, _ in CASES} == set(EDGES)
    assert set(REACHED_ONLY_WITH) <= {edge.rsplit(":")[0] for edge in EDGES}


@pytest.mark.parametrize(("edge", "queue"), CASES)
async def test_killed_at(
    edge: str, queue: str, tmp_path: Path, socket: Path, nursery: subprocess.Popen[str]
) -> None:
    world = re.sub(r"\W+", "-", f"{edge}-{queue}")
    call = over(socket, world)
    fault = REACHED_ONLY_WITH.get(edge.rsplit(":")[0], "")
    await call("fault", {"name": fault, "on": True})
    if queue == MOVING:
        await call("pace", {"start_s": 0, "print_s": 0.5})

    acknowledged = run_until_killed(
        nursery, edge, str(tmp_path), str(socket), world, fault != "leaves"
    )

    await call("fault", {"name": fault, "on": False})
    if queue != KEPT:
        await call("purge", {})
    audit = open_audit(tmp_path)
    office = open_office(tmp_path, audit)
    try:
        if queue == MOVING:
            assert await call("tray", {}) == []
        await office.recover(AuthorityAt(call), PrinterAt(call))
        assert list((tmp_path / "spool").glob("*")) == []
        await hold(office, audit, call, acknowledged)
        await finish(office, call)
        await hold(office, audit, call, acknowledged)
        assert await valid_sheets(office, call), "the citizen got nothing"
    finally:
        office.close()
        audit.close()


def run_until_killed(
    nursery: subprocess.Popen[str], edge: str, *arguments: str | bool
) -> list[list[str]]:
    """What a terminal acknowledged before it died at an edge."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(json.dumps([edge, arguments]) + "\n")
    nursery.stdin.flush()
    code, said = json.loads(nursery.stdout.readline())
    assert code == -signal.SIGKILL, "the edge was not reached"
    return [line.split() for line in said.splitlines()]


async def hold(
    office: IssuingOffice, audit: AuditLog, call: Call, acknowledged: list[list[str]]
) -> None:
    """Assert the invariants."""
    issued = await call("issued", {})
    assert len({key for key, _ in issued}) == len({serial for _, serial in issued}) == len(issued)
    on_record = {each.serial for each in await office.issued()}
    assert on_record == {serial for _, serial in issued}, "a number was lost or made up"

    for serial, copy in await call("tray", {}):
        ruling = await office.verdict(Claims(serial, copy))
        assert ruling.verdict is not Verdict.UNKNOWN, "a sheet came out that is not on record"
    valid = await valid_sheets(office, call)
    assert all(count == 1 for count in valid.values()), "two valid sheets bear one number"

    views = {(each.serial, str(each.number)): each for each in await office.copies()}
    live = Counter(each.serial for each in views.values() if each.state in DELIVERED | WITH_STAFF)
    assert all(count == 1 for count in live.values())
    for state, serial, *copy in acknowledged:
        assert serial in on_record
        if copy and state in ("taken", "retracted", "void"):
            assert views[serial, copy[0]].state == state
    assert audit.verify().length > 0 or not issued


async def valid_sheets(office: IssuingOffice, call: Call) -> Counter[str]:
    """How many sheets in the tray verify as valid, by number."""
    found: Counter[str] = Counter()
    for serial, copy in await call("tray", {}):
        ruling = await office.verdict(Claims(serial, copy, f"facts of {serial}"))
        found[serial] += ruling.verdict is Verdict.VALID
    return +found


async def finish(office: IssuingOffice, call: Call) -> None:
    """The citizen comes again, with a newer answer; staff decide where they must."""
    opened = await order(office, payload=b"a newer answer of the register")
    issuance = await office.issue(opened, AuthorityAt(call), request_of(opened))

    for _ in range(3):
        if await office.copies(WITH_STAFF):
            await staff_decide(office, call)
        outcome = await office.print_copy(issuance, Workshop(), PrinterAt(call), lambda step: None)
        if outcome.state is CopyState.PRESENTED:
            await office.mark_taken(outcome)
            break
    else:
        raise AssertionError("no copy came out well")
    await until_idle(call)


async def staff_decide(office: IssuingOffice, call: Call) -> None:
    """Staff destroy what they find of a copy that waits for them, and declare it void."""
    await until_idle(call)
    for waiting in await office.copies(WITH_STAFF):
        await call("destroy", {"serial": waiting.serial, "copy": waiting.number})
        await office.decide(waiting.serial, waiting.number, Decision.VOID, by="staff.li")


async def until_idle(call: Call) -> None:
    """Wait for sheets that are still in motion at the printer."""
    for _ in range(200):
        if await call("idle", {}):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the printer never came to rest")
