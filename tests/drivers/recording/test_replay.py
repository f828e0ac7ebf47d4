"""Each device is recorded on its own wire, and its recording is a device again: the real driver
opens it, reads it, and polls it for as long as it likes."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from drivers.device import DeviceState
from drivers.errors import CommandRejected, DeviceError
from drivers.fingerprint_reader.minutiae import quality_of
from drivers.id_card.mask import SYNTHETIC
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.receipt_printer.settings import Connection, EscPosSettings
from drivers.recording.file import IN, Entry, read_recording
from drivers.recording.person import NAME, NUMBER
from drivers.recording.tap import Recordable
from drivers.registry import BUILT_IN, driver_class
from drivers.stamping_machine.contract import StampPosition
from drivers.virtual.emrtd_people import holder
from drivers.virtual.peer import VirtualPeer
from drivers.virtual.replay import RecordingHasGaps, kept, play
from drivers.virtual.residents import resident
from tests.drivers.recorded import Use, opened, recorded

POLLS = 12


def on_battery(peer: VirtualPeer, driver: Any) -> None:
    peer.set_fault("ups-on-battery", on=True)
    end = time.monotonic() + 5
    while driver.status().power.value != "battery" and time.monotonic() < end:
        time.sleep(0.2)
        driver.refresh()


def scan(peer: VirtualPeer, driver: Any) -> None:
    later = threading.Timer(0.3, peer.act, ("scan", {"text": "张三 445281199001011232"}))
    later.start()
    assert driver.read(wait_s=5.0).text.startswith("张三")


def light(peer: VirtualPeer, driver: Any) -> None:
    driver.set_light("cardReader", "continuous")


def card(peer: VirtualPeer, driver: Any) -> None:
    peer.act("place", {"resident": 1})
    assert driver.read_card(5.0).name == resident(1).name


def stamp(peer: VirtualPeer, driver: Any) -> None:
    peer.act("feed", {})
    driver.stamp(StampPosition(100.0, 100.0, 0), "YM-2026-000123")


def finger(peer: VirtualPeer, driver: Any) -> None:
    peer.act("press", {"finger": 2})
    driver.capture(5.0)


def tried(peer: VirtualPeer, driver: Any) -> None:
    assert driver.self_test().ok


USES: dict[str, Use] = {
    "id-card-reader": card,
    "social-security-card-reader": card,
    "code-scanner": scan,
    "lights": light,
    "receipt-printer": tried,
    "stamping-machine": stamp,
    "fingerprint-reader": finger,
    "password-keypad": tried,
    "film-laminator": tried,
    "ups": on_battery,
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A recording of each device in use, by role."""
    folder = tmp_path_factory.mktemp("recordings")
    return {role: recorded(folder, role, use) for role, use in USES.items()}


def test_every_driver_that_owns_a_wire_can_be_recorded() -> None:
    not_ours = {"cups", "camera", "document-camera", "document-scanner", "speaker"}
    recordable = {name for name in BUILT_IN if issubclass(driver_class(name), Recordable)}
    assert recordable == set(BUILT_IN) - not_ours


@pytest.mark.parametrize("role", sorted(USES))
def test_it_is_played_to_its_driver(recordings: dict[str, Path], role: str) -> None:
    head, entries = read_recording(recordings[role])
    assert head.role == role
    assert any(each.way == IN and each.data for each in entries)
    outcome = play(recordings[role])
    assert (outcome["ok"], outcome["error"]) == (True, None)


@pytest.mark.parametrize("role", sorted(set(USES) - {"social-security-card-reader"}))
def test_it_stays_for_a_driver_that_polls(recordings: dict[str, Path], role: str) -> None:
    with (
        kept(recordings[role]) as (staged, settings),
        opened(staged.driver, settings) as driver,
    ):
        for _ in range(POLLS):
            driver.refresh()
            assert driver.status().device.value == DeviceState.ONLINE


def test_the_card_that_is_kept_is_the_made_up_one(recordings: dict[str, Path]) -> None:
    with kept(recordings["id-card-reader"]) as (staged, settings):
        assert (staged.role, staged.driver) == ("id-card-reader", "sam-v-serial")
        with opened(staged.driver, settings) as driver:
            for _ in range(3):
                read = driver.read_card(5.0)
                assert (read.name, read.id_number) == (SYNTHETIC.name, SYNTHETIC.id_number)


def test_a_social_security_card_is_kept_in_a_slot_of_its_own(recordings: dict[str, Path]) -> None:
    with (
        kept(recordings["social-security-card-reader"]) as (staged, settings),
        opened(staged.driver, settings) as driver,
    ):
        for _ in range(2):
            read = driver.read_card(5.0)
            assert (read.name, read.id_number) == (NAME, NUMBER)


