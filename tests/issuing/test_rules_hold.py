"""Whatever citizens, printers, registers and staff do, in whatever order: the invariants hold."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kiosk_app.connectors.housing_register.contract import RegisterError
from kiosk_app.issuing.contract import Claims, CopyOutcome, Issuance, Verdict
from kiosk_app.issuing.errors import IssuingError
from kiosk_app.issuing.numbering import IssueTiming
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.issuing.printing import PrintTiming
from kiosk_app.issuing.staff import Decision
from kiosk_app.issuing.states import SPENT, CopyState
from tests.issuing.far_ends import AuthorityAt, PrinterAt, Workshop, World, local
from tests.issuing.terminal import open_audit, order, paths

T = TypeVar("T")

FAULTS = (
    "drop-answer",
    "silent-receipt",
    "unavailable",
    "lost-request",
    "garbled",
    "jam",
    "paper-out",
    "swallows",
    "double",
    "silent",
    "no-counter",
    "no-device-count",
    "submit-lost",
    "submit-answer-lost",
    "queue-absent",
)
AT_ONCE = PrintTiming(poll_s=0, deadline_s=0.02, stopped_s=0, settle_s=0)


class Hall(RuleBasedStateMachine):
    """One terminal with all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name)
        self.world = World(self.folder / "authority.sqlite", start_s=0, print_s=0)
        self.loop = asyncio.new_event_loop()
        self.audit = open_audit(self.folder)
        self.start()

    def start(self) -> None:
        self.office = IssuingOffice.at(
            paths(self.folder),
            self.audit,
            issue_timing=IssueTiming(pauses_s=(0,)),
            print_timing=AT_ONCE,
        )
        self.issuances: list[Issuance] = []
        self.outcomes: list[CopyOutcome] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Do it; a typed error is an honest outcome, anything else is not."""
        try:
            return self.loop.run_until_complete(work)
        except (IssuingError, RegisterError):
            return None

    @rule(fault=st.sampled_from(FAULTS))
    def break_something(self, fault: str) -> None:
        self.world.faults.add(fault)

    @rule()
    def repair_everything(self) -> None:
        self.world.faults.clear()

    @rule(purpose=st.sampled_from(["loan", "school"]))
    def issue(self, purpose: str) -> None:
        opened = self.run(order(self.office, purpose))
        if opened is not None:
            authority = AuthorityAt(local(self.world))
            issuance = self.run(self.office.issue(opened, authority, purpose))
            self.issuances += [issuance] if issuance is not None else []

    @rule(which=st.integers(0, 9))
    def print_copy(self, which: int) -> None:
        if self.issuances:
            outcome = self.run(
                self.office.print_copy(
                    self.issuances[which % len(self.issuances)],
                    Workshop(),
                    PrinterAt(local(self.world)),
                    lambda step: None,
                )
            )
            self.outcomes += [outcome] if outcome is not None else []

    @rule(mark=st.sampled_from(["mark_taken", "mark_missing"]))
    def leave(self, mark: str) -> None:
        if self.outcomes and self.outcomes[-1].state is CopyState.PRESENTED:
            self.run(getattr(self.office, mark)(self.outcomes.pop()))

    @rule(decision=st.sampled_from(Decision), which=st.integers(0, 9))
    def decide(self, decision: Decision, which: int) -> None:
        copies = self.run(self.office.copies()) or []
        if copies:
            view = copies[which % len(copies)]
            if decision is not Decision.TAKEN:
                self.world.do_destroy(view.serial, view.number)
            self.run(self.office.decide(view.serial, view.number, decision, by="staff.li"))
            self.outcomes.clear()

    @rule(purged=st.booleans())
    def restart(self, purged: bool) -> None:
        self.office.close()
        if purged:
            self.world.do_purge()
        self.start()
        self.run(self.office.recover(AuthorityAt(local(self.world)), PrinterAt(local(self.world))))

    @invariant()
    def every_number_is_given_once_and_kept(self) -> None:
        given = self.world.do_issued()
        assert len({serial for _, serial in given}) == len(given)
        known = {each.serial for each in self.run(self.office.issued()) or []}
        assert known <= {serial for _, serial in given}
        assert {each.serial for each in self.issuances} <= known

    @invariant()
    def at_most_one_copy_lives_and_every_sheet_is_on_record(self) -> None:
        copies = self.run(self.office.copies()) or []
        live = Counter(each.serial for each in copies if each.state not in SPENT)
        assert all(count == 1 for count in live.values())
        valid: Counter[str] = Counter()
        for serial, number in self.world.sheets:
            ruling = self.run(self.office.verdict(Claims(serial, number)))
            assert ruling is not None
            assert ruling.verdict is not Verdict.UNKNOWN
            valid[serial] += ruling.verdict is Verdict.VALID
        assert all(count <= 1 for count in valid.values())

    @invariant()
    def the_audit_log_verifies(self) -> None:
        assert self.audit.verify() == self.audit.head()

    def teardown(self) -> None:
        self.office.close()
        self.audit.close()
        self.loop.close()
        self.world.register.close()
        self.home.cleanup()


Hall.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_the_rules_hold = Hall.TestCase
