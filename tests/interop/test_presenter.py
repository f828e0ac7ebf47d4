"""The receipt printer's presenter over XFS4IoT: paper that waits, is taken, or is taken back."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.interop.conftest import Client, Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")
ROLE, SERVICE = "receipt-printer", "ReceiptPrinter"
PAGE = {"data": b64encode(b"\x1b@A017\n").decode()}


@pytest_asyncio.fixture(loop_scope="package")
async def client(interop: Interop) -> AsyncIterator[Client]:
    await interop.room.client.act(ROLE, "take", {})
    async with interop.client(SERVICE) as client:
        # What the last test left is seen to be gone.
        assert await client.code("Printer.Reset") == "success"
        yield client
    await interop.room.client.act(ROLE, "take", {})


async def peer(interop: Interop) -> dict[str, Any]:
    found: dict[str, Any] = (await interop.room.client.state())[ROLE]
    return found


async def present(client: Client) -> None:
    messages = await client.answer(await client.send("Printer.PrintRaw", PAGE))
    names = [each["header"]["name"] for each in messages]
    assert names == ["Printer.PrintRaw", "Printer.MediaPresentedEvent", "Printer.PrintRaw"]
    assert messages[1]["payload"] == {"wadIndex": 1, "totalWads": 1}


async def media(client: Client) -> str:
    said = (await client.ask("Common.Status"))["payload"]["printer"]
    return str(said["media"])


async def test_capabilities_tell_of_the_presenter(client: Client) -> None:
    said = (await client.ask("Common.Capabilities"))["payload"]
    known = said["printer"]
    assert (known["mediaTaken"], known["mediaPresented"], known["retractToTransport"]) == (
        True,
        True,
        False,
    )
    assert known["control"]["retract"] is known["control"]["expel"] is True
    (printer,) = (each for each in said["interfaces"] if each["name"] == "Printer")
    assert printer["commands"]["Printer.RetractMedia"] == {"versions": ["3.0"]}
    assert printer["events"]["Printer.MediaTakenEvent"] == {"versions": ["2.0"]}


async def test_a_receipt_that_is_taken_is_told(interop: Interop, client: Client) -> None:
    await present(client)
    assert await media(client) == "present"
    await interop.room.client.act(ROLE, "take", {})
    assert await client.told("Printer.MediaTakenEvent") == {}
    assert await media(client) == "notPresent"


async def test_a_receipt_that_nobody_takes_is_taken_back(interop: Interop, client: Client) -> None:
    before = (await peer(interop))["retracted"]
    await present(client)
    done = await client.ask("Printer.RetractMedia", {"mediaControl": "unit1"})
    assert (done["header"]["completionCode"], done["payload"]) == ("success", {"result": "unit1"})
    assert done["header"]["version"] == "3.0"
    assert await media(client) == "retracted"
    now = await peer(interop)
    assert (now["retracted"], now["presented"]) == (before + 1, False)
    assert await client.code("Printer.RetractMedia") == "noMediaPresent"
    names = [each["header"]["name"] for each in client.unsolicited]
    assert "Printer.MediaTakenEvent" not in names, "nobody took it"


@pytest.mark.parametrize("wrong", ["transport", "unit2"])
async def test_paper_is_taken_back_to_the_one_bin(client: Client, wrong: str) -> None:
    await present(client)
    code = await client.code("Printer.RetractMedia", {"mediaControl": wrong})
    assert code == "unsupportedData"
    assert await client.code("Printer.RetractMedia", {"mediaControl": "bin"}) == "invalidData"
    assert await media(client) == "present"


@pytest.mark.parametrize(
    ("way", "position", "left"),
    [
        ({"mediaControl": "unit1"}, "unit1", "retracted"),
        ({"mediaControl": "expel"}, "expelled", "notPresent"),
        ({"mediaControl": "eject"}, "entering", "present"),
        ({}, "entering", "present"),
    ],
)
async def test_a_reset_finds_the_paper_and_does_as_told(
    client: Client, way: dict[str, str], position: str, left: str
) -> None:
    await present(client)
    assert await client.code("Printer.Reset", way) == "success"
    assert (await client.told("Printer.MediaDetectedEvent")) == {"position": position}
    assert await media(client) == left


async def test_media_is_controlled_as_the_printer_can(interop: Interop, client: Client) -> None:
    move = {"mediaControl": {"move": "eject"}}
    for wanted in ({"move": "park"}, {"stamp": True}, {"turnPage": "forward"}, {"alarm": True}):
        code = await client.code("Printer.ControlMedia", {"mediaControl": wanted})
        assert code == "unsupportedData"
    assert await client.code("Printer.ControlMedia", {"mediaControl": {"move": "up"}}) == (
        "invalidData"
    )
    messages = await client.answer(await client.send("Printer.ControlMedia", move))
    assert messages[1]["header"]["name"] == "Printer.MediaPresentedEvent"
    await interop.room.client.act(ROLE, "take", {})
    await client.told("Printer.MediaTakenEvent")
    for way in ("expel", "retract"):
        gone = {"mediaControl": {"move": way}}
        assert await client.code("Printer.ControlMedia", gone) == "noMediaPresent"
        await present(client)
        assert await client.code("Printer.ControlMedia", gone) == "success"


async def test_a_receipt_that_sticks_is_jammed(interop: Interop, client: Client) -> None:
    await present(client)
    await interop.room.client.set_fault("receipt-stuck", on=True)
    assert await client.code("Printer.RetractMedia") == "mediaJammed"
    said = await client.told("Common.ErrorEvent")
    assert (said["action"], said["vendorDescription"]) == ("clear", "receipt-stuck")
    assert await media(client) == "present"