def test_a_reader_that_read_no_card_is_looked_at(tmp_path: Path) -> None:
    outcome = play(recorded(tmp_path, "id-card-reader", lambda peer, driver: driver.self_test()))
    assert (outcome["ok"], outcome["values"]) == (True, {"device": "online"})


def test_a_recording_in_which_nothing_was_said_is_told(tmp_path: Path) -> None:
    outcome = play(recorded(tmp_path, "code-scanner", lambda peer, driver: None))
    assert (outcome["ok"], outcome["error"]) == (False, "recording-empty")


def test_lights_that_were_never_asked_about_obey(recordings: dict[str, Path]) -> None:
    with (
        kept(recordings["lights"]) as (staged, settings),
        opened(staged.driver, settings) as driver,
    ):
        driver.set_light("documentPrinter", "continuous")
        assert driver.status().device.value == DeviceState.ONLINE
        assert driver.self_test().ok


def test_a_stamp_is_answered_whatever_its_authorisation(recordings: dict[str, Path]) -> None:
    with (
        kept(recordings["stamping-machine"]) as (staged, settings),
        opened(staged.driver, settings) as driver,
    ):
        assert driver.stamp(StampPosition(10.0, 10.0, 0), "YM-2026-000999").count > 0
        with pytest.raises(CommandRejected) as unknown:
            driver.reset()
        assert unknown.value.code == "device-command-unknown"


def test_a_receipt_is_confirmed_as_it_was(recordings: dict[str, Path]) -> None:
    with (
        kept(recordings["receipt-printer"]) as (staged, settings),
        opened(staged.driver, settings) as driver,
    ):
        assert driver.self_test().values["proof"] == "echo"


def test_a_finger_of_nobody_is_captured(recordings: dict[str, Path]) -> None:
    with (
        kept(recordings["fingerprint-reader"]) as (staged, settings),
        opened(staged.driver, settings) as driver,
    ):
        found = driver.capture(2.0)
        assert quality_of(found.template) == found.quality


def test_the_power_that_failed_fails_again(recordings: dict[str, Path]) -> None:
    seen = set()
    with kept(recordings["ups"]) as (staged, settings), opened(staged.driver, settings) as driver:
        for _ in range(2 * POLLS):
            driver.refresh()
            seen.add(str(driver.status().power.value))
    assert seen == {"line", "battery"}


def test_two_drivers_one_after_the_other_find_the_same_device(recordings: dict[str, Path]) -> None:
    with kept(recordings["password-keypad"]) as (staged, settings):
        models = []
        for _ in range(2):
            with opened(staged.driver, settings) as driver:
                models.append(driver.capabilities().model)
    assert models == ["Virtual keypad"] * 2


def test_what_was_hidden_is_silence_and_is_named(
    recordings: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "r.jsonl"
    first, *lines = recordings["stamping-machine"].read_text().splitlines(keepends=True)
    hidden = [line.replace('"bytes": "', '"hidden": 7, "was": "') for line in lines]
    half = [
        each if '"in"' in each and at > 1 else line
        for at, (line, each) in enumerate(zip(lines, hidden, strict=True))
    ]
    path.write_text("".join((first, *half)))
    assert play(path)["error"] == "recording-has-gaps"
    path.write_text("".join((first, *hidden)))
    assert play(path)["error"] == "recording-has-gaps"
    with pytest.raises(RecordingHasGaps), kept(path):
        pass


def test_a_travel_document_is_recorded_and_not_played(tmp_path: Path) -> None:
    def read(peer: VirtualPeer, driver: Any) -> None:
        peer.act("place", {"document": "passport"})
        person = holder("passport")
        assert driver.read_document(person.key, 5.0).number == person.number

    path = recorded(tmp_path, "travel-document-reader", read)
    _, entries = read_recording(path)
    assert len(entries) > 6
    assert all(len(each.data) <= 12 for each in entries if each.data is not None)
    assert play(path)["error"] == "recording-has-gaps"


def test_a_print_queue_has_no_wire_to_record(tmp_path: Path) -> None:
    settings = EscPosSettings(connection=Connection.QUEUE, server=tmp_path / "cups", queue="q")
    printer = EscPosPrinter(settings, lambda event: None)
    with pytest.raises(CommandRejected) as refused:
        printer.record(tmp_path / "r.jsonl")
    assert (refused.value.code, list(tmp_path.iterdir())) == ("recording-through-queue", [])


def test_a_recording_goes_on_over_a_device_that_comes_back(tmp_path: Path) -> None:
    def pull(peer: VirtualPeer, driver: Any) -> None:
        peer.set_fault("stamp-unplugged", on=True)
        with pytest.raises(DeviceError):
            driver.refresh()
        driver.close()
        peer.set_fault("stamp-unplugged", on=False)
        driver.open()

    path = recorded(tmp_path, "stamping-machine", pull)
    entries: list[Entry] = read_recording(path)[1]
    assert len([each for each in entries if each.way == IN and each.data]) >= 4
