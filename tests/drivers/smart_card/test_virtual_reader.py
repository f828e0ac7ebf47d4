"""The pcscd of the virtual devices: one for all, hidden, and gone when the last has gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceNotReady, ProtocolError, UserFault
from drivers.runtime_folder import runtime_path
from drivers.smart_card.pcsc_context import reader_names
from drivers.smart_card.service import PcscService
from drivers.smart_card.settings import PcscSettings
from drivers.virtual import pcscd as module
from drivers.virtual.pcscd import READER, SLOTS, VirtualPcscd
from tests.drivers.smart_card.overheard import Overheard

FIRST_PORT = ":8C7B "


class Echo:
    """A card that gives back what it is told, and counts its starts."""

    def __init__(self, atr: str = "3B00") -> None:
        self.atr = bytes.fromhex(atr)
        self.starts = 0

    def power_on(self) -> None:
        self.starts += 1

    def answer(self, command: bytes) -> bytes:
        return command + b"\x90\x00"


@pytest.fixture
def pcscd(tmp_path: Path) -> Iterator[VirtualPcscd]:
    found = VirtualPcscd.shared(tmp_path)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def services(pcscd: VirtualPcscd) -> Iterator[dict[str, PcscService]]:
    found = {
        name: PcscService(PcscSettings(reader=READER, slot=at, pcscd_socket=str(pcscd.socket)))
        for at, name in enumerate(SLOTS)
    }
    for each in found.values():
        each.start()
    yield found
    for each in found.values():
        each.stop()


def never() -> None:
    """Nobody withdraws."""


def test_devices_share_one_pcscd_and_the_last_ends_it(tmp_path: Path) -> None:
    one, other = VirtualPcscd.shared(tmp_path), VirtualPcscd.shared(tmp_path)
    assert one is other
    one.start()
    other.start()
    assert reader_names(str(one.socket)) == [one.reader(name) for name in SLOTS]
    one.stop()
    assert reader_names(str(one.socket))
    other.stop()
    assert not one.running
    assert reader_names(str(one.socket)) == []
    assert not runtime_path(tmp_path / "pcscd").exists()


def test_one_that_is_killed_from_outside_is_started_again_and_finds_its_card(
    pcscd: VirtualPcscd, services: dict[str, PcscService]
) -> None:
    card, service = Echo(), services["card"]
    pcscd.slots["card"].insert(card)
    assert service.wait(lambda slot: slot.present, 5.0, never)
    killed = pcscd.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert service.wait(lambda slot: not slot.running, 5.0, never)
    assert service.wait(lambda slot: slot.present, 10.0, never)
    assert pcscd.pid not in (None, killed)
    with service.connect() as channel:
        assert channel.transmit(bytes(4)) == bytes(4) + b"\x90\x00"


def called(name: str, pcscd: VirtualPcscd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pcscd end and be started again with the reader under another name."""
    entry = module._ENTRY.replace(f'"{READER}"', f'"{name}"')
    monkeypatch.setattr(module, "_ENTRY", entry)
    assert pcscd.pid is not None
    os.kill(pcscd.pid, signal.SIGKILL)


def test_a_reader_whose_driver_names_it_anew_is_found_again(
    pcscd: VirtualPcscd, services: dict[str, PcscService], monkeypatch: pytest.MonkeyPatch
) -> None:
    pcscd.slots["document"].insert(Echo())
    service = services["document"]
    assert service.wait(lambda slot: slot.present, 5.0, never)
    called(f"{READER} [CCID Interface] (0042)", pcscd, monkeypatch)
    assert service.wait(lambda slot: not slot.running, 5.0, never)
    assert service.settled().reader == f"{READER} [CCID Interface] (0042) 00 01"
    assert service.wait(lambda slot: slot.present, 5.0, never)
    with service.connect() as channel:
        assert channel.transmit(bytes(4)) == bytes(4) + b"\x90\x00"


