"""Frames of a SAM_V module: the wire format of resident identity-card readers.

    AA AA AA 96 69 | length, 2 bytes big-endian | body | check

A request's body is command, parameter, data; an answer's is SW1, SW2, SW3, data. The length counts
body and check; the check is the XOR of length and body. Some readers put a stray 00 between the
first bytes of the preamble.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
LONGEST_LENGTH = 0x090A
"""Length field of the longest answer of the protocol (text, photo and fingerprints)."""
_SHORTEST_LENGTH = 3
_PREAMBLE = re.compile(rb"\xaa\x00?\xaa\x00?\xaa\x96\x69")
_LONGEST_PREAMBLE = 7


@dataclass(frozen=True, slots=True)
class Request:
    """What a host asks of the SAM."""

    command: int
    parameter: int
    data: bytes = b""

    def encode(self) -> bytes:
        """The request as a frame."""
        return encode(bytes((self.command, self.parameter)) + self.data)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the SAM says. ``repr`` hides the data, which may be a person's."""

    sw1: int
    sw2: int
    sw3: int
    data: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """The answer as a frame."""
        return encode(bytes((self.sw1, self.sw2, self.sw3)) + self.data)


@dataclass(frozen=True, slots=True)
class Frame:
    """The body of one frame from the wire; ``intact`` tells whether its check was right."""

    body: bytes = field(repr=False)
    intact: bool

    def answer(self) -> Answer | None:
        """The body as an answer; ``None`` when it is damaged or too short for one."""
        if not self.intact or len(self.body) < 3:
            return None
        return Answer(self.body[0], self.body[1], self.body[2], self.body[3:])

    def request(self) -> Request | None:
        """The body as a request; ``None`` when it is damaged or too short for one."""
        if not self.intact or len(self.body) < 2:
            return None
        return Request(self.body[0], self.body[1], self.body[2:])


def encode(body: bytes) -> bytes:
    """Frame a body. ``ValueError`` when it is longer than the protocol's longest."""
    length = len(body) + 1
    if not _SHORTEST_LENGTH <= length <= LONGEST_LENGTH:
        raise ValueError(f"a body of {len(body)} bytes does not fit a frame")
    counted = length.to_bytes(2, "big") + body
    return PREAMBLE + counted + bytes((reduce(xor, counted),))


class FrameParser:
    """Finds frames in a stream of bytes that may be split, merged, damaged or mere noise.

    Holds one frame at most: noise is counted in ``discarded`` and dropped.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.discarded = 0
        """Bytes that belonged to no frame."""

    @property
    def waiting(self) -> bool:
        """Whether a frame has begun and is not complete."""
        return bool(self._buffer)

    def feed(self, received: bytes) -> list[Frame]:
        """Take the next bytes; return the frames that they complete."""
        self._buffer += received
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def give_up(self) -> list[Frame]:
        """Stop waiting for the rest of a frame that has begun: it was noise. Frames may have been
        hidden behind it; they are returned."""
        frames = []
        while self._buffer:
            self._drop(1)
            frames += self.feed(b"")
        return frames

    def _next(self) -> Frame | None:
        while (preamble := _PREAMBLE.search(self._buffer)) is not None:
            begin, end = preamble.span()
            self._drop(begin)
            head = end - begin
            if len(self._buffer) < head + 2:
                return None
            length = int.from_bytes(self._buffer[head : head + 2], "big")
            if not _SHORTEST_LENGTH <= length <= LONGEST_LENGTH:
                self._drop(head)
                continue
            end = head + 2 + length
            if len(self._buffer) < end:
                return None
            return self._take(head, end)
        self._keep_possible_preamble()
        return None

    def _take(self, head: int, end: int) -> Frame:
        counted = bytes(self._buffer[head:end])
        intact = reduce(xor, counted) == 0
        if intact:
            del self._buffer[:end]
        else:
            # The length itself may be what is wrong: look for the next preamble inside.
            self._drop(head)
        return Frame(counted[2:-1], intact)

    def _keep_possible_preamble(self) -> None:
        tail = bytes(self._buffer[-(_LONGEST_PREAMBLE - 1) :])
        keep = 0
        for begin in range(len(tail)):
            if _may_begin_preamble(tail[begin:]):
                keep = len(tail) - begin
                break
        self._drop(len(self._buffer) - keep)

    def _drop(self, count: int) -> None:
        self.discarded += count
        del self._buffer[:count]


_BEGINNINGS = frozenset(
    variant[:size]
    for variant in (
        b"\xaa\xaa\xaa\x96\x69",
        b"\xaa\x00\xaa\xaa\x96\x69",
        b"\xaa\xaa\x00\xaa\x96\x69",
        b"\xaa\x00\xaa\x00\xaa\x96\x69",
    )
    for size in range(1, len(variant))
)


def _may_begin_preamble(tail: bytes) -> bool:
    return tail in _BEGINNINGS
