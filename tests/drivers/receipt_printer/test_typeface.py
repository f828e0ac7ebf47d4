"""Which characters are drawn: those of names above all."""

from __future__ import annotations

from functools import cache

import pytest

from drivers.receipt_printer.typeface import Typeface
from tests.drivers.receipt_printer.samples import NOTO

LEVEL_3 = {
    "URO": range(0x4E00, 0x9FF0),
    "radicals": range(0x2F00, 0x2FD6),
    "A": range(0x3400, 0x4DB6),
    "B": range(0x20000, 0x2A6D7),
    "C": range(0x2A700, 0x2B735),
    "D": range(0x2B740, 0x2B81E),
    "E": range(0x2B820, 0x2CEA2),
    "F": range(0x2CEB0, 0x2EBE1),
}
"""Chinese characters that GB18030-2022 asks of an implementation of level 3."""


@cache
def typeface() -> Typeface:
    return Typeface(NOTO / "NotoSansCJK-Regular.ttc")


def drawn(block: range) -> float:
    return sum(typeface().font_of(chr(code)) is not None for code in block) / len(block)


@pytest.mark.parametrize("block", LEVEL_3)
def test_every_chinese_character_of_level_3_is_drawn(block: str) -> None:
    assert drawn(LEVEL_3[block]) == 1


@pytest.mark.parametrize(
    ("newer", "share"),
    [
        (range(0x30000, 0x3134B), 0.61),  # Extension G
        (range(0x31350, 0x323B0), 0.54),  # Extension H
    ],
)
def test_more_than_half_of_the_newer_ones_are_drawn(newer: range, share: float) -> None:
    assert drawn(newer) >= share


def test_noto_is_asked_first_and_others_are_struck_twice_for_bold() -> None:
    bold = Typeface(NOTO / "NotoSansCJK-Bold.ttc", bold=True)
    assert bold.font_of("政") is bold.main
    other = bold.font_of("\U00030000")
    assert other is not None
    assert (bold.strikes(bold.main), bold.strikes(other), typeface().strikes(other)) == (1, 2, 1)
