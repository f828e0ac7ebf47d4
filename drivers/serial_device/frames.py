"""The serial protocol of Yimen's smaller devices: frames and fields.

Stamping machine, fingerprint reader, password keypad and film laminator speak it; a vendor may
build to this page. UART 8N1, 115,200 baud unless set otherwise, no flow control, both directions
at once.

**Framing** (RFC 1662 section 4.2, octet-stuffed): a frame is ``7E | content | 7E``; two frames may
share one flag. Inside the content ``7E`` and ``7D`` are sent as ``7D`` and the octet XOR ``20``.
The content, before stuffing, is

    kind, 1 | sequence, 1 | command, 1 | payload, 0 to 4096 | check, 2, big-endian

The check is CRC-16/CCITT (polynomial 1021, first value FFFF, not reflected, no final XOR; of
``123456789`` it is 29B1) over kind to payload. A frame with a wrong check is dropped in silence.

**Kinds**

    01 request   host → device
    02 answer    device → host: done; the payload is the result
    03 refusal   device → host: not done; the payload is one octet, why
    04 working   device → host: alive and not finished; no payload
    05 event     device → host: something happened while a request is worked on
    06 withdraw  host → device: let go of the request; it is then answered or refused as cancelled

**Sequence.** The host counts 1 to 255 and begins again at 1; all that a device sends about a
request repeats its number. A request with the number, command and payload of the one before is a
repetition: the device does nothing again and sends its last answer once more, so that a stamp
whose answer was lost is not stamped twice. HELLO has number 0 and makes the device forget the
requests before it.

**Time.** A device answers or says that it is working within 500 ms, and says so again at least
every 500 ms. A host that hears no good frame for 1 s repeats the request once, and then counts the
device as silent.

**Payloads** of requests, answers and events are fields: tag, 1 | length, 2, big-endian | value.
Numbers are big-endian and unsigned, texts UTF-8. A field that a receiver does not know is passed
over; a field twice is a mistake.

**Commands of every device**: 01 HELLO (class, version, maker, model, number, firmware), 02 STATUS,
03 RESET, 04 SELF_TEST (result 1 good, 0 bad). Commands from 10 belong to a class and stand with
its driver, as do fields from 20, events and refusals from 10.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from drivers.errors import ProtocolError

FLAG = 0x7E
ESCAPE = 0x7D
FLIP = 0x20
LONGEST_PAYLOAD = 4096
_HEAD = 3
_CHECK = 2
LONGEST_CONTENT = _HEAD + LONGEST_PAYLOAD + _CHECK
VERSION = 1


class Kind(IntEnum):
    """What a frame is; see the module."""

    REQUEST = 0x01
    ANSWER = 0x02
    REFUSAL = 0x03
    WORKING = 0x04
    EVENT = 0x05
    WITHDRAW = 0x06


class Command(IntEnum):
    """Commands of every device."""

    HELLO = 0x01
    STATUS = 0x02
    RESET = 0x03
    SELF_TEST = 0x04


class Field(IntEnum):
    """Fields of every device."""

    CLASS = 0x01
    PROTOCOL = 0x02
    MAKER = 0x03
    MODEL = 0x04
    NUMBER = 0x05
    FIRMWARE = 0x06
    STATE = 0x07
    RESULT = 0x08
    WAIT_MS = 0x09
    EVENT = 0x0A


class State(IntEnum):
    """Values of ``Field.STATE``."""

    ONLINE = 0
    BROKEN = 1
    NEEDS_PERSON = 2
    TAMPERED = 3


class HardwareClass(IntEnum):
    """Values of ``Field.CLASS``."""

    STAMPING_MACHINE = 1
    FINGERPRINT_READER = 2
    PASSWORD_KEYPAD = 3
    FILM_LAMINATOR = 4


class Refusal(IntEnum):
    """Why a device of any class does not do what it was asked."""

    UNKNOWN_COMMAND = 0x01
    BAD_FIELDS = 0x02
    BUSY = 0x03
    CANCELLED = 0x04
    TIMED_OUT = 0x05
    BROKEN = 0x06


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``repr`` hides the payload, which may be a person's."""

    kind: int
    sequence: int
    command: int
    payload: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """The frame as it is sent. ``ValueError`` when its payload is too long."""
        if len(self.payload) > LONGEST_PAYLOAD:
            raise ValueError(f"a payload of {len(self.payload)} bytes does not fit a frame")
        content = bytes((self.kind, self.sequence, self.command)) + self.payload
        content += binascii.crc_hqx(content, 0xFFFF).to_bytes(_CHECK, "big")
        flag, escape = bytes((FLAG,)), bytes((ESCAPE,))
        content = content.replace(escape, bytes((ESCAPE, ESCAPE ^ FLIP)))
        return flag + content.replace(flag, bytes((ESCAPE, FLAG ^ FLIP))) + flag


