"""The serial driver against the virtual scanner over a real pseudo-terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.code_scanner.contract import ScannerState, Symbology
from drivers.code_scanner.serial_line import SerialCodeScanner
from drivers.device import DeviceEvent, DeviceState
from drivers.errors import (
    CommandRejected,
    DeviceCancelled,
    DeviceError,
    DeviceNotReady,
    ProtocolError,
    UserFault,
)
from drivers.virtual.code_scanner import VirtualCodeScanner
from tests.drivers.hosted import started

SHOWN_AFTER_S = 0.15


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[VirtualCodeScanner]:
    yield from started(VirtualCodeScanner(tmp_path))


@pytest.fixture
def events() -> list[DeviceEvent]:
    return []


@pytest.fixture
def driver(peer: VirtualCodeScanner, events: list[DeviceEvent]) -> Iterator[SerialCodeScanner]:
    scanner = SerialCodeScanner(peer.settings, events.append)
    scanner.open()
    yield scanner
    scanner.close()


def show_soon(peer: VirtualCodeScanner, *codes: dict[str, str]) -> threading.Thread:
    def show() -> None:
        time.sleep(SHOWN_AFTER_S)
        for code in codes:
            peer.act("scan", dict(code))

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    return thread


def test_a_code_is_read_with_its_kind(peer: VirtualCodeScanner, driver: SerialCodeScanner) -> None:
    show_soon(peer, {"text": "https://例子.cn/?a=1", "symbology": "qrCode"})
    code = driver.read(wait_s=3)
    assert (code.symbology, code.text) == (Symbology.QR_CODE, "https://例子.cn/?a=1")
    assert "例子" not in repr(code)
    assert driver.status().scanner.value is ScannerState.OFF


def test_a_gs1_code_is_taken_apart(peer: VirtualCodeScanner, driver: SerialCodeScanner) -> None:
    text = "0106901234567892" + "10AB1\x1d" + "17271231"
    show_soon(peer, {"text": text, "symbology": "ean128"})
    code = driver.read(wait_s=3)
    assert code.symbology is Symbology.GS1_128
    assert [(each.identifier, each.value) for each in code.gs1] == [
        ("01", "06901234567892"),
        ("10", "AB1"),
        ("17", "271231"),
    ]


def test_codes_of_another_kind_are_passed_over(
    peer: VirtualCodeScanner, driver: SerialCodeScanner, events: list[DeviceEvent]
) -> None:
    show_soon(peer, {"text": "one", "symbology": "code128"}, {"text": "two", "symbology": "pdf417"})
    assert driver.read(["pdf417", "qrCode"], wait_s=3).text == "two"
    assert [each.name for each in events] == ["CodePassedOverEvent"]
    with pytest.raises(CommandRejected, match="symbology-unknown"):
        driver.read(["runes"], wait_s=0.1)


def test_a_code_shown_before_the_read_is_forgotten(
    peer: VirtualCodeScanner, driver: SerialCodeScanner
) -> None:
    peer.act("scan", {"text": "the one before"})
    with pytest.raises(UserFault, match="code-timeout"):
        driver.read(wait_s=0.3)


@pytest.mark.parametrize(
    ("fault", "kind", "code", "device"),
    [
        ("code-scanner-garbage", ProtocolError, "code-scanner-garbled", "hardwareError"),
        ("code-scanner-half", ProtocolError, "code-scanner-garbled", "hardwareError"),
        ("code-scanner-endless", ProtocolError, "code-scanner-garbled", "hardwareError"),
        ("code-scanner-silent", UserFault, "code-timeout", "online"),
        ("code-scanner-unplugged", DeviceNotReady, "code-scanner-absent", "noDevice"),
    ],
)
def test_each_fault_is_told_and_passes(
    peer: VirtualCodeScanner,
    driver: SerialCodeScanner,
    fault: str,
    kind: type[DeviceError],
    code: str,
    device: str,
) -> None:
    peer.set_fault(fault, on=True)
    shown = show_soon(peer, {"text": "a code that nobody reads"})
    with pytest.raises(kind) as caught:
        driver.read(wait_s=8.0 if "endless" in fault else 1.5)
    assert caught.value.code == code
    assert driver.status().device.value == device
    shown.join()
    peer.set_fault(fault, on=False)
    time.sleep(0.1)  # what is on the wire arrives
    if kind is DeviceNotReady:
        driver.close()
        driver.open()
    show_soon(peer, {"text": "well again"})
    assert driver.read(wait_s=3).text == "well again"
    assert driver.status().device.value is DeviceState.ONLINE


def test_a_read_can_be_withdrawn(driver: SerialCodeScanner) -> None:
    threading.Timer(0.2, driver.cancellation.cancel).start()
    started = time.monotonic()
    with pytest.raises(DeviceCancelled):
        driver.read(wait_s=20)
    assert time.monotonic() - started < 5
    assert driver.status().scanner.value is ScannerState.OFF


def test_the_self_test_measures_a_code_that_is_shown(
    peer: VirtualCodeScanner, driver: SerialCodeScanner
) -> None:
    show_soon(peer, {"text": "0123456789", "symbology": "code128"})
    good = driver.self_test(wait_s=3)
    assert good.ok
    assert (good.values["symbology"], good.values["characters"]) == ("code128", 10)
    bad = driver.self_test(wait_s=0.1)
    assert (bad.ok, bad.values) == (False, {"error": "code-timeout"})


def test_a_second_process_is_told_that_the_port_is_held(
    peer: VirtualCodeScanner, driver: SerialCodeScanner
) -> None:
    other = SerialCodeScanner(peer.settings, lambda _: None)
    with pytest.raises(DeviceNotReady, match="code-scanner-port-busy"):
        other.open()
    assert driver.status().device.value is DeviceState.ONLINE


@pytest.mark.parametrize(
    "arguments", [{}, {"text": ""}, {"text": 5}, {"text": "a", "symbology": "runes"}]
)
def test_the_drawer_has_no_senseless_codes(
    peer: VirtualCodeScanner, arguments: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="code"):
        peer.act("scan", arguments)
    with pytest.raises(KeyError):
        peer.act("swallow", {})
    with pytest.raises(KeyError):
        peer.set_fault("reader-silent", on=True)
