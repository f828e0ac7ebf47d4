"""What a printer says: three values, told apart byte by byte."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.receipt_printer import status
from drivers.receipt_printer.contract import Answer
from drivers.receipt_printer.status import Automatic, Full, RealTime, Sensors, StatusParser
from drivers.virtual.receipt_printer_panel import Panel

YES, NO, NO_ANSWER = Answer.YES, Answer.NO, Answer.NO_ANSWER


@pytest.mark.parametrize(
    ("question", "byte", "sensor", "answer"),
    [
        (1, 0x12, "offline", NO),
        (1, 0x1A, "offline", YES),
        (2, 0x12, "cover_open", NO),
        (2, 0x16, "cover_open", YES),
        (2, 0x12, "paper_out", NO_ANSWER),  # it only says why printing stopped
        (2, 0x32, "paper_out", YES),
        (3, 0x12, "cutter_fault", NO),
        (3, 0x1A, "cutter_fault", YES),
        (3, 0x32, "broken", YES),
        (4, 0x12, "paper_out", NO),
        (4, 0x72, "paper_out", YES),
        (4, 0x1E, "near_end", YES),
        (4, 0x1E, "paper_out", NO),
    ],
)
def test_answers_to_questions(question: int, byte: int, sensor: str, answer: Answer) -> None:
    assert getattr(status.real_time(question, byte), sensor) is answer


def test_nothing_said_is_neither_yes_nor_no() -> None:
    assert set(vars_of(Sensors())) == {NO_ANSWER}
    known = Sensors(paper_out=YES, offline=NO)
    assert known.updated(Sensors()) == known
    assert known.updated(Sensors(paper_out=NO)) == Sensors(paper_out=NO, offline=NO)


def vars_of(sensors: Sensors) -> list[Answer]:
    return [getattr(sensors, name) for name in Sensors.__slots__]


def test_an_automatic_status_says_all_at_once() -> None:
    panel = Panel(paper_out=True, near_end=True, cover_open=True, cutter_jam=True)
    found = status.automatic(panel.automatic())
    assert (found.paper_out, found.near_end, found.cover_open) == (YES, YES, YES)
    assert (found.cutter_fault, found.offline, found.broken) == (YES, YES, NO)
    assert set(vars_of(status.automatic(Panel().automatic()))) == {NO, NO_ANSWER}
    assert status.automatic(Panel().automatic()).presented is NO_ANSWER


@given(st.lists(st.integers(1, 5)), st.booleans())
def test_a_presenters_status_is_told_from_others_however_it_is_cut(
    cuts: list[int], waits: bool
) -> None:
    panel = Panel(near_end=True)
    stream = panel.automatic() + panel.full(presented=waits) + b"\x12" + panel.full(presented=True)
    reports: list[status.Report] = []
    parser, at = StatusParser(presenter=True), 0
    for cut in (*cuts, len(stream)):
        reports += parser.feed(stream[at : at + cut])
        at += cut
    assert [type(each) for each in reports] == [Automatic, Full, RealTime, Full]
    assert isinstance(reports[1], Full)
    assert reports[1].sensors == Sensors(presented=YES if waits else NO)


def test_without_a_presenter_nothing_is_taken_for_its_status() -> None:
    with pytest.raises(ProtocolError):
        StatusParser().feed(bytes.fromhex("100f2403ffff"))


def test_an_echo_never_says_out_of_paper() -> None:
    assert status.roll_in_echo(0x0F) == Sensors(near_end=YES)
    assert status.roll_in_echo(0x00) == Sensors(near_end=NO)


@given(st.lists(st.binary(max_size=12), max_size=6))
def test_any_bytes_are_reports_or_garbage_and_do_no_harm(pieces: list[bytes]) -> None:
    parser = StatusParser()
    for piece in pieces:
        with contextlib.suppress(ProtocolError):
            parser.feed(piece)
    with contextlib.suppress(ProtocolError):
        parser.feed(b"\xff")  # ends whatever was begun
    assert parser.feed(b"\x12") == (RealTime(0x12),)


def garbled(work: Callable[[], Sensors]) -> bool:
    """Whether the parser refuses; anything but an answer or its own error fails the test."""
    try:
        work()
    except ProtocolError:
        return True
    return False


@given(st.integers(-1, 6), st.integers(0, 255), st.binary(max_size=6))
def test_single_parsers_refuse_what_does_not_have_their_fixed_bits(
    question: int, byte: int, four: bytes
) -> None:
    good = byte & 0x93 == 0x12 and 1 <= question <= 4
    assert garbled(lambda: status.real_time(question, byte)) != good
    assert garbled(lambda: status.roll_in_echo(byte)) == bool(byte & 0x90)
    whole = len(four) == 4 and four[0] & 0x93 == 0x10 and not any(b & 0x90 for b in four[1:])
    assert garbled(lambda: status.automatic(four)) != whole
