"""Which reader a pattern means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.smart_card.names import choose, fits, is_contactless, split_name

ACS = "ACS ACR39U [CCID Interface] (12.3) 01 00"


@pytest.mark.parametrize(
    ("pattern", "slot", "fit"),
    [
        ("*", 0, True),
        ("acs*", 0, True),
        ("*ACR39U*", 0, True),
        ("ACS ACR39U [CCID Interface] (12.3)", 0, True),
        ("*[CCID Interface]*", 0, True),
        ("*", 1, False),
        ("ACR39U", 0, False),
        ("ACS ACR39. [CCID Interface] (12.3)", 0, False),
        ("ACS ACR39U [CCID Interface] (12.3) 01 00", 0, False),
    ],
)
def test_a_pattern_is_held_against_what_lasts_of_a_name(pattern: str, slot: int, fit: bool) -> None:
    assert fits(ACS, pattern, slot) is fit


def test_the_number_is_left_out_and_the_slot_is_hexadecimal() -> None:
    assert split_name("Omnikey 5422 0A 1F") == ("Omnikey 5422", 31)
    assert split_name("Omnikey") == ("Omnikey", 0)


@given(st.text(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_every_name_is_found_by_itself_whatever_its_number(
    base: str, number: int, slot: int
) -> None:
    name = f"{base} {number:02X} {slot:02X}"
    assert split_name(name) == (base, slot)
    assert fits(name, base, slot)
    assert fits(name, "*", slot)


@pytest.mark.parametrize(
    ("names", "pattern", "chosen"),
    [
        (["ACS ACR39U 00 00", ACS], "ACS ACR39U", "ACS ACR39U 00 00"),
        ([ACS], "ACS ACR39U", ACS),
        ([ACS], "ACS ACR39U [Smart Card Interface] (77)", ACS),
        (["ACS ACR39U 03 00"], "ACS ACR39U [CCID Interface] (12.3)", "ACS ACR39U 03 00"),
        ([ACS, "ACS ACR39U [CCID Interface] (45.6) 00 00"], "ACS ACR39U", None),
        (["ACS ACR39U [CCID Interface] 00 01"], "ACS ACR39U", None),
        (["ACS ACR40T [CCID Interface] 00 00"], "ACS ACR39U", None),
        ([], "*", None),
    ],
)
def test_a_reader_whose_driver_names_it_anew_is_known_unless_there_are_two(
    names: list[str], pattern: str, chosen: str | None
) -> None:
    assert choose(names, pattern, 0) == chosen


@pytest.mark.parametrize(
    ("name", "contactless"),
    [
        ("HID Global OMNIKEY 5022 Smart Card Reader [OMNIKEY 5022 CL] 00 00", True),
        ("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00", True),
        ("SCM Microsystems Inc. SDI011 Contactless Reader 00 01", True),
        (ACS, False),
        ("Virtual PCD 00 00", False),
        ("CLOUD 2700 R Smart Card Reader 00 00", False),
    ],
)
def test_a_contactless_reader_is_known_by_its_name(name: str, contactless: bool) -> None:
    assert is_contactless(name) is contactless