def test_a_reader_of_quite_another_name_is_not_taken_for_the_one_that_is_missing(
    pcscd: VirtualPcscd, services: dict[str, PcscService], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = services["card"]
    assert service.slot.reader == f"{READER} 00 00"
    called("Acme Contactless", pcscd, monkeypatch)
    assert service.wait(lambda slot: not slot.running, 5.0, never)
    with pytest.raises(DeviceNotReady, match="not connected"):
        service.settled()
    assert reader_names(str(pcscd.socket)) == ["Acme Contactless 00 00", "Acme Contactless 00 01"]
    monkeypatch.undo()
    pcscd.kill()
    pcscd.revive()
    assert service.wait(lambda slot: slot.reader == f"{READER} 00 00", 5.0, never)


def test_while_a_card_is_waited_for_nothing_is_asked(pcscd: VirtualPcscd, tmp_path: Path) -> None:
    with Overheard(pcscd.socket, tmp_path / "overheard") as wire:
        service = PcscService(PcscSettings(reader=READER, pcscd_socket=str(wire.address)))
        service.start()
        try:
            assert wire.said_nothing_for(1.5)
            assert wire.commands[-1] == Overheard.WAIT
            before = len(wire.commands)
            pcscd.slots["card"].insert(Echo())
            assert service.wait(lambda slot: slot.present, 2.0, never)
            assert Overheard.WAIT in wire.commands[before:]
            assert wire.said_nothing_for(1.5)
        finally:
            service.stop()


def test_one_that_its_switch_has_killed_stays_dead(
    pcscd: VirtualPcscd, services: dict[str, PcscService]
) -> None:
    pcscd.kill()
    assert services["card"].wait(lambda slot: not slot.running, 5.0, never)
    assert not services["card"].wait(lambda slot: slot.running, 1.5, never)
    assert pcscd.pid is None
    pcscd.revive()
    assert services["card"].wait(lambda slot: slot.running, 5.0, never)


def test_its_ports_are_of_no_network_but_its_own(pcscd: VirtualPcscd) -> None:
    assert FIRST_PORT in Path(f"/proc/{pcscd.pid}/net/tcp").read_text()
    assert FIRST_PORT not in Path("/proc/self/net/tcp").read_text()


def test_two_cards_are_told_apart_by_their_slots(
    pcscd: VirtualPcscd, services: dict[str, PcscService]
) -> None:
    cards = {"card": Echo("3B00"), "document": Echo("3B8080017F")}
    for name, card in cards.items():
        pcscd.slots[name].insert(card)
        assert services[name].wait(lambda slot: slot.present, 5.0, never)
    for name, protocol in (("card", "T=0"), ("document", "T=1")):
        assert services[name].slot.atr == cards[name].atr
        with services[name].connect() as channel:
            assert channel.protocol == protocol
            command = bytes.fromhex("00B0000003") + name[:3].encode()
            assert channel.transmit(command) == command + b"\x90\x00"
    pcscd.slots["card"].remove()
    assert services["card"].wait(lambda slot: not slot.present, 5.0, never)
    assert services["document"].slot.present
    with pytest.raises(UserFault, match="card-pulled"):
        services["card"].connect()


def test_a_card_is_started_anew_for_each_who_leaves_it_reset(
    pcscd: VirtualPcscd, services: dict[str, PcscService]
) -> None:
    card = Echo()
    pcscd.slots["card"].insert(card)
    assert services["card"].wait(lambda slot: slot.present, 5.0, never)
    starts = card.starts
    with services["card"].connect(exclusive=False) as one:
        with services["card"].connect(exclusive=False) as other:
            assert one.transmit(bytes(4)) == other.transmit(bytes(4))
        assert card.starts == starts + 1
        with pytest.raises(ProtocolError, match="card-garbled"):
            one.transmit(bytes(4))


def test_two_who_want_a_card_alone_are_told(
    pcscd: VirtualPcscd, services: dict[str, PcscService]
) -> None:
    pcscd.slots["card"].insert(Echo())
    service = services["card"]
    assert service.wait(lambda slot: slot.present, 5.0, never)
    with service.connect(), pytest.raises(DeviceNotReady, match="reader-busy"):
        service.connect()
    with service.connect() as channel:
        assert channel.transmit(bytes(4)) == bytes(4) + b"\x90\x00"


def test_a_response_of_64_kib_arrives_whole(
    pcscd: VirtualPcscd, services: dict[str, PcscService]
) -> None:
    pcscd.slots["document"].insert(Echo("3B8080017F"))
    service = services["document"]
    assert service.wait(lambda slot: slot.present, 5.0, never)
    command = bytes.fromhex("00D60000000FA0") + bytes(4000)
    with service.connect() as channel:
        assert channel.transmit(command) == command + b"\x90\x00"
