"""The SAM_V driver against the virtual reader over a real pseudo-terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import Cancellation, DeviceEvent, DeviceState
from drivers.errors import (
    CommandRejected,
    DeviceCancelled,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
    UserFault,
)
from drivers.id_card import sam_link, sam_v
from drivers.id_card.contract import CardMedia
from drivers.id_card.frames import Answer, FrameParser
from drivers.id_card.sam_codes import Sw3
from drivers.id_card.sam_v import SamVSerialReader, SamVSettings
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.residents import RESIDENTS, CardCondition, resident_by_slug
from drivers.virtual.sam import SAM_ID
from drivers.virtual.serial_line import SerialLine
from tests.drivers.hosted import started


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[VirtualIdCardReader]:
    yield from started(VirtualIdCardReader(tmp_path))


class Bench:
    """A driver on a port, and what it emitted."""

    def __init__(self, port: Path, **more: Any) -> None:
        self.events: list[DeviceEvent] = []
        settings_ = SamVSettings(port=str(port), poll_interval_s=0.05, **more)
        self.driver = SamVSerialReader(settings_, self.events.append)

    def device(self) -> DeviceState:
        return self.driver.status().device.value

    def media(self) -> CardMedia:
        return self.driver.status().media.value


@pytest.fixture
def bench(peer: VirtualIdCardReader) -> Iterator[Bench]:
    found = Bench(peer.port)
    found.driver.open()
    yield found
    found.driver.close()


def place(peer: VirtualIdCardReader, slug: str) -> None:
    peer.act("place", {"resident": resident_by_slug(slug).number})


def refusal(bench: Bench, kind: type[DeviceError], wait_s: float = 0.2) -> DeviceError:
    with pytest.raises(kind) as caught:
        bench.driver.read_card(wait_s)
    return caught.value


READABLE = [
    each
    for each in RESIDENTS
    if each.condition is CardCondition.GOOD and each.note != "wrong-check-digit"
]


def test_every_readable_card_of_the_drawer_reads_whole(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    for each in READABLE:
        peer.act("place", {"resident": each.number})
        record = bench.driver.read_card(1.0)
        assert (record.name, record.id_number, record.kind) == (
            each.name,
            each.id_number,
            each.kind,
        )
        assert record.address == (each.newest_address or each.card.address)
        assert record.photo_png is None
    assert {each.kind for each in READABLE} == {each.kind for each in RESIDENTS}
    assert [event.name for event in bench.events] == ["MediaInsertedEvent"] * len(READABLE)


def test_opening_learns_the_readers_number(bench: Bench) -> None:
    assert bench.driver.capabilities().sam_id == sam_link.format_sam_id(SAM_ID)
    assert bench.device() is DeviceState.ONLINE


@pytest.mark.parametrize(
    ("slug", "code", "error_code"),
    [
        ("luo-yongfa", "card-unreadable", "invalidMedia"),
        ("song-chunhua", "card-data-invalid", "invalidMedia"),
        ("transit-card", "card-unsupported", "invalidMedia"),
    ],
)
def test_a_bad_card_is_the_cards_fault(
    peer: VirtualIdCardReader, bench: Bench, slug: str, code: str, error_code: str
) -> None:
    place(peer, slug)
    error = refusal(bench, UserFault)
    assert (error.code, error.error_code) == (code, error_code)
    assert bench.device() is DeviceState.ONLINE
    assert bench.media() is CardMedia.PRESENT


@pytest.mark.parametrize("decodes", [True, False])
def test_a_photo_is_read_with_a_sites_library_and_may_be_missing(
    peer: VirtualIdCardReader, photo_library: Path, decodes: bool
) -> None:
    bench = Bench(peer.port, photo_library=photo_library, photo_mode=3 if decodes else 0)
    bench.driver.open()
    assert bench.driver.capabilities().photo
    place(peer, "li-xiulan")
    photo = bench.driver.read_card(1.0).photo_png
    bench.driver.close()
    assert (photo is not None and photo.startswith(b"\x89PNG")) == decodes
    assert ("PhotoUndecodableEvent" in {event.name for event in bench.events}) != decodes


def test_a_photo_library_that_is_none_is_told_before_the_reader_is_used(tmp_path: Path) -> None:
    with pytest.raises(CommandRejected) as caught:
        Bench(tmp_path / "port", photo_library=tmp_path / "nothing.so")
    assert caught.value.code == "photo-decoder-unusable"


def test_no_card_is_a_timeout(bench: Bench) -> None:
    started = time.monotonic()
    assert refusal(bench, UserFault, 0.3).code == "card-timeout"
    assert 0.3 <= time.monotonic() - started < 1.5


def test_a_card_put_down_later_is_found(peer: VirtualIdCardReader, bench: Bench) -> None:
    threading.Timer(0.2, place, (peer, "li-xiulan")).start()
    assert bench.driver.read_card(5.0).name == resident_by_slug("li-xiulan").name


def test_two_cards_give_no_identity(peer: VirtualIdCardReader, bench: Bench) -> None:
    place(peer, "li-xiulan")
    peer.set_fault("reader-two-cards", on=True)
    error = refusal(bench, UserFault)
    assert (error.code, error.error_code) == ("card-collision", "cardCollision")
    peer.set_fault("reader-two-cards", on=False)
    assert bench.driver.read_card(1.0).name == resident_by_slug("li-xiulan").name


def test_a_card_pulled_mid_read_gives_no_identity_and_may_come_back(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    place(peer, "li-xiulan")
    peer.set_fault("reader-pulled-mid-read", on=True)
    assert refusal(bench, UserFault).code == "card-pulled"
    assert bench.media() is CardMedia.NOT_PRESENT
    assert peer.faults() == ()
    place(peer, "li-xiulan")
    assert bench.driver.read_card(1.0).name == resident_by_slug("li-xiulan").name


def test_a_card_that_goes_as_soon_as_it_was_found_was_pulled(peer: VirtualIdCardReader) -> None:
    def pull(event: DeviceEvent) -> None:
        peer.act("remove", {})

    driver = SamVSerialReader(SamVSettings(port=str(peer.port)), pull)
    driver.open()
    place(peer, "li-xiulan")
    with pytest.raises(UserFault, match="card-pulled"):
        driver.read_card(1.0)
    assert driver.status().media.value is CardMedia.NOT_PRESENT
    driver.close()


def test_a_card_that_was_read_is_seen_to_lie_there_and_to_go(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    place(peer, "guo-baozhu")
    bench.driver.read_card(1.0)
    assert not bench.driver.wait_removed(0.2)
    assert bench.media() is CardMedia.PRESENT
    threading.Timer(0.2, peer.act, ("remove", {})).start()
    assert bench.driver.wait_removed(5.0)
    assert bench.media() is CardMedia.NOT_PRESENT
    assert bench.events[-1].name == "MediaRemovedEvent"


@pytest.mark.parametrize("after_s", [0.02, 0.05, 0.08, 0.11])
def test_a_card_whose_reading_was_called_off_is_seen_to_lie_there_and_to_go(
    peer: VirtualIdCardReader, bench: Bench, after_s: float
) -> None:
    """The SAM may have read it all the same, and does not find it again then."""
    place(peer, "li-xiulan")
    cancellation = bench.driver.cancellation = Cancellation()
    threading.Timer(after_s, cancellation.cancel).start()
    with pytest.raises(DeviceCancelled):
        bench.driver.read_card(1.0)
    bench.driver.cancellation = Cancellation()
    assert not bench.driver.wait_removed(0.0)
    peer.act("remove", {})
    assert bench.driver.wait_removed(1.0)


def test_a_card_that_nobody_waits_for_is_seen_to_go_all_the_same(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    place(peer, "li-xiulan")
    bench.driver.read_card(1.0)
    bench.driver.refresh()
    assert bench.media() is CardMedia.PRESENT
    peer.act("remove", {})
    bench.driver.refresh()
    assert bench.media() is CardMedia.NOT_PRESENT
    assert [event.name for event in bench.events].count("MediaRemovedEvent") == 1
    bench.driver.refresh()
    assert bench.events[-1].name == "MediaRemovedEvent"


def test_a_card_that_was_read_is_not_read_again_until_it_is_laid_down_anew(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    place(peer, "li-xiulan")
    bench.driver.read_card(1.0)
    assert refusal(bench, UserFault).code == "card-timeout"
    place(peer, "li-xiulan")
    assert bench.driver.read_card(1.0).name == resident_by_slug("li-xiulan").name


def test_an_unreadable_card_is_seen_to_go(peer: VirtualIdCardReader, bench: Bench) -> None:
    place(peer, "luo-yongfa")
    refusal(bench, UserFault)
    assert not bench.driver.wait_removed(0.1)
    peer.act("remove", {})
    assert bench.driver.wait_removed(1.0)


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("reader-silent", DeviceTimeout, "reader-silent"),
        ("reader-garbage", ProtocolError, "reader-garbled"),
        ("reader-half-frame", ProtocolError, "reader-garbled"),
        ("reader-bad-checksum", ProtocolError, "reader-garbled"),
        ("reader-endless-stream", ProtocolError, "reader-garbled"),
        ("reader-unreadable", UserFault, "card-unreadable"),
        ("reader-auth-failed", UserFault, "card-unreadable"),
        ("reader-not-authorised", HardwareFault, "reader-not-authorised"),
        ("reader-self-test-failed", HardwareFault, "reader-self-test-failed"),
    ],
)
def test_each_fault_of_the_reader_is_told_and_passes(
    peer: VirtualIdCardReader, bench: Bench, fault: str, kind: type[DeviceError], code: str
) -> None:
    place(peer, "li-xiulan")
    peer.set_fault(fault, on=True)
    started = time.monotonic()
    error = refusal(bench, kind)
    assert error.code == code
    assert time.monotonic() - started < 6
    healthy = bench.device() is DeviceState.ONLINE
    assert healthy == issubclass(kind, UserFault)
    peer.set_fault(fault, on=False)
    place(peer, "li-xiulan")
    assert bench.driver.read_card(1.0).name == resident_by_slug("li-xiulan").name
    assert bench.device() is DeviceState.ONLINE


@pytest.mark.parametrize("fault", ["reader-noise", "reader-slow"])
def test_a_bad_line_is_coped_with(peer: VirtualIdCardReader, bench: Bench, fault: str) -> None:
    place(peer, "li-xiulan")
    peer.set_fault(fault, on=True)
    assert bench.driver.read_card(1.0).name == resident_by_slug("li-xiulan").name


@pytest.mark.parametrize("fault", ["reader-silent", "reader-self-test-failed"])
def test_refreshing_tells_the_truth_and_does_not_raise(
    peer: VirtualIdCardReader, bench: Bench, fault: str
) -> None:
    peer.set_fault(fault, on=True)
    bench.driver.refresh()
    assert bench.device() in (DeviceState.OFFLINE, DeviceState.HARDWARE_ERROR)
    peer.set_fault(fault, on=False)
    bench.driver.refresh()
    assert bench.device() is DeviceState.ONLINE


def test_unplugging_mid_wait_is_told_and_plugging_in_mends_it(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    threading.Timer(0.2, peer.set_fault, ("reader-unplugged", True)).start()
    error = refusal(bench, DeviceNotReady, 5.0)
    assert error.code == "reader-absent"
    assert bench.device() is DeviceState.NO_DEVICE
    bench.driver.close()
    with pytest.raises(DeviceNotReady):
        bench.driver.open()
    peer.set_fault("reader-unplugged", on=False)
    bench.driver.open()
    assert bench.device() is DeviceState.ONLINE


def test_withdrawing_ends_the_wait(bench: Bench) -> None:
    cancellation = bench.driver.cancellation = Cancellation()
    threading.Timer(0.1, cancellation.cancel).start()
    started = time.monotonic()
    with pytest.raises(DeviceCancelled):
        bench.driver.read_card(30)
    assert time.monotonic() - started < 1
    assert bench.device() is DeviceState.ONLINE


_HOLDER = (
    "import serial,sys; s=serial.Serial(sys.argv[1],exclusive=True); print(1,flush=True); input()"
)


def test_a_port_that_another_process_holds_is_told_apart(peer: VirtualIdCardReader) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(peer.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(DeviceNotReady) as caught:
            Bench(peer.port).driver.open()
        holder.kill()
    assert caught.value.code == "reader-port-busy"
    Bench(peer.port).driver.open()


def test_a_missing_port_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceNotReady) as caught:
        Bench(tmp_path / "nothing").driver.open()
    assert caught.value.code == "reader-absent"


def test_a_mute_port_is_not_claimed(tmp_path: Path) -> None:
    line = SerialLine(tmp_path / "mute", 115_200, lambda data: None)
    line.plug()
    bench = Bench(tmp_path / "mute")
    try:
        with pytest.raises(DeviceNotReady) as caught:
            bench.driver.open()
        assert caught.value.code == "reader-silent"
        assert bench.device() is DeviceState.OFFLINE
        assert sam_v.probe(str(tmp_path / "mute")) is None
        serial.Serial(str(tmp_path / "mute"), exclusive=True).close()
    finally:
        line.unplug()


def test_a_reader_is_recognised_by_its_handshake(peer: VirtualIdCardReader) -> None:
    assert sam_v.probe(str(peer.port)) == sam_link.format_sam_id(SAM_ID)
    peer.set_fault("reader-not-authorised", on=True)
    assert sam_v.probe(str(peer.port)) == sam_link.format_sam_id(SAM_ID)


class Scripted:
    """The far end of a line that gives each request the next of its answers."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "scripted"
        self.answers: list[bytes] = []
        self._parser = FrameParser()
        self.line = SerialLine(self.port, 4_000_000, self._received)

    def _received(self, data: bytes) -> None:
        for _ in self._parser.feed(data):
            if self.answers:
                self.line.send(self.answers.pop(0))


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    peer = Scripted(tmp_path_factory.mktemp("scripted"))
    peer.line.plug()
    yield peer
    peer.line.unplug()


