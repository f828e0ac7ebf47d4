"""The machine-readable zone: TD1, TD2 and TD3 (ICAO Doc 9303-3, 9303-4, 9303-5, 9303-6), and the
three entries of it that open a chip (Doc 9303-11, 4.3.2 and 4.4.4.1).

Two digits tell the year: births are of the hundred years up to today, and documents expire from
1970 to 2069.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from drivers.errors import CommandRejected
from drivers.travel_document.contract import MrzKey, TravelDocumentKind
from drivers.travel_document.tlv import invalid

_CHARACTERS = {
    "<": 0,
    **{str(digit): digit for digit in range(10)},
    **{chr(55 + value): value for value in range(10, 36)},
}
_WEIGHTS = (7, 3, 1)
_FILLER = "<"
_ALLOWED = re.compile(r"[A-Z0-9<]+")
_TD1_LENGTH, _TD2_LENGTH, _TD3_LENGTH = 90, 72, 88
_NUMBER = re.compile(r"[A-Z0-9]{1,22}")
_PERMIT_WITH_ISSUE_COUNT = re.compile(r"[HM][0-9]{10}")
_HOME_RETURN = re.compile(r"[HM][0-9]{8}")
_TAIWAN = re.compile(r"[0-9]{8}")
_SHORT_NUMBER = 9
_SEXES = {"M": "1", "F": "2", "<": "9", "X": "9"}
_EXPIRY_PIVOT = 70
_CHINA = timezone(timedelta(hours=8))


class KeyInvalid(CommandRejected):
    """An entry of the data page cannot be what it is meant to be: ``key-number-invalid``,
    ``key-birth-invalid``, ``key-expiry-invalid``."""


@dataclass(frozen=True, slots=True)
class Mrz:
    """The parts of a zone whose check digits are right. ``repr`` hides all of them."""

    code: str = field(repr=False)
    issuer: str = field(repr=False)
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    nationality: str = field(repr=False)
    sex: str = field(repr=False)
    """GB/T 2261.1: ``1`` male, ``2`` female, ``9`` not stated."""
    birth: date = field(repr=False)
    expiry: date = field(repr=False)
    optional_data: str = field(repr=False)

    @property
    def key(self) -> MrzKey:
        """What opens the chip of this document."""
        return MrzKey(self.number, self.birth, self.expiry)

    @property
    def kind(self) -> TravelDocumentKind:
        """Which document it is. China's permits are told by the form of their numbers."""
        if self.code.startswith("P"):
            return TravelDocumentKind.PASSPORT
        if self.issuer == "CHN" and _HOME_RETURN.fullmatch(self.number):
            return TravelDocumentKind.HOME_RETURN_PERMIT
        if self.issuer == "CHN" and _TAIWAN.fullmatch(self.number):
            return TravelDocumentKind.TAIWAN_PASS
        return TravelDocumentKind.OTHER


def check_digit(text: str) -> str:
    """The check digit of capitals, digits and fillers (Doc 9303-3, 4.9). ``KeyError`` for other
    characters."""
    total = sum(_CHARACTERS[each] * _WEIGHTS[at % 3] for at, each in enumerate(text))
    return str(total % 10)


def key_typed(number: str, birth: date, expiry: date, *, today: date | None = None) -> MrzKey:
    """A key of what a person typed from the data page.

    Small letters, blanks, hyphens and fillers are forgiven; of a home-return permit's eleven
    characters the last two, which count its issues, are no part of the key. Raises ``KeyInvalid``.
    """
    text = re.sub(r"[\s<-]", "", number).upper()
    if _PERMIT_WITH_ISSUE_COUNT.fullmatch(text):
        text = text[:_SHORT_NUMBER]
    if not _NUMBER.fullmatch(text):
        raise KeyInvalid("key-number-invalid", "a document number is of letters and digits")
    today = today or datetime.now(_CHINA).date()
    if not date(today.year - 100, 1, 1) < birth <= today:
        raise KeyInvalid("key-birth-invalid", "nobody of that birth date holds a document")
    if not date(1970, 1, 1) <= expiry < date(2070, 1, 1):
        raise KeyInvalid("key-expiry-invalid", "no document expires on that date")
    return MrzKey(text, birth, expiry)


