"""Film laminators: heat, film and what came out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import DeviceState
from drivers.errors import HardwareFault, UserFault
from drivers.film_laminator.contract import FilmLevel, FilmMedia, Heater
from drivers.film_laminator.serial_line import SerialFilmLaminator
from drivers.virtual.film_laminator import VirtualFilmLaminator
from tests.drivers.serial_device.bench import Bench, opened

Laminator = Bench[SerialFilmLaminator, VirtualFilmLaminator]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Laminator]:
    with opened(SerialFilmLaminator, VirtualFilmLaminator, tmp_path) as found:
        yield found


def test_a_document_is_welded_after_heating(bench: Laminator) -> None:
    assert bench.driver.status().heater.value is Heater.OFF
    bench.peer.act("feed", {})
    done = bench.driver.laminate(10.0)
    assert (done.film_used_mm, done.film_left_mm) == (310, 19_690)
    assert done.temperature_c >= bench.driver.capabilities().working_c
    assert bench.peer.state()["welded"] == 1
    assert bench.events[-1].name == "MediaPresentedEvent"
    bench.peer.act("feed", {})
    assert bench.driver.laminate(10.0).laminations == done.laminations + 1


def test_the_heater_is_told_and_switched(bench: Laminator) -> None:
    assert bench.driver.warm_up(10.0) >= 110.0
    bench.driver.refresh()
    status = bench.driver.status()
    assert (status.heater.value, status.temperature_c.value) == (Heater.READY, 110.0)
    bench.driver.cool_down()
    assert bench.driver.status().heater.value is Heater.OFF


def test_rollers_that_stay_cold_are_told(bench: Laminator) -> None:
    bench.fault("cold")
    error = bench.refusal("warm_up", 0.3)
    assert (type(error), error.code) == (HardwareFault, "film-cold")


def test_nothing_in_the_inlet_is_the_persons_matter(bench: Laminator) -> None:
    error = bench.refusal("laminate", 1.0)
    assert (type(error), error.error_code) == (UserFault, "noMediaPresent")


@pytest.mark.parametrize(
    ("fault", "code", "state"),
    [
        ("jam", "film-jammed", DeviceState.USER_ERROR),
        ("film-out", "film-out", DeviceState.USER_ERROR),
        ("hot", "film-hot", DeviceState.HARDWARE_ERROR),
        ("cover-open", "film-cover-open", DeviceState.USER_ERROR),
    ],
)
def test_each_obstacle_is_told_uses_no_film_and_passes(
    bench: Laminator, fault: str, code: str, state: DeviceState
) -> None:
    bench.peer.act("feed", {})
    bench.fault(fault)
    error = bench.refusal("laminate", 5.0)
    assert (type(error), error.code) == (HardwareFault, code)
    bench.driver.refresh()
    assert bench.device() is state
    bench.fault(fault, on=False)
    assert bench.driver.laminate(10.0).film_left_mm == 19_690


def test_film_and_documents_are_told(bench: Laminator) -> None:
    bench.fault("film-low")
    bench.peer.act("feed", {})
    bench.driver.refresh()
    status = bench.driver.status()
    assert (status.film.value, status.film_left_mm.value) == (FilmLevel.LOW, 1999)
    assert status.media.value is FilmMedia.PRESENT
    bench.driver.reset()
    assert bench.driver.status().media.value is FilmMedia.NOT_PRESENT
    bench.fault("film-low", on=False)
    bench.peer.act("refill", {})
    bench.driver.refresh()
    assert bench.driver.status().film.value is FilmLevel.FULL
