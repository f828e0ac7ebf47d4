"""A signature: what was drawn, and what is none."""

from __future__ import annotations

import math

import pytest

from kiosk_app.answers import MOST_POINTS, MOST_STROKES, Signed
from kiosk_app.forms.signature import Signature


def signed(*strokes: list[tuple[float, float, float, int]]) -> Signature:
    points = [[dict(zip("xypt", point, strict=True)) for point in stroke] for stroke in strokes]
    return Signature.of(Signed.model_validate({"screen": "s", "strokes": points}))


WAVE = [(0.1 + i / 50, 0.5 + 0.3 * math.sin(i / 3), 0.2 + i / 60, 20 * i) for i in range(40)]


def test_a_wave_is_a_signature_with_time_and_length() -> None:
    signature = signed(WAVE)
    assert signature.written
    assert signature.seconds == pytest.approx(0.78)
    assert 0.8 < signature.length < 2.5


@pytest.mark.parametrize(
    "stroke",
    [
        [(0.5, 0.5, 0.5, 0)],
        [(0.5, 0.5, 0.5, t) for t in range(30)],
        [(0.5 + t / 1000, 0.5, 0.5, t) for t in range(30)],
        [(0.1, 0.1, 0.5, 0), (0.9, 0.9, 0.5, 5)],
    ],
    ids=["a dot", "a long touch", "a slip", "two points"],
)
def test_a_slip_of_the_finger_is_none(stroke: list[tuple[float, float, float, int]]) -> None:
    assert not signed(stroke).written


def test_nothing_of_it_is_in_its_words() -> None:
    assert "0.5" not in repr(signed(WAVE))


def test_as_much_as_a_page_may_send_is_taken_and_no_more() -> None:
    each = MOST_POINTS // MOST_STROKES
    strokes = [[(i / each, j / MOST_STROKES, 0.5, i) for i in range(each)] for j in range(200)]
    assert sum(map(len, signed(*strokes).strokes)) == MOST_STROKES * each
    with pytest.raises(ValueError, match="stroke"):
        signed(*strokes, strokes[0])
