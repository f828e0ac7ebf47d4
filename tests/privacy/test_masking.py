"""What is shown of a person, and what never reaches a log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card.id_number import compose, to_fifteen
from kiosk_app.privacy.masking import (
    mask_id_number,
    mask_location,
    mask_name,
    redact,
    redact_text,
)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("李秀兰", "李＊兰"),
        ("张伟", "张＊"),
        ("李", "＊"),
        ("", ""),
        ("  李秀兰 ", "李＊兰"),
        ("欧阳䶮𬱖", "欧＊＊𬱖"),
        ("阿依古丽·买买提江", "阿＊＊＊·＊＊＊江"),
        ("SAMPLE, ANNA MARIE", "S*****, A*** M****"),
        ("Müller-Lüdenscheidt", "M*****-L***********"),
    ],
)
def test_a_name_shows_its_ends(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(st.characters(categories=["Lo"]), min_size=2, max_size=40))
def test_a_masked_name_shows_two_characters_at_most(name: str) -> None:
    shown = [character for character in mask_name(name) if character != "＊"]
    assert len(shown) <= 2
    assert len(mask_name(name)) == len(name)


@pytest.mark.parametrize(
    ("number", "masked", "public"),
    [
        ("44528119850617002X", "4452**********002X", "**************002X"),
        ("445281850617002", "445*********002", "************002"),
        ("H12345678", "H1*****78", "*******78"),
        ("123", "***", "***"),
        ("", "", ""),
    ],
)
def test_a_number_shows_its_ends_or_its_end(number: str, masked: str, public: str) -> None:
    assert mask_id_number(number) == masked
    assert mask_id_number(number, public=True) == public


@given(st.text("0123456789X", max_size=40))
def test_never_more_than_half_of_a_number_is_shown(number: str) -> None:
    masked = mask_id_number(number)
    assert len(masked) == len(number)
    assert masked.count("*") * 2 >= len(number)


@pytest.mark.parametrize(
    ("location", "masked"),
    [
        ("普宁市流沙城区范本路12号样例花园3幢1204房", "普宁市流沙城区范本路＊＊"),
        ("普宁市占陇镇示范村新厝二巷8号", "普宁市占陇镇示范村新厝二巷＊＊"),
        ("普宁市里湖镇范本街十二号", "普宁市里湖镇范本街＊＊"),
        ("普宁市流沙城区样例花园A座", "普宁市流沙城区样例花园＊＊"),
        ("普宁市范本路１２号", "普宁市范本路＊＊"),
        ("普宁市样例花园", "普宁市＊＊"),
        ("", "＊＊"),
    ],
)
def test_a_location_shows_district_and_road(location: str, masked: str) -> None:
    assert mask_location(location) == masked


NUMBERS = st.builds(
    lambda birth, sequence: compose("445281", birth, sequence),
    st.dates(date(1900, 1, 1), date(1999, 12, 31)),
    st.integers(0, 999),
)
SHAPES = st.one_of(
    NUMBERS,
    NUMBERS.map(str.lower),
    NUMBERS.map(to_fifteen).filter(bool),
    NUMBERS.map(lambda n: f"{n[:6]} {n[6:14]} {n[14:]}"),
    NUMBERS.map(lambda n: f"{n[:6]}-{n[6:14]}-{n[14:]}"),
    NUMBERS.map(lambda n: n.translate({48 + d: 0xFF10 + d for d in range(10)})),
    NUMBERS.map(lambda n: f"CAN{n[:12]}"),
    NUMBERS.map(lambda n: f"H{n[:8]}"),
    NUMBERS.map(lambda n: f"M{n[:10]}"),
)
AROUND = st.text("abc 中文,.:(){}\"'\n", max_size=8).map(lambda text: f"{text} ")


@dataclass
class Holder:
    number: str


def test_a_log_line_as_the_service_writes_it_holds_no_number() -> None:
    number, paper = "44528119850617002X", StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(paper),
        processors=[
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(default=repr),
        ],
    )
    problem = ValueError(f"no such person: {number}")
    logger.error("failed", exc_info=problem, holder=Holder(number), count=3)
    assert number not in paper.getvalue()
    assert "no such person" in paper.getvalue()
    assert json.loads(paper.getvalue())["count"] == 3


@given(AROUND, SHAPES, AROUND, st.sampled_from(range(8)))
def test_nothing_shaped_like_a_number_passes(
    before: str, number: str, after: str, place: int
) -> None:
    text = f"{before}{number}{after}"
    places: list[dict[str, Any]] = [
        {"event": text},
        {text: 1},
        {"a": {"b": [text]}},
        {"a": (text, {"c": text})},
        {"a": Holder(text)},
        {"a": ValueError(text)},
        {"a": text.encode()},
        {"a": {text}},
    ]
    shown = repr(redact(None, "info", places[place]))
    assert number not in shown
    assert number.encode().__repr__()[2:-1] not in shown


@given(st.integers(10**14, 10**18))
def test_a_number_as_an_integer_does_not_pass(number: int) -> None:
    assert str(number) not in repr(redact(None, "info", {"a": number}))


@pytest.mark.parametrize(
    "text",
    [
        "PN-WF-20261124-0000001",
        "PN-WF-20261124-000000001",
        "2026-11-24T14:30:00.123456+08:00",
        "6f1f6ee0-2b1c-4c59-9e0f-0123456789ab",
        "http://127.0.0.1:40123/",
        "0663-2818345",
        "TAKEN 12",
    ],
)
def test_serials_times_and_keys_pass(text: str) -> None:
    assert redact_text(text) == text


@given(st.text(st.characters(exclude_categories=["Nd"], codec="utf-8")))
def test_text_without_digits_is_left_alone(text: str) -> None:
    assert redact_text(text) == text
