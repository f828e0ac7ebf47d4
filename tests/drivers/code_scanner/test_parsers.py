"""What the parsers make of good, split, merged, hostile and oversized input."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.code_scanner import gs1
from drivers.code_scanner.contract import Element, Symbology
from drivers.code_scanner.keys import EVENT, EventParser, KeyReader, keystrokes
from drivers.code_scanner.lines import LineParser
from drivers.code_scanner.payload import LONGEST_DATA, LONGEST_TEXT, code_of
from drivers.errors import DeviceError, ProtocolError, UserFault
from tests.drivers.streams import CUTS, portions


def test_a_line_without_its_prefix_or_end_is_no_code() -> None:
    parser = LineParser(b"\x02")
    assert parser.feed(b"abc\r\n\x02d\r") == [b"d"]
    assert parser.discarded == 3
    parser.feed(b"\x02half")
    assert parser.waiting
    parser.give_up()
    assert not parser.waiting


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_a_code_or_a_refusal(data: bytes) -> None:
    text, refusal = "", ""
    try:
        text = code_of(data).text
    except DeviceError as error:
        refusal = error.code
    assert bool(text) != bool(refusal)
    assert refusal in {"", "code-refused", "code-invalid", "code-scanner-garbled"}
    assert all(each.isprintable() or unicodedata.category(each) == "Zs" for each in text)


@pytest.mark.parametrize(
    "text", ["", "\x1b[2J", "a\nb", "a\x00b", "\u202egpj.exe", "\u200bx", "\ue000", "x\x1dy"]
)
def test_controls_and_invisible_characters_are_refused(text: str) -> None:
    with pytest.raises(UserFault) as caught:
        code_of(b"]Q1" + text.encode())
    assert (caught.value.code, caught.value.error_code) == ("code-refused", "barcodeInvalid")


def test_length_is_bounded() -> None:
    assert len(code_of(b"1" * LONGEST_TEXT).text) == LONGEST_TEXT
    for length in (LONGEST_TEXT + 1, LONGEST_DATA + 1):
        with pytest.raises(UserFault, match="code-refused"):
            code_of(b"1" * length)


def test_chinese_is_read_in_both_encodings() -> None:
    for encoding in ("utf-8", "gb18030"):
        assert code_of("]Q1取号单".encode(encoding)).text == "取号单"
    with pytest.raises(ProtocolError, match="code-scanner-garbled"):
        code_of("取号单".encode("gb18030"), "utf-8")


@pytest.mark.parametrize(
    ("identifier", "symbology"),
    [
        ("]Q1", Symbology.QR_CODE),
        ("]C0", Symbology.CODE_128),
        ("]L2", Symbology.PDF_417),
        ("]d1", Symbology.DATA_MATRIX),
        ("]E0", Symbology.EAN_13),
        ("]E4", Symbology.EAN_8),
        ("]?!", None),
        ("", None),
    ],
)
def test_aim_identifiers_tell_the_kind(identifier: str, symbology: Symbology | None) -> None:
    assert code_of(f"{identifier}690".encode()).symbology is symbology


@pytest.mark.parametrize("identifier", ["]C1", "]Q3", "]d2"])
def test_gs1_data_is_known_by_its_identifier(identifier: str) -> None:
    code = code_of(f"{identifier}\x1d010690123456789217271231".encode())
    assert [each.identifier for each in code.gs1] == ["01", "17"]
    assert code.text == "010690123456789217271231"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0106901234567893",  # check digit
        "01069012345678",  # too short
        "17271331",  # month 13
        "17271232",  # day 32
        "10" + "A" * 21,  # too long
        "10AB\x01",
        "10A B",
        "9",
        "65123",
        "30\u0661",  # a digit, but no ASCII digit
        "10A\x1d" * 65,
    ],
)
def test_gs1_data_that_breaks_a_rule_is_invalid(text: str) -> None:
    with pytest.raises(UserFault, match="code-invalid"):
        gs1.parse(text)


def test_check_digits_are_those_of_the_specification() -> None:
    assert gs1.check_digit("629104150021") == "3"
    assert gs1.check_digit("37610425002123456") == "9"


@given(st.text(st.sampled_from("0123456789aA\x1d(),\x00\u0663"), max_size=60))
def test_any_text_is_gs1_data_or_invalid(text: str) -> None:
    elements: tuple[Element, ...] = ()
    refusal = ""
    try:
        elements = gs1.parse(text)
    except UserFault as error:
        refusal = error.code
    assert bool(elements) != (refusal == "code-invalid")


@given(CUTS)
def test_keystrokes_spell_the_code_however_they_are_cut(cuts: list[int]) -> None:
    text = 'https://A.cn/?b="C"&d={[1_2]}~\\|'
    events, keys = EventParser(), KeyReader()
    parts = portions(keystrokes(text) + keystrokes("2"), cuts)
    found = [keys.feed(event) for part in parts for event in events.feed(part)]
    assert [each for each in found if each] == [text.encode(), b"2"]
    assert not keys.waiting


def test_a_repeat_is_no_second_key_and_caps_lock_turns_letters_only() -> None:
    keys = KeyReader()
    struck = [(58, 1), (30, 1), (30, 2), (30, 2), (30, 0), (2, 1), (28, 1)]
    found = [keys.feed(event) for each in struck for event in EventParser().feed(_event(*each))]
    assert found[-1] == b"A1"


def test_a_key_without_a_character_spoils_the_code() -> None:
    keys = KeyReader()
    for code in (30, 59, 28):  # a, F1, Enter
        for event in EventParser().feed(_event(code, 1)):
            assert keys.feed(event) is None
    assert keys.spoilt_codes == 1
    with pytest.raises(ValueError, match="no key"):
        keystrokes("例")


@given(st.binary(max_size=400))
def test_any_bytes_are_keystrokes_or_nothing(data: bytes) -> None:
    keys = KeyReader()
    for event in EventParser().feed(data):
        code = keys.feed(event)
        assert code is None or code.decode().isprintable()


def _event(code: int, value: int) -> bytes:
    return EVENT.pack(0, 0, 1, code, value)
