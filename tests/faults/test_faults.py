"""Every fault that can be rehearsed: what the citizen sees, and what holds afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from kiosk_app.cli import parser
from kiosk_app.commands.rehearse import _listing
from kiosk_app.desk import Outcome, rule_for
from kiosk_app.devices import READER
from kiosk_app.rehearse import PageFault
from kiosk_app.screens import OutOfService
from kiosk_app.settings import Timers
from kiosk_app.stagehand import DAMAGED
from tests.faults.invariants import hold, nothing_told
from tests.stand import Stand

PRINTED, STAFF, CLOSED, GONE = (
    Outcome.PRINTED,
    Outcome.NEEDS_STAFF,
    Outcome.OUT_OF_SERVICE,
    Outcome.ABANDONED,
)
BEFORE = "printer-not-ready"
"""Noticed before a number was given."""
AFTER = ("print-not-sent", "print-failed")
"""Noticed when the copy was to be sent, or when its job ended."""


@dataclass(frozen=True)
class Case:
    """A fault that begins at a screen, and how the errand must end.

    ``shown``: the faults of which one is shown; none when the errand goes well. ``copy``: the
    state of the copy and its sheets, when a number was given.
    """

    fault: str
    at: str | None
    outcome: tuple[Outcome, ...]
    shown: tuple[str, ...] = ()
    copy: tuple[str, int | None] | None = None


def well(fault: str, at: str | None = None) -> Case:
    return Case(fault, at, (PRINTED,), (), ("taken", 1))


def reader(fault: str, *shown: str, outcome: Outcome = CLOSED) -> Case:
    return Case(fault, "identify", (outcome,), shown)


def register(fault: str, *shown: str, outcome: Outcome = CLOSED) -> Case:
    return Case(fault, "identify", (outcome,), shown)


def paper(fault: str, *shown: str, copy: tuple[str, int | None]) -> Case:
    return Case(fault, "review", (STAFF,), shown, copy)


def path(fault: str, shown: str) -> Case:
    """Noticed by a sensor: before the number was given, or just after it."""
    return Case(fault, "review", (CLOSED, STAFF), (BEFORE, *AFTER, shown), ("void", 0))


UNKNOWN = ("print-unknown", None)
CASES = [
    reader("reader-unplugged", "reader-absent"),
    reader("reader-silent", "reader-silent"),
    reader("reader-garbage", "reader-garbled", "reader-silent"),
    reader("reader-half-frame", "reader-garbled", "reader-silent"),
    reader("reader-bad-checksum", "reader-garbled"),
    reader("reader-endless-stream", "reader-garbled"),
    reader("reader-not-authorised", "reader-not-authorised"),
    reader("reader-self-test-failed", "reader-self-test-failed"),
    reader("reader-two-cards", "card-collision", outcome=STAFF),
    reader("reader-unreadable", "card-unreadable", outcome=STAFF),
    reader("reader-auth-failed", "card-unreadable", outcome=STAFF),
    well("reader-noise"),
    well("reader-slow"),
    well("reader-pulled-mid-read"),
    path("printer-paper-out", "paper-out"),
    path("printer-cover-open", "cover-open"),
    path("printer-output-full", "output-full"),
    path("printer-wrong-paper", "paper-out"),
    path("printer-offline", "print-unknown"),
    path("printer-silent", "print-unknown"),
    path("printer-garbled", "print-unknown"),
    path("printer-queue-absent", "print-failed"),
    path("printer-scheduler-down", "print-failed"),
    well("printer-paper-low"),
    well("printer-toner-low"),
    well("printer-slow"),
    paper("printer-paper-jam", "paper-jammed", copy=("void", 0)),
    paper("printer-paper-runs-out", "paper-out", copy=("void", 0)),
    paper("printer-toner-empty", "toner-out", copy=("needs-staff", 1)),
    paper("printer-double", "print-extra", copy=("needs-staff", 2)),
    paper("printer-swallowed", "print-unknown", copy=UNKNOWN),
    paper("printer-unplugged-mid-print", "print-unknown", copy=UNKNOWN),
    Case("printer-swapped", "review", (PRINTED, STAFF), ("print-unknown",)),
    paper("printer-counter-reset", "print-unknown", copy=UNKNOWN),
    Case("printer-scheduler-killed-after-sheet", "review", (PRINTED, STAFF), ("print-unknown",)),
    well("register-slow"),
    well("register-dropped-answer"),
    well("register-duplicate"),
    register("register-timeout-before-send", "register-unavailable"),
    register("register-busy", "register-busy"),
    register("register-server-error", "register-unavailable"),
    register("register-html-page", "register-unavailable"),
    register("register-down", "register-unavailable"),
    register("register-garbled", "register-garbled"),
    register("register-bad-signature", "register-garbled"),
    register("register-other-person", "register-other-person", outcome=STAFF),
    Case("database-locked", "review", (CLOSED,), ("journal-busy",)),
    Case("database-full", "review", (CLOSED,), ("journal-full",)),
    Case("database-read-only", "review", (CLOSED,), ("journal-read-only",)),
    well(PageFault.DOUBLE_TAP),
    well(PageFault.REPLAY),
    well(PageFault.RELOAD),
    well(PageFault.TWO_TABS),
]
HIDING = {
    "reader-unplugged": "id-card-reader",
    "reader-silent": "id-card-reader",
    "printer-paper-out": "paper-out",
    "printer-cover-open": "cover-open",
    "printer-output-full": "output-full",
    "printer-wrong-paper": "wrong-paper",
    "database-full": "records",
    "database-read-only": "records",
    "printer-offline": "document-printer",
    "printer-silent": "document-printer",
    "printer-queue-absent": "document-printer",
    "printer-scheduler-down": "document-printer",
    "register-down": "register",
    "register-server-error": "register",
}
"""Faults that close the terminal before anybody begins, and the words for them."""


def test_every_fault_that_can_be_rehearsed_is_tested_here() -> None:
    listed = {
        each["name"] for each in _listing(parser().parse_args(["rehearse", "--list"]))["faults"]
    }
    apart = {PageFault.ABANDONED, DAMAGED}
    own = [str(case.fault) for case in CASES]
    assert sorted(own) == sorted(listed - apart)
    assert len(listed) >= 25


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.fault))
def test_fault(stand: Stand, case: Case) -> None:
    played = stand.play(fault=case.fault, at=case.at)
    outcome, report = played.result.outcome, played.report

    assert outcome in case.outcome
    if outcome is PRINTED:
        assert report.fault is None
    else:
        assert report.fault in case.shown
        last = played.shown("fault")[-1]
        of = READER if str(case.fault).startswith("reader-") else None
        assert last["code"] == rule_for(str(report.fault), of).reference
        assert last["ways"], "a fault without a way out"

    begun = report.serial is not None
    assert begun == bool(report.copies) or report.fault == "print-not-sent"
    assert not (begun and report.fault == BEFORE), "I4: a number was given, and the screen denies"
    assert not (begun and outcome is CLOSED), "I4: a number was given, and the screen denies"
    if case.copy is not None and report.copies and report.fault != "print-unknown":
        (copy,) = report.copies
        assert (copy["state"], copy["sheets"]) == case.copy

    stand.recover()
    hold(stand.folder)
    nothing_told(stand.log, played.frames)


@pytest.mark.parametrize("fault", HIDING)
def test_a_terminal_that_cannot_serve_says_so_before_anybody_begins(
    stand: Stand, fault: str
) -> None:
    stand.run(stand.hands.set_fault(fault, on=True))
    screen = _closed(stand)
    texts = stand.running.terminal.parts.texts
    assert screen.lead == texts[f"out-of-service.{HIDING[fault]}"]
    assert screen.phone == stand.running.settings.hall.phone
    stand.run(stand.hands.set_fault(fault, on=False))
    assert stand.recover() <= 60


def _closed(stand: Stand) -> OutOfService:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        frame = stand.running.terminal.stage.frame
        if frame is not None and isinstance(frame.screen, OutOfService):
            return frame.screen
        time.sleep(0.05)
    raise AssertionError("the terminal did not close")


def test_who_walks_away_in_the_middle_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("abandoned") / "run"
    with Stand(folder, timers=Timers(idle=1.0, warning=1.0)) as stand:
        played = stand.play(fault=PageFault.ABANDONED)
        assert played.result.outcome is GONE
        assert played.result.finished is not None
        assert played.result.finished.ending == "idle"
        assert played.report.serial is None
        stand.recover()
        hold(folder)
        nothing_told(stand.log, played.frames)


def test_a_damaged_journal_closes_the_terminal_until_staff_have_seen_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "run"
    with Stand(folder) as stand:
        assert stand.play().result.outcome is PRINTED
    for options in ({"damage_journal": True}, {}):
        with Stand(folder, **options) as stand:
            screen = _closed(stand)
            assert screen.lead == stand.running.terminal.parts.texts["out-of-service.records"]
            assert screen.phone == stand.running.settings.hall.phone
    assert list((folder / "records").glob("journal.sqlite.corrupt-*"))
