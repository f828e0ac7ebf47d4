"""A recording holds nothing of anybody, and can be read by the driver all the same."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceError
from drivers.id_card import layouts, sam_link
from drivers.id_card.contract import IdentityRecord
from drivers.id_card.frames import Answer, Request, encode
from drivers.id_card.mask import SYNTHETIC, SamMask, masked
from drivers.id_card.sam_v import SamVSerialReader, SamVSettings
from drivers.recording.file import IN, OUT, read_recording
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.replay import play
from drivers.virtual.residents import RESIDENTS, Resident
from kiosk_app.workbench.replays import replay


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
    _, entries = read_recording(path)
    assert {each.way for each in entries} == {IN, OUT}
    blocks = [each.data for each in entries if each.data and len(each.data) > 1000]
    assert [len(data) for data in blocks] == [5 + 2 + 3 + 4 + 256 + 1024 + 1]
    assert [each.at for each in entries] == sorted(each.at for each in entries)


def test_a_recording_that_was_not_masked_is_told(tmp_path: Path) -> None:
    path, _ = record(tmp_path, [RESIDENTS[0]])
    text = path.read_text()
    other = layouts.encode(RESIDENTS[0].card)
    found = (each.data for each in read_recording(path)[1])
    whole = next(data for data in found if data and len(data) > 1000)
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
def test_noise_is_counted_and_never_written(pieces: list[bytes]) -> None:
    mask = SamMask()
    assert list(mask.said(b"not a request at all")) == [20]
    for piece in pieces:
        for written in mask.heard(piece):
            assert isinstance(written, int) or len(written) <= 11
