"""One terminal that issues and prints, in a process that a failpoint may end.

Each line on standard output is a fact that was acknowledged to the caller before it was printed.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

from kiosk_app.audit import AuditLog
from kiosk_app.issuing.contract import CopyOutcome, Errand, Order
from kiosk_app.issuing.numbering import IssueTiming
from kiosk_app.issuing.office import IssuingOffice, OfficePaths
from kiosk_app.issuing.printing import PrintTiming
from kiosk_app.issuing.staff import Decision
from kiosk_app.issuing.states import CopyState
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy
from tests.issuing.far_ends import AuthorityAt, Call, PrinterAt, Workshop, over

DAY = date(2026, 11, 24)
NAME = "林晓梅"
ID_NUMBER = "445281199003154424"
PAYLOAD = f"{NAME} {ID_NUMBER} 揭阳市".encode()

QUICK_PRINT = PrintTiming(poll_s=0.01, deadline_s=1.0, stopped_s=0.05, settle_s=0.05)
QUICK_ISSUE = IssueTiming(pauses_s=(0.01, 0.02, 0.02))


def applicant(name: str = NAME, number: str = ID_NUMBER) -> Applicant:
    person = Person(name, IdKind.RESIDENT_CARD, number, date(1990, 3, 15))
    return Applicant(person, Relation.SELF, ShownBy.CARD)


def errand(purpose: str = "loan", who: Applicant | None = None) -> Errand:
    return Errand(
        service="no-housing-certificate",
        kind="certificate",
        applicants=(who or applicant(),),
        districts=("445202", "445281"),
        purpose=purpose,
        receiving_body="bank",
    )


def open_audit(folder: Path) -> AuditLog:
    return AuditLog.open(folder / "audit.sqlite")


def paths(folder: Path) -> OfficePaths:
    return OfficePaths(folder / "journal.sqlite", folder / "keys", folder / "spool")


def open_office(folder: Path, audit: AuditLog) -> IssuingOffice:
    return IssuingOffice.at(
        paths(folder), audit, issue_timing=QUICK_ISSUE, print_timing=QUICK_PRINT
    )


async def order(office: IssuingOffice, purpose: str = "loan", payload: bytes = PAYLOAD) -> Order:
    return await office.open(errand(purpose), payload, day=DAY, daily_limit=5)


def request_of(opened: Order) -> str:
    """What is sent to the register; it holds the answer of its day and hour, as the paper does."""
    return opened.payload.hex()


async def whole_errand(office: IssuingOffice, call: Call, *, takes: bool = True) -> CopyOutcome:
    """Issue, print, and take or leave the paper; say each acknowledged fact."""
    opened = await order(office)
    issuance = await office.issue(opened, AuthorityAt(call), request_of(opened))
    say("issued", issuance.serial)
    outcome = await office.print_copy(issuance, Workshop(), PrinterAt(call), lambda step: None)
    say(outcome.state, issuance.serial, str(outcome.number))
    if outcome.state is CopyState.PRESENTED:
        outcome = await (office.mark_taken(outcome) if takes else put_away(office, outcome))
        say(outcome.state, issuance.serial, str(outcome.number))
    return outcome


async def put_away(office: IssuingOffice, outcome: CopyOutcome) -> CopyOutcome:
    """Staff find the sheet in the tray and put it away."""
    copy = await office.decide(outcome.serial, outcome.number, Decision.RETRACTED, by="staff.li")
    return replace(outcome, state=copy.state, reason=copy.reason)


def say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def run(folder: str, socket: str, world: str, takes: bool) -> None:
    """The whole life of a terminal with one citizen."""

    async def live() -> None:
        audit = open_audit(Path(folder))
        office = open_office(Path(folder), audit)
        await whole_errand(office, over(Path(socket), world), takes=takes)
        office.close()
        audit.close()

    asyncio.run(live())
