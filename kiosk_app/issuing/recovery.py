"""What the terminal does at its start about everything that an interruption left.

found                    then
issuing, issue-unknown   the register is asked by the same key: issued, or as before
rendered                 nothing was sent; the next attempt makes the file anew
print-intent             the job is looked for: tracked; or void if the counter stands still
spooled, printing        the job is tracked to its end; a lost job is unknown
printed                  presented
presented                as before; staff look whether it still lies there
unknown, with staff      as before; a reprint stays blocked
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from kiosk_app.connectors.housing_register.contract import RegisterError
from kiosk_app.issuing.contract import Authority, Printer, RequestT
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.numbering import Numbering
from kiosk_app.issuing.printing import CopyPress
from kiosk_app.issuing.rows import CopyRecord
from kiosk_app.issuing.states import (
    IN_FLIGHT,
    WITH_STAFF,
    CopyState,
    IssuanceState,
)

_UNFINISHED: Final = (
    IN_FLIGHT | WITH_STAFF | {CopyState.RENDERED, CopyState.PRINTED, CopyState.PRESENTED}
)


@dataclass(frozen=True, slots=True)
class Recovered:
    """One thing that was found unfinished. ``serial`` is ``None`` while there is no number."""

    serial: str | None
    copy: int | None
    was: IssuanceState | CopyState
    now: IssuanceState | CopyState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecoveryReport:
    """All that was found, and how many spool files were removed."""

    items: tuple[Recovered, ...]
    spool_files: int

    @property
    def needs_staff(self) -> tuple[Recovered, ...]:
        """Copies that staff must look at before another may be printed."""
        return tuple(each for each in self.items if each.now in WITH_STAFF)

    @property
    def without_word(self) -> tuple[Recovered, ...]:
        """Requests of which the register has not said what became of them."""
        return tuple(each for each in self.items if each.now is IssuanceState.ISSUE_UNKNOWN)


async def recover(
    journal: Journal,
    numbering: Numbering,
    press: CopyPress,
    authority: Authority[RequestT],
    printer: Printer,
) -> tuple[Recovered, ...]:
    """Settle what can be settled; may run whenever nobody is at the terminal."""
    found: list[Recovered] = []
    for state in (IssuanceState.ISSUING, IssuanceState.ISSUE_UNKNOWN):
        for record in await asyncio.to_thread(journal.issuances, state=state):
            try:
                settled = await numbering.ask_receipt(record, authority)
            except RegisterError as problem:
                found.append(Recovered(None, None, record.state, record.state, problem.code))
            else:
                found.append(Recovered(settled.serial, None, record.state, settled.state))
    unfinished = await asyncio.to_thread(journal.copies_in, _UNFINISHED)
    found.extend([await _settle(journal, press, printer, copy) for copy in unfinished])
    found.extend(
        Recovered(each.serial, None, each.state, each.state)
        for each in await asyncio.to_thread(journal.without_paper)
    )
    return tuple(found)


async def _settle(
    journal: Journal, press: CopyPress, printer: Printer, copy: CopyRecord
) -> Recovered:
    settled = copy
    if copy.state in IN_FLIGHT or copy.state is CopyState.PRINTED:
        settled = await press.settle(copy, printer)
    issuance = await asyncio.to_thread(journal.issuance, id=copy.issuance)
    return Recovered(issuance.serial, copy.number, copy.state, settled.state, settled.reason)
