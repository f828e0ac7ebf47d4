"""BER-TLV, as travel documents use it (ISO/IEC 7816-4, 5.2.2; ICAO Doc 9303-10)."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.errors import ProtocolError

_LONGEST_TAG = 3
_LONGEST_LENGTH = 4
_MOST_OBJECTS = 256


class DocumentDataInvalid(ProtocolError):
    """A file of the chip does not follow its format (``document-data-invalid``)."""


def invalid(message: str) -> DocumentDataInvalid:
    """The error for a file that is broken; ``message`` names the place, never a value."""
    return DocumentDataInvalid("document-data-invalid", message)


def encode(tag: int, value: bytes) -> bytes:
    """One data object, with the shortest length."""
    size = len(value)
    if size < 0x80:
        length = bytes((size,))
    else:
        count = (size.bit_length() + 7) // 8
        length = bytes((0x80 | count,)) + size.to_bytes(count, "big")
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length + value


def header(data: bytes) -> tuple[int, int, int]:
    """Tag, size of the header and size of the value of the object that begins in ``data``, whose
    value need not be there. Raises ``DocumentDataInvalid``."""
    try:
        tag, at = _tag(data)
        first = data[at]
        at += 1
        if first < 0x80:
            return tag, at, first
    except IndexError:
        raise _cut_off() from None
    count = first & 0x7F
    if not 1 <= count <= _LONGEST_LENGTH:
        raise invalid("a data object has a length of an unknown form")
    if len(data) < at + count:
        raise _cut_off()
    return tag, at + count, int.from_bytes(data[at : at + count], "big")


def objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data objects of ``data``, one after the other; at most 256 of them.

    Raises ``DocumentDataInvalid`` when one does not fit.
    """
    at = 0
    for _ in range(_MOST_OBJECTS):
        if at == len(data):
            return
        # The longest header has 3 bytes of tag and 5 of length: no copy of the rest is needed.
        tag, size, length = header(data[at : at + 8])
        at += size
        if at + length > len(data):
            raise invalid("a data object is longer than what holds it")
        yield tag, data[at : at + length]
        at += length
    if at != len(data):
        raise invalid("there are too many data objects")


def find(data: bytes, *path: int) -> bytes | None:
    """The value of the first object with a tag, or of the one inside it, and so on; ``None`` where
    there is none. Raises ``DocumentDataInvalid``."""
    for wanted in path:
        for tag, value in objects(data):
            if tag == wanted:
                data = value
                break
        else:
            return None
    return data


def need(data: bytes, *path: int) -> bytes:
    """Like ``find``; raises ``DocumentDataInvalid`` where there is none."""
    value = find(data, *path)
    if value is None:
        raise invalid(f"data object {path[-1]:X} is missing")
    return value


def _cut_off() -> DocumentDataInvalid:
    return invalid("a data object ends in its header")


def _tag(data: bytes) -> tuple[int, int]:
    size = 1
    if data[0] & 0x1F == 0x1F:
        while data[size] & 0x80:
            size += 1
            if size == _LONGEST_TAG:
                raise invalid("a data object has too long a tag")
        size += 1
    return int.from_bytes(data[:size], "big"), size
