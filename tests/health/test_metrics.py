"""What Prometheus reads: parsed as Prometheus and OpenMetrics parse it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as read_text

from drivers.camera.contract import CameraMedia, CameraState, CameraStatus, PictureState, Presence
from drivers.device import DeviceState, Reading, Source, Status, concluded, sensed
from drivers.ups.contract import BatteryLevel, PowerSource, UpsStatus
from kiosk_app.health.conditions import KINDS
from kiosk_app.health.metrics import exposition
from kiosk_app.health.repairs import PERSISTS
from kiosk_app.health.roll_up import Health, Snapshot
from kiosk_app.health.supplies import Level, Supply, Unit
from tests.health.test_report import Hall, offers

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Samples = dict[tuple[str, ...], float]


def samples(body: bytes, read: Any = read_text) -> Samples:
    """Each sample by its name and the values of its labels, in the order of their names."""
    found: Samples = {}
    for family in read(body.decode()):
        for each in family.samples:
            key = (each.name, *(value for _, value in sorted(each.labels.items())))
            assert key not in found
            found[key] = each.value
    return found


class Powered:
    """A power supply on its battery, and a camera before which somebody stands."""

    def status(self) -> Mapping[str, Status]:
        told = Reading(PowerSource.BATTERY, Source.SENSOR)
        return {
            "ups": UpsStatus(
                sensed(DeviceState.ONLINE),
                told,
                sensed(BatteryLevel.OPERATIONAL),
                sensed(80.0),
                concluded(None),
            ),
            "camera": CameraStatus(
                sensed(DeviceState.ONLINE),
                sensed(CameraState.OK),
                sensed(CameraMedia.UNKNOWN),
                sensed(PictureState.OK),
                sensed(25.0),
                presence=sensed(Presence.PRESENT),
                faces=sensed(2),
                movement=sensed(0.5),
            ),
        }

    def bound(self) -> Mapping[str, str]:
        return {"ups": "ups", "camera": "camera"}

    def restarts(self) -> Mapping[str, int]:
        return {"ups": 0, "camera": 0}


async def powered(folder: Path) -> Health:
    health = Health(Powered(), offers, {}, folder / "supplies.json")
    await health.look(NOON)
    return health


async def test_metrics_say_what_the_roll_up_says(tmp_path: Path) -> None:
    health = Health(Hall(), offers, {}, tmp_path / "supplies.json")
    health.journey_over("printed")
    await health.look(NOON)
    await health.look(NOON + PERSISTS)
    found = samples(exposition(health.snapshot)[0])
    assert found["yimen_device_fit", "camera", "camera"] == 0
    assert found["yimen_device_fit", "ups", "ups"] == 1
    assert found["yimen_driver_restarts_total", "camera"] == 2
    assert found["yimen_service_offered", "photo"] == 0
    assert found["yimen_service_offered", "no-housing-certificate"] == 1
    assert found["yimen_journeys_total", "printed"] == 1
    assert found["yimen_repair_open_seconds", "maintenance", "absent", "camera"] == 3
    assert ("yimen_device_fit", "lights", "") not in found


async def test_a_condition_is_a_state_set(tmp_path: Path) -> None:
    health = await powered(tmp_path)
    body, media_type = exposition(health.snapshot, OPENMETRICS)
    assert media_type.startswith("application/openmetrics-text")
    read: Any = read_openmetrics  # its stub gives it no types
    families = {each.name: each for each in read(body.decode())}
    family = families["yimen_device_condition"]
    assert family.type == "stateset"
    holds = {
        each.labels["yimen_device_condition"]: each.value
        for each in family.samples
        if each.labels["role"] == "ups"
    }
    assert holds == {name: float(name == "on-battery") for name in KINDS}
    assert families["yimen_reading_state"].type == "stateset"


@pytest.mark.parametrize(("accept", "read"), [("", read_text), (OPENMETRICS, read_openmetrics)])
async def test_each_reading_has_its_value_source_and_age(
    tmp_path: Path, accept: str, read: Any
) -> None:
    health = await powered(tmp_path)
    found = samples(exposition(health.snapshot, accept)[0], read)
    assert found["yimen_reading", "charge_percent", "ups"] == 80
    assert ("yimen_reading", "runtime_s", "ups") not in found
    assert found["yimen_reading_state", "power", "ups", "battery"] == 1
    assert found["yimen_reading_state", "power", "ups", "line"] == 0
    assert found["yimen_reading_state", "device", "ups", "online"] == 1
    for reading, source in (("power", "sensor"), ("runtime_s", "driver")):
        assert 0 <= found["yimen_reading_age_seconds", reading, "ups", source] < 60
    ages = [key for key in found if key[0] == "yimen_reading_age_seconds" and key[2] == "ups"]
    assert len(ages) == 5


async def test_nothing_is_told_of_whoever_stands_there(tmp_path: Path) -> None:
    body, _ = exposition((await powered(tmp_path)).snapshot)
    assert b'reading="frames_per_s"' in body
    for word in (b"presence", b"faces", b"movement"):
        assert word not in body


def test_a_supply_has_its_level_capacity_rest_and_end() -> None:
    gone_at = NOON + timedelta(hours=22)
    supplies = (
        Supply("document-printer", "paper", Unit.SHEETS, Level.LOW, 20, 250, gone_at, True),
        Supply("film-laminator", "film", Unit.METRES, Level.UNKNOWN, None, None, None),
    )
    found = samples(exposition(lambda: Snapshot(NOON, {}, {}, supplies, ()))[0])
    printer = ("document-printer", "paper")
    assert found["yimen_supply_left", *printer, "sheets"] == 20
    assert found["yimen_supply_capacity", *printer, "sheets"] == 250
    assert found["yimen_supply_gone_timestamp_seconds", *printer] == gone_at.timestamp()
    levels = {each: found["yimen_supply_level", *printer, each] for each in Level}
    assert levels == {"unknown": 0, "full": 0, "low": 1, "out": 0}
    assert found["yimen_supply_level", "film-laminator", "film", "unknown"] == 1
    assert not [
        key for key in found if key[1] == "film-laminator" and key[0] != "yimen_supply_level"
    ]


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "text/plain",
        ",;,=",
        "application/openmetrics-text; version=new",
        "application/openmetrics-text; version=",
        "application/openmetrics-text; version=999999999999.0.0; escaping=none",
        "text/plain; version=1.x",
    ],
)
def test_whatever_is_asked_for_something_is_answered(accept: str) -> None:
    body, media_type = exposition(lambda: Snapshot(NOON, {}, {}, (), ()), accept)
    assert body
    assert media_type
