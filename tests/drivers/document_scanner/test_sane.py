"""The SANE driver against SANE's own test backend."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pypdf
import pytest

from drivers.device import DeviceEvent, DeviceState, Source
from drivers.document_scanner import sane, sane_status
from drivers.document_scanner.contract import Cover, ImageScanner, MediaFeeder, Transport
from drivers.document_scanner.sane import SaneScanner
from drivers.errors import (
    CommandRejected,
    DeviceBusy,
    DeviceCancelled,
    DeviceError,
    DeviceNotReady,
    HardwareFault,
    UserFault,
)
from drivers.host import DeviceHost
from drivers.imaging.files import UPLOAD_BYTES
from drivers.virtual.document_scanner import VirtualDocumentScanner
from kiosk_app.health.conditions import conditions
from tests.drivers.hosted import put_right, started


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualDocumentScanner]:
    """One for all tests: SANE looks up its configuration's folder once in a process."""
    yield from started(VirtualDocumentScanner(tmp_path_factory.mktemp("scanner")))


@pytest.fixture
def peer(running: VirtualDocumentScanner) -> Iterator[VirtualDocumentScanner]:
    yield from put_right(running)


@pytest.fixture
def events() -> list[DeviceEvent]:
    return []


@pytest.fixture
def driver(peer: VirtualDocumentScanner, events: list[DeviceEvent]) -> SaneScanner:
    scanner = SaneScanner(peer.settings, events.append)
    scanner.open()
    return scanner


def test_a_page_is_a4_at_the_resolution_asked_for(driver: SaneScanner) -> None:
    page = driver.scan_page(dpi=150)
    assert (page.width, page.dpi) == (1240, 150)
    assert page.height in (1753, 1754)
    assert page.jpeg[:2] == b"\xff\xd8"
    assert driver.scan_page(dpi=75, colour=False).width == 620
    status = driver.status()
    assert (status.device.value, status.transport.value) == (DeviceState.ONLINE, Transport.OK)


def test_a_page_for_an_upload_is_small(driver: SaneScanner) -> None:
    page = driver.scan_page(dpi=300, upload=True)
    assert (page.width, page.dpi) == (1240, 150)
    assert len(page.jpeg) <= UPLOAD_BYTES


def test_a_scan_leaves_broken_pipes_harmless(driver: SaneScanner) -> None:
    driver.scan_page(dpi=75)
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        os.write(writer, b"x")
    os.close(writer)


def test_what_the_scanner_offers_is_told(driver: SaneScanner) -> None:
    found = driver.capabilities()
    assert (found.sources, found.resolutions_dpi) == (("feeder", "flatbed"), (50, 600))
    assert found.colour


def test_a_feeders_pages_become_one_document(
    driver: SaneScanner, events: list[DeviceEvent]
) -> None:
    document = driver.scan_document("feeder", dpi=75)
    assert document.pages == 10
    assert len(pypdf.PdfReader(io.BytesIO(document.pdf)).pages) == 10
    assert [each.payload["page"] for each in events] == list(range(1, 11))
    assert driver.status().media_feeder.value is MediaFeeder.EMPTY
    assert driver.scan_document("flatbed", dpi=75).pages == 1


@pytest.mark.parametrize(
    ("fault", "kind", "code", "device"),
    [
        ("document-scanner-jammed", HardwareFault, "paper-jammed", DeviceState.HARDWARE_ERROR),
        ("document-scanner-feeder-empty", UserFault, "feeder-empty", DeviceState.ONLINE),
        ("document-scanner-cover-open", UserFault, "cover-open", DeviceState.USER_ERROR),
        ("document-scanner-busy", DeviceNotReady, "scanner-busy", DeviceState.DEVICE_BUSY),
        ("document-scanner-broken", HardwareFault, "scanner-failed", DeviceState.HARDWARE_ERROR),
        ("document-scanner-unplugged", DeviceNotReady, "scanner-absent", DeviceState.NO_DEVICE),
    ],
)
def test_each_fault_is_told_and_passes(
    peer: VirtualDocumentScanner,
    driver: SaneScanner,
    fault: str,
    kind: type[DeviceError],
    code: str,
    device: DeviceState,
) -> None:
    peer.set_fault(fault, on=True)
    assert peer.faults() == (fault,)
    with pytest.raises(kind) as caught:
        driver.scan_document("feeder", dpi=75)
    assert caught.value.code == code
    assert driver.status().device.value is device
    peer.set_fault(fault, on=False)
    driver.reset()
    assert driver.scan_page(dpi=75).width == 620
    assert driver.status().device.value is DeviceState.ONLINE


