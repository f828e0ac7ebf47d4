"""A snapshot in words: what the technician's page, the health page and the command line show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from kiosk_app.health.conditions import Kind
from kiosk_app.health.repairs import Repair
from kiosk_app.health.roll_up import DeviceHealth, Snapshot
from kiosk_app.health.supplies import Level, Supply, Unit
from kiosk_app.local_time import LOCAL
from kiosk_app.opening_hours import WEEKDAYS
from kiosk_app.screens import Tone, Value
from kiosk_app.texts import Text, Texts

FILLED = "filled"
TEST = "test"
REBIND = "rebind"
MAINTAIN = "maintain"
_BUTTONS = {
    ("paper-out", 2): FILLED,
    ("paper-low", 2): FILLED,
    ("roll-out", 2): FILLED,
    ("roll-low", 2): FILLED,
    ("film-out", 2): TEST,
    ("ink-out", 2): FILLED,
    ("ink-low", 2): FILLED,
    ("paper-jam", 3): TEST,
    ("cutter-jam", 2): TEST,
    ("media-jam", 2): TEST,
    ("toner-out", 2): TEST,
    ("offline", 2): TEST,
    ("light-stuck", 2): TEST,
    ("absent", 3): REBIND,
    ("fraud", 1): MAINTAIN,
    ("film-low", 1): TEST,
    ("toner-low", 1): TEST,
    ("cover-open", 1): TEST,
    ("output-full", 1): TEST,
    ("wrong-paper", 1): TEST,
    ("power-off", 1): TEST,
    ("too-hot", 2): TEST,
    ("broken", 1): TEST,
    ("garbled", 2): TEST,
    ("security-module", 2): TEST,
    ("picture-lost", 2): TEST,
    ("scanner-off", 1): TEST,
    ("user", 1): TEST,
    ("battery-low", 1): TEST,
    ("on-battery", 1): TEST,
}
"""What can be done at the screen, by kind of repair and number of its step. A step that says that
something was filled is there only where that is counted."""
_UNITS = {Unit.SHEETS, Unit.METRES, Unit.STAMPS}
"""Units in which what is left is told; a share of all is told by the level."""


class Button(Value):
    """What can be done about a step at the screen."""

    act: str
    label: Text


class RepairStep(Value):
    """One step. ``picture``: the name of a drawing of the page; a repair's first step has one."""

    title: Text
    detail: Text
    picture: str | None = None
    button: Button | None = None


class RepairReport(Value):
    """One repair in words."""

    id: str
    role: str
    device: Text
    title: Text
    tone: Tone
    since: datetime
    action: str
    steps: tuple[RepairStep, ...]


class SupplyReport(Value):
    """One supply in words. ``level`` is from 0 to 1, ``left`` in units; ``filled``: the button of
    whoever filled it, where that is counted and the device does not say that it is out."""

    role: str
    supply: str
    what: Text
    level: float | None
    left: float | None
    unit: Unit
    says: Text
    tone: Tone
    filled: Text | None = None


