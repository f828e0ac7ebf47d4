"""The driver against the virtual printer, over each of its wires."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from drivers.device import DeviceEvent, DeviceState, Source
from drivers.document_printer.contract import PaperLevel
from drivers.errors import (
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
)
from drivers.host import DeviceHost
from drivers.receipt_printer import dialogue
from drivers.receipt_printer.contract import Answer, PrintUnknown, Proof
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.receipt_printer.receipt import Picture, Receipt, TextLine
from drivers.receipt_printer.settings import Connection, EscPosSettings, PaperWidth
from drivers.virtual.receipt_printer import VirtualReceiptPrinter
from drivers.virtual.receipt_printer_machine import EscPosMachine
from tests.drivers.hosted import eventually, started
from tests.drivers.receipt_printer.samples import LINK, RECEIPT, codes_on, text


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[VirtualReceiptPrinter]:
    yield from started(VirtualReceiptPrinter(tmp_path, baud=1_000_000))


class Bench:
    """A driver on a printer, and what it emitted."""

    def __init__(self, settings: EscPosSettings) -> None:
        self.events: list[DeviceEvent] = []
        self.driver = EscPosPrinter(settings, self.events.append)

    def device(self) -> DeviceState:
        return self.driver.status().device.value

    def paper(self) -> PaperLevel:
        return self.driver.status().paper.value

    def refused(self, kind: type[DeviceError], receipt: Receipt = RECEIPT) -> DeviceError:
        with pytest.raises(kind) as caught:
            self.driver.print_receipt(receipt)
        return caught.value


@pytest.fixture
def bench(peer: VirtualReceiptPrinter) -> Iterator[Bench]:
    found = Bench(peer.settings)
    found.driver.open()
    yield found
    found.driver.close()


def slot(peer: VirtualReceiptPrinter) -> list[Image.Image]:
    return [Image.open(each["picture"]) for each in peer.state()["receipts"]]


def test_a_receipt_is_printed_proved_and_cut(peer: VirtualReceiptPrinter, bench: Bench) -> None:
    printed = bench.driver.print_receipt(RECEIPT)
    state = peer.state()
    assert (printed.proof, printed.missing_glyphs) == (Proof.ECHO, 0)
    (receipt,) = slot(peer)
    assert codes_on(receipt) == {LINK, "HALL-{0123}"}
    assert (state["drawer_pulses"], state["unknown_commands"], state["hanging_mm"]) == (0, 0, 0)
    assert bench.driver.status().printed_mm.value == printed.length_mm
    assert abs(state["printed_mm"] - printed.length_mm) < 6
    assert peer.act("take", {})["receipts"] == []


def test_status_has_three_values_with_source_and_age(
    peer: VirtualReceiptPrinter, bench: Bench
) -> None:
    status = bench.driver.status()
    assert (status.paper_out.value, status.paper_out.source) == (Answer.NO, Source.SENSOR)
    peer.set_fault("receipt-silent", on=True)
    bench.driver.refresh()
    status = bench.driver.status()
    assert status.device.value is DeviceState.OFFLINE
    assert (status.paper.value, status.paper.source) == (PaperLevel.UNKNOWN, Source.ASSUMED)
    assert {status.paper_out.value, status.cover_open.value, status.near_end.value} == {
        Answer.NO_ANSWER
    }


STOPS = [
    ("receipt-paper-out", HardwareFault, "receipt-paper-out", "paperOut"),
    ("receipt-cover-open", HardwareFault, "receipt-cover-open", None),
    ("receipt-cutter-jam", HardwareFault, "receipt-cutter-jammed", "paperJammed"),
    ("receipt-offline", DeviceNotReady, "receipt-printer-offline", None),
    ("receipt-silent", DeviceTimeout, "receipt-printer-silent", None),
    ("receipt-garbage-status", ProtocolError, "receipt-printer-garbled", None),
]


@pytest.mark.parametrize(("fault", "kind", "code", "error_code"), STOPS)
def test_a_printer_that_cannot_print_is_sent_nothing(
    peer: VirtualReceiptPrinter,
    bench: Bench,
    fault: str,
    kind: type[DeviceError],
    code: str,
    error_code: str | None,
) -> None:
    peer.set_fault(fault, on=True)
    error = bench.refused(kind)
    assert (error.code, error.error_code) == (code, error_code)
    assert bench.device() is not DeviceState.ONLINE
    peer.set_fault(fault, on=False)
    assert peer.state()["printed_mm"] == 0
    assert bench.driver.print_receipt(text("好了")).proof is Proof.ECHO
    assert bench.device() is DeviceState.ONLINE


def test_the_rolls_end_is_told_before_it_comes(peer: VirtualReceiptPrinter, bench: Bench) -> None:
    peer.act("load", {"mm": 3_020})
    bench.driver.print_receipt(RECEIPT)
    bench.driver.refresh()
    assert bench.paper() is PaperLevel.LOW
    told = [each for each in bench.events if each.name == "PaperThresholdEvent"]
    assert [each.payload for each in told] == [{"paper": "low"}]
    assert bench.device() is DeviceState.ONLINE


def test_a_change_is_heard_without_being_asked_for(
    peer: VirtualReceiptPrinter, bench: Bench
) -> None:
    """ASB: the printer speaks between two questions; a question's answer is still found."""
    for on in (True, False):
        peer.set_fault("receipt-near-end", on=on)
        bench.driver.refresh()
        assert bench.paper() is (PaperLevel.LOW if on else PaperLevel.FULL)


