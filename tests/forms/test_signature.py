"""A signature: what was drawn, how it looks, and what is none."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from kiosk_app.answers import MOST_POINTS, MOST_STROKES, Signed
from kiosk_app.forms.signature import HEIGHT, WIDTH, Signature


def signed(*strokes: list[tuple[float, float, float, int]]) -> Signature:
    points = [[dict(zip("xypt", point, strict=True)) for point in stroke] for stroke in strokes]
    return Signature.of(Signed.model_validate({"screen": "s", "strokes": points}))


WAVE = [(0.1 + i / 50, 0.5 + 0.3 * math.sin(i / 3), 0.2 + i / 60, 20 * i) for i in range(40)]


def test_a_wave_is_a_signature_with_time_and_length() -> None:
    signature = signed(WAVE)
    assert signature.written
    assert signature.seconds == pytest.approx(0.78)
    assert 0.8 < signature.length < 2.5


def test_its_drawing_is_as_wide_as_the_pen_was_pressed() -> None:
    drawing = ElementTree.fromstring(
        signed(WAVE, [(0.8, 0.2, 1, 900), (0.8, 0.8, 1, 950)]).as_svg()
    )
    lines = drawing.findall(".//{http://www.w3.org/2000/svg}path")
    assert len(lines) == len(WAVE) - 1 + 1
    widths = [float(line.attrib["stroke-width"]) for line in lines]
    assert widths[:-1] == sorted(widths[:-1])
    assert max(widths) == widths[-1] == 5.2
    assert drawing.attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"


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


def test_as_much_as_a_page_may_send_is_drawn() -> None:
    each = MOST_POINTS // MOST_STROKES
    strokes = [[(i / each, j / MOST_STROKES, 0.5, i) for i in range(each)] for j in range(200)]
    assert signed(*strokes).as_svg().count("<path") == MOST_STROKES * (each - 1)
