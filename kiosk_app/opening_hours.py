"""When the hall is open: a week of hours, and dates that differ from it.

A stretch is written ``"09:00-12:00"``, in the hall's own time; ``24:00`` ends a day. A lunch break
is the gap between two stretches; no stretch is a closed day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from kiosk_app.local_time import LOCAL

_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_DAY = timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""As ``date.weekday`` counts them."""


class Stretch(NamedTuple):
    """From when to when, counted from midnight."""

    begin: timedelta
    end: timedelta


def _read(written: object) -> Stretch:
    found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is not None:
        numbers = [int(each) for each in found.groups()]
        stretch = Stretch(*(timedelta(hours=h, minutes=m) for h, m in (numbers[:2], numbers[2:])))
        if stretch.begin < stretch.end <= _DAY:
            return stretch
    raise PydanticCustomError(
        "opening-hours-unreadable",
        "opening hours are written 09:00-12:00, and end later on the same day, by 24:00",
    )


def _in_order(stretches: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    if any(after.begin < before.end for before, after in pairwise(stretches)):
        raise PydanticCustomError(
            "opening-hours-overlap",
            "the opening hours of a day follow one another, the first first",
        )
    return stretches


Hours = Annotated[tuple[Annotated[Stretch, BeforeValidator(_read)], ...], AfterValidator(_in_order)]


class OpeningHours(BaseModel):
    """The hours of each day of the week, and of ``dates`` instead: holidays, and working days that
    were moved to a weekend."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: Hours = ()
    tuesday: Hours = ()
    wednesday: Hours = ()
    thursday: Hours = ()
    friday: Hours = ()
    saturday: Hours = ()
    sunday: Hours = ()
    dates: dict[date, Hours] = Field(default_factory=dict)

    def on(self, day: date) -> tuple[Stretch, ...]:
        """When it is open on a day."""
        usual: tuple[Stretch, ...] = getattr(self, WEEKDAYS[day.weekday()])
        return self.dates.get(day, usual)

    def open_time(self, since: datetime, until: datetime) -> timedelta:
        """How long it is open between two moments (with time zones)."""
        return sum((end - begin for begin, end in self._between(since, until)), timedelta())

    def after(self, now: datetime, open_time: timedelta, limit: timedelta) -> datetime | None:
        """When it will have been open for so long from now on; ``None`` when that is later than
        ``limit`` from now."""
        for begin, end in self._between(now, now + limit):
            if open_time <= end - begin:
                return begin + open_time
            open_time -= end - begin
        return None

    def _between(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        day, last = since.astimezone(LOCAL).date(), until.astimezone(LOCAL).date()
        while day <= last:
            midnight = datetime.combine(day, time(), LOCAL)
            for stretch in self.on(day):
                begin = max(since, midnight + stretch.begin)
                end = min(until, midnight + stretch.end)
                if begin < end:
                    yield begin, end
            day += _DAY


ALWAYS = OpeningHours.model_validate({day: ["00:00-24:00"] for day in WEEKDAYS})
"""Open day and night."""
