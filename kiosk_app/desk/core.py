"""The desk: what a procedure may ask for while one citizen stands there.

A procedure reads like a clerk's instructions; the desk turns each of them into screens, devices,
registers and papers. The parts of the work live beside this file: ``identify``, ``questions``,
``papers``. What goes wrong ends in one place, ``fault``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

import structlog

from kiosk_app.answers import Go
from kiosk_app.desk.faults import Advice, Outcome, rule_for
from kiosk_app.desk.parts import Parts
from kiosk_app.devices import READER
from kiosk_app.journey import Journey
from kiosk_app.local_time import LOCAL
from kiosk_app.screens import Fault, Icon, Step, Way
from kiosk_app.texts import Text

if TYPE_CHECKING:
    from kiosk_app.issuing.office import IssuingOffice

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Report:
    """How a journey went, with nothing personal in it."""

    outcome: Outcome = Outcome.ABANDONED
    serial: str | None = None
    fault: str | None = None
    action: str | None = None
    copies: list[dict[str, object]] = field(default_factory=list)


class Stopped(Exception):
    """The errand cannot go on, and the citizen has been told."""


class RecordsClosed(Exception):
    """The records cannot be trusted, so nothing is issued."""

    code = "journal-corrupt"


class StartAgain(Exception):
    """The citizen wants to try the errand once more from its beginning."""


class DeskBase:
    """One citizen's desk. ``stages``: the texts of the line of steps at the top."""

    def __init__(self, parts: Parts, journey: Journey, stages: tuple[Text, ...]) -> None:
        self.parts = parts
        self.journey = journey
        self.report = Report()
        self.card_on = READER
        """The role of the reader on which the citizen's card was read last."""
        self._stages = stages
        self._stage = 0

    def say(self, key: str, **values: object) -> Text:
        """A text of the journey."""
        return self.parts.texts.say(key, **values)

    def today(self) -> datetime:
        """Now, on the hall's clock (Asia/Shanghai)."""
        return self.parts.now().astimezone(LOCAL)

    def at_stage(self, number: int) -> None:
        """Move the line of steps; ``len(stages)`` means all done."""
        self._stage = number

    @property
    def office(self) -> IssuingOffice:
        """The issuing office. Raises ``RecordsClosed`` when it is not open."""
        if self.parts.office is None:
            raise RecordsClosed
        return self.parts.office

    def start_again(self) -> None:
        """Back to the first stage, with a clean report."""
        self.report = Report()
        self._stage = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """The line of steps as it stands."""
        return tuple(
            Step(
                label=label,
                state="done"
                if number < self._stage
                else "now"
                if number == self._stage
                else "next",
            )
            for number, label in enumerate(self._stages)
        )

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Note how long a part of the errand took, in milliseconds."""
        started = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - started) * 1000
            self.journey.trace.steps.append((name, round(spent, 1)))

    def way(
        self,
        action: str,
        *,
        label: Text | None = None,
        detail: Text | None = None,
        icon: Icon | None = None,
        best: bool = False,
    ) -> Way:
        """A way on; its texts are those of its action unless others are given."""
        place = {"window": self.parts.hall.staff_window}
        texts = self.parts.texts
        own_detail = f"way.{action}.detail"
        if detail is None and label is None and own_detail in texts:
            detail = texts.say(own_detail, **place)
        return Way(
            action=action,
            label=label or texts.say(f"way.{action}.label", **place),
            detail=detail,
            icon=icon or _WAY_ICONS.get(action),
            best=best,
        )

    async def fault(self, code: str, role: str | None = None, *, seconds: int = 45) -> Advice:
        """Say what does not work; returns what the citizen chose. Sets the report.

        ``role``: the reader that it is about, whose card has words of its own.
        """
        rule = rule_for(code, role)
        self.report.outcome, self.report.fault = rule.outcome, code
        self.report.action = str(rule.action)
        log.warning("fault shown", code=code, reference=rule.reference)
        if rule.outcome is Outcome.NEEDS_STAFF:
            self.journey.call_staff()
        texts = self.parts.texts
        emphasis = f"fault.{rule.text}.emphasis"
        ways = tuple(self.way(str(way), best=not n) for n, way in enumerate(rule.ways))
        screen = Fault(
            title=self.say(f"fault.{rule.text}.title"),
            lead=self.say(f"fault.{rule.text}.lead", phone=self.parts.hall.phone),
            emphasis=texts.get(emphasis),
            steps=self.steps,
            icon=rule.icon,
            tone=rule.tone,
            ways=ways,
            code=rule.reference,
            at=f"{self.today():%H:%M}",
            seconds=seconds,
        )
        answer = await self.journey.ask(screen, within=seconds)
        if not isinstance(answer, Go):
            return Advice.FINISH
        chosen = Advice(answer.way)
        if chosen is Advice.CALL_STAFF:
            self.journey.call_staff()
        return chosen

    async def stop(self, code: str, role: str | None = None) -> NoReturn:
        """Say what does not work and end the errand. ``role``: as for ``fault``.

        Raises ``StartAgain`` when the citizen chose so, else ``Stopped``.
        """
        if await self.fault(code, role) is Advice.AGAIN:
            raise StartAgain
        raise Stopped(code)


_WAY_ICONS = {
    "window": Icon.TICKET,
    "other-terminal": Icon.MAP_PIN,
    "call-staff": Icon.HEADSET,
    "again": Icon.ROTATE,
    "finish": Icon.LOG_OUT,
    "no-card": Icon.HELP,
    "travel-document": Icon.PASSPORT,
    "read-page": Icon.SEARCH,
    "by-consent": Icon.PEN,
    "taken": Icon.CHECK,
    "missing": Icon.HELP,
    "print-record": Icon.FILE_TEXT,
}
