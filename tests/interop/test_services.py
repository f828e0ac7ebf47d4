"""XFS4IoT commands from a client to real drivers on real wires, and back."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
import typst

from drivers.document_printer.contract import JobState, PrintJob, PrintOptions
from drivers.virtual.residents import resident_by_slug
from tests.interop.conftest import Client, Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")
READER, PRINTER = "id-card-reader", "document-printer"
LI = resident_by_slug("li-xiulan")


async def place(interop: Interop) -> None:
    await interop.room.client.act(READER, "place", {"resident": LI.number})


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [each["header"]["type"] for each in messages]


async def test_the_publisher_names_the_services_that_have_a_device(interop: Interop) -> None:
    async with interop.client("ServicePublisher") as client:
        done = await client.ask("ServicePublisher.GetServices")
    uris = {each["serviceURI"] for each in done["payload"]["services"]}
    names = {"CardReader", "SocialSecurityCardReader", "DocumentPrinter", "ReceiptPrinter"}
    names |= {"Camera", "BarcodeReader", "DocumentScanner", "Lights", "VendorMode"}
    names.add("TravelDocumentReader")
    assert uris == {interop.uri(name) for name in names}
    assert done["payload"]["vendorName"] == "Yimen"


async def test_a_device_that_is_bound_later_is_published(interop: Interop) -> None:
    async with interop.client("ServicePublisher") as client:
        await client.ask("Common.Status")
        slot = interop.devices.slot("document-camera")
        await slot.bind("no-such-driver", {})
        try:
            said = await client.told("ServicePublisher.ServiceDetailEvent")
            assert {"serviceURI": interop.uri("DocumentCamera")} in said["services"]
        finally:
            await slot.release()
        said = await client.told("ServicePublisher.ServiceDetailEvent")
        assert {"serviceURI": interop.uri("DocumentCamera")} not in said["services"]


async def test_status_is_the_devices_own(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        said = (await client.ask("Common.Status"))["payload"]
    assert said["common"] == {"device": "online"}
    assert said["cardReader"]["security"] == "open"
    async with interop.client("DocumentPrinter") as client:
        said = (await client.ask("Common.Status"))["payload"]
    assert said["printer"]["paper"] == {"upper": "full"}
    async with interop.client("DocumentCamera") as client:
        assert (await client.ask("Common.Status"))["payload"]["common"]["device"] == "noDevice"
        assert await client.code("Printer.Reset") == "deviceNotReady"


async def test_capabilities_name_what_the_driver_really_can(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        said = (await client.ask("Common.Capabilities"))["payload"]
    interfaces = {each["name"]: set(each["commands"]) for each in said["interfaces"]}
    assert interfaces["CardReader"] == {"CardReader.Reset"}
    assert interfaces["YimenIdentity"] == {"YimenIdentity.ReadIdentity"}
    assert said["cardReader"]["chipProtocols"] == {"chipTypeB": True}
    async with interop.client("TravelDocumentReader") as client:
        said = (await client.ask("Common.Capabilities"))["payload"]
    assert said["cardReader"]["type"] == "contactless"
    assert said["cardReader"]["chipProtocols"] == {"chipTypeAPart4": True, "chipTypeB": True}
    async with interop.client("SocialSecurityCardReader") as client:
        said = (await client.ask("Common.Capabilities"))["payload"]
    interfaces = {each["name"]: set(each["commands"]) for each in said["interfaces"]}
    assert {"CardReader.ChipIO", "CardReader.ReadRawData"} <= interfaces["CardReader"]
    assert said["cardReader"]["type"] == "dip"
    assert said["cardReader"]["chipProtocols"] == {"chipT0": True, "chipT1": True}


@pytest.mark.parametrize(
    ("service", "event"),
    [
        ("CardReader", "CardReader.MediaRemovedEvent"),
        ("DocumentPrinter", "Printer.PaperThresholdEvent"),
        ("VendorMode", "VendorMode.ModeExitedEvent"),
        ("Lights", "Common.ErrorEvent"),
    ],
)
async def test_capabilities_name_what_is_told_unasked(
    interop: Interop, service: str, event: str
) -> None:
    async with interop.client(service) as client:
        said = (await client.ask("Common.Capabilities"))["payload"]
    events = {name for each in said["interfaces"] for name in each["events"]}
    assert {event, "Common.StatusChangedEvent"} <= events


async def test_an_identity_is_acknowledged_told_of_and_read(interop: Interop) -> None:
    await place(interop)
    async with interop.client("CardReader") as client:
        number = await client.send("YimenIdentity.ReadIdentity", {"wait": 5000})
        messages = await client.answer(number)
        assert kinds(messages) == ["acknowledge", "event", "completion"]
        assert messages[1]["header"]["name"] == "CardReader.MediaInsertedEvent"
        identity = messages[-1]["payload"]["identity"]
        assert (identity["name"], identity["idNumber"]) == (LI.name, LI.id_number)
        assert identity["birth"] == LI.card.birth.isoformat()
        present = {"media": "present", "security": "open"}
        await client.told("Common.StatusChangedEvent", cardReader=present)


async def test_a_card_that_does_not_come_is_a_timeout(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        assert await client.code("YimenIdentity.ReadIdentity", {"wait": 100}) == "timeOut"
        limited: dict[str, Any] = {"timeout": 300}
        code = await client.code("YimenIdentity.ReadIdentity", {"wait": 60_000}, **limited)
        assert code == "timeOut"
        assert (await client.ask("Common.Status"))["payload"]["common"]["device"] == "online"


async def test_a_devices_error_code_is_the_completions(interop: Interop) -> None:
    await place(interop)
    await interop.room.client.set_fault("reader-two-cards", on=True)
    async with interop.client("CardReader") as client:
        assert await client.code("YimenIdentity.ReadIdentity") == "cardCollision"
        await interop.room.client.set_fault("reader-silent", on=True)
        assert await client.code("CardReader.Reset") == "timeOut"
        await interop.room.client.set_fault("reader-silent", on=False)
        await interop.room.client.set_fault("reader-self-test-failed", on=True)
        await place(interop)
        assert await client.code("YimenIdentity.ReadIdentity") == "hardwareError"
        await client.told("Common.ErrorEvent", eventId="hardware", action="maintenance")


@pytest.mark.parametrize(
    ("service", "command", "payload"),
    [
        ("CardReader", "CardReader.ChipIO", {"chipProtocol": "chipTypeB", "chipData": "AKQEAA=="}),
        ("CardReader", "CardReader.ChipPower", {"chipPower": "cold"}),
        ("CardReader", "CardReader.ReadRawData", {"chip": True}),
        ("DocumentPrinter", "Printer.RetractMedia", {}),
        ("DocumentPrinter", "Printer.PrintRaw", {"data": "AAAA"}),
        ("DocumentPrinter", "Printer.ControlMedia", {"mediaControl": {"move": "eject"}}),
        ("VendorMode", "VendorMode.EnterModeAcknowledge", {}),
    ],
)
async def test_what_a_device_cannot_do_is_told(
    interop: Interop, service: str, command: str, payload: dict[str, Any]
) -> None:
    interop.maintenance.mode = "active"
    async with interop.client(service) as client:
        assert await client.code(command, payload) == "unsupportedCommand"


async def test_a_chip_is_powered_and_spoken_to(interop: Interop) -> None:
    role = "social-security-card-reader"
    async with interop.client("SocialSecurityCardReader") as client:
        for wanted in ({"track1": True}, {"chip": True, "track3JIS": True}, {}):
            assert await client.code("CardReader.ReadRawData", wanted) == "unsupportedData"
        number = await client.send("CardReader.ReadRawData", {"chip": True}, timeout=20_000)
        assert kinds([await client.receive()]) == ["acknowledge"]
        assert (await client.receive())["header"]["name"] == "CardReader.InsertCardEvent"
        await interop.room.client.act(role, "place", {"resident": LI.number})
        done = (await client.answer(number))[-1]
        assert done["header"]["completionCode"] == "success", done
        answer_to_reset = b64decode(done["payload"]["chip"][0]["data"])
        assert answer_to_reset[:1] in (b"\x3b", b"\x3f")
        select = bytes.fromhex("00a404000f") + b"sx1.sh.\xc9\xe7\xbb\xe1\xb1\xa3\xd5\xcf"
        payload = {"chipProtocol": "chipT0", "chipData": b64encode(select).decode()}
        other = {**payload, "chipProtocol": "chipTypeB"}
        assert await client.code("CardReader.ChipIO", other) == "protocolNotSupported"
        done = await client.ask("CardReader.ChipIO", payload)
        assert b64decode(done["payload"]["chipData"])[:1] == b"\x61", "more waits to be fetched"
        powered_off = await client.ask("CardReader.ChipPower", {"chipPower": "off"})
        assert powered_off["header"]["completionCode"] == "success"
        assert await client.code("CardReader.ChipIO", payload) == "atrNotObtained"
        await interop.room.client.act(role, "remove", {})
        await client.told("CardReader.MediaRemovedEvent")
        assert await client.code("CardReader.ChipPower", {"chipPower": "cold"}) == "noMedia"
        assert await client.code("CardReader.ChipIO", payload) == "noMedia"


async def test_waiting_for_a_card_ends_when_the_reader_is_unplugged(interop: Interop) -> None:
    async with interop.client("SocialSecurityCardReader") as client:
        number = await client.send("CardReader.ReadRawData", {"chip": True}, timeout=60_000)
        assert kinds([await client.receive()]) == ["acknowledge"]
        assert (await client.receive())["header"]["name"] == "CardReader.InsertCardEvent"
        await interop.room.client.set_fault("ssc-unplugged", on=True)
        async with asyncio.timeout(10):
            done = (await client.answer(number))[-1]
            assert done["header"]["completionCode"] == "deviceNotReady"
            again = await client.code("CardReader.ReadRawData", {"chip": True}, timeout=60_000)
            assert again == "deviceNotReady"
        await interop.room.client.set_fault("ssc-unplugged", on=False)
        await client.told("Common.StatusChangedEvent", common={"device": "online"})


async def test_a_code_is_read(interop: Interop) -> None:
    async with interop.client("BarcodeReader") as client:
        number = await client.send("BarcodeReader.Read", {"symbologies": {"qrCode": True}})
        answer = asyncio.create_task(client.answer(number))
        while not answer.done():
            await asyncio.wait((answer,), timeout=0.5)
            await interop.room.client.act("code-scanner", "scan", {"text": "取号 A017"})
        (output,) = answer.result()[-1]["payload"]["readOutput"]
        assert output["symbology"] == "qrCode"
        assert b64decode(output["barcodeData"]).decode() == "取号 A017"
        assert await client.code("BarcodeReader.Read", {}, timeout=300) == "timeOut"
        assert await client.code("BarcodeReader.Reset") == "success"


async def test_a_picture_is_taken(interop: Interop) -> None:
    async with interop.client("Camera") as client:
        done = await client.ask("Camera.TakePicture", {"camera": "person"})
        assert b64decode(done["payload"]["pictureFile"]).startswith(b"\xff\xd8")
        assert await client.code("Camera.TakePicture", {"camera": "room"}) == "cameraNotSupported"
        status = (await client.ask("Common.Status"))["payload"]["camera"]
        assert status["cameras"] == {"person": "ok"}
        assert await client.code("Camera.Reset") == "success"
        await interop.room.client.set_fault("camera-black", on=True)
        await client.told(
            "Common.ErrorEvent", vendorDescription="picture-lost", action="maintenance"
        )
        assert await client.code("Camera.TakePicture") == "cameraInoperable"
        await interop.room.client.set_fault("camera-black", on=False)
        await client.told("Common.StatusChangedEvent", camera={"cameras": {"person": "ok"}})


async def test_a_page_is_scanned(interop: Interop) -> None:
    front = {"frontImage": {"imageType": "jpg", "colorFormat": "grayscale"}}
    async with interop.client("DocumentScanner") as client:
        done = await client.ask("Printer.ReadImage", {**front, "backImage": {}})
        assert done["header"]["completionCode"] == "success", done
        images = done["payload"]["images"]
        assert b64decode(images["front"]["data"]).startswith(b"\xff\xd8")
        assert images["back"] == {"status": "missing"}
        assert await client.code("Printer.ReadImage") == "invalidData"
        tiff = {"frontImage": {"imageType": "tif"}}
        assert await client.code("Printer.ReadImage", tiff) == "unsupportedData"
        await interop.room.client.set_fault("document-scanner-jammed", on=True)
        assert await client.code("Printer.ReadImage", front) == "mediaJammed"


async def test_a_light_shines_as_it_is_told(interop: Interop) -> None:
    async with interop.client("Lights") as client:
        on = {"scanner": {"default": {"flashRate": "continuous"}}}
        assert await client.code("Lights.SetLight", on) == "success"
        assert (await interop.room.client.state())["lights"]["lights"]["scanner"] is True
        said = (await client.ask("Common.Status"))["payload"]["lights"]
        assert said["scanner"] == {"default": {"flashRate": "continuous"}}
        assert await client.code("Lights.SetLight", {"pinPad": on["scanner"]}) == "invalidLight"
        elsewhere = {"scanner": {"left": {"flashRate": "slow"}}}
        assert await client.code("Lights.SetLight", elsewhere) == "invalidLight"
        assert await client.code("Lights.SetLight", {"scanner": "on"}) == "invalidData"
        lights = (await client.ask("Common.Capabilities"))["payload"]["lights"]["lights"]
        assert "scanner" in lights
        off = {"scanner": {"default": {"flashRate": "off"}}}
        assert await client.code("Lights.SetLight", off) == "success"


async def test_bytes_print_on_the_receipt_printer_alone(interop: Interop) -> None:
    role = "receipt-printer"
    page = {"data": b64encode(b"\x1b@A017\n\x1dVB\x00").decode()}
    async with interop.client("ReceiptPrinter") as client:
        assert await client.code("Printer.PrintRaw", page) == "success"
        assert len((await interop.room.client.state())[role]["receipts"]) == 1
        assert await client.code("Printer.PrintRaw", {**page, "inputData": "yes"}) == (
            "unsupportedData"
        )
        assert await client.code("Printer.PrintRaw", {"data": "?"}) == "invalidData"
        assert await client.code("Printer.PrintNative", page) == "unsupportedCommand"
        await interop.room.client.set_fault("receipt-paper-out", on=True)
        assert await client.code("Printer.PrintRaw", page) == "paperOut"
        await client.told("Printer.PaperThresholdEvent", threshold="out")
        await interop.room.client.set_fault("receipt-paper-out", on=False)
        assert await client.code("Printer.Reset") == "success"
    await interop.room.client.act(role, "take", {})


async def test_a_document_prints_in_maintenance_alone(interop: Interop, tmp_path: Path) -> None:
    source = tmp_path / "page.typ"
    source.write_text("= Page of trial")
    typst.compile(str(source), output=str(tmp_path / "page.pdf"))
    page = {"data": b64encode((tmp_path / "page.pdf").read_bytes()).decode()}
    async with interop.client("DocumentPrinter") as client:
        assert await client.code("Printer.PrintNative", page) == "sequenceError"
        assert await client.code("Printer.Reset") == "sequenceError"
        assert await client.code("Printer.Reset", {"mediaControl": "unit1"}) == "unsupportedData"
        assert await client.code("Printer.RetractMedia") == "unsupportedCommand"
        assert (await printed(interop)) == 0
        interop.maintenance.set(True)
        lower = {**page, "paperSource": "lower"}
        assert await client.code("Printer.PrintNative", lower) == "sourceInvalid"
        stacked = {**page, "mediaControl": {"move": "stack"}}
        assert await client.code("Printer.PrintNative", stacked) == "unsupportedData"
        messages = await client.answer(await client.send("Printer.PrintNative", page))
        assert kinds(messages) == ["acknowledge", "event", "completion"]
        assert messages[1]["header"]["name"] == "Printer.MediaPresentedEvent"
        assert messages[1]["payload"] == {"wadIndex": 1, "totalWads": 1}
        assert messages[-1]["header"]["completionCode"] == "success", messages[-1]
        assert (await printed(interop)) == 1
        text = {"data": b64encode(b"not a page").decode()}
        assert await client.code("Printer.PrintNative", text) == "unsupportedData"
        document = tmp_path / "page.pdf"
        paper = await interop.devices.printer.submit(document, "cert:1", PrintOptions())
        assert await client.code("Printer.Reset", {"mediaControl": "eject"}) == "success"
        kept = await interop.devices.printer.find_job("cert:1")
        assert kept is not None
        assert await ended(interop, paper) is JobState.COMPLETED
    await interop.room.client.act(PRINTER, "take", {})


async def ended(interop: Interop, job: PrintJob) -> JobState:
    """A paper of the journal, which is not interop's to touch: how it ended."""
    for _ in range(100):
        state = (await interop.devices.printer.evidence(job)).job_state
        if state.final:
            return state
        await asyncio.sleep(0.1)
    raise TimeoutError


