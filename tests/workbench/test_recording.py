"""A recording holds nothing of anybody, and can be read by the driver all the same."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import CommandRejected, DeviceError
from drivers.id_card import layouts, sam_link
from drivers.id_card.contract import IdentityRecord
from drivers.id_card.frames import Answer, Request, encode
from drivers.id_card.sam_v import SamVSerialReader, SamVSettings
from drivers.recording import (
    IN,
    OUT,
    SYNTHETIC,
    RecordingInvalid,
    SamMask,
    masked,
    read_recording,
)
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.replay import play
from drivers.virtual.residents import RESIDENTS, Resident
from kiosk_app.workbench.replays import replay

HEAD = b'{"format": "yimen-recording-1", "protocol": "sam-v"}\n'


def record(folder: Path, residents: list[Resident]) -> tuple[Path, list[IdentityRecord]]:
    """Read each card over the wire while it is written down."""
    virtual, path, read = VirtualIdCardReader(folder, baud=3_000_000), folder / "r.jsonl", []
    virtual.start()
    driver = SamVSerialReader(SamVSettings(port=str(virtual.port)), lambda event: None)
    try:
        driver.open()
        driver.record(path)
        for resident in residents:
            virtual.act("place", {"resident": resident.number})
            with contextlib.suppress(DeviceError):
                read.append(driver.read_card(2.0))
        driver.record(None)
        driver.close()
    finally:
        virtual.stop()
    return path, read


def traces(person: Resident) -> list[bytes]:
    """Everything of a person as the wire writes it, whole and in part."""
    card = person.card
    texts = [card.name, card.id_number, card.address, card.issuer, person.newest_address or ""]
    whole = [text for text in texts if len(text) > 1]
    return [
        text.encode(coding).hex().encode()
        for text in (*whole, card.id_number[6:14], card.id_number[10:])
        for coding in ("utf-16-le", "utf-8", "gb18030")
    ]


def test_nothing_of_any_card_is_written(tmp_path: Path) -> None:
    path, read = record(tmp_path, list(RESIDENTS))
    assert len(read) >= 10
    written = path.read_bytes()
    birth = SYNTHETIC.id_number[6:14]
    for person in RESIDENTS:
        for trace in traces(person):
            if bytes.fromhex(trace.decode()).decode("utf-16-le", "ignore") == birth:
                continue
            assert trace not in written, person.slug
    assert SYNTHETIC.name.encode("utf-16-le").hex().encode() in written


def test_the_driver_reads_the_made_up_card_out_of_it(tmp_path: Path) -> None:
    path, read = record(tmp_path, [RESIDENTS[0]])
    assert read[0].name == RESIDENTS[0].name
    outcome = play(path)
    assert (outcome["ok"], outcome["values"]["card"]) == (True, "made-up")


async def test_the_service_plays_it_in_another_process(tmp_path: Path) -> None:
    path, _ = record(tmp_path, [RESIDENTS[0]])
    outcome = await replay(path)
    assert (outcome.ok, outcome.error) == (True, None)


def test_it_has_the_lengths_and_checks_of_the_wire(tmp_path: Path) -> None:
    path, _ = record(tmp_path, [RESIDENTS[0]])
    entries = list(read_recording(path))
    assert {way for _, way, _ in entries} == {IN, OUT}
    blocks = [data for _, way, data in entries if way == IN and data and len(data) > 1000]
    assert [len(data) for data in blocks] == [5 + 2 + 3 + 4 + 256 + 1024 + 1]
    assert [at for at, _, _ in entries] == sorted(at for at, _, _ in entries)


def test_a_recording_that_was_not_masked_is_told(tmp_path: Path) -> None:
    path, _ = record(tmp_path, [RESIDENTS[0]])
    text = path.read_text()
    other = layouts.encode(RESIDENTS[0].card)
    whole = next(data for _, way, data in read_recording(path) if data and len(data) > 1000)
    parts = whole[7:10], whole[10:14], whole[14 + 256 : -1]
    spoiled = encode(parts[0] + parts[1] + other + parts[2])
    path.write_text(text.replace(whole.hex(), spoiled.hex()))
    assert play(path)["error"] == "recording-not-masked"


@given(data=st.binary(min_size=1, max_size=300), sw3=st.integers(0, 255))
def test_an_answer_to_what_is_not_known_is_hidden(data: bytes, sw3: int) -> None:
    answer = Answer(0, 0, sw3, data)
    assert masked(None, answer) is None
    assert masked(Request(0x30, 0x10), answer) is None
    for asked in (sam_link.RESET, sam_link.STATUS):
        assert masked(asked, answer) is None
    for asked in (sam_link.FIND, sam_link.SELECT, sam_link.SAM_ID):
        blank = masked(asked, answer)
        assert blank is not None
        assert blank.data == bytes(len(data))
    card = masked(sam_link.READ_TEXT_AND_PHOTO, answer)
    assert card is None or layouts.encode(SYNTHETIC) in card.data


@given(pieces=st.lists(st.binary(max_size=200), max_size=8))
@settings(max_examples=60, deadline=None)
def test_noise_is_counted_and_never_written(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("noise") / "r.jsonl"
    mask = SamMask.begin(path)
    mask.said(b"not a request at all")
    for piece in pieces:
        mask.heard(piece)
    mask.end()
    for _, _, data in read_recording(path):
        assert data is None or len(data) <= 11


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}\n",
        b'{"format": "yimen-recording-1", "protocol": "other"}\n',
        HEAD + b"[]\n",
        HEAD + b'{"at": 1, "way": "up"}\n',
        HEAD + b'{"at": 1, "way": "in", "bytes": "xy"}\n',
        HEAD + b'{"at": 1, "way": "in", "bytes": 7}\n',
        b"\xff\xfe\x00" * 100,
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingInvalid):
        list(read_recording(path))
    assert play(path)["error"] == "recording-invalid"


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("mine")
    with pytest.raises(CommandRejected):
        SamMask.begin(path)
    assert path.read_text() == "mine"


def test_it_is_for_its_owner_alone_and_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.recording.LONGEST_BYTES", 2000)
    path = tmp_path / "r.jsonl"
    mask = SamMask.begin(path)
    for _ in range(500):
        mask.said(sam_link.FIND.encode())
    assert path.stat().st_size <= 2000
    assert path.stat().st_mode & 0o777 == 0o600
    mask.end()
