"""The driver and the PC/SC service against a real pcscd with virtual cards."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.device import Cancellation, DeviceEvent, DeviceState
from drivers.errors import (
    CommandRejected,
    DeviceCancelled,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    ProtocolError,
    UserFault,
)
from drivers.host import DeviceHost
from drivers.id_card.contract import CardKind, CardMedia
from drivers.smart_card.channel import complete
from drivers.smart_card.settings import PcscSettings
from drivers.social_security_card.pcsc import SocialSecurityCardReader, read
from drivers.social_security_card.records import encode_name
from drivers.virtual.pcscd import VirtualPcscd
from drivers.virtual.residents import RESIDENTS, CardCondition, resident_by_slug
from drivers.virtual.social_security_card import VirtualSocialSecurityCardReader
from drivers.virtual.social_security_card_chip import social_security_chip
from tests.drivers.hosted import started

READABLE = [
    each
    for each in RESIDENTS
    if each.kind is CardKind.RESIDENT
    and each.condition is CardCondition.GOOD
    and each.note != "wrong-check-digit"
]


class Desk:
    """A driver at a reader with a person's hands."""

    def __init__(self, peer: VirtualSocialSecurityCardReader, **settings: Any) -> None:
        self.peer = peer
        self.events: list[DeviceEvent] = []
        self.driver = SocialSecurityCardReader(
            peer.settings.model_copy(update=settings), self.events.append
        )

    def device(self) -> DeviceState:
        return self.driver.status().device.value

    def media(self) -> CardMedia:
        return self.driver.status().media.value

    def put(self, slug: str, **how: Any) -> None:
        """Put a card into the empty reader."""
        self.clear()
        self.peer.act("place", {"resident": resident_by_slug(slug).number, **how})
        assert await_true(lambda: self.media() is CardMedia.PRESENT, 3.0)

    def clear(self) -> None:
        self.peer.act("remove", {})
        assert self.driver.wait_removed(3.0)

    def refusal(self, kind: type[DeviceError], wait_s: float = 3.0) -> DeviceError:
        with pytest.raises(kind) as caught:
            self.driver.read_card(wait_s)
        return caught.value

    def reads(self, slug: str) -> bool:
        self.put(slug)
        return self.driver.read_card(3.0).name == resident_by_slug(slug).name


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ssc")


@pytest.fixture(scope="module")
def peer(run_dir: Path) -> Iterator[VirtualSocialSecurityCardReader]:
    yield from started(VirtualSocialSecurityCardReader(run_dir))


@pytest.fixture
def desk(peer: VirtualSocialSecurityCardReader) -> Iterator[Desk]:
    found = Desk(peer)
    found.driver.open()
    yield found
    found.driver.close()
    for fault in peer.faults():
        peer.set_fault(fault, on=False)
    peer.act("remove", {})


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize(
    ("name", "coded"),
    [
        ("欧阳𬱖", "C5B7 D1F4 9933C336"),
        ("王㐂", "CDF5 8139EF31"),
        ("王\u9fb4", "CDF5 FE59"),
        ("王\U00020087", "CDF5 FE51"),
        ("\u9fbb𬱖", "FEA0 9933C336"),
    ],
    ids=["extension-f", "extension-a", "mapped-anew", "private-still", "both"],
)
def test_a_rare_name_comes_through_the_reader_whole(
    desk: Desk, name: str, coded: str, generation: int
) -> None:
    """Characters of four bytes, one of those to which GB18030-2022 gave another code point (FE59,
    FEA0), and one that it left in private use and Unicode did not (FE51)."""
    assert encode_name(name)[0].rstrip(b"\0") == bytes.fromhex(coded)
    person = resident_by_slug("li-xiulan")
    named = replace(person, card=replace(person.card, name=name))
    desk.peer._slot.insert(social_security_chip(named, generation))
    assert await_true(lambda: desk.media() is CardMedia.PRESENT, 3.0)
    assert desk.driver.read_card(3.0).name == name


def later(seconds: float, work: Callable[..., object], *arguments: object) -> None:
    threading.Timer(seconds, work, arguments).start()


