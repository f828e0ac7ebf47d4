"""Receipts through a raw queue of a real print scheduler, to a printer on a port."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import cups
import pytest
from PIL import Image

from drivers.device import DeviceState
from drivers.document_printer.scheduler import PrivateScheduler
from drivers.errors import DeviceNotReady
from drivers.receipt_printer import dialogue
from drivers.receipt_printer.contract import Answer, PrintUnknown, Proof
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.receipt_printer.settings import Connection, EscPosSettings
from drivers.virtual.receipt_printer import VirtualReceiptPrinter
from tests.drivers.hosted import started
from tests.drivers.receipt_printer.samples import LINK, RECEIPT, codes_on

QUEUE = "receipts"


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[PrivateScheduler]:
    yield from started(PrivateScheduler(tmp_path / "scheduler"))


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[VirtualReceiptPrinter]:
    """A printer on a port that the scheduler's backend, which may have its own user, can open."""
    virtual = VirtualReceiptPrinter(tmp_path, baud=1_000_000)
    virtual.start()
    virtual.port.resolve().chmod(0o666)
    yield virtual
    virtual.stop()


def add_queue(scheduler: PrivateScheduler, device: str) -> cups.Connection:
    connection = cups.Connection(host=os.path.realpath(scheduler.socket))
    connection.addPrinter(QUEUE, device=device)
    connection.enablePrinter(QUEUE)
    connection.acceptJobs(QUEUE)
    return connection


def cut_off(printer: VirtualReceiptPrinter) -> str:
    """The receipt that lies in the slot, waited for."""
    end = time.monotonic() + 10
    while not (receipts := printer.state()["receipts"]):
        assert time.monotonic() < end
        time.sleep(0.02)
    return str(receipts[0]["picture"])


def driver_for(scheduler: PrivateScheduler) -> EscPosPrinter:
    settings = EscPosSettings(connection=Connection.QUEUE, server=scheduler.socket, queue=QUEUE)
    return EscPosPrinter(settings, lambda _: None)


def test_a_receipt_goes_through_a_raw_queue_and_nothing_is_claimed_of_it(
    scheduler: PrivateScheduler, printer: VirtualReceiptPrinter
) -> None:
    connection = add_queue(scheduler, f"parallel:{printer.port.resolve()}")
    driver = driver_for(scheduler)
    driver.open()
    try:
        printed = driver.print_receipt(RECEIPT)
        assert printed.proof is Proof.NONE
        with Image.open(cut_off(printer)) as receipt:
            assert codes_on(receipt) == {LINK, "HALL-{0123}"}
        assert driver.status().paper_out.value is Answer.NO_ANSWER
        assert not driver.capabilities().two_way
        connection.deletePrinter(QUEUE)
        with pytest.raises(DeviceNotReady):
            driver.refresh()
        assert driver.status().device.value is DeviceState.NO_DEVICE
    finally:
        driver.close()


def test_a_queue_that_does_not_print_leaves_the_receipt_unknown_and_no_job(
    scheduler: PrivateScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogue, "_STALL_S", 0.1)
    connection = add_queue(scheduler, "parallel:/dev/none")
    driver = driver_for(scheduler)
    driver.open()
    with pytest.raises(PrintUnknown, match="receipt-printer-stalled"):
        driver.print_receipt(RECEIPT)
    assert connection.getJobs(which_jobs="not-completed") == {}
    driver.close()


def test_there_is_no_such_queue(scheduler: PrivateScheduler) -> None:
    with pytest.raises(DeviceNotReady) as caught:
        driver_for(scheduler).open()
    assert caught.value.code == "receipt-printer-absent"
