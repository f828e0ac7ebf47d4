from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.document_printer.ipp import (
    MAX_MESSAGE,
    Group,
    Message,
    Operation,
    Tag,
    Value,
    decode,
    encode,
    request,
)
from drivers.errors import ProtocolError

values = st.builds(Value, tag=st.integers(0x10, 0xFF), data=st.binary(max_size=40))
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
groups = st.builds(
    Group,
    tag=st.sampled_from([Tag.OPERATION_ATTRIBUTES, Tag.JOB_ATTRIBUTES, Tag.PRINTER_ATTRIBUTES]),
    attributes=st.dictionaries(names, st.lists(values, min_size=1, max_size=3), max_size=4),
)
messages = st.builds(
    Message,
    code=st.integers(0, 0xFFFF),
    request_id=st.integers(-(2**31), 2**31 - 1),
    groups=st.lists(groups, max_size=4),
)


def printer_answer() -> Message:
    group = Group(Tag.PRINTER_ATTRIBUTES)
    group.put_strings("printer-state-reasons", Tag.KEYWORD, "media-low-warning", "toner-low")
    group.put_integers("printer-impressions-completed", Tag.INTEGER, 4711)
    return Message(0, 7, [Group(Tag.OPERATION_ATTRIBUTES), group])


@given(messages)
def test_what_was_encoded_is_decoded_again(message: Message) -> None:
    assert decode(encode(message)) == message


def test_values_of_an_answer_are_read_by_name() -> None:
    group = decode(encode(printer_answer())).group(Tag.PRINTER_ATTRIBUTES)

    assert group.strings("printer-state-reasons") == ["media-low-warning", "toner-low"]
    assert group.integer("printer-impressions-completed") == 4711
    assert group.integer("printer-state-reasons") is None
    assert group.string("absent") == ""


def test_an_integer_of_the_wrong_size_is_no_integer() -> None:
    group = Group(Tag.PRINTER_ATTRIBUTES, {"count": [Value(Tag.INTEGER, b"\1\2")]})

    assert group.integer("count") is None


def test_a_request_opens_with_charset_language_and_printer() -> None:
    message = request(Operation.GET_JOBS, 3, "ipp://host/ipp/print")

    assert list(message.groups[0].attributes) == [
        "attributes-charset",
        "attributes-natural-language",
        "printer-uri",
    ]


def test_an_answer_cut_anywhere_is_refused() -> None:
    whole = encode(printer_answer())

    for length in range(len(whole)):
        with pytest.raises(ProtocolError, match="ends too early"):
            decode(whole[:length])


def test_a_document_behind_the_attributes_is_left_alone() -> None:
    assert decode(encode(printer_answer()) + b"%PDF-1.7") == printer_answer()


@given(st.binary(max_size=400))
def test_garbage_raises_nothing_but_a_protocol_error(data: bytes) -> None:
    with suppress(ProtocolError):
        assert encode(decode(data))[:8] == data[:8]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\0" * (MAX_MESSAGE + 1), "too large"),
        (b"\2\0\0\0\0\0\0\1" + b"\x21\0\1a\0\0" + b"\3", "outside of any group"),
        (b"\2\0\0\0\0\0\0\1" + b"\4\x21\0\0\0\0" + b"\3", "has no attribute"),
        (b"\2\0\0\0\0\0\0\1" + b"\4" * 30_000, "too many"),
        (b"\2\0\0\0\0\0\0\1" + b"\4\x41\0\1a\xff\xff", "ends too early"),
    ],
)
def test_hostile_messages_are_named(data: bytes, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        decode(data)
