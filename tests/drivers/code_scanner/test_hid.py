"""The keyboard-wedge driver on a pipe that carries the kernel's events."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.code_scanner.hid import HidCodeScanner, HidCodeScannerSettings
from drivers.code_scanner.keys import EVENT, keystrokes
from drivers.device import DeviceState
from drivers.errors import DeviceNotReady, ProtocolError
from drivers.virtual.code_scanner_hid import KeyboardPipe


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[KeyboardPipe]:
    keyboard = KeyboardPipe(tmp_path / "keys")
    keyboard.plug()
    yield keyboard
    keyboard.unplug()


@pytest.fixture
def driver(pipe: KeyboardPipe) -> Iterator[HidCodeScanner]:
    scanner = HidCodeScanner(HidCodeScannerSettings(device=str(pipe.path)), lambda _: None)
    scanner.open()
    yield scanner
    scanner.close()


def later(pipe: KeyboardPipe, data: bytes) -> None:
    threading.Timer(0.15, pipe.send, (data,)).start()


def test_a_typed_code_is_read(pipe: KeyboardPipe, driver: HidCodeScanner) -> None:
    pipe.scan("typed before anybody asked")
    later(pipe, keystrokes("https://A.cn/?Q=1"))
    code = driver.read(wait_s=3)
    assert (code.text, code.symbology) == ("https://A.cn/?Q=1", None)


@pytest.mark.parametrize(
    "data", [keystrokes("half")[:-240], EVENT.pack(0, 0, 1, 59, 1) + keystrokes("x")]
)
def test_half_a_code_and_keys_of_no_code_are_garbled(
    pipe: KeyboardPipe, driver: HidCodeScanner, data: bytes
) -> None:
    later(pipe, data)
    with pytest.raises(ProtocolError, match="code-scanner-garbled"):
        driver.read(wait_s=3)
    later(pipe, keystrokes("whole"))
    assert driver.read(wait_s=3).text == "whole"


def test_unplugged_and_plugged_in_again(pipe: KeyboardPipe, driver: HidCodeScanner) -> None:
    pipe.unplug()
    with pytest.raises(DeviceNotReady, match="code-scanner-absent"):
        driver.refresh()
    assert driver.status().device.value is DeviceState.NO_DEVICE
    driver.close()
    with pytest.raises(DeviceNotReady, match="code-scanner-absent"):
        driver.open()
    pipe.plug()
    driver.open()
    later(pipe, keystrokes("back"))
    assert driver.read(wait_s=3).text == "back"


def test_a_file_that_is_no_keyboard_is_no_scanner(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a")
    scanner = HidCodeScanner(HidCodeScannerSettings(device=str(tmp_path / "file")), lambda _: None)
    with pytest.raises(DeviceNotReady, match="code-scanner-absent"):
        scanner.open()
