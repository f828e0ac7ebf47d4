"""Everything that can be the matter has words, steps and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drivers.device import DeviceState, Status, concluded, sensed
from kiosk_app.devices import ROLES
from kiosk_app.health.conditions import KINDS, Kind
from kiosk_app.health.metrics import exposition
from kiosk_app.health.repairs import PERSISTS, Repair
from kiosk_app.health.report import Reporter, to_be_mended
from kiosk_app.health.roll_up import Health, Snapshot
from kiosk_app.health.supplies import Level, Supply
from kiosk_app.texts import Texts

CONFIG = Path(__file__).parents[2] / "config"
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def reporter() -> Reporter:
    return Reporter(Texts.load(CONFIG / "texts" / "health"))


class Hall:
    """Two devices, one of them gone."""

    def __init__(self) -> None:
        self.camera = DeviceState.NO_DEVICE

    def status(self) -> Mapping[str, Status]:
        return {
            "camera": Status(concluded(self.camera)),
            "ups": Status(sensed(DeviceState.ONLINE)),
            "lights": Status(concluded(DeviceState.STARTING)),
        }

    def bound(self) -> Mapping[str, str]:
        return {"camera": "camera", "ups": "ups"}

    def restarts(self) -> Mapping[str, int]:
        return {"camera": 2, "ups": 0, "lights": 0}


async def offers() -> Mapping[str, str | None]:
    return {"no-housing-certificate": None, "photo": "camera"}


def test_every_role_and_condition_has_words(reporter: Reporter) -> None:
    for role in ROLES:
        assert f"role.{role}" in reporter.texts
    for kind in KINDS:
        assert f"word.{kind}" in reporter.texts


@pytest.mark.parametrize("kind", to_be_mended(), ids=lambda kind: kind.name)
def test_every_repair_has_an_action_and_steps(reporter: Reporter, kind: Kind) -> None:
    snapshot = Snapshot(NOON, {}, {}, {}, (Repair("document-printer", kind, NOON),))
    (report,) = reporter.repairs(snapshot)
    assert report.steps
    assert report.action == kind.action
    assert all(step.title.zh and step.detail.en for step in report.steps)


async def test_the_roll_up_tells_each_device_with_source_and_age(
    reporter: Reporter, tmp_path: Path
) -> None:
    hall = Hall()
    health = Health(hall, offers, {}, tmp_path / "trays.json")
    await health.look(NOON)
    now = await health.look(NOON + PERSISTS)
    camera = reporter.device(now.devices["camera"])
    assert camera.word == reporter.texts["word.absent"]
    assert camera.status["device"]["source"] == "driver"
    assert camera.age_s is not None
    assert reporter.device(now.devices["lights"]).status == {}
    assert [repair.id for repair in now.repairs] == ["camera:absent"]
    hall.camera = DeviceState.ONLINE
    assert (await health.look(NOON + 2 * PERSISTS)).repairs == ()


async def test_metrics_say_what_the_roll_up_says(tmp_path: Path) -> None:
    health = Health(Hall(), offers, {}, tmp_path / "trays.json")
    health.journey_over("printed")
    await health.look(NOON)
    await health.look(NOON + PERSISTS)
    families = text_string_to_metric_families(exposition(health.snapshot).decode())
    samples = {
        (each.name, *sorted(each.labels.values())): each.value
        for family in families
        for each in family.samples
    }
    assert samples["yimen_device_fit", "camera", "camera"] == 0
    assert samples["yimen_device_fit", "ups", "ups"] == 1
    assert samples["yimen_driver_restarts_total", "camera"] == 2
    assert samples["yimen_service_offered", "photo"] == 0
    assert samples["yimen_service_offered", "no-housing-certificate"] == 1
    assert samples["yimen_journeys_total", "printed"] == 1
    assert samples["yimen_repair_open_seconds", "absent", "camera", "maintenance"] == 3
    assert ("yimen_device_fit", "lights", "") not in samples


@pytest.mark.parametrize(
    ("supply", "english"),
    [
        ((Level.FULL, 150, NOON + timedelta(hours=2, minutes=20)), "out about 14:20"),
        ((Level.FULL, 150, NOON + timedelta(days=3)), "out about 11-27"),
        ((Level.LOW, 12, None), "about 12 sheets left"),
        ((Level.OUT, 0, None), "out"),
        ((Level.UNKNOWN, None, None), "not known how much is left"),
    ],
)
def test_a_supply_is_told_as_a_person_would(
    reporter: Reporter, supply: tuple[Level, int | None, datetime | None], english: str
) -> None:
    level, left, gone_at = supply
    told = Supply("document-printer", level, left, 250, gone_at)
    (report,) = reporter.supplies(Snapshot(NOON, {}, {}, {"document-printer": told}, ()))
    assert report.says.en == english
