"""A social security card's chip: files of records behind the name of its environment.

Speaks T=0 as such cards do: a record is given in the length that is asked for, 6Cxx names the
right one, and what a SELECT tells waits for GET RESPONSE (ISO/IEC 7816-3 10.3, 7816-4 5.3.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from drivers.social_security_card.records import SSSE, Tag, encode_name
from drivers.virtual.residents import CardCondition, Resident

OK = b"\x90\x00"
NO_FILE = b"\x6a\x82"
NO_RECORD = b"\x6a\x83"
WRONG_INSTRUCTION = b"\x6d\x00"
WRONG_CLASS = b"\x6e\x00"
WRONG_LENGTH = b"\x67\x00"
WRONG_PARAMETERS = b"\x6a\x86"
NOTHING_SELECTED = b"\x69\x86"
MEMORY_FAULT = b"\x65\x81"
_ATR = {
    1: bytes.fromhex("3B6D0000") + b"YIMEN SSC 1.0",
    2: bytes.fromhex("3B6D0000") + b"YIMEN SSC 2.0",
}
"""Direct convention, T=0 (no TD1), and 13 historical bytes that are made up."""
_TRANSIT_ATR = bytes.fromhex("3B680000") + b"YIMENBUS"
_VERSIONS = {1: b"1.00", 2: b"2.00"}
_ISSUED, _EXPIRES = date(2021, 5, 6), date(2031, 5, 6)
_BIRTHPLACE = "445281"
_ENVIRONMENT_TOLD = bytes.fromhex("6F11840F") + SSSE
"""File control information with the name (ISO/IEC 7816-4 7.4.1)."""

Files = Mapping[int, Sequence[bytes]]
"""Records by file, each whole with tag and length."""


class RecordChip:
    """A T=0 chip with one environment of record files. ``by_short_name``: whether its files may be
    read without being selected; ``worn``: whether its memory is broken."""

    def __init__(
        self,
        atr: bytes,
        name: bytes,
        files: Files,
        *,
        by_short_name: bool = True,
        worn: bool = False,
    ) -> None:
        self._worn = worn
        self.atr = atr
        self._name = name
        self._files = files
        self._by_short_name = by_short_name
        self.power_on()

    def power_on(self) -> None:
        """See ``VirtualCard.power_on``."""
        self._inside = False
        self._file: int | None = None
        self._waiting = b""

    def answer(self, command: bytes) -> bytes:
        """See ``VirtualCard.answer``."""
        if len(command) < 4:
            return WRONG_LENGTH
        if command[0] != 0:
            return WRONG_CLASS
        waiting, self._waiting = self._waiting, b""
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB2:
                return self._read_record(command)
            case 0xC0 if waiting:
                return waiting[: command[4] or 256] + OK if len(command) > 4 else WRONG_LENGTH
            case _:
                return WRONG_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        if len(command) < 5 or len(command) < 5 + command[4]:
            return WRONG_LENGTH
        name = command[5 : 5 + command[4]]
        if command[2] == 0x04:
            self._inside = name == self._name
            self._file = None
            return self._told(_ENVIRONMENT_TOLD) if self._inside else NO_FILE
        if self._inside and name[:1] == b"\xef" and name[1:] and name[1] in self._files:
            self._file = name[1]
            return self._told(bytes((0x6F, 0x04, 0x83, 0x02)) + name)
        return NO_FILE

    def _read_record(self, command: bytes) -> bytes:
        number, reference = command[2], command[3]
        if reference >> 3 and not self._by_short_name:
            return WRONG_PARAMETERS
        file = reference >> 3 or self._file
        if not self._inside or file is None:
            return NOTHING_SELECTED
        if file not in self._files:
            return NO_FILE
        if self._worn:
            return MEMORY_FAULT
        records = self._files[file]
        if not 1 <= number <= len(records):
            return NO_RECORD
        record = records[number - 1]
        if len(command) < 5 or command[4] != len(record):
            return bytes((0x6C, len(record)))
        return record + OK

    def _told(self, information: bytes) -> bytes:
        self._waiting = information
        return bytes((0x61, len(information)))


def social_security_chip(person: Resident, generation: int) -> RecordChip:
    """The card of a resident, of the first or the second generation. ``KeyError`` for others."""
    issuer = _issuer_file(person, generation)
    files = {5: issuer, 6: _holder_file(person, generation)}
    worn = person.condition is CardCondition.UNREADABLE
    return RecordChip(_ATR[generation], SSSE, files, by_short_name=generation == 2, worn=worn)


def transit_chip() -> RecordChip:
    """A bus card: it has records too, and another name."""
    return RecordChip(_TRANSIT_ATR, b"2PAY.SYS.DDF01", {1: (b"",)})


def _issuer_file(person: Resident, generation: int) -> tuple[bytes, ...]:
    return (
        _item(Tag.CARD_CODE, bytes.fromhex(_BIRTHPLACE + "D156000005") + bytes(8)),
        _item(Tag.CARD_CLASS, b"3"),
        _item(Tag.VERSION, _VERSIONS[generation]),
        _item(Tag.ISSUER, bytes.fromhex("915600000244528144528100")),
        _item(Tag.ISSUED_ON, _bcd(f"{_ISSUED:%Y%m%d}")),
        _item(Tag.VALID_TO, _bcd(f"{_EXPIRES:%Y%m%d}")),
        _item(Tag.CARD_NUMBER, f"A{person.number:08d}".encode()),
    )


def _holder_file(person: Resident, generation: int) -> tuple[bytes, ...]:
    """The second generation has the name's continuation as its third record, always."""
    name, more = encode_name(person.name)
    items = [
        _item(Tag.ID_NUMBER, person.id_number.encode()),
        _item(Tag.NAME, name),
        _item(Tag.SEX, person.card.sex.encode()),
        _item(Tag.NATION, _bcd(person.card.nation or "00")),
        _item(Tag.BIRTHPLACE, _bcd(_BIRTHPLACE)),
        _item(Tag.BIRTH, _bcd(f"{person.birth:%Y%m%d}")),
    ]
    if generation == 2:
        items.insert(2, _item(Tag.NAME_CONTINUED, more.ljust(20, b"\0")))
    return tuple(items)


def _item(tag: int, value: bytes) -> bytes:
    return bytes((tag, len(value))) + value


def _bcd(digits: str) -> bytes:
    return bytes.fromhex(digits)
