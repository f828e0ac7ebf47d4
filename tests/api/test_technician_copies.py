"""Copies that wait for staff, over real HTTP: what is said of them, and what a decision does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from kiosk_app.accounts.roles import Role
from kiosk_app.api.guard import SESSION_HEADER
from kiosk_app.api.technician_copies import waiting
from kiosk_app.audit import AuditKind
from kiosk_app.desk import Outcome
from kiosk_app.issuing.contract import Claims, Reason, Verdict
from kiosk_app.issuing.staff import CopyView
from kiosk_app.issuing.states import WITH_STAFF, CopyState
from kiosk_app.records import StoreBusy
from kiosk_app.texts import Texts
from tests.stand import Stand

PASSWORD = "correct horse battery"
CLERK = "clerk"
CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def session(running_stand: Stand) -> str:
    """A member of staff who is logged in."""
    bench = running_stand.running.workbench
    assert bench is not None
    assert bench.accounts is not None
    secret = bench.accounts.add(CLERK, Role.STAFF, PASSWORD)
    body = {"name": CLERK, "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
    with running_stand.client() as client:
        return str(client.post("/api/technician/login", json=body).json()["session"])


@pytest.fixture
def clerk(stand: Stand, session: str) -> Iterator[httpx.Client]:
    """The page of that member of staff, with nothing that waits."""
    base = f"{stand.running.address.url}/api/technician"
    headers = {SESSION_HEADER: session}
    with httpx.Client(base_url=base, headers=headers, timeout=20, trust_env=False) as client:
        for each in waits(client):
            decide(client, each, "void")
        yield client


def waits(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/state").json()["copies"]
    return found


def decide(client: httpx.Client, copy: dict[str, Any], decision: str) -> httpx.Response:
    body = {"serial": copy["serial"], "copy": copy["copy"], "decision": decision}
    return client.post("/copies/decide", json=body)


def with_staff(stand: Stand, fault: str = "printer-swallowed") -> str:
    """An errand whose copy waits for staff; returns its occasion."""
    played = stand.play(fault=fault, at="review")
    assert played.result.outcome is Outcome.NEEDS_STAFF
    stand.put_right()
    return played.occasion


def verdict(stand: Stand, copy: dict[str, Any]) -> Verdict:
    office = stand.running.terminal.parts.office
    assert office is not None
    return stand.run(office.verdict(Claims(copy["serial"], copy["copy"]))).verdict


def test_a_void_copy_is_in_the_clerks_name_and_lets_another_be_printed(
    stand: Stand, clerk: httpx.Client
) -> None:
    occasion = with_staff(stand)
    assert stand.play(occasion=occasion).result.outcome is Outcome.NEEDS_STAFF
    (copy,) = waits(clerk)
    assert (copy["copy"], copy["state"]) == (1, "print-unknown")
    assert copy["service"]["zh"] == "无房证明"
    assert copy["decisions"] == ["void", "taken"]
    assert decide(clerk, copy, "void").json() == {"state": "void"}
    assert waits(clerk) == []
    bench = stand.running.workbench
    assert bench is not None
    last = list(bench.audit.entries(AuditKind.DECISION))[-1].entry
    assert (last.actor, last.details["serial"]) == (CLERK, copy["serial"])
    assert (last.details["copy"], last.details["state"]) == (1, "void")
    assert verdict(stand, copy) is Verdict.VOID
    again = stand.play(occasion=occasion)
    assert again.result.outcome is Outcome.PRINTED
    assert again.report.serial == copy["serial"]


def test_a_paper_that_was_found_is_valid_and_decided_once(
    stand: Stand, clerk: httpx.Client
) -> None:
    with_staff(stand, "printer-counter-reset")
    (copy,) = waits(clerk)
    assert decide(clerk, copy, "taken").json() == {"state": "taken"}
    assert verdict(stand, copy) is Verdict.VALID
    for decision in ("void", "taken"):
        again = decide(clerk, copy, decision)
        assert (again.status_code, again.json()) == (409, {"error": "copy-settled"})
    unknown = decide(clerk, {**copy, "copy": 9}, "void")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "copy-unknown"})


def test_two_sheets_of_one_copy_can_only_be_void(stand: Stand, clerk: httpx.Client) -> None:
    with_staff(stand, "printer-double")
    (copy,) = waits(clerk)
    assert copy["decisions"] == ["void"]
    assert "+2" in copy["evidence"]["zh"]
    refused = decide(clerk, copy, "taken")
    assert (refused.status_code, refused.json()) == (409, {"error": "decision-impossible"})
    assert waits(clerk) == [copy]


def test_records_that_cannot_be_read_are_not_taken_for_none(
    stand: Stand, clerk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = stand.running.terminal.parts.office

    async def busy(*_: object) -> Any:
        raise StoreBusy("journal", "held")

    monkeypatch.setattr(office, "copies", busy)
    monkeypatch.setattr(office, "decide", busy)
    assert clerk.get("/state").json()["copies"] is None
    refused = decide(clerk, {"serial": "PN-1", "copy": 1}, "void")
    assert (refused.status_code, refused.json()) == (503, {"error": "records-failed"})


WITHOUT_PAPER = {Reason.INTERRUPTED, Reason.NOTHING_CAME_OUT, Reason.NOT_TAKEN, Reason.STAFF}
"""Why a copy is void; staff are not asked about those."""


@pytest.mark.parametrize("reason", sorted({*Reason, "media-jam", "printer-silent"} - WITHOUT_PAPER))
def test_every_reason_is_told_with_what_to_do(reason: str) -> None:
    words = Texts.load(CONFIG / "texts" / "technician")
    for state, sheets in product(WITH_STAFF, (None, 0, 2)):
        copy = CopyView("PN-1", 1, state, reason, "gone", "certificate", "2026-11-24", sheets)
        found = waiting([copy], {}, words)
        assert found is not None
        (told,) = found
        assert reason not in told.evidence.zh
        assert told.evidence.en
        assert (f"+{sheets}" in told.evidence.en) is (sheets is not None)
        assert told.advice == words[f"copies_advice.{_expected(state, sheets)}"]


def _expected(state: CopyState, sheets: int | None) -> str:
    if state is CopyState.NEEDS_STAFF:
        return "destroy"
    return "void" if sheets == 0 else "look"
