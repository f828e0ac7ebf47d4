"""Citizen identity numbers (GB 11643-1999; check character by ISO 7064 MOD 11-2).

An 18-character number is a six-digit division code, the birth date, a sequence of three digits
(odd for men) and a check character. Numbers of 15 digits were given out until 1999: they have a
birth year of two digits and no check character, and old registers still hold them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_FIFTEEN = re.compile(r"[1-9][0-9]{14}")
_CHINA = timezone(timedelta(hours=8))
_EARLIEST_BIRTH = date(1850, 1, 1)


class IdNumberFault(StrEnum):
    """Why a number cannot be a citizen's."""

    FORMAT = "format"
    """Not 17 digits and a digit or X."""
    BIRTH = "birth"
    """The date inside does not exist, or has not come yet."""
    CHECK = "check"
    """The last character does not belong to the others."""


class InvalidIdNumber(ValueError):
    """A text is no identity number. The message never holds the text."""

    def __init__(self, fault: IdNumberFault) -> None:
        super().__init__(f"not an identity number: {fault}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class IdNumber:
    """The parts of a valid 18-character number. ``repr`` hides all of them."""

    text: str = field(repr=False)
    division: str = field(repr=False)
    """GB/T 2260, six digits; 810000, 820000 and 830000 on residence permits."""
    birth: date = field(repr=False)
    sequence: str = field(repr=False)

    @property
    def sex(self) -> str:
        """GB/T 2261.1: ``1`` male, ``2`` female."""
        return "1" if int(self.sequence) % 2 else "2"


def check_character(first_seventeen: str) -> str:
    """The last character for 17 digits."""
    if not re.fullmatch(r"[0-9]{17}", first_seventeen):
        raise InvalidIdNumber(IdNumberFault.FORMAT)
    total = sum(
        int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True)
    )
    return _CHECK_CHARACTERS[total % 11]


def compose(division: str, birth: date, sequence: int) -> str:
    """The 18-character number of a division (six digits), a birth date and a sequence 0–999."""
    first = f"{division}{birth:%Y%m%d}{sequence:03d}"
    return first + check_character(first)


def parse(text: str, *, today: date | None = None) -> IdNumber:
    """Take an 18-character number apart; a small x counts as X.

    Raises ``InvalidIdNumber`` with the first fault found. ``today`` bounds the birth date
    (by default, today in China).
    """
    number = normalise(text)
    if not _EIGHTEEN.fullmatch(number):
        raise InvalidIdNumber(IdNumberFault.FORMAT)
    birth = _date(number[6:14])
    if birth is None or not _EARLIEST_BIRTH <= birth <= (today or datetime.now(_CHINA).date()):
        raise InvalidIdNumber(IdNumberFault.BIRTH)
    if check_character(number[:17]) != number[17]:
        raise InvalidIdNumber(IdNumberFault.CHECK)
    return IdNumber(number, number[:6], birth, number[14:17])


def is_valid(text: str) -> bool:
    """Whether a text is a valid 18-character number."""
    try:
        parse(text)
    except InvalidIdNumber:
        return False
    return True


def normalise(text: str) -> str:
    """The number as registers compare it: no blanks around it, X in capitals."""
    return text.strip().upper()


def to_eighteen(text: str) -> str:
    """The 18-character form of a 15-digit number (born in the twentieth century); an
    18-character number stays as it is. Raises ``InvalidIdNumber``."""
    number = normalise(text)
    if not _FIFTEEN.fullmatch(number):
        return parse(number).text
    first = f"{number[:6]}19{number[6:]}"
    if _date(first[6:14]) is None:
        raise InvalidIdNumber(IdNumberFault.BIRTH)
    return first + check_character(first)


def to_fifteen(text: str) -> str | None:
    """The 15-digit form that the same person may have in an old register; ``None`` for those
    born outside the twentieth century. Raises ``InvalidIdNumber``."""
    number = to_eighteen(text)
    return number[:6] + number[8:17] if number[6:8] == "19" else None


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
