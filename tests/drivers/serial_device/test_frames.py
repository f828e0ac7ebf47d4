"""The serial protocol's frames and fields in streams of every kind."""

from __future__ import annotations

import binascii
import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.serial_device.frames import (
    FLAG,
    LONGEST_PAYLOAD,
    Fields,
    Frame,
    FrameParser,
    pack,
)

OCTET = st.integers(0, 255)
FRAMES = st.builds(Frame, OCTET, OCTET, OCTET, st.binary(max_size=60))
FLAGLESS = st.binary(max_size=60).map(lambda data: data.replace(b"\x7e", b""))


def parse(*portions: bytes) -> list[Frame]:
    parser = FrameParser()
    return [frame for portion in portions for frame in parser.feed(portion)]


def test_the_check_is_the_one_that_is_documented() -> None:
    assert binascii.crc_hqx(b"123456789", 0xFFFF) == 0x29B1


@pytest.mark.parametrize(
    ("frame", "wire"),
    [
        (Frame(1, 0, 1), "7e 01 00 01 eb 8d 7e"),
        (Frame(2, 0x7E, 0x7D, b"\x7e\x7d\x5e"), "7e 02 7d5e 7d5d 7d5e 7d5d 5e 2aba 7e"),
    ],
)
def test_frames_are_the_documented_bytes(frame: Frame, wire: str) -> None:
    assert frame.encode().hex() == wire.replace(" ", "")
    assert parse(bytes.fromhex(wire.replace(" ", ""))) == [frame]


@given(st.lists(FRAMES, max_size=3))
@example([Frame(1, 2, 3, b"\x7e\x7d\x5e\x5d")])
def test_two_frames_may_share_a_flag(frames: list[Frame]) -> None:
    wire = b"".join(frame.encode() for frame in frames)
    assert parse(wire) == frames
    assert parse(wire.replace(b"\x7e\x7e", b"\x7e")) == frames


@given(st.lists(st.tuples(FLAGLESS, FRAMES), min_size=1, max_size=3), FLAGLESS)
def test_noise_hides_no_frame(pairs: list[tuple[bytes, Frame]], tail: bytes) -> None:
    wire = b"".join(noise + frame.encode() for noise, frame in pairs) + tail
    assert parse(wire) == [frame for _, frame in pairs]


@given(FRAMES, st.data())
def test_a_damaged_octet_is_never_taken_for_the_frame(frame: Frame, data: st.DataObject) -> None:
    wire = bytearray(frame.encode())
    wire[data.draw(st.integers(1, len(wire) - 2))] ^= 1 << data.draw(st.integers(0, 7))
    assert frame not in parse(bytes(wire), frame.encode()[:-1])
    assert frame in parse(bytes(wire), frame.encode())


@given(st.binary(max_size=200))
def test_whatever_comes_no_octet_is_lost_or_invented(noise: bytes) -> None:
    parser = FrameParser()
    for frame in parser.feed(noise):
        assert frame.encode()[1:-1] in noise
    assert parser.discarded <= len(noise)


def test_the_longest_payload_fits_and_one_more_does_not() -> None:
    longest = Frame(2, 1, 1, bytes((FLAG,)) * LONGEST_PAYLOAD)
    assert parse(longest.encode()) == [longest]
    with pytest.raises(ValueError, match="does not fit"):
        Frame(2, 1, 1, bytes(LONGEST_PAYLOAD + 1)).encode()


@given(st.dictionaries(OCTET, st.binary(max_size=40), max_size=6))
def test_fields_come_back_as_they_were_packed(values: dict[int, bytes]) -> None:
    fields = Fields(pack(values))
    assert {tag: fields.data(tag) for tag in values} == values


@given(st.binary(max_size=80))
def test_a_payload_is_fields_or_it_is_refused(payload: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        fields = Fields(payload)
        whole = {tag: fields.data(tag) for tag in range(256) if tag in fields}
        assert sorted(pack(whole)) == sorted(payload)


@pytest.mark.parametrize(
    "payload", ["01", "0100", "010001", "01000200", "010001000100 0100", "01ffff00"]
)
def test_fields_that_do_not_fit_are_refused(payload: str) -> None:
    with pytest.raises(ProtocolError):
        Fields(bytes.fromhex(payload.replace(" ", "")))


@pytest.mark.parametrize("text", [b"\xff", b"a\nb", b"\x1b[0m", b"x" * 65, "姓".encode()[:2]])
def test_a_text_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        Fields(pack({3: text})).text(3)


@pytest.mark.parametrize("number", [b"", bytes(9)])
def test_a_number_that_is_none_is_refused(number: bytes) -> None:
    with pytest.raises(ProtocolError):
        Fields(pack({3: number})).number(3)


def test_the_repr_hides_the_payload() -> None:
    assert "secret" not in repr(Frame(1, 1, 1, b"secret"))
