"""``yimen device record`` and ``replay --keep`` as a technician uses them: a recorded device is
bound to its role by the very line that is printed."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.code_scanner.keys import keystrokes, typed
from drivers.id_card.mask import SYNTHETIC
from drivers.virtual.code_scanner_hid import KeyboardPipe
from kiosk_app.devices import PRINTER, READER
from kiosk_app.instance import only_one
from kiosk_app.privacy.masking import mask_id_number, mask_name
from tests.commands.console import ROOT, command, told, yimen
from tests.drivers.recorded import recorded
from tests.stand import Stand

TRAVEL_DOCUMENT = (
    '{"format": "yimen-recording-2", "protocol": "travel-document", '
    '"role": "travel-document-reader", "settings": {}}\n'
)
ENDS_S = 10.0
WEDGE = "code-scanner-hid"


@pytest.fixture(scope="module")
def folder(running_stand: Stand) -> Iterator[Path]:
    """The run folder of a terminal that runs."""
    with only_one(running_stand.folder) as announce:
        announce(running_stand.running.address)
        yield running_stand.folder


@contextmanager
def kept(folder: Path, recording: str, how: signal.Signals) -> Iterator[dict[str, Any]]:
    """A recorded device that stays; afterwards it ends as it is told to."""
    process = subprocess.Popen(
        command(folder, "device", "replay", recording, "--keep", "--json"),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(how)
        assert process.wait(ENDS_S) == 0


def device(folder: Path, role: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in told(folder, "device", "list") if each["role"] == role
    )
    return found


def wait_online(folder: Path, role: str, address: str) -> None:
    end = time.monotonic() + 20
    while True:
        row = device(folder, role)
        state = row["status"].get("device", {}).get("value")
        if (row["error"], row["id"], state) == (None, address, "online"):
            return
        assert time.monotonic() < end, row
        time.sleep(0.2)


def bind(words: str) -> None:
    """Run the line that binds, as it was printed."""
    name, *arguments = shlex.split(words)
    assert name == "yimen"
    done = subprocess.run(
        [sys.executable, "-m", "kiosk_app.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_card_that_was_recorded_is_read_in_place_of_a_reader(
    folder: Path, running_stand: Stand
) -> None:
    bench = running_stand.running.workbench
    assert bench is not None
    running_stand.run(bench.devices.ready(READER, 20))
    recording = told(folder, "device", "record", READER, "on")["recording"]
    running_stand.run(running_stand.hands.act(READER, "place", {"resident": 2}))
    told(folder, "device", "test", READER, "read-card")
    running_stand.run(running_stand.hands.act(READER, "remove", {}))
    told(folder, "device", "record", READER, "off")
    before = device(folder, READER)["id"]
    with kept(folder, recording, signal.SIGTERM) as said:
        bind(said["bind"])
        address = said["settings"]["port"]
        wait_online(folder, READER, address)
        told_values = told(folder, "device", "test", READER, "read-card")["values"]
        values = {each["value"] for each in told_values}
        assert {mask_name(SYNTHETIC.name), mask_id_number(SYNTHETIC.id_number)} <= values
        newest = told(folder, "device", "history")[0]["version"]
        told(folder, "device", "rollback", str(newest - 1))
        wait_online(folder, READER, before)
    assert not Path(address).exists()


def measured(folder: Path) -> list[str]:
    """What a scanner's test measured."""
    outcome = told(folder, "device", "test", "code-scanner", "self-test")
    assert outcome["ok"] is True
    return [each["value"] for each in outcome["values"]]


def measured_with(folder: Path, keyboard: KeyboardPipe, text: str) -> list[str]:
    """The same while a code is shown again and again."""
    shown = threading.Event()

    def show() -> None:
        while not shown.wait(1.0):
            keyboard.scan(text)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(show)
        try:
            return measured(folder)
        finally:
            shown.set()


def test_a_scanner_that_plays_a_keyboard_is_recorded_and_played_back(
    folder: Path, tmp_path: Path
) -> None:
    text, keyboard = "445281199001011232/Zhang San", KeyboardPipe(tmp_path / "keys")
    keyboard.plug()
    try:
        told(folder, "device", "bind", "code-scanner", WEDGE, f"device={keyboard.path}")
        wait_online(folder, "code-scanner", str(keyboard.path))
        told(folder, "device", "record", "code-scanner", "on")
        assert str(len(text)) in measured_with(folder, keyboard, text)
        recording = told(folder, "device", "record", "code-scanner", "off")
    finally:
        keyboard.unplug()
    written = Path(recording["path"]).read_text()
    assert typed("4").hex() in keystrokes(text).hex()
    assert typed("4").hex() not in written
    played = told(folder, "device", "replay", recording["ended"])
    assert (played["ok"], played["error"]) == (True, None)
    with kept(folder, recording["ended"], signal.SIGTERM) as said:
        bind(said["bind"])
        wait_online(folder, "code-scanner", said["settings"]["device"])
        assert str(len(text)) in measured(folder)
        told(folder, "device", "unbind", "code-scanner")


@pytest.mark.parametrize(
    ("role", "place", "prefix"),
    [("lights", "port", ""), ("stamping-machine", "port", ""), ("ups", "address", "unix:")],
)
def test_a_recorded_device_is_bound_by_the_line_that_is_printed(
    folder: Path, tmp_path: Path, role: str, place: str, prefix: str
) -> None:
    path = recorded(tmp_path, role, lambda peer, driver: driver.self_test())
    with kept(folder, str(path), signal.SIGINT) as said:
        assert (said["role"], said["driver"], said["gaps"]) == (role, role, 0)
        bind(said["bind"])
        address = said["settings"][place]
        wait_online(folder, role, address)
        assert told(folder, "device", "test", role, "self-test")["ok"] is True
        told(folder, "device", "unbind", role)
    assert not Path(address.removeprefix(prefix)).exists()


def test_it_says_where_it_is_in_words_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    path = recorded(tmp_path, "lights", lambda peer, driver: driver.refresh())
    process = subprocess.Popen(
        command(tmp_path / "run", "device", "replay", str(path), "--keep"),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    where, bind = (process.stdout.readline() for _ in range(2))
    assert where.startswith("lights as it was recorded, at /")
    assert "device bind lights lights port=/" in bind
    assert "card_reader=1" in bind
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=ENDS_S)
    assert (process.returncode, rest, errors) == (0, "", "")


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        ("", 1, "recording-invalid"),
        ('{"format": "yimen-recording-1", "protocol": "sam-v"}\n', 1, "recording-outdated"),
        (TRAVEL_DOCUMENT, 1, "recording-has-gaps"),
    ],
)
def test_what_cannot_be_played_is_not_kept(
    tmp_path: Path, content: str, status: int, says: str
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    done = yimen(tmp_path / "run", "device", "replay", str(path), "--keep")
    assert (done.returncode, done.stdout) == (status, "")
    (line,) = done.stderr.splitlines()
    assert says in line


def test_a_device_without_a_wire_of_ours_is_not_recorded(folder: Path) -> None:
    done = yimen(folder, "device", "record", PRINTER, "on")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "is not recorded: what it is sent is the citizen's own certificate" in line
    listed = told(folder, "device", "recordings")
    assert not [each for each in listed if each["role"] == PRINTER]
    done = yimen(folder, "device", "replay", "none", "--keep")
    assert (done.returncode, "no recording" in done.stderr) == (2, True)
