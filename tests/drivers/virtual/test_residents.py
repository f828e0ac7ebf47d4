"""The drawer of cards."""

from __future__ import annotations

from datetime import date

import pytest

from drivers.id_card import id_number, layouts
from drivers.id_card.contract import CardKind
from drivers.virtual.residents import (
    DIVISION,
    RESIDENTS,
    CardCondition,
    Resident,
    resident,
    resident_by_slug,
)

CITIZENS = [each for each in RESIDENTS if each.kind is CardKind.RESIDENT]
TODAY = date(2026, 11, 24)


def test_numbers_run_from_one_and_names_are_unique() -> None:
    assert [each.number for each in RESIDENTS] == list(range(1, len(RESIDENTS) + 1))
    assert len({each.slug for each in RESIDENTS}) == len(RESIDENTS) >= 16
    assert resident(1).note == "no-house"
    assert resident_by_slug(resident(7).slug) is resident(7)
    with pytest.raises(KeyError):
        resident(0)


def test_every_kind_of_card_and_every_oddity_is_there() -> None:
    assert {each.kind for each in RESIDENTS} == set(CardKind)
    assert {each.condition for each in RESIDENTS} == set(CardCondition)
    assert any(each.card.valid_to is None for each in RESIDENTS)
    assert any(each.card.valid_to is not None and each.card.valid_to < TODAY for each in RESIDENTS)
    assert any(each.card.valid_from > TODAY for each in RESIDENTS)
    assert any(each.newest_address for each in RESIDENTS)
    assert any(ord(letter) > 0xFFFF for each in RESIDENTS for letter in each.name)


@pytest.mark.parametrize("each", CITIZENS, ids=lambda each: each.slug)
def test_a_citizens_number_agrees_with_the_card(each: Resident) -> None:
    assert each.id_number.startswith(DIVISION)
    if each.note == "wrong-check-digit":
        assert not id_number.is_valid(each.id_number)
    elif each.condition is not CardCondition.UNSUPPORTED:
        number = id_number.parse(each.id_number)
        assert (number.birth, number.sex) == (each.birth, each.card.sex)


def test_every_card_fits_its_layout() -> None:
    for each in RESIDENTS:
        assert len(layouts.encode(each.card)) == layouts.TEXT_LENGTH
        assert len(layouts.encode_address(each.newest_address)) == layouts.ADDRESS_LENGTH


def test_a_family_is_a_couple_with_minor_children() -> None:
    ages = sorted(TODAY.year - each.birth.year for each in RESIDENTS if each.family == "lin")
    assert len(ages) == 4
    assert ages[1] < 18 < ages[2]