@pytest.mark.parametrize(("slug", "generation"), [("li-xiulan", 1), ("ouyang-yan", 2)])
def test_a_card_of_either_generation_reads_whole(desk: Desk, slug: str, generation: int) -> None:
    desk.put(slug, generation=generation)
    found, person = desk.driver.read_card(3.0), resident_by_slug(slug)
    assert (found.generation, found.name, found.id_number, found.birth, found.sex) == (
        generation,
        person.name,
        person.id_number,
        person.birth,
        person.card.sex,
    )
    assert "MediaInsertedEvent" in {event.name for event in desk.events}


class Direct:
    """A chip with no reader between, pulled after so many commands."""

    def __init__(self, number: int, generation: int, lasts: int = 1000) -> None:
        self.chip = social_security_chip(RESIDENTS[number - 1], generation)
        self.asked: list[bytes] = []
        self._lasts = lasts

    def transmit(self, command: bytes) -> bytes:
        if len(self.asked) >= self._lasts:
            raise UserFault("card-pulled", "the card has gone")
        self.asked.append(command)
        return complete(self.chip.answer, command)


def test_every_citizen_of_the_drawer_reads_from_either_generation() -> None:
    for person in READABLE:
        for generation in (1, 2):
            record = read(Direct(person.number, generation))
            assert (record.name, record.id_number) == (person.name, person.id_number)


def test_nothing_but_the_two_files_is_touched() -> None:
    card = Direct(1, 2)
    read(card)
    assert {command[1] for command in card.asked} == {0xA4, 0xB2}
    assert {command[3] >> 3 for command in card.asked[1:]} == {5, 6}


@pytest.mark.parametrize(
    ("slug", "code"),
    [
        ("luo-yongfa", "card-unreadable"),
        ("song-chunhua", "card-data-invalid"),
        ("transit-card", "card-unsupported"),
    ],
)
def test_a_bad_card_is_the_cards_fault(desk: Desk, slug: str, code: str) -> None:
    desk.put(slug)
    error = desk.refusal(UserFault)
    assert (error.code, error.error_code) == (code, "invalidMedia")
    assert (desk.device(), desk.media()) == (DeviceState.ONLINE, CardMedia.PRESENT)


@pytest.mark.parametrize(
    ("fault", "kind", "codes"),
    [
        ("ssc-upside-down", UserFault, {"card-unreadable"}),
        ("ssc-wrong-card", UserFault, {"card-unsupported"}),
        ("ssc-silent", DeviceTimeout, {"card-silent"}),
        ("ssc-garbage", UserFault, {"card-unreadable"}),
        ("ssc-short-answer", ProtocolError, {"card-garbled"}),
        ("ssc-half-record", UserFault, {"card-data-invalid"}),
        ("ssc-endless-answer", ProtocolError, {"card-garbled"}),
        ("ssc-pulled-mid-read", UserFault, {"card-pulled"}),
    ],
)
def test_each_fault_gives_no_identity_and_passes(
    desk: Desk, fault: str, kind: type[DeviceError], codes: set[str]
) -> None:
    desk.clear()
    desk.peer.set_fault(fault, on=True)
    desk.put("li-xiulan")
    assert desk.refusal(kind).code in codes
    desk.peer.set_fault(fault, on=False)
    assert desk.reads("chen-zhiqiang")
    assert desk.device() is DeviceState.ONLINE


def test_a_slow_card_is_waited_for(desk: Desk) -> None:
    desk.put("li-xiulan")
    desk.peer.set_fault("ssc-slow", on=True)
    assert desk.driver.read_card(1.0).name == "李秀兰"


@pytest.mark.parametrize("at", [1, 5, 17, 30])
def test_a_card_pulled_at_any_command_gives_no_identity(desk: Desk, at: int) -> None:
    desk.put("li-xiulan", pull_at=at)
    assert desk.refusal(UserFault).code == "card-pulled"
    assert desk.driver.wait_removed(3.0)
    assert desk.media() is CardMedia.NOT_PRESENT
    assert desk.peer.state()["card"] is None


@pytest.mark.parametrize("generation", [1, 2])
def test_a_read_that_ends_at_any_command_is_no_identity(generation: int) -> None:
    """The same for every command there is, without a reader's pace."""
    whole = Direct(1, generation)
    assert read(whole).name == "李秀兰"
    for lasts in range(len(whole.asked)):
        with pytest.raises(UserFault, match="card-pulled"):
            read(Direct(1, generation, lasts))


