"""What of a serial device's wire may be written.

Frames pass with their command, and with those of their fields that the device's class names as
harmless; the value of every other field is replaced by zeros, or by what the class makes up, of the
same length. A device's name and number are its own and pass. What is no good frame is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from drivers.errors import ProtocolError
from drivers.recording.tap import Mask, Piece
from drivers.serial_device.frames import Command, Field, Fields, Frame, FrameParser, Kind, pack

_NUMBERS = frozenset(
    {Field.CLASS, Field.PROTOCOL, Field.STATE, Field.RESULT, Field.WAIT_MS, Field.EVENT}
)
_NAMES = frozenset({Field.MAKER, Field.MODEL, Field.NUMBER, Field.FIRMWARE})
_LONGEST_NUMBER, _LONGEST_NAME = 4, 64


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What of a class's own fields may be written.

    ``harmless``: numbers that say nothing of anybody. ``made_up``: what stands for a value that is
    needed in its form; it has the same length. ``unseen``: events that are left out whole, as even
    their moments tell something.
    """

    harmless: frozenset[int] = frozenset()
    made_up: Mapping[int, Callable[[bytes], bytes]] = field(default_factory=dict)
    unseen: frozenset[int] = frozenset()


class FrameMask(Mask):
    """See the module."""

    protocol = "serial-device"

    def __init__(self, rules: FieldRules) -> None:
        self._rules = rules
        self._parser = FrameParser()

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. The host sends one frame with each call."""
        frames = FrameParser().feed(data)
        if len(frames) == 1 and frames[0].encode() == data:
            yield from self._judged(frames[0])
        else:
            yield len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``."""
        before = self._parser.discarded
        for frame in self._parser.feed(data):
            yield from self._judged(frame)
        noise = self._parser.discarded - before
        if noise:
            yield noise

    def _judged(self, frame: Frame) -> Iterator[Piece]:
        known = self._masked(frame)
        if known is None:
            yield len(frame.encode())
        elif known:
            yield known

    def _masked(self, frame: Frame) -> bytes | None:
        """The frame without anything personal, empty for one that is left out; ``None`` when that
        is not known how."""
        match frame.kind:
            case Kind.REFUSAL:
                return frame.encode() if len(frame.payload) == 1 else None
            case Kind.WORKING | Kind.WITHDRAW:
                return frame.encode() if not frame.payload else None
            case Kind.REQUEST | Kind.ANSWER | Kind.EVENT:
                return self._masked_fields(frame)
            case _:
                return None

    def _masked_fields(self, frame: Frame) -> bytes | None:
        try:
            fields = Fields(frame.payload)
            if frame.kind == Kind.EVENT and fields.number(Field.EVENT) in self._rules.unseen:
                return b""
        except ProtocolError:
            return None
        introduces = frame.kind == Kind.ANSWER and frame.command == Command.HELLO
        payload = pack(
            {tag: self._value(tag, fields.data(tag), introduces=introduces) for tag in fields}
        )
        return Frame(frame.kind, frame.sequence, frame.command, payload).encode()

    def _value(self, tag: int, value: bytes, *, introduces: bool) -> bytes:
        is_number = tag in _NUMBERS or tag in self._rules.harmless
        if is_number and len(value) <= _LONGEST_NUMBER:
            return value
        if introduces and tag in _NAMES and _is_name(value):
            return value
        make_up = self._rules.made_up.get(tag)
        made = make_up(value) if make_up is not None else b""
        return made if len(made) == len(value) else bytes(len(value))


def _is_name(value: bytes) -> bool:
    """Whether it is a text as devices introduce themselves with (``Fields.text``)."""
    try:
        return len(value) <= _LONGEST_NAME and value.decode().isprintable()
    except UnicodeDecodeError:
        return False
