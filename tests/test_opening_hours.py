"""Hours as they are written, and time that is counted by them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk_app.local_time import LOCAL
from kiosk_app.opening_hours import ALWAYS, WEEKDAYS, OpeningHours

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=LOCAL)
MOMENTS = st.timedeltas(timedelta(), YEAR).map(NEW_YEAR.__add__)


@pytest.mark.parametrize(
    "written",
    [
        ["9:00-12:00"],
        ["09:00–12:00"],  # a dash that a word processor writes
        ["09:00-09:00"],
        ["12:00-09:00"],
        ["22:00-02:00"],
        ["09:00-24:01"],
        ["09:60-12:00"],
        ["０９:00-12:00"],  # digits of Chinese typesetting
        ["09:00-12:00\n"],
        [""],
        [9],
        [None],
        "09:00-12:00",
        9,
        ["14:00-17:00", "09:00-12:00"],
        ["09:00-12:00", "11:59-17:00"],
    ],
)
def test_hours_that_cannot_be_meant_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        OpeningHours(monday=written)
    assert caught.value.errors()[0]["loc"][0] == "monday"


@pytest.mark.parametrize("day", ["2027-02-30", "tomorrow", "", "27-1-1"])
def test_a_day_that_does_not_exist_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        OpeningHours.model_validate({"dates": {day: []}})


def test_a_date_differs_from_its_day_of_the_week() -> None:
    hours = OpeningHours.model_validate(
        {"friday": ["09:00-12:00"], "dates": {"2027-01-01": [], "2027-01-02": ["10:00-24:00"]}}
    )
    new_year = datetime(2027, 1, 1, tzinfo=LOCAL)
    assert hours.open_time(new_year, new_year + 24 * HOUR) == timedelta()
    assert hours.open_time(new_year, new_year + 48 * HOUR) == 14 * HOUR
    assert hours.on(date(2027, 1, 8)) == hours.friday


def test_stretches_may_touch() -> None:
    hours = OpeningHours.model_validate({"monday": ["00:00-12:00", "12:00-24:00"]})
    monday = datetime(2026, 11, 23, tzinfo=LOCAL)
    assert hours.open_time(monday, monday + 24 * HOUR) == 24 * HOUR


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=40)))
def test_where_it_is_always_open_time_is_time(now: datetime, long: timedelta) -> None:
    assert ALWAYS.open_time(now, now + long) == long
    assert ALWAYS.after(now, long, YEAR) == now + long or not long


@given(
    MOMENTS,
    st.timedeltas(timedelta(seconds=1), timedelta(days=5)),
    st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True),
)
def test_after_so_much_open_time_it_was_open_for_so_long(
    now: datetime, long: timedelta, days: list[str]
) -> None:
    hours = OpeningHours.model_validate({day: ["09:00-12:00", "14:00-17:30"] for day in days})
    moment = hours.after(now, long, YEAR)
    assert moment is not None
    assert hours.open_time(now, moment) == long
    assert hours.open_time(now, moment - timedelta(seconds=1)) < long


def test_what_never_opens_has_no_after() -> None:
    assert OpeningHours().after(datetime(2026, 11, 24, tzinfo=UTC), HOUR, YEAR) is None