def test_no_card_is_a_timeout(desk: Desk) -> None:
    desk.clear()
    error = desk.refusal(UserFault, 0.2)
    assert (error.code, error.error_code) == ("card-timeout", "noMedia")


def test_a_card_put_in_later_is_found_and_told_of_once(desk: Desk) -> None:
    desk.clear()
    desk.events.clear()
    later(0.2, desk.peer.act, "place", {"resident": 1})
    assert desk.driver.read_card(5.0).name == "李秀兰"
    later(0.2, desk.peer.act, "remove", {})
    assert not desk.driver.wait_removed(0.05)
    assert desk.driver.wait_removed(5.0)
    assert [event.name for event in desk.events] == ["MediaInsertedEvent", "MediaRemovedEvent"]


def test_withdrawing_ends_the_wait(desk: Desk) -> None:
    desk.clear()
    cancellation = desk.driver.cancellation = Cancellation()
    later(0.1, cancellation.cancel)
    with pytest.raises(DeviceCancelled):
        desk.driver.read_card(30)
    assert desk.device() is DeviceState.ONLINE


@pytest.mark.parametrize(
    ("fault", "code"), [("ssc-pcscd-killed", "pcsc-down"), ("ssc-unplugged", "reader-absent")]
)
def test_a_reader_that_goes_mid_wait_is_told_and_is_back_in_time(
    desk: Desk, fault: str, code: str
) -> None:
    desk.clear()
    later(0.2, desk.peer.set_fault, fault, True)
    error = desk.refusal(DeviceNotReady, 8.0)
    assert error.code == code
    assert desk.device() is DeviceState.NO_DEVICE
    assert desk.media() is CardMedia.UNKNOWN
    desk.driver.close()
    assert await_true(lambda: opening_fails(desk.driver, code), 3.0)
    desk.peer.set_fault(fault, on=False)
    began = time.monotonic()
    desk.driver.open()
    assert desk.reads("li-xiulan")
    assert time.monotonic() - began < 10


def test_a_card_is_still_waited_for_when_pcscd_is_started_anew_meanwhile(
    desk: Desk, run_dir: Path
) -> None:
    desk.clear()
    pcscd = VirtualPcscd.shared(run_dir)
    killed = pcscd.pid

    def kill_and_place() -> None:
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        assert await_true(lambda: pcscd.pid not in (None, killed), 5.0)
        desk.peer.act("place", {"resident": 1})

    later(0.2, kill_and_place)
    assert desk.driver.read_card(15.0).name == "李秀兰"
    assert pcscd.pid != killed


def opening_fails(driver: SocialSecurityCardReader, code: str) -> bool:
    with pytest.raises(DeviceNotReady) as caught:
        driver.open()
    return caught.value.code == code


def test_the_watch_outlives_pcscd_without_being_opened_again(desk: Desk) -> None:
    desk.put("li-xiulan")
    for _ in range(2):
        desk.peer.set_fault("ssc-pcscd-killed", on=True)
        desk.peer.set_fault("ssc-pcscd-killed", on=False)
        assert await_true(lambda: desk.media() is CardMedia.PRESENT, 10)
    assert desk.driver.read_card(3.0).name == "李秀兰"


