"""Records of social security cards: layouts of both generations, and everything that is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import UserFault
from drivers.social_security_card.contract import SocialSecurityRecord
from drivers.social_security_card.records import Tag, decode, encode_name, gather, split

NUMBER = b"445281198506170202"
NAME, MORE = encode_name("李秀兰")
ISSUER: dict[int, bytes] = {
    Tag.CARD_CODE: bytes.fromhex("445281D15600000500000000FFFFFFFF"),
    Tag.CARD_CLASS: b"3",
    Tag.VERSION: b"2.00",
    Tag.ISSUED_ON: bytes.fromhex("20210506"),
    Tag.VALID_TO: bytes.fromhex("20310506"),
    Tag.CARD_NUMBER: b"A12345678",
}
HOLDER: dict[int, bytes] = {
    Tag.ID_NUMBER: NUMBER,
    Tag.NAME: NAME,
    Tag.SEX: b"2",
    Tag.NATION: b"\x01",
    Tag.BIRTHPLACE: bytes.fromhex("445281"),
    Tag.BIRTH: bytes.fromhex("19850617"),
}


def record(**items: bytes) -> SocialSecurityRecord:
    """The card above with other items, by the name of their tag; ``None`` takes one away."""
    changed: dict[int, bytes] = {Tag[name]: value for name, value in items.items()}
    both = {**ISSUER, **HOLDER, **changed}
    return decode(both, both)


def fault(**items: bytes) -> UserFault:
    with pytest.raises(UserFault) as caught:
        record(**items)
    assert (caught.value.code, caught.value.error_code) == ("card-data-invalid", "invalidMedia")
    return caught.value


def outcome(
    read: Callable[[], SocialSecurityRecord],
) -> tuple[str, SocialSecurityRecord | None]:
    """The code of the error, or the record."""
    try:
        return "", read()
    except UserFault as error:
        return error.code, None


def test_a_card_says_what_it_holds() -> None:
    assert record() == SocialSecurityRecord(
        generation=2,
        id_number="445281198506170202",
        name="李秀兰",
        birth=date(1985, 6, 17),
        sex="2",
        nation="01",
        birthplace="445281",
        card_number="A12345678",
        division="445281",
        version="2.00",
        issued_on=date(2021, 5, 6),
        valid_to=date(2031, 5, 6),
    )


def test_number_and_name_are_enough() -> None:
    few = decode({}, {Tag.ID_NUMBER: NUMBER, Tag.NAME: NAME})
    assert (few.name, few.birth, few.valid_to, few.sex) == ("李秀兰", date(1985, 6, 17), None, "")


def test_nothing_of_a_record_shows_in_its_repr() -> None:
    assert repr(record()) == "SocialSecurityRecord(generation=2)"


@pytest.mark.parametrize(
    ("version", "generation"),
    [(b"1.00", 1), (b"2.00", 2), (b"3.00", 3), (b"\0\0\0\0", 2), (b"", 2), (b"9", 2)],
)
def test_the_generation_is_the_versions(version: bytes, generation: int) -> None:
    assert record(VERSION=version).generation == generation


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("欧阳䶮𬱖".encode("gb18030"), "欧阳䶮𬱖"),
        (b"\xcd\xf5\xfe\x59", "王\u9fb4"),
        (b"\xcd\xf5\xfe\x51", "王\U00020087"),
        (b"\xcd\xf5\xaa\xa1", "王\ue000"),
        ("阿依古丽·买买提江".encode("gb18030"), "阿依古丽·买买提江"),
        (b"ANNA SAMPLE".ljust(30), "ANNA SAMPLE"),
    ],
)
def test_names_are_gb18030_with_private_codes_made_public(raw: bytes, name: str) -> None:
    assert record(NAME=raw.ljust(30, b"\0")).name == name


def test_a_long_name_goes_on_in_a_record_of_its_own_even_in_mid_character() -> None:
    name = "𬱖" * 8 + "·买"
    first, more = encode_name(name)
    assert (len(first), bool(more)) == (30, True)
    assert record(NAME=first, NAME_CONTINUED=more.ljust(20, b"\0")).name == name
    fault(NAME=NAME, NAME_CONTINUED=more)


@pytest.mark.parametrize("birth", ["00000000", "FFFFFFFF", "19850617"])
def test_the_birth_date_is_none_or_the_numbers(birth: str) -> None:
    assert record(BIRTH=bytes.fromhex(birth)).birth == date(1985, 6, 17)


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("ID_NUMBER", b"445281198506170203"),
        ("ID_NUMBER", b"44528119850617020"),
        ("ID_NUMBER", bytes(18)),
        ("ID_NUMBER", b""),
        ("ID_NUMBER", b"\xff" * 18),
        ("NAME", bytes(30)),
        ("NAME", b"\xff" * 30),
        ("NAME", b"\x81".ljust(30, b"\0")),
        ("NAME", b"A\x07B".ljust(30, b"\0")),
        ("SEX", b"3"),
        ("SEX", b"21"),
        ("NATION", b"\x57"),
        ("NATION", b"\x0a"),
        ("BIRTH", bytes.fromhex("19850618")),
        ("BIRTH", bytes.fromhex("19851317")),
        ("BIRTH", bytes.fromhex("198506")),
        ("BIRTH", bytes.fromhex("1985061700")),
        ("VALID_TO", bytes.fromhex("20310231")),
        ("VALID_TO", bytes.fromhex("2031AB01")),
        ("CARD_CODE", bytes.fromhex("44B281")),
        ("BIRTHPLACE", b"\xaa\xaa\xaa"),
        ("CARD_NUMBER", b"\x80\x81"),
        ("VERSION", b"2\x012"),
    ],
)
def test_an_item_that_cannot_be_right_is_the_cards_fault(item: str, value: bytes) -> None:
    error = fault(**{item: value})
    assert "445281" not in str(error)


def test_a_record_is_tag_length_and_value() -> None:
    assert split(b"\x08\x02AB") == (8, b"AB")
    assert split(b"\x08\x00") == (8, b"")
    assert split(b"\x08\x02AB\x00\xff ") == (8, b"AB")


@pytest.mark.parametrize("broken", [b"", b"\x08", b"\x08\x02A", b"\x08\xffAB", b"\x08\x01AB"])
def test_a_broken_record_is_the_cards_fault(broken: bytes) -> None:
    with pytest.raises(UserFault) as caught:
        split(broken)
    assert caught.value.code == "card-data-invalid"


def test_records_are_known_by_their_tags_and_come_once() -> None:
    assert gather([b"\x0a\x011", b"\x08\x01A", bytes(8), b"\xff\xff"]) == {10: b"1", 8: b"A"}
    with pytest.raises(UserFault, match="twice"):
        gather([b"\x08\x01A", b"\x08\x01B"])


@given(st.lists(st.binary(max_size=40), max_size=11), st.lists(st.binary(max_size=40), max_size=11))
def test_any_records_give_a_whole_identity_or_a_typed_error(
    issuer: list[bytes], holder: list[bytes]
) -> None:
    code, found = outcome(lambda: decode(gather(issuer), gather(holder)))
    assert code == "card-data-invalid" or (found and found.name and len(found.id_number) == 18)


ITEMS = st.fixed_dictionaries({}, optional={tag: st.binary(max_size=32) for tag in Tag})


@given(ITEMS)
def test_any_items_beside_a_good_number_and_name_are_read_or_refused(
    items: dict[int, bytes],
) -> None:
    both = {**items, Tag.ID_NUMBER: NUMBER}
    code, found = outcome(lambda: decode(both, both))
    assert code == "card-data-invalid" or (found and found.name and found.birth.year == 1985)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=20))
def test_every_name_comes_back_as_it_was_written(name: str) -> None:
    first, more = encode_name(name)
    assert record(NAME=first, NAME_CONTINUED=more).name == name


@given(st.binary(min_size=0, max_size=48), st.integers(0, 255))
def test_a_well_formed_record_splits_into_what_it_was_made_of(value: bytes, tag: int) -> None:
    assert split(bytes((tag, len(value))) + value) == (tag, value)
