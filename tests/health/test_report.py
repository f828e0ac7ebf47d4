"""Everything that can be the matter has words, steps and metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from drivers.device import DeviceState, Status, assumed, concluded, sensed
from drivers.document_printer.contract import PaperLevel, PrintMedia
from drivers.receipt_printer.contract import Answer, ReceiptPrinterStatus
from kiosk_app.devices import ROLES
from kiosk_app.health import roll_up
from kiosk_app.health.conditions import KINDS, Kind
from kiosk_app.health.metrics import exposition
from kiosk_app.health.repairs import PERSISTS, Repair
from kiosk_app.health.report import FILLED, Reporter
from kiosk_app.health.roll_up import Filled, Health, Snapshot
from kiosk_app.health.supplies import Level, Supply, Unit
from kiosk_app.texts import Texts

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
DRAWINGS = (ROOT / "web/src/technician/devices/RepairPicture.svelte").read_text("utf-8")
MENDED = tuple(kind for kind in KINDS.values() if kind.calls)
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


@pytest.mark.parametrize("kind", MENDED, ids=lambda kind: kind.name)
def test_every_repair_has_an_action_and_steps(reporter: Reporter, kind: Kind) -> None:
    snapshot = Snapshot(NOON, {}, {}, (), (Repair("document-printer", kind, NOON),))
    (report,) = reporter.repairs(snapshot)
    assert report.steps
    assert report.action == kind.action
    assert all(step.title.zh and step.detail.en for step in report.steps)
    assert report.steps[0].picture == kind.name
    assert f"{kind.name}:" in DRAWINGS or f'"{kind.name}": {{' in DRAWINGS


@pytest.mark.parametrize("kind", MENDED, ids=lambda kind: kind.name)
def test_every_repair_has_a_button(reporter: Reporter, kind: Kind) -> None:
    counted = supply(None, name=kind.supply or "none")
    (report,) = reporter.repairs(
        Snapshot(NOON, {}, {}, (counted,), (Repair("document-printer", kind, NOON),))
    )
    assert [step.button for step in report.steps if step.button]


async def test_the_roll_up_tells_each_device_with_source_and_age(
    reporter: Reporter, tmp_path: Path
) -> None:
    hall = Hall()
    health = Health(hall, offers, {}, tmp_path / "supplies.json")
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


async def test_what_becomes_of_a_device_is_told_in_the_log_once(tmp_path: Path) -> None:
    hall = Hall()
    health = Health(hall, offers, {}, tmp_path / "supplies.json")
    with structlog.testing.capture_logs() as logged:
        await health.look(NOON)
        hall.camera = DeviceState.ONLINE
        await health.look(NOON)
        await health.look(NOON)
    (line,) = [each for each in logged if each["event"] == "device changed"]
    assert (line["role"], line["log_level"]) == ("camera", "info")


async def test_a_look_that_fails_is_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll_up, "LOOK_EVERY_S", 0.01)
    looks: list[int] = []
    third = asyncio.Event()

    async def offers_at_second_asking() -> Mapping[str, str | None]:
        looks.append(1)
        if len(looks) == 1:
            raise OSError(28, "no space left")
        if len(looks) == 3:
            third.set()
        return await offers()

    health = Health(Hall(), offers_at_second_asking, {}, tmp_path / "supplies.json")
    looking = asyncio.create_task(health.run())
    await asyncio.wait_for(third.wait(), 5)
    looking.cancel()
    assert set(health.snapshot().devices) >= {"camera", "ups"}


def supply(
    left: float | None,
    *,
    role: str = "document-printer",
    name: str = "paper",
    unit: Unit = Unit.SHEETS,
    level: Level = Level.FULL,
    gone_at: datetime | None = None,
    counted: bool = True,
) -> Supply:
    return Supply(role, name, unit, level, left, 250, gone_at, counted)


@pytest.mark.parametrize(
    ("told", "english"),
    [
        (supply(150, gone_at=NOON + timedelta(hours=2, minutes=20)), "out about 14:20"),
        (supply(150, gone_at=NOON + timedelta(hours=22, minutes=20)), "out tomorrow about 10:20"),
        (supply(150, gone_at=NOON + timedelta(hours=12)), "out tomorrow about 00:00"),
        (supply(150, gone_at=NOON + timedelta(days=6, hours=-1)), "out on Monday about 11:00"),
        (supply(150, gone_at=NOON + timedelta(days=7)), "out about 1 December"),
        (supply(12, level=Level.LOW), "about 12 sheets left"),
        (supply(12.3, name="roll", unit=Unit.METRES), "about 12 m left"),
        (supply(1.96, name="film", unit=Unit.METRES, level=Level.LOW), "about 2.0 m left"),
        (supply(4950, name="ink", unit=Unit.STAMPS), "about 4950 stamps left"),
        (supply(75, name="toner", unit=Unit.PERCENT), "enough"),
        (supply(0, level=Level.OUT), "out"),
        (supply(None, level=Level.UNKNOWN), "not known how much is left"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_supply_is_told_as_a_person_would(reporter: Reporter, told: Supply, english: str) -> None:
    (report,) = reporter.supplies(Snapshot(NOON, {}, {}, (told,), ()))
    assert report.says.en == english
    assert report.what == reporter.texts[f"supply.what.{told.name}"]


def test_only_what_is_counted_can_be_said_to_be_filled(reporter: Reporter) -> None:
    for kind in MENDED:
        counted = supply(None, name=kind.supply or "none")
        repairs = (Repair("document-printer", kind, NOON),)
        acts = {}
        for supplies in ((counted,), ()):
            (report,) = reporter.repairs(Snapshot(NOON, {}, {}, supplies, repairs))
            acts[bool(supplies)] = {step.button.act for step in report.steps if step.button}
            assert report.steps
        expected = {FILLED} if kind.supply in ("paper", "roll", "ink") else set()
        assert acts[True] - acts[False] == expected
    assert "纸卷" in reporter.texts["act.filled-roll"].zh


def test_no_device_is_told_to_get_what_another_uses(reporter: Reporter) -> None:
    words = {"paper": "A4", "roll": "凭条", "film": "膜", "toner": "碳粉", "ink": "印油"}
    for kind in MENDED:
        if kind.supply is None:
            continue
        (report,) = reporter.repairs(
            Snapshot(NOON, {}, {}, (), (Repair("film-laminator", kind, NOON),))
        )
        said = report.title.zh + "".join(step.title.zh + step.detail.zh for step in report.steps)
        others = [word for name, word in words.items() if name != kind.supply]
        assert not [word for word in others if word in said]


async def test_a_roll_that_was_changed_is_counted_and_repairs_are_logged_by_weight(
    tmp_path: Path,
) -> None:
    hall = Receipts()
    health = Health(hall, offers, {"receipt-printer": {"roll": 30}}, tmp_path / "supplies.json")
    with structlog.testing.capture_logs() as logged:
        await health.look(NOON)
        (repair,) = (await health.look(NOON + PERSISTS)).repairs
        assert repair.id == "receipt-printer:roll-low"
        assert health.filled(repair.role, repair.kind.supply) is Filled.COUNTED
        hall.paper = PaperLevel.OUT
        await health.look(NOON + PERSISTS)
        assert health.filled("receipt-printer", "roll") is Filled.STILL_OUT
        hall.paper, hall.printed_mm = PaperLevel.FULL, 0
        await health.look(NOON + PERSISTS)
        assert health.filled("receipt-printer", "roll") is Filled.COUNTED
        hall.printed_mm = 2_000
        now = await health.look(NOON + 2 * PERSISTS)
    told = [each for each in logged if each["event"].startswith("repair")]
    assert [(each["event"], each["log_level"]) for each in told] == [
        ("repair opened", "warning"),
        ("repair closed", "info"),
    ]
    assert now.repairs == ()
    metrics = exposition(health.snapshot)[0].decode()
    sample = 'yimen_supply_left{role="receipt-printer",supply="roll",unit="metres"} 28.0'
    assert sample in metrics
    assert health.filled("receipt-printer", "paper") is Filled.NOT_COUNTED
    assert health.sheets_left("receipt-printer") is None


class Receipts:
    """A receipt printer whose roll is near its end."""

    def __init__(self) -> None:
        self.paper = PaperLevel.LOW
        self.printed_mm = 0

    def status(self) -> Mapping[str, Status]:
        sensors = dict.fromkeys(
            ("paper_out", "near_end", "cover_open", "cutter_fault", "offline"), sensed(Answer.NO)
        )
        status = ReceiptPrinterStatus(
            sensed(DeviceState.ONLINE),
            sensed(self.paper),
            **sensors,
            printed_mm=concluded(self.printed_mm),
            media=assumed(PrintMedia.UNKNOWN),
        )
        return {"receipt-printer": status}

    def bound(self) -> Mapping[str, str]:
        return {"receipt-printer": "receipt-printer"}

    def restarts(self) -> Mapping[str, int]:
        return {"receipt-printer": 0}
