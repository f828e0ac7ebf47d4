"""Stamping machines: each stamp authorised, made once, counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import DeviceState
from drivers.errors import CommandRejected, HardwareFault, UserFault
from drivers.stamping_machine.contract import InkLevel, StampMedia, StampPosition
from drivers.stamping_machine.serial_line import SerialStampingMachine
from drivers.virtual.stamping_machine import VirtualStampingMachine
from tests.drivers.serial_device.bench import Bench, opened

Stamp = Bench[SerialStampingMachine, VirtualStampingMachine]
MIDDLE = StampPosition(105.0, 220.5, rotation_deg=15)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Stamp]:
    with opened(SerialStampingMachine, VirtualStampingMachine, tmp_path) as found:
        found.peer.act("feed", {})
        yield found


def test_a_stamp_lands_where_it_was_asked_for_and_is_counted(bench: Stamp) -> None:
    before = bench.driver.stamp_count()
    done = bench.driver.stamp(MIDDLE, "copy:1")
    assert done.count == before + 1 == bench.driver.stamp_count()
    assert bench.peer.state()["stamps"] == [{"x_mm10": 1050, "y_mm10": 2205, "rotation": 15}]
    assert bench.driver.status().stamp_count.value == done.count


def test_one_authorisation_makes_one_stamp(bench: Stamp) -> None:
    done = bench.driver.stamp(MIDDLE, "copy:1")
    error = bench.refusal("stamp", MIDDLE, "copy:1")
    assert (type(error), error.code) == (CommandRejected, "stamp-authorisation-used")
    assert bench.driver.find_stamp("copy:1") == done
    assert bench.driver.find_stamp("copy:2") is None
    assert bench.driver.stamp_count() == done.count


def test_a_stamp_whose_answer_is_lost_is_made_once(bench: Stamp) -> None:
    before = bench.driver.stamp_count()
    bench.fault("lost-answer")
    assert bench.driver.stamp(MIDDLE, "copy:1").count == before + 1
    assert len(bench.peer.state()["stamps"]) == 1


@pytest.mark.parametrize("moment", ["at once", "as it is pressed"])
def test_after_a_pulled_cable_the_machine_tells_what_it_did(bench: Stamp, moment: str) -> None:
    before = bench.driver.stamp_count()
    if moment == "at once":
        bench.fault("unplugged")
    else:
        bench.fault("silent")
    error = bench.refusal("stamp", MIDDLE, "copy:1")
    assert error.code in ("device-absent", "device-silent")
    bench.driver.close()
    bench.fault("unplugged", on=False)
    bench.fault("silent", on=False)
    bench.driver.open()
    found = bench.driver.find_stamp("copy:1")
    made = len(bench.peer.state()["stamps"])
    assert made == (0 if moment == "at once" else 1)
    assert (found is not None) == (made == 1)
    assert bench.driver.stamp_count() == before + made


@pytest.mark.parametrize("authorisation", ["", " ", "a b", "x" * 65, "授权", "a\n", "a;b"])
def test_nothing_is_stamped_without_an_authorisation(bench: Stamp, authorisation: str) -> None:
    before = bench.driver.stamp_count()
    assert bench.refusal("stamp", MIDDLE, authorisation).code == "stamp-authorisation-invalid"
    assert bench.driver.stamp_count() == before


@pytest.mark.parametrize(
    "position",
    [
        StampPosition(-1, 5),
        StampPosition(5, float("nan")),
        StampPosition(float("inf"), 5),
        StampPosition(250, 5),
        StampPosition(5, 298),
    ],
)
def test_a_place_out_of_reach_is_refused(bench: Stamp, position: StampPosition) -> None:
    assert bench.refusal("stamp", position, "copy:1").code == "stamp-position-invalid"
    assert bench.driver.find_stamp("copy:1") is None


@pytest.mark.parametrize(
    ("fault", "code", "error_code"),
    [
        ("jam", "stamp-jammed", "mediaJammed"),
        ("ink-out", "stamp-ink-out", "inkOut"),
        ("cover-open", "stamp-cover-open", None),
    ],
)
def test_each_obstacle_is_told_and_passes(
    bench: Stamp, fault: str, code: str, error_code: str | None
) -> None:
    bench.fault(fault)
    error = bench.refusal("stamp", MIDDLE, "copy:1")
    assert (type(error), error.code, error.error_code) == (HardwareFault, code, error_code)
    bench.driver.refresh()
    assert bench.device() is DeviceState.USER_ERROR
    assert not bench.driver.self_test().ok
    bench.fault(fault, on=False)
    assert bench.driver.stamp(MIDDLE, "copy:1").count > 0


def test_sheet_and_ink_are_told(bench: Stamp) -> None:
    bench.driver.refresh()
    assert bench.driver.status().media.value is StampMedia.PRESENT
    bench.fault("ink-low")
    bench.fault("jam")
    bench.driver.refresh()
    status = bench.driver.status()
    assert (status.ink.value, status.media.value) == (InkLevel.LOW, StampMedia.JAMMED)
    bench.fault("jam", on=False)
    bench.driver.reset()
    error = bench.refusal("stamp", MIDDLE, "copy:1")
    assert (type(error), error.error_code) == (UserFault, "noMediaPresent")
