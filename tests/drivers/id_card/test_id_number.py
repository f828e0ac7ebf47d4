"""GB 11643 numbers."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card import id_number
from drivers.id_card.id_number import IdNumberFault, InvalidIdNumber

BIRTHS = st.dates(date(1900, 1, 1), date(2020, 12, 31))
TWENTIETH = st.dates(date(1900, 1, 1), date(1999, 12, 31))


def test_the_published_example_checks() -> None:
    """The sample numbers of GB 11643-1999, annex A."""
    assert id_number.is_valid("11010519491231002X")
    assert id_number.is_valid("440524188001010014")


@given(BIRTHS, st.integers(0, 999))
def test_parts_come_back(birth: date, sequence: int) -> None:
    number = id_number.parse(id_number.compose("445281", birth, sequence))
    assert (number.division, number.birth, int(number.sequence)) == ("445281", birth, sequence)
    assert number.sex == ("1" if sequence % 2 else "2")


@given(BIRTHS, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_never_passes(birth: date, sequence: int, place: int, by: int) -> None:
    number = id_number.compose("445281", birth, sequence)
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert not id_number.is_valid(wrong)


@given(TWENTIETH, st.integers(0, 999))
def test_old_and_new_number_are_one_person(birth: date, sequence: int) -> None:
    new = id_number.compose("445281", birth, sequence)
    old = id_number.to_fifteen(new)
    assert old is not None
    assert len(old) == 15
    assert id_number.to_eighteen(old) == new


def test_who_was_born_later_has_no_old_number() -> None:
    assert id_number.to_fifteen(id_number.compose("445281", date(2014, 5, 5), 48)) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", IdNumberFault.FORMAT),
        ("44528119850617020", IdNumberFault.FORMAT),
        ("4452811985061702020", IdNumberFault.FORMAT),
        ("44528119850617020Y", IdNumberFault.FORMAT),
        ("04528119850617020X", IdNumberFault.FORMAT),
        ("４４５２８１１９８５０６１７０２０２", IdNumberFault.FORMAT),
        ("445281198506170202\n445281198506170202", IdNumberFault.FORMAT),
        ("445281198502300208", IdNumberFault.BIRTH),
        ("445281209906170202", IdNumberFault.BIRTH),
        ("445281198506170203", IdNumberFault.CHECK),
    ],
)
def test_what_is_no_number_says_why(text: str, fault: IdNumberFault) -> None:
    with pytest.raises(InvalidIdNumber) as caught:
        id_number.parse(text)
    assert caught.value.fault is fault
    assert not text or text not in str(caught.value)


def test_a_small_x_and_blanks_are_forgiven() -> None:
    assert id_number.parse(" 11010519491231002x ").text == "11010519491231002X"


@given(st.text())
def test_any_text_is_judged_without_a_crash(text: str) -> None:
    assert id_number.is_valid(text) in (True, False)


def test_the_repr_hides_the_person() -> None:
    assert "4452" not in repr(id_number.parse("445281198506170202"))
