"""What is used up is told or counted, and the forecast carries its use on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceState, Reading, Status, sensed
from drivers.document_printer.contract import PaperLevel
from kiosk_app.health.supplies import FARTHEST, OLDEST, Level, Supply, SupplyBook, Unit
from kiosk_app.local_time import LOCAL
from kiosk_app.opening_hours import ALWAYS, OpeningHours

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRAY, ROLL = "document-printer", "receipt-printer"
FILM, STAMP = "film-laminator", "stamping-machine"
FULL = {TRAY: {"paper": 250.0}, ROLL: {"roll": 50.0}, FILM: {"film": 20.0}, STAMP: {"ink": 5000.0}}


@dataclass(frozen=True, slots=True)
class Tray(Status):
    paper: Reading[PaperLevel]
    page_count: Reading[int | None]


@dataclass(frozen=True, slots=True)
class Roll(Status):
    paper: Reading[PaperLevel]
    printed_mm: Reading[int]


@dataclass(frozen=True, slots=True)
class Film(Status):
    film: Reading[str]
    film_left_mm: Reading[int | None]


@dataclass(frozen=True, slots=True)
class Toner(Status):
    toner: Reading[str]
    toner_percent: Reading[int | None]


@dataclass(frozen=True, slots=True)
class Stamp(Status):
    ink: Reading[str]
    stamp_count: Reading[int | None]


ONLINE = sensed(DeviceState.ONLINE)


def tray(count: int | None, paper: PaperLevel = PaperLevel.FULL) -> Tray:
    return Tray(ONLINE, sensed(paper), sensed(count))


def roll(printed_mm: int, paper: PaperLevel = PaperLevel.FULL) -> Roll:
    return Roll(ONLINE, sensed(paper), sensed(printed_mm))


def film(left_mm: int | None, level: str = "full") -> Film:
    return Film(ONLINE, sensed(level), sensed(left_mm))


class Watched:
    """A book about one role."""

    def __init__(self, role: str, memory: Path, hours: OpeningHours = ALWAYS) -> None:
        self.role = role
        self.book = SupplyBook(FULL, memory, hours)

    def sees(self, status: Status, after: timedelta = timedelta()) -> Supply:
        (supply,) = self.book.look({self.role: status}, NOON + after)
        return supply

    def filled(self, name: str) -> None:
        self.book.filled(self.role, name)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "records" / "supplies.json"


@pytest.fixture
def sheets(memory: Path) -> Watched:
    return Watched(TRAY, memory)


def test_nothing_is_claimed_before_somebody_filled_the_tray(sheets: Watched) -> None:
    supply = sheets.sees(tray(1000))
    assert (supply.left, supply.fraction, supply.gone_at) == (None, None, None)
    assert (supply.level, supply.counted) == (Level.FULL, True)


def test_sheets_are_counted_from_the_filling(sheets: Watched) -> None:
    sheets.sees(tray(1000))
    sheets.filled("paper")
    supply = sheets.sees(tray(1100), HOUR)
    assert (supply.left, supply.unit) == (150, Unit.SHEETS)
    assert supply.fraction == pytest.approx(0.6)
    assert supply.gone_at == NOON + 2.5 * HOUR


def test_a_tray_that_was_out_and_is_full_was_filled(sheets: Watched) -> None:
    assert sheets.sees(tray(1000, PaperLevel.OUT)).left == 0
    sheets.sees(tray(1000, PaperLevel.UNKNOWN))
    assert sheets.sees(tray(1000)).left == 250


def test_a_tray_that_was_out_and_is_low_holds_nobody_knows_how_much(sheets: Watched) -> None:
    sheets.sees(tray(1000))
    sheets.filled("paper")
    assert sheets.sees(tray(1250, PaperLevel.OUT)).left == 0
    assert sheets.sees(tray(1250, PaperLevel.LOW)).left is None
    sheets.filled("paper")
    assert sheets.sees(tray(1251)).left == 249


def test_one_sheet_tells_no_rate(sheets: Watched) -> None:
    sheets.sees(tray(1000))
    sheets.filled("paper")
    assert sheets.sees(tray(1001), HOUR).gone_at is None
    assert sheets.sees(tray(1005), HOUR).gone_at is not None


def test_the_filling_and_what_came_after_it_are_known_after_a_restart(memory: Path) -> None:
    before = Watched(TRAY, memory)
    before.sees(tray(1000))
    before.filled("paper")
    before.sees(tray(1004))
    assert Watched(TRAY, memory).sees(tray(1010)).left == 240


@pytest.mark.parametrize(("paper", "left"), [(PaperLevel.FULL, 250), (PaperLevel.LOW, None)])
def test_a_tray_that_was_filled_while_nothing_ran_is_no_empty_one(
    memory: Path, paper: PaperLevel, left: int | None
) -> None:
    before = Watched(TRAY, memory)
    before.sees(tray(1000))
    before.filled("paper")
    assert before.sees(tray(1250, PaperLevel.OUT)).left == 0
    assert Watched(TRAY, memory).sees(tray(1250, PaperLevel.UNKNOWN)).level is Level.UNKNOWN
    assert Watched(TRAY, memory).sees(tray(1250, paper)).left == left
    assert Watched(TRAY, memory).sees(tray(1250, paper)).left == left


def test_a_tray_that_gave_more_than_it_holds_was_filled_up_nobody_knows_when(
    sheets: Watched,
) -> None:
    sheets.sees(tray(1000))
    sheets.filled("paper")
    assert sheets.sees(tray(1249, PaperLevel.LOW)).left == 1
    assert sheets.sees(tray(1251, PaperLevel.LOW)).left is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"document-printer.paper.used": "many"}', "\x00", "[[["]
)
def test_a_spoiled_memory_is_no_memory(tmp_path: Path, content: str) -> None:
    memory = tmp_path / "supplies.json"
    memory.write_text(content)
    assert Watched(TRAY, memory).sees(tray(1000)).left is None


def test_a_counter_that_runs_backwards_proves_nothing(sheets: Watched) -> None:
    sheets.sees(tray(1000))
    sheets.filled("paper")
    assert sheets.sees(tray(3), HOUR).left is None
    assert sheets.sees(tray(None), HOUR).gone_at is None


def test_minutes_tell_no_rate_and_idle_hours_no_end(sheets: Watched) -> None:
    sheets.sees(tray(1000))
    sheets.filled("paper")
    assert sheets.sees(tray(1010), timedelta(minutes=5)).gone_at is None
    for hour in range(1, 7):
        sheets.sees(tray(1010), hour * HOUR)
    assert sheets.sees(tray(1010), 7 * HOUR).gone_at is None


def test_a_rolls_length_goes_on_over_starts_of_the_driver(memory: Path) -> None:
    watched = Watched(ROLL, memory)
    watched.sees(roll(400))
    watched.filled("roll")
    watched.sees(roll(10_400), HOUR)
    assert watched.sees(roll(2_000), HOUR).left == 38  # the driver's count began anew
    supply = watched.sees(roll(14_000), 2 * HOUR)
    assert (supply.left, supply.unit) == (26, Unit.METRES)
    assert supply.fraction == pytest.approx(0.52)
    assert supply.gone_at == NOON + 2 * HOUR + 2 * HOUR * 26 / 24
    again = Watched(ROLL, memory)
    assert again.sees(roll(1_000)).left == 25


def test_a_device_that_tells_what_is_left_needs_no_filling(memory: Path) -> None:
    watched = Watched(FILM, memory)
    supply = watched.sees(film(12_000))
    assert (supply.left, supply.unit, supply.counted) == (12, Unit.METRES, False)
    assert supply.fraction == pytest.approx(0.6)
    assert watched.sees(film(9_000), HOUR).gone_at == NOON + 4 * HOUR
    assert watched.sees(film(20_000), 2 * HOUR).gone_at is None  # a new roll
    assert watched.sees(film(20_000, "out"), 2 * HOUR).left == 0


def test_toner_is_told_in_percent_where_the_printer_tells_it(memory: Path) -> None:
    watched = Watched(TRAY, memory)
    supply = watched.sees(Toner(ONLINE, sensed("full"), sensed(None)))
    assert (supply.name, supply.left, supply.fraction) == ("toner", None, None)
    supply = watched.sees(Toner(ONLINE, sensed("low"), sensed(8)))
    assert (supply.level, supply.fraction, supply.unit) == (Level.LOW, 0.08, Unit.PERCENT)


def test_ink_is_counted_in_stamps(memory: Path) -> None:
    watched = Watched(STAMP, memory)
    watched.sees(Stamp(ONLINE, sensed("low"), sensed(90)))
    watched.filled("ink")
    supply = watched.sees(Stamp(ONLINE, sensed("full"), sensed(140)))
    assert (supply.left, supply.unit) == (4950, Unit.STAMPS)


def test_what_nobody_said_the_capacity_of_is_not_counted(memory: Path) -> None:
    book = SupplyBook({}, memory)
    (supply,) = book.look({ROLL: roll(400, PaperLevel.LOW)}, NOON)
    assert (supply.left, supply.counted, supply.level) == (None, False, Level.LOW)
    assert book.look({"ups": Status(ONLINE)}, NOON) == ()


@given(st.lists(st.none() | st.integers() | st.booleans() | st.text() | st.floats(), max_size=8))
def test_no_number_of_a_device_breaks_the_book(numbers: list[Any]) -> None:
    book = SupplyBook(FULL, Path("/dev/null/none"))
    now = NOON
    for number in numbers:
        now += HOUR
        status = {FILM: film(number), TRAY: tray(number), ROLL: roll(number)}
        for supply in book.look(status, now):
            assert supply.left is None or supply.left >= 0
            assert supply.gone_at is None or supply.gone_at - now <= FARTHEST


WEEK = OpeningHours.model_validate(
    {
        day: ["09:00-12:00", "14:00-17:00"]
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    }
)


class Clocked(Watched):
    """A tray that was filled on a day of the week from 23 November 2026, a Monday, and the hall's
    clock on the wall."""

    def __init__(self, memory: Path, filled: tuple[int, str], hours: OpeningHours = WEEK) -> None:
        super().__init__(TRAY, memory, hours)
        self.at(*filled, used=0)
        self.filled("paper")

    def at(self, day: int, clock: str, *, used: int) -> Supply:
        return self.sees(tray(1000 + used), on(day, clock) - NOON)


def on(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=LOCAL)


def test_a_forecast_skips_the_break_at_noon(memory: Path) -> None:
    hall = Clocked(memory, filled=(24, "09:00"))
    assert hall.at(24, "11:00", used=100).gone_at == on(
        24, "16:00"
    )  # 1 hour, and 2 after the break
    assert hall.at(24, "13:00", used=150).gone_at == on(24, "16:00")  # 50 an hour; nobody comes now
    assert hall.at(24, "14:00", used=150).gone_at == on(24, "16:00")


def test_a_forecast_skips_the_night(memory: Path) -> None:
    hall = Clocked(memory, filled=(24, "14:00"))
    hall.at(24, "17:00", used=150)
    for clock in ("17:00", "23:59"):
        assert hall.at(24, clock, used=150).gone_at == on(25, "11:00")
    assert hall.at(25, "08:59", used=150).gone_at == on(25, "11:00")


def test_a_forecast_skips_the_weekend_and_days_that_are_closed(memory: Path) -> None:
    friday = Clocked(memory, filled=(27, "14:00"))
    assert friday.at(27, "17:00", used=150).gone_at == on(30, "11:00")
    assert friday.at(29, "12:00", used=150).gone_at == on(30, "11:00")
    moved = WEEK.model_copy(update={"dates": {on(28, "00:00").date(): WEEK.monday}})
    assert Clocked(memory, (27, "14:00"), moved).at(27, "17:00", used=150).gone_at == on(
        28, "11:00"
    )
    closed = WEEK.model_copy(update={"dates": {on(25, "00:00").date(): ()}})
    assert Clocked(memory, (24, "14:00"), closed).at(24, "17:00", used=150).gone_at == on(
        26, "11:00"
    )


def test_the_afternoon_tells_the_next_morning_how_fast_it_goes(memory: Path) -> None:
    hall = Clocked(memory, filled=(24, "14:00"))
    for minute in range(0, 180, 3):
        hall.at(24, f"{14 + minute // 60}:{minute % 60:02}", used=minute * 2 // 3)
    gone_at = hall.at(25, "09:05", used=123).gone_at  # 127 are left, and go at about 40 an hour
    assert gone_at is not None
    assert on(25, "14:00") < gone_at < on(25, "14:30")


def test_a_hall_that_never_opens_has_no_forecast_and_remembers_no_more(memory: Path) -> None:
    hall = Clocked(memory, (23, "09:00"), OpeningHours())
    assert hall.at(23, "11:00", used=100).gone_at is None
    late = on(24, "11:00") - NOON + OLDEST
    assert hall.sees(tray(1200), late).left == 50
    assert hall.sees(tray(1200), late + HOUR).gone_at is None


def test_what_lies_too_far_back_is_forgotten_over_a_long_holiday(memory: Path) -> None:
    holiday = {on(day, "00:00").date(): () for day in range(24, 30)}
    hall = Clocked(memory, (23, "14:00"), WEEK.model_copy(update={"dates": holiday}))
    assert hall.at(23, "17:00", used=150).gone_at == on(30, "11:00")
    back = on(30, "15:00") + timedelta(days=7) - NOON
    assert hall.sees(tray(1150), back).gone_at is None
