"""Faults over XFS4IoT: thresholds, and the error with the action of its repair."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from drivers.device import DeviceEvent
from drivers.document_scanner.sane import TRIED_EVERY_S, SaneScanner
from kiosk_app.health.conditions import KINDS, conditions
from kiosk_app.interop.printer import Thresholds
from kiosk_app.interop.status import PrinterStatus, StatusPayload
from tests.interop.conftest import Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest.mark.parametrize(
    ("service", "role", "fault", "kind"),
    [
        ("DocumentPrinter", "document-printer", "printer-cover-open", "cover-open"),
        ("ReceiptPrinter", "receipt-printer", "receipt-paper-out", "roll-out"),
        ("ReceiptPrinter", "receipt-printer", "receipt-cutter-jam", "cutter-jam"),
        ("CardReader", "id-card-reader", "reader-unplugged", "absent"),
    ],
)
async def test_a_fault_is_told_with_the_action_of_its_repair(
    interop: Interop, service: str, role: str, fault: str, kind: str
) -> None:
    async with interop.client(service) as client:
        await client.ask("Common.Status")
        await interop.room.client.set_fault(fault, on=True)
        said = await client.told("Common.ErrorEvent", vendorDescription=kind)
        assert said["eventId"] == "hardware"
        worst = conditions(interop.devices.slot(role).status())[0].kind
        assert (worst.name, str(worst.action)) == (kind, said["action"])
        assert KINDS[kind].action == said["action"]
        await interop.room.client.set_fault(fault, on=False)
        await client.told("Common.StatusChangedEvent")


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        ("document-scanner-jammed", ["media-jam"]),
        ("document-scanner-broken", ["scanner-off"]),
        ("document-scanner-busy", []),
    ],
)
async def test_a_scanners_fault_is_told_once_and_is_over_by_itself(
    interop: Interop, fault: str, kinds: list[str]
) -> None:
    async with interop.client("DocumentScanner") as client:
        await interop.devices.ready("document-scanner", 20)
        await client.ask("Common.Status")
        await interop.room.client.set_fault(fault, on=True)
        assert await client.code("Printer.ReadImage", {"frontImage": {}}) != "success"
        for kind in kinds:
            await client.told("Common.ErrorEvent", vendorDescription=kind)
        await asyncio.sleep(TRIED_EVERY_S + 2 * SaneScanner.refresh_every_s)
        await interop.room.client.set_fault(fault, on=False)
        said: dict[str, Any] = {"common": {"device": ""}}
        for _ in range(100):
            said = (await client.ask("Common.Status"))["payload"]
            if said["common"]["device"] == "online":
                break
            await asyncio.sleep(0.2)
        assert (said["common"]["device"], said["printer"]["media"]) == ("online", "unknown")
        assert "Common.ErrorEvent" not in {each["header"]["name"] for each in client.unsolicited}


@pytest.mark.parametrize(
    ("service", "fault", "event", "payload"),
    [
        (
            "DocumentPrinter",
            "printer-toner-low",
            "Printer.TonerThresholdEvent",
            {"state": "low"},
        ),
        (
            "ReceiptPrinter",
            "receipt-near-end",
            "Printer.PaperThresholdEvent",
            {"paperSource": "upper", "threshold": "low"},
        ),
    ],
)
async def test_a_supply_that_runs_low_and_is_filled_is_told(
    interop: Interop, service: str, fault: str, event: str, payload: dict[str, str]
) -> None:
    async with interop.client(service) as client:
        await client.ask("Common.Status")
        await interop.room.client.set_fault(fault, on=True)
        assert await client.told(event, **payload) == payload
        await interop.room.client.set_fault(fault, on=False)
        full = {name: "full" if each == "low" else each for name, each in payload.items()}
        assert await client.told(event, **full) == full


@pytest.mark.parametrize(
    ("states", "events"),
    [
        (("full", "unknown", "full"), []),
        (("low", "unknown", "low"), []),
        (("low", "unknown", "full"), ["full"]),
        (("unknown", "out", "unknown", "out", "full"), ["out", "full"]),
    ],
)
async def test_a_supply_that_was_unknown_for_a_while_is_told_of_when_it_changed(
    states: tuple[str, ...], events: list[str]
) -> None:
    said = [
        StatusPayload(printer=PrinterStatus.model_validate({"paper": {"upper": each}}))
        for each in states
    ]
    thresholds = Thresholds()
    told = [event for two in pairwise(said) for event in thresholds(*two)]
    assert [payload.model_dump()["threshold"] for _, payload in told] == events


@pytest.mark.parametrize(("said", "action"), [("reset", "reset"), ("pray", "maintenance")])
async def test_what_a_driver_says_of_itself_is_told_with_its_action(
    interop: Interop, said: str, action: str
) -> None:
    async with interop.client("Lights") as client:
        await client.ask("Common.Status")
        hear = interop.devices.slot("lights")._heard
        hear(DeviceEvent("ErrorEvent", {"code": f"lights-{said}", "action": said}))
        told = await client.told("Common.ErrorEvent")
        assert (told["eventId"], told["action"]) == ("hardware", action)
        assert told["vendorDescription"] == f"lights-{said}"