def say(sw3: int, data: bytes = b"") -> bytes:
    return Answer(0, 0, sw3, data).encode()


def opened(scripted: Scripted) -> Bench:
    scripted.answers = [say(Sw3.OK), say(Sw3.OK, SAM_ID)]
    bench = Bench(scripted.port)
    bench.driver.open()
    return bench


REFUSALS = {
    0x10: (ProtocolError, "reader-garbled"),
    0x11: (ProtocolError, "reader-garbled"),
    0x21: (ProtocolError, "reader-garbled"),
    0x24: (HardwareFault, "reader-failed"),
    0x31: (UserFault, "card-unreadable"),
    0x32: (UserFault, "card-unreadable"),
    0x33: (UserFault, "card-unreadable"),
    0x40: (UserFault, "card-unsupported"),
    0x41: (UserFault, "card-unreadable"),
    0x47: (HardwareFault, "reader-failed"),
    0x60: (HardwareFault, "reader-self-test-failed"),
    0x66: (HardwareFault, "reader-not-authorised"),
    0x80: (UserFault, "card-pulled"),
    0x81: (UserFault, "card-collision"),
}


def test_every_status_byte_of_a_refused_read_is_a_typed_error(scripted: Scripted) -> None:
    bench = opened(scripted)
    once = [say(Sw3.CARD_FOUND, bytes(4)), say(Sw3.OK, bytes(8))]
    for sw3 in set(range(256)) - {Sw3.OK}:
        kind, code = REFUSALS.get(sw3, (ProtocolError, "reader-garbled"))
        if sw3 in (Sw3.READ_FAILED, Sw3.SELECT_FAILED, Sw3.BAD_COMMAND, Sw3.CHECKSUM_ERROR):
            again = [say(Sw3.OK), *once, say(sw3), *once, say(sw3), once[0]]
            scripted.answers = again if sw3 != Sw3.CHECKSUM_ERROR else [*again[:4], say(sw3)]
        else:
            scripted.answers = [say(Sw3.OK), *once, say(sw3)]
        assert refusal(bench, kind).code == code, f"SW3 {sw3:02X}"
        assert scripted.answers == []
    bench.driver.close()