def test_a_jam_in_the_feeder_is_known_for_a_while_and_then_no_longer(
    peer: VirtualDocumentScanner, driver: SaneScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer.set_fault("document-scanner-jammed", on=True)
    with pytest.raises(HardwareFault):
        driver.scan_document("feeder", dpi=75)
    monkeypatch.setattr(sane, "TRIED_EVERY_S", 0.0)
    driver.refresh()
    known = driver.status()
    assert known.transport.value is Transport.INOPERATIVE
    assert known.device.value is DeviceState.HARDWARE_ERROR
    monkeypatch.setattr(sane, "KNOWN_S", 0.0)
    driver.refresh()
    forgotten = driver.status()
    assert forgotten.transport.value is Transport.UNKNOWN
    assert forgotten.transport.source is Source.ASSUMED
    assert forgotten.device.value is DeviceState.ONLINE


GLASS_FAULTS = {
    "document-scanner-jammed": "media-jam",
    "document-scanner-cover-open": "cover-open",
    "document-scanner-broken": "scanner-off",
}


@pytest.mark.parametrize(("fault", "kind"), GLASS_FAULTS.items())
def test_a_glass_that_failed_is_tried_until_it_is_well(
    peer: VirtualDocumentScanner,
    driver: SaneScanner,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    kind: str,
) -> None:
    monkeypatch.setattr(sane, "TRIED_EVERY_S", 0.0)
    peer.set_fault(fault, on=True)
    with pytest.raises(DeviceError):
        driver.scan_page(dpi=75)
    for _ in range(2):
        driver.refresh()
        assert [each.kind.name for each in conditions(driver.status())] == [kind]
    peer.set_fault(fault, on=False)
    driver.refresh()
    status = driver.status()
    assert [each.kind.name for each in conditions(status)] == ["fine"]
    assert status.front_image_scanner.value is ImageScanner.OK


@pytest.mark.parametrize("fault", GLASS_FAULTS)
def test_a_scanner_that_is_plugged_in_again_is_told_nothing_of_the_past(
    peer: VirtualDocumentScanner, driver: SaneScanner, fault: str
) -> None:
    peer.set_fault(fault, on=True)
    with pytest.raises(DeviceError):
        driver.scan_page(dpi=75)
    peer.set_fault("document-scanner-unplugged", on=True)
    with pytest.raises(DeviceNotReady):
        driver.refresh()
    peer.set_fault("document-scanner-unplugged", on=False)
    driver.open()
    assert [each.kind.name for each in conditions(driver.status())] == ["fine"]


async def test_a_busy_scanner_is_there_and_stays_open(peer: VirtualDocumentScanner) -> None:
    host = DeviceHost("document-scanner", "document-scanner", peer.settings)
    states: list[str] = []
    await host.start()
    try:
        await host.ready(20)
        host.subscribe(lambda event: states.append(event.payload["device"]))
        peer.set_fault("document-scanner-busy", on=True)
        with pytest.raises(DeviceBusy, match="scanner-busy"):
            await host.call("scan_page", 75)
        assert host.last_error is None
        peer.set_fault("document-scanner-busy", on=False)
        assert (await host.call("scan_page", 75)).width == 620
        assert states[-2:] == ["deviceBusy", "online"]
        assert "noDevice" not in states
    finally:
        await host.stop()


def test_a_scanner_that_is_not_there_does_not_open(peer: VirtualDocumentScanner) -> None:
    peer.set_fault("document-scanner-unplugged", on=True)
    scanner = SaneScanner(peer.settings, lambda _: None)
    with pytest.raises(DeviceNotReady, match="scanner-absent"):
        scanner.open()
    peer.set_fault("document-scanner-unplugged", on=False)
    scanner.open()
    peer.set_fault("document-scanner-unplugged", on=True)
    with pytest.raises(DeviceNotReady, match="scanner-absent"):
        scanner.refresh()


def test_what_the_scanner_does_not_offer_is_refused(driver: SaneScanner) -> None:
    for arguments in ({"source": "tray"}, {"dpi": 5000}):
        with pytest.raises(CommandRejected, match="scanner-settings-refused"):
            driver.scan_document(**arguments)


def test_a_withdrawn_scan_ends(driver: SaneScanner) -> None:
    driver.cancellation.cancel()
    with pytest.raises(DeviceCancelled):
        driver.scan_document("feeder", dpi=75)


def test_the_self_test_measures(peer: VirtualDocumentScanner, driver: SaneScanner) -> None:
    good = driver.self_test()
    assert good.ok
    assert good.values["width"] == 620
    assert 0 < float(good.values["brightness"]) < 255
    peer.set_fault("document-scanner-cover-open", on=True)
    assert driver.self_test().values == {"error": "cover-open"}
    assert driver.status().shutter.value is Cover.OPEN


def test_every_status_text_has_a_meaning() -> None:
    assert sane_status.error_for("Error during device I/O", opening=True).code == "scanner-absent"
    assert sane_status.error_for("Error during device I/O", opening=False).code == "scanner-failed"
    assert sane_status.error_for("something new", opening=False).code == "scanner-failed"
    assert isinstance(
        sane_status.error_for("Operation was cancelled", opening=False), DeviceCancelled
    )


def test_unknown_switches_and_actions_are_refused(peer: VirtualDocumentScanner) -> None:
    with pytest.raises(KeyError):
        peer.set_fault("reader-silent", on=True)
    with pytest.raises(KeyError):
        peer.act("load", {})
