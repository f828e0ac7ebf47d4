"""The three entries that open a chip, found in text that was read off a picture.

Reading by light takes O for 0 and K for the filler, so letters are put right where only digits
may stand; what then does not fit its own check digits is not believed (ICAO Doc 9303-3, 4.9).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from drivers.travel_document.contract import MrzKey
from drivers.travel_document.mrz import KeyInvalid, check_digit, key_typed

LONGEST_TEXT = 4096
_DIGIT = "[0-9OQDIZSBGL]"
_MEANT = str.maketrans("OQDIZSBGL", "000125861")
_DATES = rf"({_DIGIT}{{6}})({_DIGIT})[MFX<K]({_DIGIT}{{6}})({_DIGIT})"
_NUMBER = rf"([A-Z0-9<]{{9}})({_DIGIT})"
_TWO_LINES = re.compile(rf"{_NUMBER}[A-Z0-9<]{{3}}{_DATES}")
"""The second line of TD2 and TD3 (Doc 9303-4 and 9303-6)."""
_THREE_LINES = re.compile(rf"[ACI][A-Z0-9<]{{4}}{_NUMBER}[A-Z0-9<]*\n{_DATES}")
"""The first two lines of TD1 (Doc 9303-5)."""


def key_in(text: str, today: date) -> MrzKey | None:
    """The key of the first zone in a text whose check digits are right; ``None`` without one."""
    lines = "\n".join("".join(line.split()) for line in text[:LONGEST_TEXT].upper().splitlines())
    for number, digit, birth, birth_digit, expiry, expiry_digit in _candidates(lines):
        born, expires = birth.translate(_MEANT), expiry.translate(_MEANT)
        fits = (
            check_digit(born) == birth_digit.translate(_MEANT)
            and check_digit(expires) == expiry_digit.translate(_MEANT)
            and check_digit(number) == digit.translate(_MEANT)
        )
        key = _key(number, born, expires, today) if fits else None
        if key is not None:
            return key
    return None


def _candidates(lines: str) -> Iterator[tuple[str, ...]]:
    for pattern in (_TWO_LINES, _THREE_LINES):
        for found in pattern.finditer(lines):
            number, *rest = found.groups()
            yield (number, *rest)
            # A permit's number is a letter and digits, or digits alone.
            yield (number[0] + number[1:].translate(_MEANT), *rest)
            yield (number.translate(_MEANT), *rest)


def _key(number: str, born: str, expires: str, today: date) -> MrzKey | None:
    try:
        birth, expiry = _date(born, today.year), _date(expires, 2069)
        return key_typed(number, birth, expiry, today=today)
    except (KeyInvalid, ValueError):
        return None


def _date(digits: str, latest: int) -> date:
    """``YYMMDD`` in the hundred years up to ``latest``."""
    year = latest - (latest - int(digits[:2])) % 100
    return date(year, int(digits[2:4]), int(digits[4:]))
