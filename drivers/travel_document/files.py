"""The files of LDS1, read with few and long commands (ICAO Doc 9303-10, 3.6 and 3.11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from drivers.errors import ProtocolError
from drivers.travel_document import tlv
from drivers.travel_document.apdu import END_OF_FILE, OK, Command
from drivers.travel_document.secure_messaging import SecureChannel
from drivers.travel_document.tlv import invalid

APPLICATION = bytes.fromhex("A0000002471001")
"""The AID of LDS1 (Doc 9303-10, 3.6.3)."""
SHORT_BLOCK = 0xDF
"""What one short answer carries under protection by AES: 223 bytes and a padding."""
LONGEST_FILE = 256 * 1024
_HEAD = 8
"""The first bytes of a file; they tell its length, and every file is longer than they."""
_PROTECTION = 64
"""More than what secure messaging adds to an answer's data."""
_LONGEST_BLOCK = 32_768
_LONGEST_OFFSET = 0x7FFF
_BY_SHORT_ID = 0x80
_OFFSET, _DATA = 0x54, 0x53
_DATA_HEADER = 4
_ABSENT = (0x6A82, 0x6A83)

Send = Callable[[Command], tuple[bytes, int]]
"""A command's way to the chip and back: its data and its status word."""
Whole = Callable[[], bytes]
"""Waits for a file that was begun, and gives it whole."""


@dataclass(frozen=True, slots=True)
class _Place:
    short_id: int
    tag: int


class File(Enum):
    """The files that are read, by short identifier and tag."""

    CARD_ACCESS = _Place(0x1C, 0x31)
    COM = _Place(0x1E, 0x60)
    DG1 = _Place(0x01, 0x61)
    DG2 = _Place(0x02, 0x75)
    DG11 = _Place(0x0B, 0x6B)
    SOD = _Place(0x1D, 0x77)


class AccessRefused(ProtocolError):
    """The chip does not let a file be read (``chip-refused``)."""


SELECT_APPLICATION = Command(0x00, 0xA4, 0x04, 0x0C, APPLICATION)
SELECT_MASTER_FILE = Command(0x00, 0xA4, 0x00, 0x0C, bytes.fromhex("3F00"))
READ_ATR_INFO = Command(0x00, 0xB0, _BY_SHORT_ID | 0x01, 0x00, expected=256)


def block_size(longest_answer: int | None) -> int:
    """How many bytes to read with one command; ``longest_answer``: of EF.ATR/INFO."""
    if longest_answer is None or longest_answer < SHORT_BLOCK + _PROTECTION:
        return SHORT_BLOCK
    return min(longest_answer - _PROTECTION, _LONGEST_BLOCK)


def read(send: Send, file: File, block: int = SHORT_BLOCK) -> bytes | None:
    """A whole file, its tag and length included; ``None`` where the chip has none such.

    ``block``: bytes to ask for with one command. Raises ``AccessRefused``, ``DocumentDataInvalid``
    (another tag, or longer than 256 KiB), ``ProtocolError`` ``card-garbled`` and what ``send``
    raises.
    """
    head = _head(send, file)
    return _with_rest(send, file, *head, block) if head is not None else None


def begin(channel: SecureChannel, file: File, block: int = SHORT_BLOCK) -> Whole | None:
    """Like ``read``, but the end of a file that takes one command is judged by another thread.

    What is returned waits for it, and raises what ``read`` would.
    """
    head = _head(channel.send, file)
    if head is None:
        return None
    first, total = head
    left = total - len(first)
    if not 0 < left <= block - _DATA_HEADER:
        whole = _with_rest(channel.send, file, first, total, block)
        return lambda: whole
    judged = channel.ask(_command(len(first), left, block))

    def finish() -> bytes:
        most = first + _content(len(first), *judged())
        if len(most) < total:
            # Commands with an offset go to the file that was read last.
            _head(channel.send, file)
        return _with_rest(channel.send, file, most, total, block)

    return finish


def _head(send: Send, file: File) -> tuple[bytes, int] | None:
    """The beginning of a file and its whole length; ``None`` where the chip has none such."""
    command = Command(0x00, 0xB0, _BY_SHORT_ID | file.value.short_id, 0, expected=_HEAD)
    data, status = send(command)
    if status in _ABSENT:
        return None
    if status not in (OK, END_OF_FILE):
        raise AccessRefused("chip-refused", f"the chip keeps {file.name}, status {status:04X}")
    tag, size, length = tlv.header(data)
    if tag != file.value.tag:
        raise invalid(f"{file.name} begins with another tag than its own")
    total = size + length
    if total > LONGEST_FILE:
        raise invalid(f"{file.name} is too long")
    return data[:total], total


def _with_rest(send: Send, file: File, begun: bytes, total: int, block: int) -> bytes:
    """A whole file of which the beginning is known."""
    whole = bytearray(begun)
    while len(whole) < total:
        offset = len(whole)
        portion = _content(offset, *send(_command(offset, total - offset, block)))
        if not portion:
            raise ProtocolError("card-garbled", f"{file.name} ends before its end")
        whole += portion
    return bytes(whole[:total])


def _command(offset: int, left: int, block: int) -> Command:
    if offset <= _LONGEST_OFFSET:
        return Command(0x00, 0xB0, offset >> 8, offset & 0xFF, expected=min(left, block))
    where = tlv.encode(_OFFSET, offset.to_bytes(3, "big"))
    # The answer comes in a data object of its own, whose header counts too.
    return Command(0x00, 0xB1, 0, 0, where, expected=min(left + _DATA_HEADER, block))


def _content(offset: int, data: bytes, status: int) -> bytes:
    if status not in (OK, END_OF_FILE):
        raise ProtocolError("card-garbled", f"the chip broke a file off, status {status:04X}")
    return data if offset <= _LONGEST_OFFSET else tlv.need(data, _DATA)
