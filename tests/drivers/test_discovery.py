"""What discovery says of what is plugged in."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import serial

from drivers.discovery import Finding, discover
from drivers.plugged import ask
from drivers.receipt_printer.settings import EscPosSettings
from drivers.virtual.document_printer import QUEUE, VirtualDocumentPrinter
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.serial_line import SerialLine
from tests.drivers.hosted import started


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[VirtualIdCardReader]:
    yield from started(VirtualIdCardReader(tmp_path))


def plug_usb(root: Path, vendor: str, product: str, interface_class: str) -> None:
    device = root / "sys/bus/usb/devices" / f"1-{vendor}"
    interface = device / "1-1:1.0"
    interface.mkdir(parents=True)
    (device / "idVendor").write_text(f"{vendor}\n")
    (device / "idProduct").write_text(f"{product}\n")
    (device / "product").write_text("Sample\n")
    (interface / "bInterfaceClass").write_text(f"{interface_class}\n")


def test_an_empty_machine_has_nothing(tmp_path: Path) -> None:
    assert discover(root=tmp_path) == []


def test_a_reader_is_found_by_its_answer(tmp_path: Path, reader: VirtualIdCardReader) -> None:
    by_id = tmp_path / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-reader").symlink_to(reader.port)
    (found,) = discover(root=tmp_path)
    assert (found.supported, found.device_class) == (True, "id-card-reader")
    assert (found.driver, found.settings) == ("sam-v-serial", {"port": str(by_id / "usb-reader")})
    (same,) = discover([str(by_id / "usb-reader")], root=tmp_path)
    assert same == found


def test_a_port_that_answers_otherwise_is_not_claimed(tmp_path: Path) -> None:
    line = SerialLine(tmp_path / "modem", 115_200, lambda data: line.send(b"\r\nERROR\r\n"))
    line.plug()
    try:
        (found,) = discover([str(tmp_path / "modem")], root=tmp_path)
    finally:
        line.unplug()
    assert (found.supported, found.device_class, found.driver) == (False, "", "")
    assert found.action


def test_a_missing_and_a_held_port_are_told_apart(
    tmp_path: Path, reader: VirtualIdCardReader
) -> None:
    with serial.Serial(str(reader.port), exclusive=True):
        missing, held = discover([str(tmp_path / "gone"), str(reader.port)], root=tmp_path)
    assert "not there" in missing.says
    assert "holds" in held.says
    assert not missing.supported
    assert not held.supported


def test_usb_devices_are_known_by_id_and_class(tmp_path: Path) -> None:
    plug_usb(tmp_path, "0400", "c35a", "ff")
    plug_usb(tmp_path, "1111", "0001", "07")
    plug_usb(tmp_path, "2222", "0001", "0b")
    plug_usb(tmp_path, "3333", "0001", "0e")
    plug_usb(tmp_path, "4444", "0001", "03")
    found = {each.name: each for each in discover(root=tmp_path)}
    assert set(found) == {"usb 0400:c35a", "usb 1111:0001", "usb 2222:0001", "usb 3333:0001"}
    assert found["usb 0400:c35a"].device_class == "id-card-reader"
    assert found["usb 1111:0001"].device_class == "document-printer"
    assert all(each.action and not each.supported for each in found.values())


def test_print_queues_of_a_scheduler_are_found(
    tmp_path: Path, virtual_printer: VirtualDocumentPrinter
) -> None:
    server = str(virtual_printer.scheduler.socket)
    (found,) = discover(cups_server=server, root=tmp_path)
    assert (found.name, found.driver, found.supported) == (f"cups {QUEUE}", "cups", True)
    assert found.settings["queue"] == QUEUE


def test_a_silent_scheduler_is_told(tmp_path: Path) -> None:
    assert discover(cups_server=str(tmp_path / "none.sock"), root=tmp_path) == [
        Finding(
            f"cups {tmp_path / 'none.sock'}",
            False,
            "no print scheduler answers",
            "start cupsd",
            "document-printer",
        )
    ]


def test_cameras_and_scanners_are_found_by_their_stable_names(tmp_path: Path) -> None:
    cameras, inputs = tmp_path / "dev/v4l/by-id", tmp_path / "dev/input/by-id"
    for node in (
        cameras / "usb-Sample_HD_Camera-video-index0",
        cameras / "usb-Sample_HD_Camera-video-index1",
        inputs / "usb-Sample_Barcode_Scanner-event-kbd",
        inputs / "usb-Sample_Keyboard-event-kbd",
    ):
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
    found = {each.driver: each for each in discover(root=tmp_path)}
    assert set(found) == {"camera", "code-scanner-hid"}
    for driver, role in (("camera", "camera"), ("code-scanner-hid", "code-scanner")):
        assert (found[driver].supported, found[driver].device_class) == (True, role)
        assert found[driver].settings == {"device": found[driver].name}


def test_a_port_in_use_is_not_asked(tmp_path: Path, reader: VirtualIdCardReader) -> None:
    port = str(reader.port)
    assert discover([port], skip=[port], root=tmp_path) == []


def test_it_is_asked_in_a_process_of_its_own(tmp_path: Path, reader: VirtualIdCardReader) -> None:
    question = {
        "ports": [str(reader.port)],
        "skip": [],
        "pcscd_sockets": [],
        "cups_servers": [],
    }
    asked = subprocess.run(
        [sys.executable, "-m", "drivers.plugged"],
        input=json.dumps(question).encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    found = [json.loads(line) for line in asked.stdout.splitlines()]
    assert str(reader.port) in {each["name"] for each in found if each["supported"]}


def test_a_search_that_hangs_is_ended_and_told() -> None:
    (told,) = ask("sane", "", 0.01)
    assert (told["name"], told["supported"], told["unfinished"]) == ("search sane", False, True)
    assert "did not end" in told["says"]


def test_what_a_search_found_before_it_was_ended_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    finding = json.dumps(asdict(Finding("sane flatbed", True, "flatbed")))
    child = tmp_path / "python"
    child.write_text(f"#!/bin/sh\necho '{finding}'\nprintf '{{\"half'\nexec sleep 30\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))
    assert [each["name"] for each in ask("sane", "", 1.0)] == ["sane flatbed", "search sane"]


def test_a_power_supply_is_found_by_its_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b'BEGIN LIST UPS\nUPS hall "Cabinet"\nEND LIST UPS\n')

        server = threading.Thread(target=answer)
        server.start()
        (found,) = ask("nut", address)
        server.join(5)
    assert (found["driver"], found["settings"]) == ("ups", {"address": address, "ups": "hall"})
    assert ask("nut", address) == []


def test_a_usb_printer_may_print_receipts(tmp_path: Path) -> None:
    (tmp_path / "lp0").touch()
    (found,) = ask("lp", str(tmp_path))
    assert found["driver"] == "receipt-printer"
    assert EscPosSettings(**found["settings"]).port == str(tmp_path / "lp0")
