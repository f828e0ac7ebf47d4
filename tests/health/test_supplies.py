"""Sheets are counted by the printer's counter, and the forecast carries their use on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.device import DeviceState, Reading, Status, sensed
from drivers.document_printer.contract import PaperLevel
from kiosk_app.health.supplies import Level, SheetCounter

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
ROLE = "document-printer"


@dataclass(frozen=True, slots=True)
class Tray(Status):
    paper: Reading[PaperLevel]
    page_count: Reading[int | None]


def says(count: int | None, paper: PaperLevel = PaperLevel.FULL) -> Tray:
    return Tray(sensed(DeviceState.ONLINE), sensed(paper), sensed(count))


@pytest.fixture
def counter(tmp_path: Path) -> SheetCounter:
    return SheetCounter(ROLE, 250, tmp_path / "trays.json")


def test_nothing_is_claimed_before_somebody_filled_the_tray(counter: SheetCounter) -> None:
    counter.take_in(says(1000), NOON)
    supply = counter.supply(NOON)
    assert (supply.left, supply.fraction, supply.gone_at) == (None, None, None)
    assert supply.level is Level.FULL


def test_sheets_are_counted_from_the_filling(counter: SheetCounter) -> None:
    counter.take_in(says(1000), NOON)
    counter.filled()
    counter.take_in(says(1100), NOON + timedelta(hours=1))
    supply = counter.supply(NOON + timedelta(hours=1))
    assert supply.left == 150
    assert supply.fraction == pytest.approx(0.6)
    assert supply.gone_at == NOON + timedelta(hours=2, minutes=30)


def test_a_tray_that_was_out_and_is_full_was_filled(counter: SheetCounter) -> None:
    counter.take_in(says(1000, PaperLevel.OUT), NOON)
    assert counter.supply(NOON).left == 0
    counter.take_in(says(1000, PaperLevel.UNKNOWN), NOON)
    counter.take_in(says(1000), NOON)
    assert counter.supply(NOON).left == 250


def test_the_filling_is_known_after_a_restart(tmp_path: Path) -> None:
    memory = tmp_path / "records" / "trays.json"
    before = SheetCounter(ROLE, 250, memory)
    before.take_in(says(1000), NOON)
    before.filled()
    after = SheetCounter(ROLE, 250, memory)
    after.take_in(says(1010), NOON)
    assert after.supply(NOON).left == 240


@pytest.mark.parametrize("content", ["", "[]", "{", '{"document-printer": "many"}', "\x00"])
def test_a_spoiled_memory_is_no_memory(tmp_path: Path, content: str) -> None:
    memory = tmp_path / "trays.json"
    memory.write_text(content)
    counter = SheetCounter(ROLE, 250, memory)
    counter.take_in(says(1000), NOON)
    assert counter.supply(NOON).left is None


def test_a_counter_that_runs_backwards_proves_nothing(counter: SheetCounter) -> None:
    counter.take_in(says(1000), NOON)
    counter.filled()
    counter.take_in(says(3), NOON + timedelta(hours=1))
    assert counter.supply(NOON + timedelta(hours=1)).left is None
    counter.take_in(says(None), NOON + timedelta(hours=1))
    assert counter.supply(NOON + timedelta(hours=1)).gone_at is None


def test_minutes_tell_no_rate_and_idle_hours_no_end(counter: SheetCounter) -> None:
    counter.take_in(says(1000), NOON)
    counter.filled()
    counter.take_in(says(1010), NOON + timedelta(minutes=5))
    assert counter.supply(NOON + timedelta(minutes=5)).gone_at is None
    for hour in range(1, 8):
        counter.take_in(says(1010), NOON + timedelta(hours=hour))
    assert counter.supply(NOON + timedelta(hours=7)).gone_at is None
