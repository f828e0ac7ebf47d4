"""Identities over XFS4IoT, an extension: allowed apart, written into the audit log, kept quiet."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from drivers.id_card.contract import CardMedia
from drivers.social_security_card.records import SSSE
from drivers.virtual.emrtd_people import holder
from drivers.virtual.residents import resident_by_slug
from kiosk_app.interop.door import Door
from kiosk_app.interop.payloads import ReadTravelDocument
from kiosk_app.interop.settings import ROOT, InteropSettings
from tests.interop.conftest import TOKEN, Client, Interop

pytestmark = pytest.mark.asyncio(loop_scope="package")
READ = "YimenIdentity.ReadIdentity"
TRAVEL, RETURNER = "travel-document-reader", holder("home-return")
SOCIAL, LI = "social-security-card-reader", resident_by_slug("li-xiulan")
SELECT = {
    "chipProtocol": "chipT0",
    "chipData": b64encode(bytes.fromhex("00a404000f") + SSSE).decode(),
}
ENTRIES = {
    "documentNumber": RETURNER.number,
    "birthDate": RETURNER.birth.isoformat(),
    "expiryDate": RETURNER.expiry.isoformat(),
}


def _lies_there(interop: Interop) -> bool:
    media: Any = getattr(interop.devices.status()[TRAVEL], "media", None)
    return media is not None and media.value == CardMedia.PRESENT


@pytest_asyncio.fixture(loop_scope="package")
async def laid(interop: Interop) -> AsyncIterator[Interop]:
    """A home-return permit lies on the reader."""
    await interop.room.client.act(TRAVEL, "place", {"document": "home-return"})
    for _ in range(200):
        if _lies_there(interop):
            break
        await asyncio.sleep(0.05)
    yield interop
    await interop.room.client.act(TRAVEL, "remove", {})


@pytest.mark.parametrize("key", [ENTRIES, {"mrz": "\n".join(RETURNER.lines)}])
async def test_a_travel_document_opens_with_its_key(laid: Interop, key: dict[str, Any]) -> None:
    async with laid.client("TravelDocumentReader") as client:
        done = await client.ask(READ, {"wait": 5000, **key})
    assert done["header"]["completionCode"] == "success", done["header"]
    identity = done["payload"]["identity"]
    assert identity["kind"] == "home-return-permit"
    assert identity["foreignName"] == "OU YANGREN"
    assert identity["documentNumber"] == RETURNER.number
    assert identity["birth"] == RETURNER.birth.isoformat()
    assert (identity["access"], identity["nationality"]) == ("bac", "CHN")
    assert identity["authenticity"] == "valid"
    assert laid.recorded == [("TravelDocumentReader", READ)]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({}, "invalidData"),
        ({"documentNumber": RETURNER.number}, "invalidData"),
        ({**ENTRIES, "mrz": "\n".join(RETURNER.lines)}, "invalidData"),
        ({**ENTRIES, "birthDate": "1988-13-05"}, "invalidData"),
        ({**ENTRIES, "birthDate": "2088-09-05"}, "invalidData"),
        ({**ENTRIES, "documentNumber": "样本"}, "invalidData"),
        ({"mrz": "P<UTO" + "<" * 39}, "invalidData"),
        ({"mrz": "x" * 129}, "invalidData"),
        ({"cardAccessNumber": "12345"}, "invalidData"),
        ({"cardAccessNumber": "123456\n"}, "invalidData"),
        ({**ENTRIES, "cardAccessNumber": "123456"}, "invalidData"),
        ({**ENTRIES, "documentNumber": "H00000022"}, "userError"),
        ({"cardAccessNumber": "123456"}, "commandErrorCode"),
    ],
)
async def test_a_wrong_key_opens_nothing_and_is_not_repeated(
    laid: Interop, key: dict[str, Any], code: str
) -> None:
    async with laid.client("TravelDocumentReader") as client:
        done = await client.ask(READ, {"wait": 3000, **key})
    assert done["header"]["completionCode"] == code
    said = json.dumps(done, ensure_ascii=False)
    assert not any(str(each)[:8] in said for each in key.values())
    assert laid.recorded == []


async def test_a_missing_key_is_named(laid: Interop) -> None:
    async with laid.client("TravelDocumentReader") as client:
        for key in ({}, {"number": RETURNER.number}):
            said = (await client.ask(READ, key))["header"]["errorDescription"]
            for name in (*ENTRIES, "mrz", "cardAccessNumber"):
                assert name in said
            assert RETURNER.number not in said


async def test_a_document_opens_with_the_number_that_it_prints(interop: Interop) -> None:
    passport = holder("passport")
    assert passport.access_number is not None
    placed = {"document": "passport", "access": "pace-brainpool"}
    await interop.room.client.act(TRAVEL, "place", placed)
    async with interop.client("TravelDocumentReader") as client:
        done = await client.ask(READ, {"wait": 5000, "cardAccessNumber": "509263"})
    await interop.room.client.act(TRAVEL, "remove", {})
    assert done["header"]["completionCode"] == "success", done["header"]
    identity = done["payload"]["identity"]
    assert (identity["access"], identity["documentNumber"]) == ("pace", passport.number)


async def test_the_key_shows_in_no_line_of_a_log() -> None:
    said = repr(ReadTravelDocument.model_validate(ENTRIES))
    said += repr(ReadTravelDocument.model_validate({"cardAccessNumber": "509263"}))
    assert "509263" not in said
    assert RETURNER.number not in said
    assert "1988" not in said


async def test_a_travel_documents_chip_is_powered_and_spoken_to(laid: Interop) -> None:
    async with laid.client("TravelDocumentReader") as client:
        apdu = {"chipProtocol": "chipProtocolNotRequired", "chipData": "AKQEDAegAAACRxAB"}
        assert await client.code("CardReader.ChipIO", apdu) == "atrNotObtained"
        done = await client.ask("CardReader.ReadRawData", {"chip": True})
        assert done["payload"]["chip"][0]["data"].startswith("O")
        done = await client.ask("CardReader.ChipIO", apdu)
        assert done["payload"] == {"chipProtocol": "chipProtocolNotRequired", "chipData": "kAA="}
        messages = await client.answer(await client.send("CardReader.Reset", {"to": "exit"}))
        assert [each["header"]["type"] for each in messages] == ["acknowledge", "completion"]
        assert messages[-1]["header"]["completionCode"] == "success"
        assert await client.told("CardReader.MediaDetectedEvent") == {"position": "exit"}


@pytest.mark.parametrize("service", ["CardReader", "SocialSecurityCardReader"])
async def test_identities_are_not_read_unless_that_is_allowed(
    interop: Interop, service: str
) -> None:
    async with closed_to_identities(interop, service) as client:
        done = await client.ask(READ, {"wait": 100})
        assert done["header"]["completionCode"] == "unsupportedCommand"
        assert "administrator" in done["header"]["errorDescription"]
        said = (await client.ask("Common.Capabilities"))["payload"]
        assert "YimenIdentity" not in {each["name"] for each in said["interfaces"]}
    assert interop.recorded == []


async def test_a_chip_is_not_spoken_to_unless_identities_are_allowed(interop: Interop) -> None:
    """Its answer to reset is no identity; what it answers to commands is."""
    await interop.room.client.act(SOCIAL, "place", {"resident": LI.number})
    async with closed_to_identities(interop, "SocialSecurityCardReader") as client:
        assert await client.code("CardReader.ReadRawData", {"chip": True}) == "success"
        assert await client.code("CardReader.ChipPower", {"chipPower": "warm"}) == "success"
        done = await client.ask("CardReader.ChipIO", SELECT)
        assert done["header"]["completionCode"] == "unsupportedCommand"
        assert "payload" not in done or not done["payload"]
        said = (await client.ask("Common.Capabilities"))["payload"]
        (reader,) = (each for each in said["interfaces"] if each["name"] == "CardReader")
        assert "CardReader.ChipIO" not in reader["commands"]
        assert "CardReader.ChipPower" in reader["commands"]
    await interop.room.client.act(SOCIAL, "remove", {})


async def test_a_dialogue_with_a_chip_is_written_down_once(interop: Interop) -> None:
    await interop.room.client.act(SOCIAL, "place", {"resident": LI.number})
    async with interop.client("SocialSecurityCardReader") as client:
        for _ in range(2):
            assert await client.code("CardReader.ReadRawData", {"chip": True}) == "success"
            for _ in range(3):
                assert await client.code("CardReader.ChipIO", SELECT) == "success"
    commands = ["CardReader.ReadRawData", "CardReader.ChipIO"] * 2
    assert interop.recorded == [("SocialSecurityCardReader", each) for each in commands]
    await interop.room.client.act(SOCIAL, "remove", {})


async def test_a_dialogue_that_cannot_be_written_down_hands_out_nothing(
    interop: Interop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await interop.room.client.act(SOCIAL, "place", {"resident": LI.number})
    async with interop.client("SocialSecurityCardReader") as client:
        assert await client.code("CardReader.ReadRawData", {"chip": True}) == "success"
    monkeypatch.setattr(interop, "record", broken)
    door = interop.door()
    async with knocking(door, "SocialSecurityCardReader", identities=True) as client:
        for _ in range(2):
            done = await client.ask("CardReader.ChipIO", SELECT)
            assert done["header"]["completionCode"] == "internalError"
            assert "chipData" not in json.dumps(done)
    await interop.room.client.act(SOCIAL, "remove", {})


@asynccontextmanager
async def knocking(door: Door, service: str, *, identities: bool) -> AsyncIterator[Client]:
    """A client of a door of its own, beside the one of the package."""
    async with door.tended():
        door.turn(InteropSettings(enabled=True, port=0, identities=identities))
        await door.settled(5)
        address = f"ws://127.0.0.1:{door.port}{ROOT}{service}"
        async with connect(address, additional_headers={"X-Yimen-Token": TOKEN}) as socket:
            yield Client(socket)


def closed_to_identities(interop: Interop, service: str) -> AbstractAsyncContextManager[Client]:
    return knocking(interop.door(), service, identities=False)


async def test_what_is_handed_out_is_written_down_first(
    interop: Interop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await interop.room.client.act("id-card-reader", "place", {"resident": LI.number})
    async with interop.client("CardReader") as client:
        assert await client.code(READ, {"wait": 5000}) == "success"
        assert interop.recorded == [("CardReader", READ)]
        monkeypatch.setattr(interop, "record", broken)
        for action in ("remove", "place"):
            await interop.room.client.act("id-card-reader", action, {"resident": LI.number})
        async with knocking(interop.door(), "CardReader", identities=True) as other:
            done = await other.ask(READ, {"wait": 5000})
            assert done["header"]["completionCode"] == "internalError"
            assert LI.name not in json.dumps(done, ensure_ascii=False)


async def broken(service: str, command: str) -> None:
    raise OSError(service, command)


async def test_an_identity_is_in_no_log_line(
    interop: Interop, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    await interop.room.client.act("id-card-reader", "place", {"resident": LI.number})
    async with interop.client("CardReader") as client:
        assert await client.code(READ, {"wait": 5000}) == "success"
        await client.socket.send("{" + LI.id_number)
        assert (await client.receive())["header"]["status"] == "invalidMessage"
        await client.ask(READ, {"wait": LI.id_number})
        await asyncio.sleep(0)
    out, err = capfd.readouterr()
    for text in (out, err, caplog.text):
        assert LI.id_number not in text
        assert LI.name not in text
