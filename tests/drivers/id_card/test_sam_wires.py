"""One module on three wires: the same driver, the same answers, whatever carries them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceEvent, DeviceState
from drivers.errors import DeviceError, DeviceNotReady, DeviceTimeout, ProtocolError, UserFault
from drivers.id_card import sam_link
from drivers.id_card.frames import LONGEST_LENGTH, FrameParser, encode
from drivers.id_card.pcsc_transport import pseudo_commands
from drivers.id_card.sam_reader import SamReader
from drivers.id_card.sam_v import (
    SamVPcscReader,
    SamVPcscSettings,
    SamVSerialReader,
    SamVTcpReader,
    SamVTcpSettings,
)
from drivers.smart_card.channel import complete
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.pcscd import VirtualPcscd
from drivers.virtual.residents import resident_by_slug
from drivers.virtual.sam import SAM_ID
from drivers.virtual.sam_wires import PseudoCommandModule, Reply
from tests.drivers.hosted import put_right, started

WIRES = ("serial", "tcp", "pcsc")
OTHERS = ("tcp", "pcsc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wires")


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[VirtualIdCardReader]:
    yield from started(VirtualIdCardReader(folder, baud=3_000_000, wires=OTHERS))


@pytest.fixture
def peer(running: VirtualIdCardReader) -> Iterator[VirtualIdCardReader]:
    yield from put_right(running)
    running.act("remove", {})


def reader_on(wire: str, peer: VirtualIdCardReader, events: list[DeviceEvent]) -> SamReader:
    if wire == "tcp":
        return SamVTcpReader(peer.tcp_settings, events.append)
    if wire == "pcsc":
        return SamVPcscReader(peer.pcsc_settings, events.append)
    return SamVSerialReader(peer.settings, events.append)


class Bench:
    def __init__(self, wire: str, peer: VirtualIdCardReader) -> None:
        self.peer = peer
        self.events: list[DeviceEvent] = []
        self.driver = reader_on(wire, peer, self.events)

    def place(self, slug: str = "guo-baozhu") -> None:
        self.peer.act("place", {"resident": resident_by_slug(slug).number})

    def reads(self, slug: str = "guo-baozhu") -> bool:
        self.place(slug)
        return self.driver.read_card(1.0).name == resident_by_slug(slug).name

    def refusal(self, kind: type[DeviceError], wait_s: float = 0.1) -> str:
        with pytest.raises(kind) as caught:
            self.driver.read_card(wait_s)
        return caught.value.code

    def device(self) -> DeviceState:
        return self.driver.status().device.value


@pytest.fixture(params=WIRES)
def bench(request: pytest.FixtureRequest, peer: VirtualIdCardReader) -> Iterator[Bench]:
    found = Bench(request.param, peer)
    found.driver.open()
    yield found
    found.driver.close()


def test_a_card_reads_whole_on_every_wire(bench: Bench) -> None:
    assert bench.driver.capabilities().sam_id == sam_link.format_sam_id(SAM_ID)
    bench.place("guo-baozhu")
    person, record = resident_by_slug("guo-baozhu"), bench.driver.read_card(1.0)
    assert (record.name, record.id_number, record.address) == (
        person.name,
        person.id_number,
        person.newest_address,
    )
    assert [event.name for event in bench.events] == ["MediaInsertedEvent"]
    assert not bench.driver.wait_removed(0.05)
    bench.peer.act("remove", {})
    assert bench.driver.wait_removed(1.0)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("reader-silent", DeviceTimeout, "reader-silent"),
        ("reader-bad-checksum", ProtocolError, "reader-garbled"),
        ("reader-pulled-mid-read", UserFault, "card-pulled"),
        ("reader-two-cards", UserFault, "card-collision"),
    ],
)
def test_faults_are_told_alike_and_pass(
    bench: Bench, fault: str, kind: type[DeviceError], code: str
) -> None:
    bench.place()
    bench.peer.set_fault(fault, on=True)
    assert bench.refusal(kind) == code
    bench.peer.set_fault(fault, on=False)
    assert bench.reads()
    assert bench.device() is DeviceState.ONLINE


def test_noise_before_an_answer_is_coped_with(bench: Bench) -> None:
    bench.peer.set_fault("reader-noise", on=True)
    assert bench.reads()


def test_a_self_test_needs_no_card_and_tells_of_a_module_that_may_not_be_used(
    bench: Bench,
) -> None:
    tested = bench.driver.self_test()
    assert (tested.ok, tested.values["security"]) == (True, "ready")
    assert tested.values["sam_id"] == sam_link.format_sam_id(SAM_ID)
    bench.peer.set_fault("reader-not-authorised", on=True)
    tested = bench.driver.self_test()
    assert (tested.ok, tested.values["security"]) == (False, "notReady")


def test_unplugging_is_told_and_plugging_in_mends_it(bench: Bench) -> None:
    bench.peer.set_fault("reader-unplugged", on=True)
    assert bench.refusal(DeviceNotReady) == "reader-absent"
    assert bench.device() is DeviceState.NO_DEVICE
    bench.driver.close()
    with pytest.raises(DeviceNotReady, match="reader-absent"):
        bench.driver.open()
    bench.peer.set_fault("reader-unplugged", on=False)
    bench.driver.open()
    assert bench.reads()


def test_a_module_outlives_its_pcscd(peer: VirtualIdCardReader, folder: Path) -> None:
    bench, pcscd = Bench("pcsc", peer), VirtualPcscd.shared(folder, "module")
    bench.driver.open()
    pcscd.kill()
    assert bench.refusal(DeviceNotReady) in ("pcsc-down", "reader-absent")
    bench.driver.close()
    with pytest.raises(DeviceNotReady, match="pcsc-down"):
        bench.driver.open()
    pcscd.revive()
    bench.driver.open()
    assert bench.reads()
    bench.driver.close()


def test_no_reader_at_an_address_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = SamVTcpReader(SamVTcpSettings(host="127.0.0.1", tcp_port=port), lambda _: None)
    with pytest.raises(DeviceNotReady, match="reader-absent"):
        nobody.open()


def test_a_mute_address_is_not_claimed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = SamVTcpSettings(host="127.0.0.1", tcp_port=mute.getsockname()[1])
        driver = SamVTcpReader(settings, lambda _: None)
        with pytest.raises(DeviceNotReady, match="reader-silent"):
            driver.open()


def test_an_endless_stream_over_tcp_ends_in_a_typed_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=flood, args=(server,), daemon=True).start()
        settings = SamVTcpSettings(host="127.0.0.1", tcp_port=server.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(DeviceNotReady, match="reader-garbled"):
            SamVTcpReader(settings, lambda _: None).open()
        assert time.monotonic() - began < 15


def flood(server: socket.socket) -> None:
    caller, _ = server.accept()
    try:
        while True:
            caller.sendall(bytes(range(256)))
    except OSError:
        caller.close()


def test_a_card_in_the_slot_that_is_no_module_is_not_claimed(
    peer: VirtualIdCardReader, folder: Path
) -> None:
    bench, slot = Bench("pcsc", peer), VirtualPcscd.shared(folder, "module").slots["card"]
    slot.insert(Stranger())
    try:
        with pytest.raises(DeviceNotReady, match="reader-silent"):
            bench.driver.open()
    finally:
        slot.remove()
        peer.set_fault("reader-silent", on=False)
    bench.driver.open()
    bench.driver.close()


class Stranger:
    """A card that knows no pseudo-command."""

    atr = bytes.fromhex("3B00")

    def power_on(self) -> None:
        """Nothing to forget."""

    def answer(self, command: bytes) -> bytes:
        return b"\x6e\x00"


def echoing(parser: FrameParser, data: bytes, send: Reply) -> None:
    for frame in parser.feed(data):
        send(encode(frame.body))


@given(st.binary(min_size=2, max_size=LONGEST_LENGTH - 1), st.booleans())
def test_frames_of_any_length_go_and_come_in_pseudo_commands(body: bytes, extended: bool) -> None:
    module, frame, back = PseudoCommandModule(echoing), encode(body), b""
    for command in pseudo_commands(bytes.fromhex("FF000000"), frame, extended=extended):
        answer = complete(module.answer, command)
        assert answer[-2:] == b"\x90\x00"
        back += answer[:-2]
    assert back == frame


def test_a_short_frame_is_one_plain_command() -> None:
    frame = sam_link.STATUS.encode()
    for extended in (False, True):
        commands = list(pseudo_commands(bytes.fromhex("FF000000"), frame, extended=extended))
        assert commands == [bytes.fromhex("FF0000000A") + frame]


@given(st.binary(max_size=300))
def test_a_module_answers_any_command_with_a_status(command: bytes) -> None:
    assert len(PseudoCommandModule(echoing).answer(command)) >= 2


@pytest.mark.parametrize("prefix", ["FF0000", "FF00000000", "GG000000", ""])
def test_a_prefix_is_four_bytes(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        SamVPcscSettings(prefix=prefix)
