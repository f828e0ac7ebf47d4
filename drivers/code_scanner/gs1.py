"""Element strings of GS1 codes (GS1 General Specifications, release 24, sections 3 and 7.8).

A value of predefined length ends by itself; any other ends at a separator (FNC1, which scanners
send as GS, hex 1D) or at the end of the code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drivers.code_scanner.contract import Element
from drivers.errors import UserFault

SEPARATOR = "\x1d"
MOST_ELEMENTS = 64
_TEXT = re.compile(r"[!\"%-?A-Z_a-z]+")
"""The 82 characters of figure 7.11-1."""
_DATE = re.compile(r"[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])")
"""YYMMDD; the day may be 00."""


@dataclass(frozen=True, slots=True)
class _Form:
    shortest: int
    longest: int
    numeric: bool = True
    check_digit: bool = False
    date: bool = False

    @property
    def fixed(self) -> bool:
        return self.shortest == self.longest


def _up_to(longest: int, *, numeric: bool = False) -> _Form:
    return _Form(1, longest, numeric)


_KEY_13, _KEY_14 = _Form(13, 13, check_digit=True), _Form(14, 14, check_digit=True)
_DAY = _Form(6, 6, date=True)
FORMS: dict[str, _Form] = {
    "00": _Form(18, 18, check_digit=True),
    "01": _KEY_14,
    "02": _KEY_14,
    "10": _up_to(20),
    **dict.fromkeys(("11", "12", "13", "15", "16", "17"), _DAY),
    "20": _Form(2, 2),
    "21": _up_to(20),
    "22": _up_to(20),
    "30": _up_to(8, numeric=True),
    "37": _up_to(8, numeric=True),
    **{f"{measure}{decimals}": _Form(6, 6) for measure in range(310, 317) for decimals in range(6)},
    "240": _up_to(30),
    "241": _up_to(30),
    "250": _up_to(30),
    "251": _up_to(30),
    "253": _Form(13, 30, numeric=False),
    "254": _up_to(20),
    "400": _up_to(30),
    "401": _up_to(30),
    "402": _Form(17, 17, check_digit=True),
    "403": _up_to(30),
    **{str(location): _KEY_13 for location in range(410, 418)},
    "420": _up_to(20),
    "421": _Form(4, 12, numeric=False),
    "8003": _Form(15, 30, numeric=False),
    "8004": _up_to(30),
    "8005": _Form(6, 6),
    "8006": _Form(18, 18),
    "8017": _Form(18, 18, check_digit=True),
    "8018": _Form(18, 18, check_digit=True),
    "8020": _up_to(25),
    **{str(internal): _up_to(90 if internal > 90 else 30) for internal in range(90, 100)},
}
"""By application identifier: those common in trade, logistics and payment."""


def parse(text: str) -> tuple[Element, ...]:
    """Take the data of a GS1 code apart; a separator in front is passed over.

    Raises ``UserFault`` ``code-invalid`` for an identifier that is not in ``FORMS`` and for a value
    that its form forbids. The message holds nothing of the code.
    """
    elements: list[Element] = []
    rest = text.removeprefix(SEPARATOR)
    while rest:
        if len(elements) == MOST_ELEMENTS:
            raise _invalid("more element strings than a code holds")
        identifier = next((rest[:size] for size in (2, 3, 4) if rest[:size] in FORMS), None)
        if identifier is None:
            raise _invalid("an unknown application identifier")
        value, rest = _value(rest[len(identifier) :], FORMS[identifier])
        elements.append(Element(identifier, value))
    if not elements:
        raise _invalid("no element string")
    return tuple(elements)


def check_digit(digits: str) -> str:
    """The last digit of a GS1 key for the digits before it (section 7.9.1)."""
    weighted = (int(digit) * (3, 1)[at % 2] for at, digit in enumerate(reversed(digits)))
    return str(-sum(weighted) % 10)


def _value(rest: str, form: _Form) -> tuple[str, str]:
    """The value at the start of ``rest``, and what follows it."""
    if form.fixed:
        value, rest = rest[: form.longest], rest[form.longest :].removeprefix(SEPARATOR)
    else:
        value, _, rest = rest.partition(SEPARATOR)
    _check(value, form)
    return value, rest


def _check(value: str, form: _Form) -> None:
    if not form.shortest <= len(value) <= form.longest:
        raise _invalid("a value of the wrong length")
    if form.numeric and not (value.isascii() and value.isdigit()):
        raise _invalid("a number with other characters")
    if not _TEXT.fullmatch(value):
        raise _invalid("a character outside GS1's set")
    if form.check_digit and check_digit(value[:-1]) != value[-1]:
        raise _invalid("a wrong check digit")
    if form.date and not _DATE.fullmatch(value):
        raise _invalid("a date that does not exist")


def _invalid(what: str) -> UserFault:
    return UserFault("code-invalid", f"the GS1 code has {what}", error_code="barcodeInvalid")
