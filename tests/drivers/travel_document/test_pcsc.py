"""The driver, through a real pcscd, against the virtual reader's documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from drivers.device import Cancellation, DeviceEvent, DeviceState
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady
from drivers.host import DeviceHost
from drivers.id_card.contract import CardMedia
from drivers.travel_document.contract import (
    Access,
    Authenticity,
    CardAccessNumber,
    TravelDocumentKind,
    TravelDocumentRecord,
)
from drivers.travel_document.pcsc import TravelDocumentReader, TravelDocumentSettings
from drivers.virtual.emrtd_chip import Access as ChipAccess
from drivers.virtual.emrtd_chip import EmrtdChip
from drivers.virtual.emrtd_people import holder
from drivers.virtual.room import start_room
from drivers.virtual.travel_document import VirtualTravelDocumentReader
from tests.drivers.hosted import put_right, started

KEY = holder("home-return").key
PLACED = {"document": "home-return", "access": "pace-nist"}


@pytest.fixture(scope="module")
def running_reader(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[VirtualTravelDocumentReader]:
    yield from started(VirtualTravelDocumentReader(tmp_path_factory.mktemp("room")))


@pytest.fixture
def peer(running_reader: VirtualTravelDocumentReader) -> Iterator[VirtualTravelDocumentReader]:
    yield from put_right(running_reader)
    running_reader.act("remove", {})


@pytest.fixture
def events() -> list[str]:
    return []


@pytest.fixture
def driver(peer: VirtualTravelDocumentReader, events: list[str]) -> Iterator[TravelDocumentReader]:
    def emit(event: DeviceEvent) -> None:
        events.append(event.name)

    reader = TravelDocumentReader(peer.settings, emit)
    within(10, reader.open)
    assert reader.wait_removed(5.0)
    events.clear()
    yield reader
    reader.close()


def within(seconds: float, action: Callable[[], None]) -> None:
    """Do it as the host does: again while the device is not ready."""
    end = time.monotonic() + seconds
    while True:
        try:
            return action()
        except DeviceNotReady:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def lay(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader, document: dict[str, str]
) -> None:
    """Put a document in the place of the one that lies there, not faster than a hand."""
    peer.act("remove", {})
    assert driver.wait_removed(5.0)
    peer.act("place", document)


def refusal(driver: TravelDocumentReader, wait_s: float = 5.0) -> str:
    with pytest.raises(DeviceError) as caught:
        driver.read_document(KEY, wait_s)
    return caught.value.code


def test_a_document_comes_is_read_and_goes(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader, events: list[str]
) -> None:
    known = driver.capabilities()
    assert (known.certificates, known.revocation_lists) == (1, 1)
    for access, expected in (("bac", Access.BAC), ("pace-brainpool", Access.PACE)):
        lay(peer, driver, {"document": "home-return", "access": access})
        record = driver.read_document(KEY, 5.0)
        assert (record.name, record.access) == ("区样仁", expected)
        assert record.authenticity is Authenticity.VALID
        assert record.photo_png is not None
    assert driver.status().media.value is CardMedia.PRESENT
    assert driver.status().device.value is DeviceState.ONLINE
    assert not driver.wait_removed(0.0)
    events.clear()
    peer.act("remove", {})
    assert driver.wait_removed(5.0)
    assert driver.status().media.value is CardMedia.NOT_PRESENT
    assert events == ["MediaRemovedEvent"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("travel-document-pulled-mid-read", "card-pulled"),
        ("travel-document-wrong-mac", "session-forged"),
        ("travel-document-altered-dg", "document-altered"),
        ("travel-document-silent", "card-silent"),
    ],
)
def test_what_may_go_wrong_and_that_it_passes(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader, fault: str, code: str
) -> None:
    peer.set_fault(fault, on=True)
    peer.act("place", PLACED)
    assert refusal(driver) == code
    peer.set_fault(fault, on=False)
    assert fault not in peer.faults()
    lay(peer, driver, PLACED)
    assert driver.read_document(KEY, 5.0).number == KEY.number


def test_long_answers_that_do_not_come_through_are_asked_for_in_short(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    chip = peer.chip("home-return", ChipAccess.PACE_NIST)
    assert isinstance(chip, EmrtdChip)
    chip.extended = False
    peer._slot.insert(chip)
    assert driver.read_document(KEY, 5.0).authenticity is Authenticity.VALID


def test_a_chip_that_answers_noise(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    peer.set_fault("travel-document-garbage", on=True)
    peer.act("place", PLACED)
    assert refusal(driver) in ("card-garbled", "card-unsupported", "document-data-invalid")


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("travel-document-untrusted-signer", Authenticity.COUNTRY_UNKNOWN),
        ("travel-document-expired-signer", Authenticity.SIGNER_EXPIRED),
        ("travel-document-revoked-signer", Authenticity.SIGNER_REVOKED),
    ],
)
def test_a_signer_for_whom_nobody_vouches(
    peer: VirtualTravelDocumentReader,
    driver: TravelDocumentReader,
    fault: str,
    found: Authenticity,
) -> None:
    peer.set_fault(fault, on=True)
    peer.act("place", PLACED)
    assert driver.read_document(KEY, 5.0).authenticity is found


def test_a_document_is_opened_with_the_number_that_it_prints(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    passport = holder("passport")
    assert passport.access_number is not None
    lay(peer, driver, {"document": "passport", "access": "pace-nist"})
    record = driver.read_document(passport.access_number, 5.0)
    assert (record.number, record.access) == (passport.number, Access.PACE)
    with pytest.raises(DeviceError) as caught:
        driver.read_document(CardAccessNumber("509264"), 5.0)
    assert caught.value.code == "key-wrong"
    assert "50926" not in str(caught.value)
    assert driver.read_document(passport.key, 5.0) == record


def test_without_a_store_nobody_is_vouched_for(peer: VirtualTravelDocumentReader) -> None:
    settings = peer.settings.model_copy(update={"certificates": None, "extended_length": False})
    reader = TravelDocumentReader(settings, lambda _: None)
    within(10, reader.open)
    try:
        assert reader.wait_removed(5.0)
        peer.act("place", {"document": "passport"})
        record = reader.read_document(holder("passport").key, 5.0)
    finally:
        reader.close()
    assert record.authenticity is Authenticity.NO_STORE
    assert record.kind is TravelDocumentKind.PASSPORT


def test_a_wrong_key_another_card_and_no_card(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    assert refusal(driver, 0.1) == "card-timeout"
    peer.act("place", {"document": "transit-card"})
    assert refusal(driver) == "card-unsupported"
    lay(peer, driver, {"document": "passport"})
    assert refusal(driver) == "key-wrong"
    with pytest.raises(DeviceError) as caught:
        driver.read_document(replace(holder("passport").key, birth=date(1985, 7, 2)), 5.0)
    assert caught.value.code == "key-wrong"


def test_a_reader_that_is_unplugged_and_comes_back(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    peer.act("place", PLACED)
    peer.set_fault("travel-document-unplugged", on=True)
    assert refusal(driver) in ("reader-absent", "pcsc-down")
    with pytest.raises(DeviceNotReady):
        driver.refresh()
    assert driver.status().device.value is DeviceState.NO_DEVICE
    peer.set_fault("travel-document-unplugged", on=False)
    within(10, driver.refresh)
    assert driver.read_document(KEY, 5.0).number == KEY.number


def test_a_reading_that_is_withdrawn(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    peer.act("place", PLACED)
    assert driver.read_document(KEY, 5.0).number == KEY.number
    driver.cancellation.cancel()
    assert refusal(driver) == "cancelled"
    driver.cancellation = Cancellation()
    assert driver.read_document(KEY, 5.0).number == KEY.number


def test_a_test_of_itself_and_bare_commands(
    peer: VirtualTravelDocumentReader, driver: TravelDocumentReader
) -> None:
    empty = driver.self_test()
    assert empty.ok
    assert empty.values["card"] is False
    peer.act("place", PLACED)
    assert driver.read_document(KEY, 5.0).number == KEY.number
    full = driver.self_test()
    assert (full.ok, full.values["card"], full.values["certificates"]) == (True, True, 1)
    assert (full.values["revocation_lists"], full.values["revocation_lists_stale"]) == (1, 0)
    challenge = bytes.fromhex("00A4040C07A0000002471001"), bytes.fromhex("0084000008")
    with pytest.raises(CommandRejected, match="chip-not-powered"):
        driver.chip_io(challenge[0])
    assert driver.chip_power("cold")[:1] == b"\x3b"
    selected, answer = (driver.chip_io(each) for each in challenge)
    assert selected == bytes.fromhex("9000")
    assert (len(answer), answer[-2:]) == (10, bytes.fromhex("9000"))
    assert driver.read_document(KEY, 5.0).number == KEY.number


def test_a_store_that_holds_rubbish_says_so(
    peer: VirtualTravelDocumentReader, tmp_path: Path
) -> None:
    (tmp_path / "broken.cer").write_bytes(b"no certificate")
    (tmp_path / "notes.txt").write_text("not looked at")
    settings = peer.settings.model_copy(update={"certificates": tmp_path})
    reader = TravelDocumentReader(settings, lambda _: None)
    within(10, reader.open)
    try:
        assert reader.wait_removed(5.0)
        tried = reader.self_test()
    finally:
        reader.close()
    assert not tried.ok
    assert (tried.values["certificates"], tried.values["certificates_unusable"]) == (0, 1)


def test_the_drawer_says_what_to_type_and_refuses_nonsense(
    peer: VirtualTravelDocumentReader,
) -> None:
    printed = {each["document"]: each for each in peer.state()["documents"]}
    assert printed["home-return"]["key"] == {
        "number": "H00000021",
        "birth": "1988-09-05",
        "expiry": "2034-03-01",
    }
    assert [len(line) for line in printed["passport"]["mrz"]] == [44, 44]
    for nonsense in ({}, {"document": "visa"}, {"document": "passport", "access": "open"}):
        with pytest.raises(ValueError, match=r"access is|no such document"):
            peer.act("place", nonsense)
    with pytest.raises(KeyError):
        peer.act("stamp", {})
    with pytest.raises(KeyError):
        peer.set_fault("ssc-silent", on=True)


async def test_in_a_process_of_its_own_in_the_room(tmp_path: Path) -> None:
    room = await start_room(tmp_path, ["travel-document-reader"])
    try:
        binding = (await room.client.bindings())["travel-document-reader"]
        assert TravelDocumentSettings(**binding.settings).slot == 1
        host = DeviceHost("travel-document-reader", binding.driver, binding.settings)
        await host.start()
        try:
            await host.ready(20)
            await room.client.act("travel-document-reader", "place", {"document": "taiwan-pass"})
            record = await host.call("read_document", holder("taiwan-pass").key, 5.0)
            assert isinstance(record, TravelDocumentRecord)
            assert (record.name, record.kind) == ("林样良", TravelDocumentKind.TAIWAN_PASS)
            with pytest.raises(DeviceError) as caught:
                await host.call("read_document", KEY, 5.0)
            assert caught.value.code == "key-wrong"
        finally:
            await host.stop()
    finally:
        await room.stop()