def information(key: MrzKey) -> bytes:
    """The ``MRZ_information`` that keys are derived from: number, birth and expiry, each with its
    check digit (Doc 9303-11, D.2)."""
    number = key.number.ljust(_SHORT_NUMBER, _FILLER)
    parts = (number, f"{key.birth:%y%m%d}", f"{key.expiry:%y%m%d}")
    return "".join(part + check_digit(part) for part in parts).encode("ascii")


def parse(data: bytes) -> Mrz:
    """Take a zone apart: its lines one after the other, line ends do not matter.

    Raises ``DocumentDataInvalid`` when it has another length, other characters, a wrong check
    digit or a date that does not exist.
    """
    text = data[:128].decode("ascii", "replace").replace("\r", "").replace("\n", "")
    if not _ALLOWED.fullmatch(text):
        raise invalid("the MRZ holds characters that no MRZ has")
    if len(text) == _TD1_LENGTH:
        return _td1(text)
    if len(text) in (_TD2_LENGTH, _TD3_LENGTH):
        return _two_lines(text)
    raise invalid("the MRZ has another length than TD1, TD2 and TD3")


def _td1(text: str) -> Mrz:
    first, second, third = text[:30], text[30:60], text[60:]
    _check(first[5:] + second[:7] + second[8:15] + second[18:29], second[29], "the whole MRZ")
    number, optional = _number(first[5:14], first[14], first[15:])
    return _assemble(first, number, second[15:18], second[:15], third, optional + second[18:29])


def _two_lines(text: str) -> Mrz:
    half = len(text) // 2
    first, second = text[:half], text[half:]
    _check(second[:10] + second[13:20] + second[21 : half - 1], second[-1], "the whole MRZ")
    if len(text) == _TD3_LENGTH:
        optional = second[28:42]
        if not (second[42] == _FILLER and not optional.strip(_FILLER)):
            _check(optional, second[42], "the optional data")
        _check(second[:9], second[9], "the number")
        number = second[:9].rstrip(_FILLER)
    else:
        number, optional = _number(second[:9], second[9], second[28:35])
    return _assemble(first, number, second[10:13], second[13:28], first[5:], optional)


def _assemble(
    first: str, number: str, nationality: str, middle: str, names: str, optional: str
) -> Mrz:
    """``middle``: birth, its check digit, sex, expiry, its check digit."""
    _check(middle[:6], middle[6], "the birth date")
    _check(middle[8:14], middle[14], "the expiry date")
    if middle[7] not in _SEXES or not _NUMBER.fullmatch(number):
        raise invalid("the MRZ has a sex or a number of another form")
    surname, _, given = names.partition("<<")
    return Mrz(
        code=first[:2].strip(_FILLER),
        issuer=first[2:5].strip(_FILLER),
        number=number,
        surname=_words(surname),
        given_names=_words(given),
        nationality=nationality.strip(_FILLER),
        sex=_SEXES[middle[7]],
        birth=_birth(middle[:6]),
        expiry=_expiry(middle[8:14]),
        optional_data=_words(optional),
    )


def _number(short: str, check: str, optional: str) -> tuple[str, str]:
    """The number and the rest of the optional data: a number of more than nine characters goes on
    there (Doc 9303-5, 4.2.2)."""
    if check != _FILLER:
        _check(short, check, "the number")
        return short.rstrip(_FILLER), optional
    rest, _, optional = optional.partition(_FILLER)
    if not rest:
        raise invalid("the number has no check digit")
    _check(short + rest[:-1], rest[-1], "the number")
    return short + rest[:-1], optional


def _check(text: str, digit: str, of: str) -> None:
    if check_digit(text) != digit:
        raise invalid(f"the check digit of {of} is wrong")


def _words(text: str) -> str:
    return " ".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    return (part for part in text.split(_FILLER) if part)


def _birth(digits: str) -> date:
    today = datetime.now(_CHINA).date()
    year, rest = _year(digits)
    born = _date(today.year // 100 * 100 + year, rest)
    return born if born <= today else _date(born.year - 100, rest)


def _expiry(digits: str) -> date:
    year, rest = _year(digits)
    return _date((1900 if year >= _EXPIRY_PIVOT else 2000) + year, rest)


def _year(digits: str) -> tuple[int, str]:
    if not digits.isdecimal():
        raise invalid("the MRZ holds a date that is not wholly known")
    return int(digits[:2]), digits[2:]


def _date(year: int, rest: str) -> date:
    try:
        return date(year, int(rest[:2]), int(rest[2:]))
    except ValueError:
        raise invalid("the MRZ holds a date that does not exist") from None