async def printed(interop: Interop) -> int:
    return len((await interop.room.client.state())[PRINTER]["tray"])


async def test_paper_that_runs_low_is_told_to_all(interop: Interop) -> None:
    async with interop.client("DocumentPrinter") as one, interop.client("DocumentPrinter") as two:
        await one.ask("Common.Status")
        await two.ask("Common.Status")
        await interop.room.client.set_fault("printer-paper-low", on=True)
        for client in (one, two):
            await client.told("Printer.PaperThresholdEvent", paperSource="upper", threshold="low")


async def test_a_device_that_goes_and_comes_back_is_told(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        await client.ask("Common.Status")
        await interop.room.client.set_fault("reader-unplugged", on=True)
        await client.told("Common.StatusChangedEvent", common={"device": "noDevice"})
        assert await client.code("YimenIdentity.ReadIdentity") == "deviceNotReady"
        await interop.room.client.set_fault("reader-unplugged", on=False)
        await interop.devices.ready(READER, 10)
        await client.told("Common.StatusChangedEvent", common={"device": "online"})


async def test_a_citizen_is_not_disturbed(interop: Interop) -> None:
    interop.held.add(READER)
    await place(interop)
    async with interop.client("CardReader") as client:
        assert await client.code("YimenIdentity.ReadIdentity") == "sequenceError"
        assert await client.code("CardReader.Reset") == "sequenceError"
        assert await client.code("Common.Status") == "success"


async def test_a_command_makes_way_for_a_citizen(interop: Interop) -> None:
    async with interop.client("CardReader") as client:
        number = await client.send("YimenIdentity.ReadIdentity", {"wait": 60_000})
        assert kinds([await client.receive()]) == ["acknowledge"]
        await asyncio.sleep(0.2)
        interop.held.add(READER)
        done = (await client.answer(number))[-1]
        assert done["header"]["completionCode"] == "canceled"
        await place(interop)
        record = await interop.devices.reader.read_card(5.0, lambda: None)
        assert record.name == LI.name


async def test_vendor_mode_is_the_terminals_maintenance(interop: Interop) -> None:
    async with interop.client("VendorMode") as client:
        assert (await service_of(client)) == "inactive"
        assert await client.code("VendorMode.EnterModeRequest") == "success"
        assert interop.maintenance.mode == "active"
        assert (await client.told("VendorMode.ModeEnteredEvent")) == {}
        assert await client.code("VendorMode.ExitModeRequest") == "success"
        assert (await client.told("VendorMode.ModeExitedEvent")) == {}
        assert (await service_of(client)) == "inactive"


async def service_of(client: Client) -> str:
    return str((await client.ask("Common.Status"))["payload"]["vendorMode"]["service"])


async def test_vendor_mode_is_exited_when_the_citizens_screen_is_back(interop: Interop) -> None:
    interop.maintenance.mode = "active"
    async with interop.client("VendorMode") as client:
        await client.ask("Common.Status")
        await client.told("VendorMode.ModeEnteredEvent")
        interop.maintenance.mode = "exitPending"
        pending = {"device": "online", "service": "exitPending"}
        await client.told("Common.StatusChangedEvent", vendorMode=pending)
        interop.maintenance.mode = "inactive"
        ended = {"device": "online", "service": "inactive"}
        await client.told("Common.StatusChangedEvent", vendorMode=ended)
        assert (await client.told("VendorMode.ModeExitedEvent")) == {}


async def test_a_document_camera_is_a_scanner_and_no_check_reader(interop: Interop) -> None:
    async with interop.client("DocumentCamera") as client:
        known = (await client.ask("Common.Capabilities"))["payload"]
        kinds_ = {name for name, is_one in known["printer"]["type"].items() if is_one}
        assert kinds_ == {"scanner"}
        said = (await client.ask("Common.Status"))["payload"]
        assert said["printer"] == {"media": "unknown"}
        assert "check" not in known
        assert "check" not in said
