"""Every parser of a stream: messages split at every byte and merged, garbage between them, half
messages, and streams without an end, which take no more memory than the longest message."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.camera.jpeg import MjpegParser
from drivers.camera.vision import encode
from drivers.child_messages import MessageParser
from drivers.code_scanner import keys, lines
from drivers.code_scanner.payload import LONGEST_DATA
from drivers.errors import ProtocolError
from drivers.host_wire import Beat, Done, pack
from drivers.id_card import frames as sam_v
from drivers.lines import Lines
from drivers.receipt_printer import status
from drivers.serial_device import frames as serial
from tests.drivers.camera.conftest import noisy
from tests.drivers.streams import CUTS, held, portions

OCTET = st.integers(0, 255)
LINE = st.binary(min_size=1, max_size=40).filter(lambda data: not {*data} & {2, 3, 10, 13})
PICTURES = [encode(noisy(seed=seed, size=(48, 32))) for seed in range(3)]
LONGEST_PICTURE = 4096


@dataclass(frozen=True)
class Stream:
    """``messages``: bytes on the wire and what the parser makes of them; ``longest``: bytes that
    it may keep; ``finds``: whether it finds the next message after garbage."""

    parser: Callable[[], Any]
    messages: st.SearchStrategy[tuple[bytes, object]]
    longest: int
    finds: bool = True


def _answer(answer: sam_v.Answer) -> tuple[bytes, object]:
    return answer.encode(), sam_v.Frame(answer.encode()[7:-1], intact=True)


def _said(message: object) -> tuple[bytes, object]:
    return pack(message), message


class _Messages:
    """A driver's messages, all that are whole at a time."""

    def __init__(self) -> None:
        self._parser = MessageParser()

    def feed(self, data: bytes) -> Iterable[object]:
        self._parser.feed(data)
        while (message := self._parser.take()) is not None:
            yield message


AUTOMATIC = st.builds(lambda a, *rest: bytes((0x10 | a, *rest)), *[st.sampled_from((0, 4, 12))] * 4)
STREAMS = {
    "identity-card reader": Stream(
        sam_v.FrameParser,
        st.builds(
            sam_v.Answer,
            *[OCTET] * 3,
            st.binary(max_size=80).filter(lambda data: b"\xaa" not in data),
        ).map(_answer),
        sam_v.LONGEST_LENGTH + 9,
    ),
    "smaller serial devices": Stream(
        serial.FrameParser,
        st.builds(serial.Frame, *[OCTET] * 3, st.binary(max_size=60)).map(
            lambda frame: (frame.encode(), frame)
        ),
        serial.LONGEST_CONTENT,
    ),
    "receipt printer": Stream(
        status.StatusParser,
        st.just((b"\x12", status.RealTime(0x12)))
        | AUTOMATIC.map(lambda four: (four, status.Automatic(status.automatic(four)))),
        4,
    ),
    "code scanner": Stream(
        lambda: lines.LineParser(b"\x02", b"\x03"),
        LINE.map(lambda code: (b"\x02" + code + b"\x03\r\n", code)),
        LONGEST_DATA + 64,
    ),
    "keyboard wedge": Stream(
        keys.EventParser,
        st.tuples(*[st.integers(0, 65535)] * 2, st.integers(-9, 9)).map(
            lambda each: (keys.EVENT.pack(0, 0, *each), keys.InputEvent(*each))
        ),
        keys.EVENT.size,
        finds=False,
    ),
    "camera": Stream(
        lambda: MjpegParser(longest=LONGEST_PICTURE),
        st.sampled_from(PICTURES).map(lambda picture: (picture, picture)),
        LONGEST_PICTURE,
    ),
    "power supply's server, recorded lines": Stream(
        lambda: Lines(100), LINE.map(lambda line: (line + b"\n", line + b"\n")), 100
    ),
    "a driver's process": Stream(
        _Messages,
        st.builds(Done, OCTET, st.binary(max_size=60)).map(_said)
        | st.floats(0, 9).map(Beat).map(_said),
        1,
        finds=False,
    ),
}
FINDERS = [name for name, stream in STREAMS.items() if stream.finds]
FREELY = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def parsed(parser: Any, pieces: Iterable[bytes]) -> list[object]:
    """What comes of a stream; a refusal ends nothing."""
    found: list[object] = []
    for piece in pieces:
        with contextlib.suppress(ProtocolError):
            found += [each for each in parser.feed(piece) if not isinstance(each, int)]
    return found


def in_good_order(parser: Any, stream: Stream, message: tuple[bytes, object]) -> bool:
    """Whether a parser finds messages again, after no more of them than it keeps bytes."""
    wire, expected = message
    often = 2 + stream.longest // len(wire)
    return parsed(parser, [wire] * often)[-1:] == [expected]


@pytest.mark.parametrize("name", STREAMS)
@given(data=st.data())
@FREELY
def test_messages_split_at_every_byte_or_merged_are_the_same(
    name: str, data: st.DataObject
) -> None:
    stream = STREAMS[name]
    messages = data.draw(st.lists(stream.messages, max_size=3))
    wire, expected = b"".join(wire for wire, _ in messages), [each for _, each in messages]
    assert parsed(stream.parser(), portions(wire, data.draw(CUTS))) == expected
    assert parsed(stream.parser(), portions(wire, [1] * len(wire))) == expected
    for cut in range(0, len(wire), 1 + len(wire) // 300):
        assert parsed(stream.parser(), (wire[:cut], wire[cut:])) == expected


@pytest.mark.parametrize("name", FINDERS)
@given(data=st.data(), garbage=st.binary(max_size=300), cuts=CUTS)
@FREELY
def test_after_garbage_or_half_a_message_the_next_ones_are_found(
    name: str, data: st.DataObject, garbage: bytes, cuts: list[int]
) -> None:
    stream, parser = STREAMS[name], STREAMS[name].parser()
    half, _ = data.draw(stream.messages)
    before = half[: data.draw(st.integers(0, len(half)))]
    parsed(parser, portions(before + garbage, cuts))
    assert held(parser) <= stream.longest
    assert in_good_order(parser, stream, data.draw(stream.messages))


@pytest.mark.parametrize("name", FINDERS)
@given(data=st.data(), endless=st.binary(min_size=1, max_size=3), portion=st.integers(1, 4000))
@FREELY
def test_a_stream_without_end_is_held_in_bounds(
    name: str, data: st.DataObject, endless: bytes, portion: int
) -> None:
    stream, parser = STREAMS[name], STREAMS[name].parser()
    begun, _ = data.draw(stream.messages)
    parsed(parser, [begun[: len(begun) // 2]])
    for _ in range(10):
        parsed(parser, [endless * portion])
        assert held(parser) <= stream.longest
    assert in_good_order(parser, stream, data.draw(stream.messages))