class FrameParser:
    """Finds frames in a stream that may be split, merged, damaged, endless or mere noise.

    Holds one content at most. ``discarded`` counts the octets that belonged to no good frame.
    """

    def __init__(self) -> None:
        self._content = bytearray()
        self._escaped = False
        self._inside = False
        self.discarded = 0

    @property
    def noise(self) -> int:
        """Octets so far that no good frame has claimed, those that still may be one among them."""
        return self.discarded + len(self._content)

    def feed(self, received: bytes) -> list[Frame]:
        """Take the next octets; return the frames that they complete."""
        frames = []
        for octet in received:
            if octet == FLAG:
                if (frame := self._end()) is not None:
                    frames.append(frame)
            elif self._inside:
                self._take(octet)
            else:
                self.discarded += 1
        return frames

    def _take(self, octet: int) -> None:
        if self._escaped:
            self._escaped = False
            self._content.append(octet ^ FLIP)
        elif octet == ESCAPE:
            self._escaped = True
        else:
            self._content.append(octet)
        if len(self._content) > LONGEST_CONTENT:
            self.discarded += len(self._content)
            self._content.clear()
            self._inside = False

    def _end(self) -> Frame | None:
        """What the octets since the last flag were."""
        content, cut_short = bytes(self._content), self._escaped
        self._content.clear()
        self._escaped, self._inside = False, True
        if not content:
            return None
        good = len(content) >= _HEAD + _CHECK and not binascii.crc_hqx(content, 0xFFFF)
        if cut_short or not good:
            self.discarded += len(content)
            return None
        return Frame(content[0], content[1], content[2], content[_HEAD:-_CHECK])


def pack(fields: Mapping[int, bytes | int | str]) -> bytes:
    """Fields as a payload. A number takes four octets, a text is UTF-8."""
    parts = []
    for tag, value in fields.items():
        data = _data(value)
        parts.append(bytes((tag,)) + len(data).to_bytes(2, "big") + data)
    return b"".join(parts)


def _data(value: bytes | int | str) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(4, "big")
    return value.encode() if isinstance(value, str) else value


class Fields:
    """The fields of a payload. Every reader of one raises ``ProtocolError`` ``device-garbled`` for
    a field that is missing or has another form."""

    def __init__(self, payload: bytes) -> None:
        self._values: dict[int, bytes] = {}
        at = 0
        while at < len(payload):
            end = at + 3 + int.from_bytes(payload[at + 1 : at + 3], "big")
            if at + 3 > len(payload) or end > len(payload) or payload[at] in self._values:
                raise _garbled("fields that do not fit their payload")
            self._values[payload[at]] = payload[at + 3 : end]
            at = end

    def data(self, tag: int) -> bytes:
        """A field's octets."""
        if tag not in self._values:
            raise _garbled(f"field {tag:02x} missing")
        return self._values[tag]

    def number(self, tag: int) -> int:
        """A field as an unsigned number of 1 to 8 octets."""
        data = self.data(tag)
        if not 1 <= len(data) <= 8:
            raise _garbled(f"field {tag:02x} is no number")
        return int.from_bytes(data, "big")

    def text(self, tag: int) -> str:
        """A field as printable text of at most 64 characters."""
        try:
            text = self.data(tag).decode()
        except UnicodeDecodeError:
            raise _garbled(f"field {tag:02x} is no text") from None
        if len(text) > 64 or not (text.isprintable() or not text):
            raise _garbled(f"field {tag:02x} is no text")
        return text

    def __contains__(self, tag: int) -> bool:
        return tag in self._values

    def __iter__(self) -> Iterator[int]:
        return iter(self._values)


def _garbled(what: str) -> ProtocolError:
    return ProtocolError("device-garbled", f"the device's payload is damaged: {what}")
