"""A driver at its worst in a running terminal: it takes down its own device, and a citizen who is
served meanwhile notices nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceTimeout, DriverCrashed
from kiosk_app.desk import Outcome
from kiosk_app.devices import PRINTER, READER, Slot
from tests.drivers.hosts import offered
from tests.faults.invariants import hold, nothing_told
from tests.stand import Stand

ROLE = "receipt-printer"
"""No errand needs it."""
PRIVATE = "445281199001010000"


@pytest.fixture
def slot(stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slot]:
    """The terminal's device whose driver can do its worst; the others do not suffer from it."""
    monkeypatch.syspath_prepend(str(offered(tmp_path / "site")))
    (tmp_path / "device").touch()
    devices = stand.running.terminal.parts.devices
    well = {role: devices.slot(role).restarts for role in (READER, PRINTER)}
    paths = {"device": "device", "vanish_at_open": "vanish"}
    settings = {name: str(tmp_path / file) for name, file in paths.items()}
    stand.run(devices.bind(ROLE, "troublesome", {**settings, "files": 600}))
    stand.run(devices.ready(ROLE, 10))
    yield devices.slot(ROLE)
    stand.run(devices.slot(ROLE).release())
    hold(stand.folder)
    assert {role: devices.slot(role).restarts for role in well} == well


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("segfault", "driver-crashed"),
        ("seize_interpreter", "driver-hung"),
        ("too_long", "driver-deadline"),
        ("leak", "driver-memory"),
        ("leak_files", "driver-descriptors"),
        ("flood", "driver-flood"),
        ("fork_and_vanish", "driver-crashed"),
        ("ramble", "driver-garbled"),
    ],
)
def test_a_citizen_is_served_while_a_driver_breaks(
    stand: Stand, slot: Slot, command: str, code: str
) -> None:
    async def broken() -> str:
        with pytest.raises((DriverCrashed, DeviceTimeout)) as caught:
            await slot.call(command)
        return caught.value.code

    breaking = stand.begin(broken())
    played = stand.play()
    assert played.report.outcome is Outcome.PRINTED
    assert breaking.result(30) == code
    stand.run(slot.ready(10))
    assert stand.run(slot.call("echo", "back")) == "back"
    assert slot.restarts == 1
    nothing_told(stand.log, played.frames)


def test_what_a_driver_prints_without_end_reaches_no_log(
    stand: Stand, slot: Slot, capfd: pytest.CaptureFixture[str]
) -> None:
    stand.run(slot.call("chatter", PRIVATE))
    assert PRIVATE not in "".join((stand.log, *capfd.readouterr()))
    assert stand.play().report.outcome is Outcome.PRINTED
    assert slot.restarts == 0


def test_a_driver_that_cannot_stay_is_tried_with_growing_patience(
    stand: Stand, slot: Slot, tmp_path: Path
) -> None:
    async def end() -> None:
        with pytest.raises(DriverCrashed):
            await slot.call("vanish")

    (tmp_path / "vanish").touch()
    stand.run(end())
    played = stand.play()
    stand.run(asyncio.sleep(1.0))
    assert played.report.outcome is Outcome.PRINTED
    assert 2 <= slot.restarts <= 5
    (tmp_path / "vanish").unlink()
    stand.run(slot.ready(10))
