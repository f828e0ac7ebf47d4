"""Lights on a relay board, at the end of a real serial line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceState, Source
from drivers.errors import (
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
)
from drivers.lights import relay_protocol
from drivers.lights.contract import FlashRate, LightColor, LightName
from drivers.lights.relay_board import RelayBoard
from drivers.virtual.lights import VirtualLights
from tests.drivers.hosted import eventually, started

CARD = LightName.CARD_READER


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[VirtualLights]:
    yield from started(VirtualLights(tmp_path, baud=115_200))


@pytest.fixture
def board(peer: VirtualLights) -> Iterator[RelayBoard]:
    driver = RelayBoard(peer.settings, lambda _: None)
    driver.open()
    yield driver
    driver.close()


def lit(peer: VirtualLights) -> set[str]:
    return {name for name, on in peer.state()["lights"].items() if on}


def test_the_boards_own_examples() -> None:
    assert relay_protocol.switch(1, on=True) == bytes.fromhex("A00101A2")
    assert relay_protocol.switch(1, on=False) == bytes.fromhex("A00100A1")
    assert relay_protocol.states(b"CH1: ON\r\nCH2: OFF\r\n") == {1: True, 2: False}


def test_lights_are_switched_and_the_board_confirms_it(
    peer: VirtualLights, board: RelayBoard
) -> None:
    board.set_light(CARD, FlashRate.CONTINUOUS)
    board.set_light(LightName.STATUS_GOOD, FlashRate.CONTINUOUS, LightColor.GREEN)
    assert lit(peer) == {"cardReader", "statusGood"}
    status = board.status()
    assert status.lights.value["cardReader"] == "continuous"
    assert status.relays.value is not None
    assert status.relays.value["CH1"]
    board.all_off()
    assert lit(peer) == set()


def test_a_flashing_light_turns_by_itself_until_it_is_set_otherwise(
    peer: VirtualLights, board: RelayBoard
) -> None:
    board.set_light(CARD, FlashRate.QUICK)
    eventually(lambda: peer.state()["turns"]["cardReader"] >= 4)
    board.refresh()
    assert board.status().device.value is DeviceState.ONLINE
    board.set_light(CARD, FlashRate.OFF)
    turns = peer.state()["turns"]["cardReader"]
    time.sleep(0.6)
    assert (peer.state()["turns"]["cardReader"], lit(peer)) == (turns, set())


def test_all_is_dark_before_and_after(peer: VirtualLights) -> None:
    driver = RelayBoard(peer.settings, lambda _: None)
    driver.open()
    driver.set_light(CARD, FlashRate.CONTINUOUS)
    driver.close()
    eventually(lambda: lit(peer) == set())


@pytest.mark.parametrize(
    ("fault", "kind", "code", "device"),
    [
        ("lights-stuck", HardwareFault, "light-stuck", DeviceState.HARDWARE_ERROR),
        ("lights-silent", DeviceTimeout, "lights-silent", DeviceState.OFFLINE),
        ("lights-unplugged", DeviceNotReady, "lights-absent", DeviceState.NO_DEVICE),
    ],
)
def test_faults_are_told_and_pass(
    peer: VirtualLights,
    board: RelayBoard,
    fault: str,
    kind: type[DeviceError],
    code: str,
    device: DeviceState,
) -> None:
    peer.set_fault(fault, on=True)
    with pytest.raises(kind) as caught:
        board.set_light(CARD, FlashRate.CONTINUOUS)
    assert (caught.value.code, board.status().device.value) == (code, device)
    peer.set_fault(fault, on=False)
    if kind is DeviceNotReady:
        board.close()
        board.open()
    else:
        board.refresh()
        assert lit(peer) == {"cardReader"}
    assert board.status().device.value is DeviceState.ONLINE


def test_a_board_that_is_not_there(tmp_path: Path, peer: VirtualLights, board: RelayBoard) -> None:
    for port, code in ((tmp_path / "none", "lights-absent"), (peer.port, "lights-port-busy")):
        settings = peer.settings.model_copy(update={"port": str(port)})
        with pytest.raises(DeviceNotReady) as caught:
            RelayBoard(settings, lambda _: None).open()
        assert caught.value.code == code
    assert board.status().device.value is DeviceState.ONLINE


@pytest.mark.parametrize(
    ("name", "color"), [(LightName.FASCIA, None), (LightName.STATUS_BAD, LightColor.GREEN)]
)
def test_there_is_no_such_light(
    board: RelayBoard, name: LightName, color: LightColor | None
) -> None:
    with pytest.raises(CommandRejected) as caught:
        board.set_light(name, FlashRate.SLOW, color)
    assert caught.value.error_code == "invalidLight"


def test_self_test_names_the_light_that_does_not_obey(
    peer: VirtualLights, board: RelayBoard
) -> None:
    assert board.self_test().ok
    peer.set_fault("lights-stuck", on=True)
    result = board.self_test()
    assert not result.ok
    assert [name for name, good in result.values.items() if not good] == ["cardReader"]
    assert board.status().stuck.value == ("cardReader",)


@pytest.mark.parametrize("rate", [FlashRate.QUICK, FlashRate.CONTINUOUS])
def test_a_relay_that_sticks_is_seen_by_looking_until_it_turns_again(
    peer: VirtualLights, board: RelayBoard, rate: FlashRate
) -> None:
    def looked(state: DeviceState) -> bool:
        board.refresh()
        return board.status().device.value is state

    board.set_light(CARD, rate)
    peer.set_fault("lights-stuck", on=True)
    if rate is FlashRate.CONTINUOUS:
        with pytest.raises(HardwareFault):
            board.set_light(CARD, FlashRate.OFF)
    eventually(lambda: looked(DeviceState.HARDWARE_ERROR))
    found = board.status()
    assert (found.device.source, found.stuck.value) == (Source.SENSOR, ("cardReader",))
    board.set_light(LightName.SCANNER, FlashRate.CONTINUOUS)
    assert "scanner" in lit(peer)
    for _ in range(3):  # where it stands as it should by chance, it is stuck nevertheless
        assert looked(DeviceState.HARDWARE_ERROR)
    peer.set_fault("lights-stuck", on=False)
    assert looked(DeviceState.ONLINE)
    assert board.status().stuck.value == ()


def test_a_light_that_was_dark_when_it_stuck_is_dark_again_after_it(
    peer: VirtualLights, board: RelayBoard
) -> None:
    peer.set_fault("lights-stuck", on=True)
    assert not board.self_test().ok
    board.refresh()
    assert board.status().device.value is DeviceState.HARDWARE_ERROR
    peer.set_fault("lights-stuck", on=False)
    board.refresh()
    assert board.status().device.value is DeviceState.ONLINE
    assert lit(peer) == set()


def test_a_board_that_lost_its_power_is_told_again(peer: VirtualLights, board: RelayBoard) -> None:
    board.set_light(CARD, FlashRate.CONTINUOUS)
    peer._relays = dict.fromkeys(peer._relays, False)
    board.refresh()
    assert (board.status().device.value, lit(peer)) == (DeviceState.ONLINE, {"cardReader"})


@given(st.binary(max_size=40) | st.from_regex(rb"(CH\d\d?: (ON|OFF)\r\n){1,3}", fullmatch=True))
def test_any_answer_is_states_or_garbage(answer: bytes) -> None:
    try:
        found = relay_protocol.states(answer)
    except ProtocolError:
        return
    lines = "".join(f"CH{n}: {'ON' if on else 'OFF'}\n" for n, on in found.items())
    assert relay_protocol.states(lines.encode()) == found
    assert all(1 <= relay <= 16 for relay in found)


@pytest.mark.parametrize(
    "answer", [b"", b"CH1: ON", b"CH1: ON\r\nCH1: OFF\r\n", b"CH0: ON\r\n", b"CH99: ON\r\n"]
)
def test_half_and_impossible_answers_are_garbage(answer: bytes) -> None:
    with pytest.raises(ProtocolError):
        relay_protocol.states(answer)


@given(st.binary(max_size=64))
def test_the_virtual_board_lives_through_any_bytes(noise: bytes) -> None:
    virtual = VirtualLights(Path("/nowhere"))
    virtual.set_fault("lights-silent", on=True)
    virtual._received(noise + b"\xa0\xa0\xa0\xa0")
    virtual._received(relay_protocol.switch(3, on=True) * 2)
    assert virtual.state()["lights"]["receiptPrinter"]