def test_paper_that_runs_out_in_a_receipt_leaves_it_unknown(
    peer: VirtualReceiptPrinter, bench: Bench
) -> None:
    peer.act("load", {"mm": 30})
    error = bench.refused(PrintUnknown)
    assert (error.code, error.error_code) == ("receipt-print-unknown", "paperOut")
    assert "receipt-paper-out" in error.message
    assert peer.state()["receipts"] == []
    peer.act("load", {})  # what the printer still held comes out now
    eventually(lambda: len(peer.state()["receipts"]) == 1)
    again = bench.driver.print_receipt(Receipt(RECEIPT.lines, reprint=True))
    assert (again.proof, again.reprint) == (Proof.ECHO, True)


def test_a_cable_pulled_in_a_receipt_leaves_it_unknown(
    peer: VirtualReceiptPrinter, bench: Bench
) -> None:
    peer.set_fault("receipt-unplugged-mid-print", on=True)
    error = bench.refused(PrintUnknown)
    assert error.code == "receipt-print-unknown"
    assert bench.device() is DeviceState.NO_DEVICE
    assert peer.faults() == ("receipt-unplugged",)
    assert peer.state()["receipts"] == []
    with pytest.raises(DeviceNotReady):
        bench.driver.refresh()
    peer.set_fault("receipt-unplugged", on=False)
    bench.driver.close()
    bench.driver.open()
    assert bench.driver.print_receipt(RECEIPT).proof is Proof.ECHO


def test_a_printer_that_takes_half_leaves_the_receipt_unknown(
    peer: VirtualReceiptPrinter, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "_STALL_S", 0.5)
    peer.set_fault("receipt-short-write", on=True)
    noise = Image.effect_noise((576, 1000), 90)
    long = Receipt((Picture(png(noise)),))
    error = bench.refused(PrintUnknown, long)
    assert "receipt-printer-stalled" in error.message
    assert peer.state()["receipts"] == []


async def test_a_print_that_is_withdrawn_from_a_printer_that_takes_no_more_is_let_go(
    peer: VirtualReceiptPrinter,
) -> None:
    host = DeviceHost("receipt-printer", "receipt-printer", peer.settings)
    await host.start()
    try:
        await host.ready(20)
        peer.set_fault("receipt-short-write", on=True)
        for data in (b"a line\n" * 50, b"a line\n" * 50_000):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(host.call("print_raw", data), 1.5)
        peer.set_fault("receipt-short-write", on=False)
        assert host.restarts == 0
    finally:
        await host.stop()


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class Hostile:
    """A far end that answers every question well until it is told to do otherwise."""

    def __init__(self) -> None:
        self.ours, its = os.openpty()
        tty.setraw(its)
        self.port = os.ttyname(its)
        self._its = its
        self.after_first_line: Callable[[], None] | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        os.close(self._its)

    def _serve(self) -> None:
        while True:
            try:
                data = os.read(self.ours, 4096)
            except OSError:
                return
            if self.after_first_line is not None and b"\n" in data:
                self.after_first_line()
                return
            for _ in range(data.count(b"\x10\x04")):
                os.write(self.ours, b"\x12")


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    found = Hostile()
    yield found
    found.close()


