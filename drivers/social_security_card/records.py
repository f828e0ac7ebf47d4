"""The records of a social security card (社会保障卡): how they are laid out and coded.

By LD/T 32-2015 as public sources tell it: under the environment ``SSSE`` lie EF05, which tells of
the card, and EF06, which tells of its holder. A record is a tag, a length and a value; cards of
the second generation have one record more than those of the first, so that a record's number
tells nothing and its tag all.

Codings: CN is binary decimal, AN is ASCII filled with zero bytes, names are GB18030 filled with
zero bytes. That a name too long for its 30 bytes goes on in tag 4E is an assumption, to be
verified with cards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import IntEnum

from drivers.errors import UserFault
from drivers.id_card import id_number
from drivers.id_card.layouts import nation_name
from drivers.social_security_card.contract import SocialSecurityRecord

SSSE = bytes.fromhex("7378312E73682E C9E7BBE1B1A3D5CF")
"""Name of the environment: ``sx1.sh.社会保障``."""
NAME_LENGTH = 30
_FILLING = b"\0\xff "


class Tag(IntEnum):
    """The records that are read, by their tags."""

    CARD_CODE = 0x01
    CARD_CLASS = 0x02
    VERSION = 0x03
    ISSUER = 0x04
    ISSUED_ON = 0x05
    VALID_TO = 0x06
    CARD_NUMBER = 0x07
    ID_NUMBER = 0x08
    NAME = 0x09
    SEX = 0x0A
    NATION = 0x0B
    BIRTHPLACE = 0x0C
    BIRTH = 0x0D
    NAME_CONTINUED = 0x4E


Records = Mapping[int, bytes]
"""Value by tag."""

_PRIVATE_TO_OWN = str.maketrans(
    {
        0xE81E: 0x9FB4,
        0xE826: 0x9FB5,
        0xE82B: 0x9FB6,
        0xE82C: 0x9FB7,
        0xE832: 0x9FB8,
        0xE843: 0x9FB9,
        0xE854: 0x9FBA,
        0xE864: 0x9FBB,
        0xE816: 0x20087,
        0xE817: 0x20089,
        0xE818: 0x200CC,
        0xE831: 0x215D7,
        0xE83B: 0x2298F,
        0xE855: 0x241FE,
    }
)
"""Characters that GB18030-2000 had to put where Unicode leaves room for private use, and the code
points that Unicode gave them since (GB18030-2022, table of changes)."""


def split(record: bytes) -> tuple[int, bytes]:
    """The tag and the value of one record; what follows the value may only be filling.

    Raises ``UserFault`` ``card-data-invalid``.
    """
    if len(record) < 2 or len(record) < 2 + record[1]:
        raise invalid("a record is cut short")
    end = 2 + record[1]
    if record[end:].strip(_FILLING):
        raise invalid("a record is longer than it says")
    return record[0], record[2:end]


def gather(records: Iterable[bytes]) -> dict[int, bytes]:
    """The values of one file's records by tag. A tag that comes twice is ``card-data-invalid``;
    records that are filling alone are left out."""
    found: dict[int, bytes] = {}
    for record in records:
        if not record.strip(_FILLING):
            continue
        tag, value = split(record)
        if tag in found:
            raise invalid("a record comes twice")
        found[tag] = value
    return found


def decode(issuer: Records, holder: Records) -> SocialSecurityRecord:
    """What the two files say together.

    Raises ``UserFault`` ``card-data-invalid`` when number or name is missing or cannot be right,
    when the birth date contradicts the number, or when any other item is not of its coding.
    """
    version = _ascii(issuer.get(Tag.VERSION, b""))
    number = _number(_needed(holder, Tag.ID_NUMBER))
    if _date(holder.get(Tag.BIRTH, b"")) not in (None, number.birth):
        raise invalid("birth date and number contradict each other")
    return SocialSecurityRecord(
        generation=_generation(version),
        id_number=number.text,
        name=_name(_needed(holder, Tag.NAME), holder.get(Tag.NAME_CONTINUED, b"")),
        sex=_one_of(_ascii(holder.get(Tag.SEX, b"")), "0129"),
        nation=_nation(holder.get(Tag.NATION, b"")),
        birthplace=_digits(holder.get(Tag.BIRTHPLACE, b"")),
        birth=number.birth,
        card_number=_ascii(issuer.get(Tag.CARD_NUMBER, b"")),
        division=_division(issuer.get(Tag.CARD_CODE, b"")),
        version=version,
        issued_on=_date(issuer.get(Tag.ISSUED_ON, b"")),
        valid_to=_date(issuer.get(Tag.VALID_TO, b"")),
    )


def encode_name(name: str) -> tuple[bytes, bytes]:
    """A name's 30 bytes and what goes on after them; characters that cards of old hold under
    private codes are written as those. The inverse of reading it."""
    raw = name.translate({own: private for private, own in _PRIVATE_TO_OWN.items()}).encode(
        "gb18030"
    )
    return raw[:NAME_LENGTH].ljust(NAME_LENGTH, b"\0"), raw[NAME_LENGTH:]


def invalid(what: str) -> UserFault:
    """``card-data-invalid``. ``what`` holds nothing personal."""
    return UserFault("card-data-invalid", what, error_code="invalidMedia")


def _needed(records: Records, tag: Tag) -> bytes:
    if not records.get(tag, b"").strip(_FILLING):
        raise invalid(f"the card holds no {tag.name.lower()}")
    return records[tag]


def _generation(version: str) -> int:
    """By the first digit. A version that is all zero bytes was seen on cards of the second."""
    return int(version[0]) if version[:1] in ("1", "2", "3") else 2


def _number(raw: bytes) -> id_number.IdNumber:
    try:
        return id_number.parse(_ascii(raw))
    except id_number.InvalidIdNumber:
        raise invalid("the identity number contradicts itself") from None


def _name(raw: bytes, more: bytes) -> str:
    """A character may be cut in two by the end of the 30 bytes."""
    if len(raw.rstrip(b"\0")) < NAME_LENGTH and more.strip(_FILLING):
        raise invalid("a name goes on that was at its end")
    try:
        name = (raw + more).rstrip(b"\0 ").decode("gb18030").translate(_PRIVATE_TO_OWN)
    except UnicodeDecodeError:
        raise invalid("the name is not GB18030") from None
    if not _printable_but_private(name):
        raise invalid("the name holds what is no text")
    return name


def _printable_but_private(name: str) -> bool:
    """A name may hold a character for private use that no standard knows."""
    return (
        bool(name)
        and "".join(each for each in name if not 0xE000 <= ord(each) <= 0xF8FF).isprintable()
    )


def _ascii(raw: bytes) -> str:
    text = raw.rstrip(_FILLING)
    if not re.fullmatch(rb"[ -~]*", text):
        raise invalid("an item is not ASCII")
    return text.decode("ascii").strip()


def _one_of(text: str, allowed: str) -> str:
    if text and (len(text) != 1 or text not in allowed):
        raise invalid("the sex is not a code of GB/T 2261.1")
    return text


def _digits(raw: bytes) -> str:
    """Binary decimal, filled with F on the right."""
    text = raw.hex().rstrip("f")
    if not re.fullmatch(r"[0-9]*", text):
        raise invalid("an item is not binary decimal")
    return text


def _nation(raw: bytes) -> str:
    code = _digits(raw)
    if not code.strip("0"):
        return ""
    try:
        nation_name(code)
    except KeyError:
        raise invalid("the nation is not a code of GB/T 3304") from None
    return code


def _division(card_code: bytes) -> str:
    """The code's first six digits; the rest of it need not be decimal."""
    return _digits(card_code[:3])


def _date(raw: bytes) -> date | None:
    """Four bytes YYYYMMDD; nothing, all zeroes or all F means none."""
    digits = _digits(raw)
    if not digits.strip("0"):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise invalid("a date does not exist") from None
