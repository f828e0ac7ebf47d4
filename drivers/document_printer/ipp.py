"""The bytes of the Internet Printing Protocol (RFC 8010), both ways, with bounds.

Values are kept as they came (tag and bytes), so that a message may pass through without loss;
``integers`` and ``strings`` read the kinds that this program needs. Members of collections stay
in line as further values of their attribute (RFC 8010 section 3.1.6).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum

from drivers.errors import ProtocolError

MAX_MESSAGE = 1 << 20
"""Bytes; a full printer description with its media database is about 60 kB."""
_MAX_VALUES = 20_000


class Tag(IntEnum):
    """Delimiter and value tags (RFC 8010 section 3.5)."""

    OPERATION_ATTRIBUTES = 0x01
    JOB_ATTRIBUTES = 0x02
    END_OF_ATTRIBUTES = 0x03
    PRINTER_ATTRIBUTES = 0x04
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    NATURAL_LANGUAGE = 0x48
    MIME_MEDIA_TYPE = 0x49


_FIRST_VALUE_TAG = 0x10
_INTEGER_TAGS = (Tag.INTEGER, Tag.ENUM)
_FIRST_STRING_TAG = 0x40
_LAST_STRING_TAG = 0x5F


class Operation(IntEnum):
    """Operation ids (RFC 8011 section 5.4.15)."""

    CANCEL_JOB = 0x0008
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it is on the wire."""

    tag: int
    data: bytes


@dataclass(slots=True)
class Group:
    """One group of attributes: its delimiter tag, and the values by attribute name."""

    tag: int
    attributes: dict[str, list[Value]] = field(default_factory=dict)

    def integers(self, name: str) -> list[int]:
        """The integer and enum values of an attribute; empty when it is absent or not known."""
        return [
            struct.unpack(">i", value.data)[0]
            for value in self.attributes.get(name, [])
            if value.tag in _INTEGER_TAGS and len(value.data) == 4
        ]

    def integer(self, name: str) -> int | None:
        """The first integer of an attribute, ``None`` when it has none."""
        return next(iter(self.integers(name)), None)

    def strings(self, name: str) -> list[str]:
        """The character values of an attribute (text, name, keyword, uri …)."""
        return [
            value.data.decode("utf-8", errors="replace")
            for value in self.attributes.get(name, [])
            if _FIRST_STRING_TAG <= value.tag <= _LAST_STRING_TAG
        ]

    def octets(self, name: str) -> list[bytes]:
        """The ``octetString`` values of an attribute."""
        values = self.attributes.get(name, [])
        return [value.data for value in values if value.tag == Tag.OCTETS]

    def string(self, name: str) -> str:
        """The first character value of an attribute, empty when it has none."""
        return next(iter(self.strings(name)), "")

    def boolean(self, name: str) -> bool:
        """Whether an attribute is there and true."""
        return any(
            value.tag == Tag.BOOLEAN and value.data == b"\x01"
            for value in self.attributes.get(name, [])
        )

    def put_integers(self, name: str, tag: Tag, *numbers: int) -> None:
        """Set an attribute to these numbers."""
        self.attributes[name] = [Value(tag, struct.pack(">i", number)) for number in numbers]

    def put_octets(self, name: str, *values: bytes) -> None:
        """Set an attribute to these ``octetString`` values."""
        self.attributes[name] = [Value(Tag.OCTETS, each) for each in values]

    def put_strings(self, name: str, tag: Tag, *texts: str) -> None:
        """Set an attribute to these texts."""
        self.attributes[name] = [Value(tag, text.encode()) for text in texts]


@dataclass(slots=True)
class Message:
    """A request (``code`` is the operation) or a response (``code`` is the status)."""

    code: int
    request_id: int
    groups: list[Group] = field(default_factory=list)
    version: tuple[int, int] = (2, 0)

    @property
    def succeeded(self) -> bool:
        """Whether a response's status is one of ``successful-…`` (RFC 8011 appendix B)."""
        return self.code <= 0x00FF

    def group(self, tag: Tag) -> Group:
        """The first group of that kind, an empty one when there is none."""
        return next((group for group in self.groups if group.tag == tag), Group(tag))

    def groups_of(self, tag: Tag) -> list[Group]:
        """Every group of that kind, in order."""
        return [group for group in self.groups if group.tag == tag]


def request(operation: Operation, request_id: int, printer_uri: str) -> Message:
    """A request with the attributes that each must begin with (RFC 8011 section 4.1.4)."""
    group = Group(Tag.OPERATION_ATTRIBUTES)
    group.put_strings("attributes-charset", Tag.CHARSET, "utf-8")
    group.put_strings("attributes-natural-language", Tag.NATURAL_LANGUAGE, "en")
    group.put_strings("printer-uri", Tag.URI, printer_uri)
    return Message(operation, request_id, [group])


def encode(message: Message) -> bytes:
    """The message's bytes."""
    parts = [struct.pack(">BBHi", *message.version, message.code, message.request_id)]
    for group in message.groups:
        parts.append(bytes((group.tag,)))
        for name, values in group.attributes.items():
            label = name.encode()
            for value in values:
                parts.append(struct.pack(">BH", value.tag, len(label)) + label)
                parts.append(struct.pack(">H", len(value.data)) + value.data)
                label = b""
    parts.append(bytes((Tag.END_OF_ATTRIBUTES,)))
    return b"".join(parts)


def decode(data: bytes) -> Message:
    """The message in ``data``; what follows its end tag (a document) is left alone.

    Raises ``ProtocolError`` (``ipp-malformed``) for anything that breaks the format, that is cut
    short, or that is larger than ``MAX_MESSAGE``.
    """
    if len(data) > MAX_MESSAGE:
        raise _malformed("it is too large")
    reader = _Reader(data)
    major, minor, code, request_id = struct.unpack(">BBHi", reader.take(8))
    message = Message(code, request_id, version=(major, minor))
    for _ in range(_MAX_VALUES):
        tag = reader.take(1)[0]
        if tag == Tag.END_OF_ATTRIBUTES:
            return message
        if tag < _FIRST_VALUE_TAG:
            message.groups.append(Group(tag))
            reader.forget_attribute()
        else:
            _read_value(reader, tag, message)
    raise _malformed("it holds too many values")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.values: list[Value] | None = None
        """The values of the attribute being read, to which nameless ones are added."""

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise _malformed("it ends too early")
        piece = self._data[self._at : end]
        self._at = end
        return piece

    def take_counted(self) -> bytes:
        return self.take(struct.unpack(">H", self.take(2))[0])

    def forget_attribute(self) -> None:
        self.values = None


def _read_value(reader: _Reader, tag: int, message: Message) -> None:
    name = reader.take_counted()
    value = Value(tag, reader.take_counted())
    if not message.groups:
        raise _malformed("a value stands outside of any group")
    if name:
        reader.values = message.groups[-1].attributes.setdefault(
            name.decode("utf-8", "replace"), []
        )
    if reader.values is None:
        raise _malformed("a value has no attribute")
    reader.values.append(value)


def _malformed(why: str) -> ProtocolError:
    return ProtocolError("ipp-malformed", f"the IPP message does not follow RFC 8010: {why}")
