"""The four text layouts, byte by byte."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import UserFault
from drivers.id_card import layouts
from drivers.id_card.contract import CardKind, IdentityRecord
from drivers.virtual.residents import RESIDENTS, resident, resident_by_slug


def put(block: bytes, at: int, text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return block[:at] + raw + block[at + len(raw) :]


def blank() -> bytes:
    return " ".encode("utf-16-le") * 128


def rejected(block: bytes) -> UserFault:
    with pytest.raises(UserFault) as caught:
        layouts.decode(block)
    assert (caught.value.code, caught.value.error_code) == ("card-data-invalid", "invalidMedia")
    return caught.value


def citizen() -> bytes:
    """The published offsets of the resident card, written out here once more."""
    block = put(blank(), 0, "李秀兰")
    block = put(block, 30, "2")
    block = put(block, 32, "01")
    block = put(block, 36, "19850617")
    block = put(block, 52, "广东省普宁市样例路1号")
    block = put(block, 122, "445281198506170202")
    block = put(block, 158, "普宁市公安局")
    block = put(block, 188, "20200409")
    return put(block, 204, "20400409")


def test_a_resident_card_by_its_published_offsets() -> None:
    assert layouts.decode(citizen()) == IdentityRecord(
        kind=CardKind.RESIDENT,
        name="李秀兰",
        id_number="445281198506170202",
        sex="2",
        birth=date(1985, 6, 17),
        valid_from=date(2020, 4, 9),
        valid_to=date(2040, 4, 9),
        nation="01",
        address="广东省普宁市样例路1号",
        issuer="普宁市公安局",
    )


def test_a_hong_kong_residence_permit_by_its_published_offsets() -> None:
    block = put(put(citizen(), 248, "J"), 122, "810000198809050158")
    block = put(put(put(block, 32, "  "), 220, "H00000021"), 238, "01")
    record = layouts.decode(block)
    assert record.kind is CardKind.HK_MACAO_TAIWAN_RESIDENCE
    assert (record.pass_number, record.issue_count, record.nation) == ("H00000021", "01", "")


def test_a_foreigners_permit_of_2017_by_its_published_offsets() -> None:
    block = put(blank(), 0, "SAMPLE, ANNA")
    block = put(block, 120, "2")
    block = put(block, 122, "CAN445281850701")
    block = put(block, 152, "CAN")
    block = put(block, 158, "何安娜")
    block = put(block, 188, "20190601")
    block = put(block, 204, "20290601")
    block = put(block, 220, "19850701")
    block = put(block, 236, "01")
    block = put(block, 240, "4400")
    record = layouts.decode(put(block, 248, "I"))
    assert record.kind is CardKind.FOREIGN_PERMANENT_2017
    assert (record.name, record.foreign_name) == ("何安娜", "SAMPLE, ANNA")
    assert (record.id_number, record.nationality) == ("CAN445281850701", "CAN")
    assert record.birth == date(1985, 7, 1)


def test_a_foreigners_permit_of_2023_by_its_published_offsets() -> None:
    name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ ABCDEFG IJKLMNOPQRS"
    block = put(put(blank(), 0, "高样文"), 30, "1")
    block = put(put(block, 32, "01"), 36, "19820514")
    block = put(put(block, 52, name[:35]), 220, name[35:])
    block = put(block, 122, "944276198205140030")
    block = put(put(block, 188, "20240220"), 204, "20340220")
    record = layouts.decode(put(put(block, 242, "DEU"), 248, "Y"))
    assert record.kind is CardKind.FOREIGN_PERMANENT_2023
    assert (record.foreign_name, record.nationality) == (name, "DEU")
    assert record.issue_count == "01"


@pytest.mark.parametrize("number", [each.number for each in RESIDENTS if each.number != 13])
def test_every_card_of_the_drawer_reads_as_it_was_written(number: int) -> None:
    card = resident(number).card
    if card.name != "公交卡":
        assert layouts.decode(layouts.encode(card)) == card


def test_long_term_validity_has_no_end() -> None:
    assert layouts.decode(put(citizen(), 204, "长期      ")).valid_to is None


def test_an_expired_card_reads() -> None:
    """Whether a card is still valid is the service's to judge."""
    record = layouts.decode(put(put(citizen(), 188, "20050901"), 204, "20150901"))
    assert record.valid_to == date(2015, 9, 1)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "   "),
        (30, "3"),
        (32, "57"),
        (32, "ab"),
        (36, "19850230"),
        (36, "        "),
        (36, "１９８５０６１７"),
        (122, "445281198506170203"),
        (122, "44528119850617    "),
        (188, "20209999"),
        (204, "长久      "),
        (204, "20190409"),
        (248, "I"),
        (248, "Y"),
    ],
)
def test_a_field_that_cannot_be_right_is_rejected(at: int, text: str) -> None:
    error = rejected(put(citizen(), at, text))
    assert "445281" not in str(error)
    assert "李" not in str(error)


def test_the_wrong_check_character_of_the_drawer_is_rejected() -> None:
    rejected(layouts.encode(resident_by_slug("song-chunhua").card))


def test_half_a_surrogate_is_rejected() -> None:
    rejected(b"\x00\xd8" + citizen()[2:])


@pytest.mark.parametrize("length", [0, 1, 255, 257, 1024])
def test_a_block_of_another_length_is_rejected(length: int) -> None:
    rejected(bytes(length))


@given(st.binary(min_size=256, max_size=256))
def test_any_block_reads_or_is_rejected(block: bytes) -> None:
    with suppress(UserFault):
        assert layouts.encode(layouts.decode(block))


def test_newest_address_there_and_back() -> None:
    address = "广东省普宁市池尾街道范本大道88号样例花园3栋1204房"
    assert layouts.decode_address(layouts.encode_address(address)) == address
    with pytest.raises(UserFault):
        layouts.decode_address(bytes(69))
    with pytest.raises(ValueError, match="too long"):
        layouts.encode_address("长" * 36)


def test_a_name_too_long_for_its_place_is_not_cut() -> None:
    with pytest.raises(ValueError, match="too long"):
        layouts.encode(replace(resident(1).card, name="长" * 16))


def test_peoples_have_their_standard_numbers() -> None:
    codes = {"01": "汉", "10": "朝鲜", "30": "土", "46": "德昂", "56": "基诺", "97": "其他"}
    assert {code: layouts.nation_name(code) for code in codes} == codes
    with pytest.raises(KeyError):
        layouts.nation_name("57")


def test_the_repr_hides_the_person() -> None:
    assert "李" not in repr(resident(1).card)
    assert "4452" not in repr(resident(1))
