from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import DeviceError
from drivers.travel_document import mrz
from drivers.travel_document.contract import MrzKey, TravelDocumentKind
from drivers.travel_document.mrz import KeyInvalid
from drivers.travel_document.tlv import DocumentDataInvalid
from drivers.virtual.emrtd_people import HOLDERS, Holder, holder

TD1 = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
"""Doc 9303-5, Appendix A."""
TD1_LONG_NUMBER = (
    "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
)
"""Doc 9303-11, D.2."""
TD2 = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
"""Doc 9303-6, Appendix A."""
TD3 = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""Doc 9303-4, Appendix A."""
SPECIMENS = (TD1, TD1_LONG_NUMBER, TD2, TD3)


@pytest.mark.parametrize(
    ("text", "number", "optional"),
    [(TD1, "D23145890", ""), (TD2, "D23145890", ""), (TD3, "L898902C3", "ZE184226B")],
)
def test_specimens(text: str, number: str, optional: str) -> None:
    zone = mrz.parse(text.encode())
    assert (zone.number, zone.optional_data, zone.sex) == (number, optional, "2")
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.birth, zone.expiry) == (date(1974, 8, 12), date(2012, 4, 15))
    assert (zone.issuer, zone.nationality) == ("UTO", "UTO")
    assert mrz.parse((text[:30] + "\r\n" + text[30:]).encode()) == zone


def test_a_number_of_more_than_nine_characters() -> None:
    zone = mrz.parse(TD1_LONG_NUMBER.encode())
    assert zone.number == "D23145890734"
    assert zone.birth == date(1934, 7, 12)
    assert mrz.information(zone.key) == b"D23145890734934071279507122"


def test_nothing_of_a_person_is_in_what_is_logged() -> None:
    zone = mrz.parse(TD3.encode())
    assert "898902" not in repr(zone) + repr(zone.key)
    assert "ERIKSSON" not in repr(zone)


@pytest.mark.parametrize("text", SPECIMENS)
def test_each_character_that_is_checked_is_checked(text: str) -> None:
    """Names, the document's code and the states have no check digits, nor has the sex. Digits tell
    only characters apart whose values differ in the last place."""
    half = 30 if len(text) == 90 else len(text) // 2
    unchecked = set(range(5)) | (set(range(60, 90)) if half == 30 else set(range(half)))
    unchecked |= {37, *range(45, 48)} if half == 30 else {half + 20, *range(half + 10, half + 13)}
    for place in sorted(set(range(len(text))) - unchecked):
        other = str((int(mrz.check_digit("<<" + text[place])) + 1) % 10)
        with pytest.raises(DeviceError, match="document-data-invalid"):
            mrz.parse((text[:place] + other + text[place + 1 :]).encode())


@given(st.binary(max_size=200) | st.text("A0<9", min_size=85, max_size=92).map(str.encode))
def test_whatever_comes_is_a_zone_or_an_error(data: bytes) -> None:
    with contextlib.suppress(DocumentDataInvalid):
        mrz.parse(data)


@pytest.mark.parametrize("each", HOLDERS, ids=lambda each: each.document)
def test_the_synthetic_documents(each: Holder) -> None:
    zone = mrz.parse("".join(each.lines).encode())
    assert zone.key == each.key
    assert (zone.surname, zone.given_names) == (each.surname, each.given_names)


def test_kinds() -> None:
    kinds = [mrz.parse("".join(each.lines).encode()).kind for each in HOLDERS]
    assert kinds == [
        TravelDocumentKind.PASSPORT,
        TravelDocumentKind.HOME_RETURN_PERMIT,
        TravelDocumentKind.TAIWAN_PASS,
    ]
    assert mrz.parse(TD1.encode()).kind is TravelDocumentKind.OTHER


BIRTH, EXPIRY = date(1988, 9, 5), date(2034, 3, 1)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("H0000002101", "H00000021"),
        ("h 0000-0021", "H00000021"),
        ("M12345678", "M12345678"),
        ("04452812", "04452812"),
        ("L898902C<", "L898902C"),
        ("D23145890734", "D23145890734"),
    ],
)
def test_what_a_person_types(typed: str, number: str) -> None:
    assert mrz.key_typed(typed, BIRTH, EXPIRY) == MrzKey(number, BIRTH, EXPIRY)


@pytest.mark.parametrize(
    ("number", "birth", "expiry", "code"),
    [
        ("", BIRTH, EXPIRY, "key-number-invalid"),
        ("港00000021", BIRTH, EXPIRY, "key-number-invalid"),
        ("A" * 23, BIRTH, EXPIRY, "key-number-invalid"),
        ("H00000021", date(2030, 1, 2), EXPIRY, "key-birth-invalid"),
        ("H00000021", date(1900, 1, 1), EXPIRY, "key-birth-invalid"),
        ("H00000021", BIRTH, date(2099, 1, 1), "key-expiry-invalid"),
        ("H00000021", BIRTH, date(1949, 1, 1), "key-expiry-invalid"),
    ],
)
def test_what_no_document_says(number: str, birth: date, expiry: date, code: str) -> None:
    with pytest.raises(KeyInvalid) as caught:
        mrz.key_typed(number, birth, expiry, today=date(2026, 11, 24))
    assert caught.value.code == code


def test_a_number_opens_the_same_with_and_without_its_count() -> None:
    person = holder("home-return")
    typed = mrz.key_typed(person.number + "01", person.birth, person.expiry)
    assert mrz.information(typed) == mrz.information(person.key)
