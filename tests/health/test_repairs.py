"""A repair opens when a fault lasts, and closes itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from drivers.device import DeviceState, Status, sensed
from kiosk_app.health.conditions import KINDS, Condition, conditions
from kiosk_app.health.repairs import PERSISTS, RepairBook

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


def said(state: DeviceState) -> tuple[Condition, ...]:
    return conditions(Status(sensed(state)))


def found(*kinds: str) -> list[Condition]:
    return [Condition(KINDS[kind], "paper", None) for kind in kinds]


def ids(book: RepairBook) -> list[str]:
    return [repair.id for repair in book.open]


def test_a_fault_that_passes_calls_nobody() -> None:
    book = RepairBook()
    assert book.update({"camera": said(DeviceState.NO_DEVICE)}, NOON) == []
    assert book.update({"camera": said(DeviceState.ONLINE)}, NOON + MOMENT) == []
    late = NOON + 10 * PERSISTS
    assert book.update({"camera": said(DeviceState.NO_DEVICE)}, late) == []
    assert ids(book) == []


def test_a_fault_that_lasts_is_a_repair_until_the_device_is_well() -> None:
    book = RepairBook()
    broken, well = {"camera": said(DeviceState.OFFLINE)}, {"camera": said(DeviceState.ONLINE)}
    book.update(broken, NOON)
    (opened,) = book.update(broken, NOON + PERSISTS)
    assert opened.opened
    assert opened.repair.since == NOON
    assert book.update(broken, NOON + 2 * PERSISTS) == []
    assert ids(book) == ["camera:offline"]
    (closed,) = book.update(well, NOON + 3 * PERSISTS)
    assert not closed.opened
    assert ids(book) == []


def test_another_fault_of_the_same_device_takes_its_place() -> None:
    book = RepairBook()
    book.update({"ups": said(DeviceState.OFFLINE)}, NOON)
    book.update({"ups": said(DeviceState.OFFLINE)}, NOON + PERSISTS)
    changes = book.update({"ups": said(DeviceState.HARDWARE_ERROR)}, NOON + 2 * PERSISTS)
    assert [change.opened for change in changes] == [False]
    book.update({"ups": said(DeviceState.HARDWARE_ERROR)}, NOON + 3 * PERSISTS)
    assert ids(book) == ["ups:broken"]


def test_the_most_urgent_stands_first_and_an_unbound_role_is_no_repair() -> None:
    book = RepairBook()
    now = {"a": said(DeviceState.OFFLINE), "b": said(DeviceState.FRAUD_ATTEMPT)}
    book.update(now, NOON)
    book.update(now, NOON + PERSISTS)
    assert ids(book) == ["b:fraud", "a:offline"]
    assert [change.repair.id for change in book.update({}, NOON + 2 * PERSISTS)] != []
    assert ids(book) == []


def test_each_condition_is_a_repair_that_opens_and_closes_by_itself() -> None:
    book = RepairBook()
    book.update({"printer": found("toner-low")}, NOON)
    book.update({"printer": found("paper-out", "toner-low")}, NOON + 2 * MOMENT)
    book.update({"printer": found("paper-out", "toner-low")}, NOON + PERSISTS)
    assert ids(book) == ["printer:toner-low"]
    book.update({"printer": found("paper-out", "toner-low")}, NOON + 2 * PERSISTS)
    assert ids(book) == ["printer:paper-out", "printer:toner-low"]
    assert [each.since for each in book.open] == [NOON + 2 * MOMENT, NOON]
    book.update({"printer": found("toner-low")}, NOON + 3 * PERSISTS)
    assert ids(book) == ["printer:toner-low"]
    assert book.open[0].since == NOON


def test_silence_mends_nothing() -> None:
    book = RepairBook()
    jam, silent = {"printer": found("paper-jam")}, {"printer": said(DeviceState.OFFLINE)}
    book.update(jam, NOON)
    book.update(jam, NOON + PERSISTS)
    assert book.update(silent, NOON + 2 * PERSISTS) == []
    book.update(silent, NOON + 3 * PERSISTS)
    assert ids(book) == ["printer:paper-jam", "printer:offline"]
    closed = book.update({"printer": said(DeviceState.ONLINE)}, NOON + 4 * PERSISTS)
    assert [change.opened for change in closed] == [False, False]
    assert ids(book) == []
