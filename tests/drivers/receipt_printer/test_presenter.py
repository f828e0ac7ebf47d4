"""A receipt that waits at the slot: told of, taken, or taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import DeviceEvent
from drivers.document_printer.contract import PrintMedia
from drivers.errors import CommandRejected, HardwareFault
from drivers.receipt_printer import presenter
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.virtual.receipt_printer import VirtualReceiptPrinter

PAGE = b"\x1b@A017\n"
PRESENTED, TAKEN = "MediaPresentedEvent", "MediaTakenEvent"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[VirtualReceiptPrinter]:
    virtual = VirtualReceiptPrinter(tmp_path, baud=1_000_000)
    virtual.start()
    yield virtual
    virtual.stop()


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def driver(peer: VirtualReceiptPrinter, events: list[str]) -> Iterator[EscPosPrinter]:
    def heard(event: DeviceEvent) -> None:
        events.append(event.name)

    found = EscPosPrinter(peer.settings, heard)
    found.open()
    yield found
    found.close()


def media(driver: EscPosPrinter) -> PrintMedia:
    driver.refresh()
    return driver.status().media.value


def test_a_receipt_waits_until_it_is_taken(
    peer: VirtualReceiptPrinter, driver: EscPosPrinter, events: list[str]
) -> None:
    assert media(driver) is PrintMedia.NOT_PRESENT
    driver.print_raw(PAGE)
    assert (media(driver), events) == (PrintMedia.PRESENT, [PRESENTED])
    peer.act("take", {})
    assert (media(driver), events) == (PrintMedia.NOT_PRESENT, [PRESENTED, TAKEN])


def test_each_receipt_is_told_of_though_the_last_was_left(
    driver: EscPosPrinter, events: list[str]
) -> None:
    driver.print_raw(PAGE)
    driver.print_raw(PAGE)
    assert events == [PRESENTED, PRESENTED]


def test_a_receipt_is_taken_back_once(
    peer: VirtualReceiptPrinter, driver: EscPosPrinter, events: list[str]
) -> None:
    driver.print_raw(PAGE)
    driver.retract_media()
    assert (media(driver), events) == (PrintMedia.RETRACTED, [PRESENTED])
    assert (peer.state()["retracted"], peer.state()["receipts"]) == (1, [])
    with pytest.raises(CommandRejected) as caught:
        driver.retract_media()
    assert (caught.value.code, caught.value.error_code) == ("receipt-not-there", "noMediaPresent")
    driver.print_raw(PAGE)
    assert (media(driver), events) == (PrintMedia.PRESENT, [PRESENTED, PRESENTED])


def test_a_receipt_that_stays_is_stuck(
    peer: VirtualReceiptPrinter, driver: EscPosPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presenter, "_MOVES_S", 0.2)
    driver.print_raw(PAGE)
    peer.set_fault("receipt-stuck", on=True)
    with pytest.raises(HardwareFault, match="receipt-stuck"):
        driver.retract_media()
    assert media(driver) is PrintMedia.PRESENT
    peer.set_fault("receipt-stuck", on=False)
    driver.control_media({"move": "expel"})
    assert media(driver) is PrintMedia.NOT_PRESENT


def test_what_waits_is_not_known_of_a_printer_that_is_silent(
    peer: VirtualReceiptPrinter, driver: EscPosPrinter, events: list[str]
) -> None:
    driver.print_raw(PAGE)
    peer.set_fault("receipt-silent", on=True)
    assert media(driver) is PrintMedia.UNKNOWN
    peer.set_fault("receipt-silent", on=False)
    assert (media(driver), events) == (PrintMedia.PRESENT, [PRESENTED]), "silence took nothing"


def test_a_printer_without_a_presenter_tells_nothing_of_its_slot(
    peer: VirtualReceiptPrinter, events: list[str]
) -> None:
    settings = peer.settings.model_copy(update={"presenter": False})
    driver = EscPosPrinter(settings, lambda event: events.append(event.name))
    driver.open()
    try:
        assert driver.capabilities().presenter is False
        driver.print_raw(PAGE + b"\x1dVA\x00")
        assert (media(driver), events) == (PrintMedia.UNKNOWN, [])
        with pytest.raises(CommandRejected, match="media-control-unknown"):
            driver.retract_media()
    finally:
        driver.close()