@pytest.mark.parametrize("last_words", [b"\0\0\0", b"\x12", b"\xff" * 2000, b""])
def test_a_printer_that_dies_in_a_receipt_proves_nothing(
    hostile: Hostile, last_words: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros come when the power goes, and are a valid answer to GS r."""
    monkeypatch.setattr(dialogue, "_END_PATIENCE_S", 0.3)
    bench = Bench(EscPosSettings(port=hostile.port))
    bench.driver.open()
    assert bench.device() is DeviceState.ONLINE
    hostile.after_first_line = lambda: void(os.write(hostile.ours, last_words))
    assert bench.refused(PrintUnknown, text("一行")).code == "receipt-print-unknown"
    bench.driver.close()


def test_an_endless_stream_is_garbage_and_hangs_nothing(hostile: Hostile) -> None:
    over = threading.Event()

    def babble() -> None:
        while not over.is_set():
            os.write(hostile.ours, bytes(range(256)))

    threading.Thread(target=babble, daemon=True).start()
    bench = Bench(EscPosSettings(port=hostile.port))
    bench.driver.open()
    assert bench.device() is DeviceState.HARDWARE_ERROR
    assert bench.refused(ProtocolError).code == "receipt-printer-garbled"
    over.set()
    bench.driver.close()


def test_a_silent_printer_prints_without_proof_when_it_is_known_to_be_silent(
    peer: VirtualReceiptPrinter,
) -> None:
    peer.set_fault("receipt-silent", on=True)
    bench = Bench(peer.settings.model_copy(update={"answers": False}))
    bench.driver.open()
    try:
        assert bench.driver.print_receipt(RECEIPT).proof is Proof.NONE
        assert bench.driver.status().paper.value is PaperLevel.UNKNOWN
        eventually(lambda: len(peer.state()["receipts"]) == 1)
    finally:
        bench.driver.close()


def test_self_test_prints_a_page(peer: VirtualReceiptPrinter, bench: Bench) -> None:
    result = bench.driver.self_test()
    assert result.ok
    assert result.values["proof"] == "echo"
    assert len(peer.state()["receipts"]) == 1
    bench.driver.reset()
    assert bench.device() is DeviceState.ONLINE


def test_raw_bytes_are_printed_but_open_no_drawer(
    peer: VirtualReceiptPrinter, bench: Bench
) -> None:
    assert bench.driver.print_raw(b"\x1b@hello\n\x1dVA\x00") is Proof.ECHO
    before = len(peer.state()["receipts"])
    for pulse in (b"\x1bp\x00\x19\xfa", b"text\x10\x14\x01\x00\x05"):
        with pytest.raises(CommandRejected) as caught:
            bench.driver.print_raw(pulse)
        assert caught.value.code == "receipt-drawer-pulse"
    assert len(peer.state()["receipts"]) == before


def test_what_is_in_the_printer_is_cut_off_when_told(
    peer: VirtualReceiptPrinter, bench: Bench
) -> None:
    bench.driver.print_raw(b"\x1b@half a receipt\n")
    before = len(peer.state()["receipts"])
    bench.driver.control_media({"cut": True})
    eventually(lambda: len(peer.state()["receipts"]) == before + 1)
    with pytest.raises(CommandRejected) as caught:
        bench.driver.control_media({"move": "park"})
    assert caught.value.code == "media-control-unknown"


def test_a_port_is_held_against_others_and_missed_when_it_is_not_there(
    peer: VirtualReceiptPrinter, bench: Bench, tmp_path: Path
) -> None:
    for port, code in (
        (peer.port, "receipt-printer-port-busy"),
        (tmp_path / "none", "receipt-printer-absent"),
    ):
        with pytest.raises(DeviceNotReady) as caught:
            Bench(EscPosSettings(port=str(port))).driver.open()
        assert caught.value.code == code


class NetworkPrinter:
    """A machine behind a TCP port."""

    def __init__(self) -> None:
        self.receipts: list[Image.Image] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            machine = EscPosMachine(384, connection.sendall, self.receipts.append, lambda: None)
            while data := connection.recv(4096):
                machine.feed(data)


def test_over_tcp_on_58_mm_paper() -> None:
    printer = NetworkPrinter()
    settings = EscPosSettings(
        connection=Connection.TCP, host="127.0.0.1", tcp_port=printer.port, width=PaperWidth.MM_58
    )
    bench = Bench(settings)
    bench.driver.open()
    try:
        assert bench.driver.capabilities().columns == 32
        assert bench.driver.print_receipt(RECEIPT).proof is Proof.ECHO
        assert printer.receipts[0].width == 384
        assert codes_on(printer.receipts[0]) == {LINK, "HALL-{0123}"}
    finally:
        bench.driver.close()
        printer.close()
    with pytest.raises(DeviceNotReady):
        bench.driver.open()


def test_over_a_character_device_as_usb_printers_are() -> None:
    """A pseudo-terminal stands for ``/dev/usb/lp0``: a character device read and written raw."""
    ours, its = os.openpty()
    tty.setraw(its)
    receipts: list[Image.Image] = []
    machine = EscPosMachine(576, lambda data: void(os.write(ours, data)), receipts.append, void)

    def serve() -> None:
        while True:
            try:
                machine.feed(os.read(ours, 4096))
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    bench = Bench(EscPosSettings(connection=Connection.USB, port=os.ttyname(its)))
    bench.driver.open()
    try:
        assert bench.driver.print_receipt(text("经过 USB")).proof is Proof.ECHO
        assert len(receipts) == 1
    finally:
        bench.driver.close()
        os.close(its)


def void(*_: Any) -> None:
    """Nothing comes back."""


def test_a_file_is_no_usb_printer(tmp_path: Path) -> None:
    path = tmp_path / "lp0"
    path.write_bytes(b"")
    with pytest.raises(DeviceNotReady):
        Bench(EscPosSettings(connection=Connection.USB, port=str(path))).driver.open()
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("connection", "wanted"),
    [
        (Connection.SERIAL, {"port"}),
        (Connection.USB, {"port"}),
        (Connection.TCP, {"host"}),
        (Connection.QUEUE, {"server", "queue"}),
    ],
)
def test_settings_want_the_address_of_their_connection(
    connection: Connection, wanted: set[str]
) -> None:
    with pytest.raises(ValidationError) as refused:
        EscPosSettings(connection=connection)
    assert {each["loc"] for each in refused.value.errors()} == {(name,) for name in wanted}


def test_a_receipt_does_not_show_its_words() -> None:
    assert "2024" not in repr(RECEIPT)
    assert "不动产" not in repr(Receipt((TextLine("不动产"),)))
