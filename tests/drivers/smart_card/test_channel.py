"""Seeing a command through: 61xx, 6Cxx, and cards that answer anything."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.smart_card.channel import complete
from drivers.smart_card.slot_reader import interface_bytes


class Script:
    """A card that gives each command the next answer, and remembers what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = [bytes.fromhex(each) for each in answers]
        self.asked: list[str] = []

    def send(self, command: bytes) -> bytes:
        self.asked.append(command.hex(" ").upper())
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("command", "answers", "asked", "whole"),
    [
        ("00B2012C00", ["AABB9000"], ["00 B2 01 2C 00"], "AABB9000"),
        ("00B2012C00", ["6C02", "AABB9000"], ["00 B2 01 2C 00", "00 B2 01 2C 02"], "AABB9000"),
        ("00A4000C", ["6C02", "AABB9000"], ["00 A4 00 0C", "00 A4 00 0C 02"], "AABB9000"),
        (
            "00A40200 02 EF05",
            ["6C04", "01020304 9000"],
            ["00 A4 02 00 02 EF 05", "00 A4 02 00 02 EF 05 04"],
            "010203049000",
        ),
        (
            "00A4020002EF05",
            ["6103", "0102036102", "04059000"],
            ["00 A4 02 00 02 EF 05", "00 C0 00 00 03", "00 C0 00 00 02"],
            "01020304059000",
        ),
        (
            "0CB0000000",
            ["6C02", "AA6101", "BB9000"],
            ["0C B0 00 00 00", "0C B0 00 00 02", "00 C0 00 00 01"],
            "AABB9000",
        ),
        ("01CA000000", ["6102", "AABB6282"], ["01 CA 00 00 00", "01 C0 00 00 02"], "AABB6282"),
        ("00B2012C00", ["6A83"], ["00 B2 01 2C 00"], "6A83"),
        ("00B2012C00", ["6C02", "6C03"], ["00 B2 01 2C 00", "00 B2 01 2C 02"], "6C03"),
    ],
)
def test_an_answer_is_seen_through(
    command: str, answers: list[str], asked: list[str], whole: str
) -> None:
    script = Script(*answers)
    assert complete(script.send, bytes.fromhex(command)) == bytes.fromhex(whole)
    assert script.asked == asked
    assert script.answers == []


@pytest.mark.parametrize("answer", ["", "90"])
def test_an_answer_without_a_status_is_garbled(answer: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        complete(Script(answer).send, bytes(5))
    assert caught.value.code == "card-garbled"


def test_a_card_that_always_has_more_is_not_believed() -> None:
    asked = []

    def send(command: bytes) -> bytes:
        asked.append(command)
        return bytes(16) + b"\x61\x10"

    with pytest.raises(ProtocolError) as caught:
        complete(send, bytes(5))
    assert caught.value.code == "card-garbled"
    assert len(asked) < 300


@given(
    st.binary(min_size=4, max_size=261), st.lists(st.binary(max_size=20), min_size=1, max_size=5)
)
def test_whatever_a_card_answers_ends_in_a_status_or_a_typed_error(
    command: bytes, answers: list[bytes]
) -> None:
    script = itertools.cycle(answers)
    code, found = "", b""
    try:
        found = complete(lambda _: next(script), command)
    except ProtocolError as error:
        code = error.code
    assert code == "card-garbled" or (len(found) >= 2 and found[-2] != 0x61)


@pytest.mark.parametrize(
    ("atr", "interface"),
    [
        ("3B00", "3B00"),
        ("3B6D0000" + "41" * 13, "3B6D0000"),
        ("3B8F8001804F0CA000000306030001000000006A", "3B8F8001"),
        ("3BFF1300FF10", "3BFF1300FF10"),
        ("3B", "3B"),
        ("", ""),
    ],
)
def test_historical_bytes_are_left_out(atr: str, interface: str) -> None:
    assert interface_bytes(bytes.fromhex(atr)).hex().upper() == interface


@given(st.binary(max_size=40))
def test_interface_bytes_are_a_beginning_of_any_bytes(atr: bytes) -> None:
    assert atr.startswith(interface_bytes(atr))