def test_a_reader_that_does_not_tell_its_number_is_used_all_the_same(scripted: Scripted) -> None:
    scripted.answers = [say(Sw3.OK), say(Sw3.OK, b"short"), say(Sw3.OK), say(Sw3.NO_CARD)]
    bench = Bench(scripted.port)
    bench.driver.open()
    assert bench.driver.capabilities().sam_id == ""
    assert refusal(bench, UserFault, 0).code == "card-timeout"
    bench.driver.close()


@pytest.mark.parametrize("cut", [0, 3, 4, 255, 1283, 1285])
def test_blocks_of_wrong_lengths_give_no_identity(scripted: Scripted, cut: int) -> None:
    bench = opened(scripted)
    content = (b"\x01\x00\x04\x00" + bytes(1281))[:cut]
    scripted.answers = [say(Sw3.OK), say(Sw3.CARD_FOUND, bytes(4)), say(Sw3.OK, bytes(8))]
    scripted.answers += [say(Sw3.OK, content), say(Sw3.NO_MORE_CONTENT)]
    assert refusal(bench, ProtocolError).code == "reader-garbled"
    bench.driver.close()


def test_one_damaged_answer_is_asked_for_again(scripted: Scripted) -> None:
    bench = opened(scripted)
    scripted.answers = [say(Sw3.OK)[:-1] + b"\0", say(Sw3.OK), say(Sw3.NO_CARD)]
    assert refusal(bench, UserFault, 0).code == "card-timeout"
    bench.driver.close()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=4, max_size=4))
def test_whatever_is_on_the_line_the_driver_answers_with_a_typed_error(
    scripted: Scripted, noise: list[bytes]
) -> None:
    bench = opened(scripted)
    scripted.answers = [each + say(Sw3.NO_CARD) for each in noise]
    refusal(bench, DeviceError, 0)
    bench.driver.close()


def test_an_endless_stream_is_held_in_memory_bounds(
    peer: VirtualIdCardReader, bench: Bench
) -> None:
    peer.set_fault("reader-endless-stream", on=True)
    before = _resident_kib()
    refusal(bench, ProtocolError)
    assert _resident_kib() - before < 4096


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
