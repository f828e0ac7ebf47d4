"""SAM_V frames in streams of every kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card import sam_link
from drivers.id_card.frames import LONGEST_LENGTH, PREAMBLE, Answer, Frame, FrameParser, Request

ANSWERS = st.builds(
    Answer,
    *(st.integers(0, 255) for _ in range(3)),
    st.binary(max_size=80).filter(lambda data: b"\xaa" not in data),
)
NOISE = st.binary(max_size=60).filter(lambda data: b"\xaa" not in data)


def parse(*portions: bytes) -> list[Frame]:
    parser = FrameParser()
    return [frame for portion in portions for frame in parser.feed(portion)]


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        (sam_link.RESET, "AAAAAA96690003 10FFEC"),
        (sam_link.STATUS, "AAAAAA96690003 11FFED"),
        (sam_link.SAM_ID, "AAAAAA96690003 12FFEE"),
        (sam_link.FIND, "AAAAAA96690003 200122"),
        (sam_link.SELECT, "AAAAAA96690003 200221"),
        (sam_link.READ_TEXT_AND_PHOTO, "AAAAAA96690003 300132"),
        (sam_link.READ_NEWEST_ADDRESS, "AAAAAA96690003 300330"),
    ],
)
def test_requests_are_the_published_bytes(request_: Request, wire: str) -> None:
    assert request_.encode() == bytes.fromhex(wire)
    (frame,) = parse(bytes.fromhex(wire))
    assert frame.request() == request_


@pytest.mark.parametrize(
    ("wire", "sw3", "data"),
    [
        ("AAAAAA96690004 00009094", 0x90, ""),
        ("AAAAAA96690004 00006064", 0x60, ""),
        ("AAAAAA96690008 00009F00000000 97", 0x9F, "00000000"),
        ("AAAAAA9669000C 0000900000000000000000 9C", 0x90, "0000000000000000"),
        ("AAAAAA96690004 00004145", 0x41, ""),
    ],
)
def test_published_answers_are_understood(wire: str, sw3: int, data: str) -> None:
    (frame,) = parse(bytes.fromhex(wire))
    assert frame.answer() == Answer(0, 0, sw3, bytes.fromhex(data))


@given(st.lists(st.tuples(NOISE, ANSWERS), min_size=1, max_size=4), NOISE, st.integers(1, 50))
def test_noise_between_frames_is_dropped_and_counted(
    pairs: list[tuple[bytes, Answer]], tail: bytes, portion: int
) -> None:
    wire = b"".join(noise + answer.encode() for noise, answer in pairs) + tail
    parser = FrameParser()
    found = [
        frame
        for at in range(0, len(wire), portion)
        for frame in parser.feed(wire[at : at + portion])
    ]
    assert [frame.answer() for frame in found] == [answer for _, answer in pairs]
    assert parser.discarded == sum(len(noise) for noise, _ in pairs) + len(tail)


@given(ANSWERS, st.binary(max_size=80))
def test_a_frame_survives_any_noise_before_it(answer: Answer, noise: bytes) -> None:
    parser = FrameParser()
    frames = parser.feed(noise + answer.encode()) + parser.give_up()
    assert answer in [frame.answer() for frame in frames]


@pytest.mark.parametrize("preamble", ["AA00AAAA9669", "AAAA00AA9669", "AA00AA00AA9669"])
def test_a_stray_zero_in_the_preamble_is_passed_over(preamble: str) -> None:
    wire = bytes.fromhex(preamble) + Answer(0, 0, 0x90).encode()[5:]
    for cut in range(len(wire)):
        assert [each.answer() for each in parse(wire[:cut], wire[cut:])] == [Answer(0, 0, 0x90)]


@given(ANSWERS, st.data())
def test_a_flipped_bit_is_never_taken_for_an_answer(answer: Answer, data: st.DataObject) -> None:
    wire = bytearray(answer.encode())
    place = data.draw(st.integers(5, len(wire) - 1))
    wire[place] ^= 1 << data.draw(st.integers(0, 7))
    parser = FrameParser()
    frames = parser.feed(bytes(wire)) + parser.give_up()
    assert answer not in [frame.answer() for frame in frames]


def test_a_frame_whose_length_lies_does_not_hide_the_next() -> None:
    liar = PREAMBLE + (20).to_bytes(2, "big") + b"\0\0\x90"
    good = Answer(0, 0, 0x90, b"good")
    frames = parse(liar + good.encode() + good.encode())
    assert [frame.answer() for frame in frames if frame.intact] == [good, good]


@pytest.mark.parametrize("length", [0, 1, 2, LONGEST_LENGTH + 1, 0xFFFF])
def test_an_impossible_length_is_noise(length: int) -> None:
    parser = FrameParser()
    parser.feed(PREAMBLE + length.to_bytes(2, "big"))
    assert not parser.waiting
    assert len(parser.feed(Answer(0, 0, 0x90).encode())) == 1


def test_giving_up_a_half_frame_frees_what_it_swallowed() -> None:
    half = PREAMBLE + (1288).to_bytes(2, "big") + bytes(100)
    parser = FrameParser()
    assert parser.feed(half + Answer(0, 0, 0x80).encode()) == []
    assert [frame.answer() for frame in parser.give_up()] == [Answer(0, 0, 0x80)]
    assert not parser.waiting


def test_a_body_that_fits_no_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Answer(0, 0, 0x90, bytes(LONGEST_LENGTH)).encode()


def test_the_repr_hides_the_data() -> None:
    assert "secret" not in f"{Answer(0, 0, 0x90, b'secret')} {Frame(b'secret', intact=True)}"