def await_true(wanted: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not wanted() and time.monotonic() < end:
        time.sleep(0.02)
    return wanted()


def test_a_reader_is_found_by_what_its_name_has_in_it(
    peer: VirtualSocialSecurityCardReader,
) -> None:
    for pattern in ("*virtual*", "Yimen Virtual Reader", "*"):
        found = Desk(peer, reader=pattern)
        found.driver.open()
        assert found.driver.capabilities().model == "Yimen Virtual Reader 00 00"
        found.driver.close()
    for settings in ({"reader": "ACS*"}, {"reader": "Virtual"}, {"slot": 2}):
        assert opening_fails(Desk(peer, **settings).driver, "reader-absent")


def test_no_pcscd_at_all_is_told(tmp_path: Path) -> None:
    nowhere = PcscSettings(pcscd_socket=str(tmp_path / "nothing"))
    driver = SocialSecurityCardReader(nowhere, lambda _: None)
    assert opening_fails(driver, "pcsc-down")


def test_a_reader_in_another_programs_hands_is_told(
    desk: Desk, peer: VirtualSocialSecurityCardReader
) -> None:
    desk.put("li-xiulan")
    other = Desk(peer)
    other.driver.open()
    other.driver.chip_power("cold")
    try:
        assert desk.refusal(DeviceNotReady).code == "reader-busy"
    finally:
        other.driver.close()
    assert desk.driver.read_card(1.0).name == "李秀兰"


def test_a_self_test_measures_the_card_that_is_there(desk: Desk) -> None:
    desk.clear()
    assert desk.driver.self_test().values == {"reader": "Yimen Virtual Reader 00 00", "card": False}
    desk.put("li-xiulan")
    tested = desk.driver.self_test()
    assert tested.ok
    assert tested.values["answer_to_reset"] == "3B 6D 00 00"
    assert tested.values["protocol"] == "T=0"
    assert float(tested.values["reset_ms"]) > 0
    desk.peer.set_fault("ssc-upside-down", on=True)
    desk.put("li-xiulan")
    with pytest.raises(UserFault, match="card-unreadable"):
        desk.driver.self_test()


def test_raw_commands_need_power_and_go_through_as_they_are(desk: Desk) -> None:
    desk.put("li-xiulan")
    with pytest.raises(CommandRejected, match="chip-not-powered"):
        desk.driver.chip_io(bytes(5))
    with pytest.raises(CommandRejected, match="chip-power-action"):
        desk.driver.chip_power("warp")
    assert desk.driver.chip_power("cold")[:2] == b"\x3b\x6d"
    select = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
    assert desk.driver.chip_io(select)[0] == 0x61
    assert desk.driver.chip_io(bytes.fromhex("00B2012C00"))[0] == 0x6C
    assert desk.driver.chip_power("warm")[:2] == b"\x3b\x6d"
    assert desk.driver.chip_io(bytes.fromhex("00B2012C00")) == b"\x69\x86"
    assert desk.driver.chip_power("off") == b""
    with pytest.raises(CommandRejected):
        desk.driver.chip_io(bytes(5))


def test_nothing_stays_selected_on_a_card_that_was_read(desk: Desk) -> None:
    desk.put("li-xiulan")
    desk.driver.read_card(1.0)
    desk.driver.chip_power("cold")
    assert desk.driver.chip_io(bytes.fromhex("00B2012C00")) == b"\x69\x86"


def test_resetting_begins_anew(desk: Desk) -> None:
    desk.put("li-xiulan")
    desk.driver.reset()
    assert desk.driver.read_card(1.0).name == "李秀兰"


async def test_a_host_hears_of_cards_and_outlives_pcscd(
    peer: VirtualSocialSecurityCardReader,
) -> None:
    host = DeviceHost("social", peer.driver, peer.settings.model_dump(mode="json"))
    heard: asyncio.Queue[str] = asyncio.Queue()
    host.subscribe(lambda event: heard.put_nowait(event.name))

    async def hear(name: str) -> None:
        async with asyncio.timeout(10):
            while await heard.get() != name:
                pass

    await host.start()
    try:
        await host.ready(20)
        await asyncio.to_thread(peer.act, "place", {"resident": 1})
        await hear("MediaInsertedEvent")
        assert (await host.call("read_card", 2.0)).name == "李秀兰"
        await asyncio.to_thread(peer.act, "remove", {})
        await hear("MediaRemovedEvent")
        await asyncio.to_thread(peer.set_fault, "ssc-pcscd-killed", True)
        async with asyncio.timeout(10):
            while host.status().device.value is not DeviceState.NO_DEVICE:
                await heard.get()
        await asyncio.to_thread(peer.set_fault, "ssc-pcscd-killed", False)
        await host.ready(10)
        await asyncio.to_thread(peer.act, "place", {"resident": 1})
        await hear("MediaInsertedEvent")
        assert (await host.call("read_card", 2.0)).name == "李秀兰"
        assert host.restarts == 0
    finally:
        await host.stop()
        await asyncio.to_thread(peer.act, "remove", {})


@pytest.mark.parametrize(
    "arguments",
    [{}, {"resident": 0}, {"resident": 21}, {"resident": 1, "generation": 3}, {"resident": [1]}],
)
def test_cards_that_do_not_exist_are_refused(
    peer: VirtualSocialSecurityCardReader, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"resident|generation"):
        peer.act("place", arguments)
