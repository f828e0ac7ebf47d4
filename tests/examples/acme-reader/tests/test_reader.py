"""The driver on a real pseudo-terminal against the reader's far end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from acme_reader.lines import LONGEST, Line, LineParser
from acme_reader.mask import AcmeMask
from acme_reader.reader import AcmeReader, AcmeSettings
from acme_reader.virtual import PERSON, VirtualAcmeReader

from drivers.device import Cancellation, DeviceEvent, DeviceState
from drivers.errors import DeviceCancelled, DeviceError, DeviceNotReady


@dataclass
class Bench:
    far_end: VirtualAcmeReader
    events: list[DeviceEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = AcmeSettings(port=str(self.far_end.port), poll_interval_s=0.05)
        self.driver = AcmeReader(settings, self.events.append)

    def refusal(self, wait_s: float = 0.2) -> str:
        with pytest.raises(DeviceError) as caught:
            self.driver.read_card(wait_s)
        assert PERSON[1] not in str(caught.value)
        return caught.value.code


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(VirtualAcmeReader(tmp_path / "acme"))
    found.far_end.line.plug()
    found.driver.open()
    yield found
    found.driver.close()
    found.far_end.line.unplug()


def test_a_card_is_read_whole(bench: Bench) -> None:
    bench.far_end.card = PERSON
    record = bench.driver.read_card(1.0)
    assert (record.name, record.id_number, record.valid_to) == (PERSON[0], PERSON[1], None)
    assert PERSON[1] not in repr(record)
    assert [event.name for event in bench.events] == ["MediaInsertedEvent"]
    assert bench.driver.capabilities().model == "ID-7"


def test_a_card_is_seen_to_go(bench: Bench) -> None:
    bench.far_end.card = PERSON
    assert not bench.driver.wait_removed(0.1)
    bench.far_end.card = None
    assert bench.driver.wait_removed(1.0)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("silent", "reader-silent"),
        ("garbage", "reader-garbled"),
        ("half", "reader-garbled"),
        ("two-cards", "card-collision"),
        ("bad-card", "card-unreadable"),
        ("pulled", "card-pulled"),
    ],
)
def test_each_fault_is_told_and_passes(bench: Bench, fault: str, code: str) -> None:
    bench.far_end.card = PERSON
    bench.far_end.fault = fault
    assert bench.refusal() == code
    bench.far_end.fault = None
    assert bench.driver.read_card(1.0).name == PERSON[0]
    assert bench.driver.status().device.value is DeviceState.ONLINE


def test_a_broken_reader_says_so(bench: Bench) -> None:
    bench.far_end.fault = "broken"
    assert not bench.driver.self_test().ok
    assert bench.driver.status().device.value is DeviceState.HARDWARE_ERROR


@pytest.mark.parametrize("at", [0, 1, 4, 7])
def test_a_card_that_contradicts_itself_is_no_identity(bench: Bench, at: int) -> None:
    bench.far_end.card = (*PERSON[:at], "", *PERSON[at + 1 :])
    assert bench.refusal() == "card-data-invalid"


def test_unplugged_and_plugged_in_again(bench: Bench) -> None:
    bench.far_end.line.unplug()
    assert bench.refusal() == "reader-absent"
    bench.driver.close()
    with pytest.raises(DeviceNotReady):
        bench.driver.open()
    bench.far_end.line.plug()
    bench.driver.open()
    assert bench.driver.self_test().ok


def test_a_wait_can_be_withdrawn(bench: Bench) -> None:
    bench.driver.cancellation = Cancellation()
    threading.Timer(0.1, bench.driver.cancellation.cancel).start()
    with pytest.raises(DeviceCancelled):
        bench.driver.read_card(60)


def test_lines_split_at_every_byte_are_the_same() -> None:
    lines = [Line("<", "CARD", PERSON), Line("<", "DONE"), Line(">", "STATE")]
    wire = b"".join(line.encode() for line in lines)
    for cut in range(len(wire)):
        parser = LineParser()
        assert parser.feed(wire[:cut]) + parser.feed(wire[cut:]) == lines


@pytest.mark.parametrize(
    "line", [b"", b"<", b"<*00", b"<DONE*01", b"<DONE XX*12", b"<DONE*", b"\xff*FF", b"?DONE*06"]
)
def test_a_line_that_is_none_is_dropped(line: bytes) -> None:
    parser = LineParser()
    good = Line("<", "DONE")
    assert parser.feed(line + b"\r\n" + good.encode()) == [good]


def test_an_endless_line_is_held_in_bounds() -> None:
    parser = LineParser()
    for _ in range(9):
        assert parser.feed(b"x" * 1000) == []
        assert len(parser._buffer) <= LONGEST
    good = Line("<", "DONE")
    assert parser.feed(b"\r\n" + good.encode()) == [good]


def test_it_is_known_by_its_answer_alone(bench: Bench) -> None:
    port = str(bench.far_end.port)
    bench.driver.close()
    assert AcmeReader.probe(port) == "Acme ID-7, number A7-000442"
    for fault in ("silent", "garbage", "half"):
        bench.far_end.fault = fault
        assert AcmeReader.probe(port) is None
    assert AcmeReader.probe(f"{port}-elsewhere") is None


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_recording_holds_nothing_of_a_card(size: int) -> None:
    mask = AcmeMask()
    read, card = Line(">", "READ").encode(), Line("<", "CARD", PERSON).encode()
    assert list(mask.said(read)) == [read]
    assert list(mask.said(Line(">", "READ", ("x",)).encode())) == [len(read) + 3]
    empty = Line("<", "STATE", ("EMPTY",)).encode()
    stream = empty + card + b"\xff\r\n" + Line("<", "STATE", ("CARD", "x")).encode() + empty
    heard = [
        piece for at in range(0, len(stream), size) for piece in mask.heard(stream[at : at + size])
    ]
    assert heard[:3] == [empty, len(card), 3]
    assert (heard[-1], len(heard), isinstance(heard[3], int)) == (empty, 5, True)
    assert sum(each if isinstance(each, int) else len(each) for each in heard) == len(stream)


def test_an_endless_line_is_hidden_and_forgotten() -> None:
    mask = AcmeMask()
    hidden = [each for _ in range(10) for each in mask.heard(bytes(1000))]
    assert hidden == [3000, 3000, 3000]


def test_a_recording_is_made_while_a_card_is_read(bench: Bench, tmp_path: Path) -> None:
    bench.far_end.card = PERSON
    bench.driver.record(tmp_path / "recording")
    bench.driver.read_card(1.0)
    bench.driver.record(None)
    written = (tmp_path / "recording").read_text()
    assert Line("<", "HELLO", ("ID-7", "A7-000442", "3.1")).encode().hex() in written
    for each in PERSON[:2]:
        assert each.encode().hex().encode().hex() not in written
    assert '"hidden"' in written