class DeviceReport(Value):
    """One device in words. ``known_by`` says how its condition is known."""

    role: str
    title: Text
    tone: Tone
    word: Text
    known_by: Text
    age_s: float | None
    status: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Turns snapshots into words. ``texts``: ``config/texts/health``."""

    texts: Texts

    def device(self, health: DeviceHealth) -> DeviceReport:
        """One device; every status value with its source and age."""
        found, known = health.worst, health.worst.known
        return DeviceReport(
            role=health.role,
            title=self.texts[f"role.{health.role}"],
            tone=found.kind.tone,
            word=self.texts[f"word.{found.kind.name}"],
            known_by=self.texts[f"source.{known.source if known is not None else 'assumed'}"],
            age_s=round(known.age_s, 1) if known is not None else None,
            status=health.status.as_json() if health.driver else {},
        )

    def repairs(self, now: Snapshot) -> list[RepairReport]:
        """What is to be done, most urgent first."""
        counted = {(each.role, each.name) for each in now.supplies if each.counted}
        return [
            self._repair(each, counted=(each.role, each.kind.supply) in counted)
            for each in now.repairs
        ]

    def supplies(self, now: Snapshot) -> list[SupplyReport]:
        """What runs out."""
        return [self._supply(each, now.at) for each in now.supplies]

    def _repair(self, repair: Repair, *, counted: bool) -> RepairReport:
        return RepairReport(
            id=repair.id,
            role=repair.role,
            device=self.texts[f"role.{repair.role}"],
            title=self.texts[f"repair.{repair.kind.name}.title"],
            tone=repair.kind.tone,
            since=repair.since,
            action=str(repair.kind.action),
            steps=tuple(self._steps(repair.kind, counted=counted)),
        )

    def _steps(self, kind: Kind, *, counted: bool) -> list[RepairStep]:
        steps: list[RepairStep] = []
        for number in count(1):
            key = f"repair.{kind.name}.{number}"
            if key not in self.texts:
                break
            act = _BUTTONS.get((kind.name, number))
            if act == FILLED and not counted:
                continue
            steps.append(
                RepairStep(
                    title=self.texts[key],
                    detail=self.texts[f"{key}_detail"],
                    picture=kind.name if number == 1 else None,
                    button=self._button(act, kind) if act else None,
                )
            )
        return steps

    def _button(self, act: str, kind: Kind) -> Button:
        label = self._first(f"act.{act}-{kind.name}", f"act.{act}-{kind.supply}", f"act.{act}")
        return Button(act=act, label=label)

    def _first(self, *keys: str) -> Text:
        """The text of the first key that has one."""
        return next(self.texts[key] for key in keys if key in self.texts)

    def _supply(self, supply: Supply, now: datetime) -> SupplyReport:
        return SupplyReport(
            role=supply.role,
            supply=supply.name,
            what=self.texts[f"supply.what.{supply.name}"],
            level=supply.fraction,
            left=supply.left,
            unit=supply.unit,
            says=self._says(supply, now),
            tone=_SUPPLY_TONES[supply.level],
            filled=self._first(f"act.{FILLED}-{supply.name}", f"act.{FILLED}")
            if supply.counted and supply.level is not Level.OUT
            else None,
        )

    def _says(self, supply: Supply, now: datetime) -> Text:
        if supply.level is Level.OUT:
            return self.texts["supply.out"]
        if supply.gone_at is not None:
            return self._gone(supply.gone_at.astimezone(LOCAL), now.astimezone(LOCAL))
        if supply.left is not None and supply.unit in _UNITS:
            return self.texts.say(f"supply.left.{supply.unit}", left=_told(supply.left))
        if supply.left is None and supply.level is Level.FULL:
            return self.texts["supply.some"]
        return self.texts[f"supply.{supply.level}"]

    def _gone(self, gone: datetime, now: datetime) -> Text:
        """When it will be gone, as a person says it today."""
        days, time = (gone.date() - now.date()).days, f"{gone:%H:%M}"
        if days == 0:
            return self.texts.say("supply.gone.today", time=time)
        if days == 1:
            return self.texts.say("supply.gone.tomorrow", time=time)
        if days < len(WEEKDAYS):
            weekday = self.texts[f"weekday.{WEEKDAYS[gone.weekday()]}"]
            return self.texts.say("supply.gone.weekday", weekday=weekday, time=time)
        return self.texts.say(
            "supply.gone.date", month=self.texts[f"month.{gone:%m}"], day=gone.day
        )


def _told(left: float) -> str:
    """What is left as a person says it: whole, and the last few metres by the tenth."""
    return f"{left:.1f}" if left < 10 and left != round(left) else f"{left:.0f}"


_SUPPLY_TONES = {
    Level.FULL: Tone.GOOD,
    Level.LOW: Tone.SOON,
    Level.OUT: Tone.STOP,
    Level.UNKNOWN: Tone.PLAIN,
}
