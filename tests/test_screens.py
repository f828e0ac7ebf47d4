"""What comes from a page is taken only when it is exactly an answer; what goes to it is whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from kiosk_app.answers import Answer, Wiped
from kiosk_app.screens import Frame
from tests.e2e.gallery_frames import IDLE, SCREENS

ANSWERS: TypeAdapter[Any] = TypeAdapter(Answer)
GOOD: list[dict[str, Any]] = [
    {"screen": "s", "action": "start", "service": "a"},
    {"screen": "s", "action": "go", "way": "print"},
    {"screen": "s", "action": "chosen", "values": ["a"]},
    {"screen": "s", "action": "remove", "number": 1},
    {"screen": "s", "action": "person-entered", "name": "n", "id_number": "1", "consent": True},
    {
        "screen": "s",
        "action": "document-entered",
        "number": "H1",
        "birth": "1985-06-17",
        "expiry": "2031-01-31",
    },
    {"screen": "s", "action": "signed", "strokes": [[{"x": 0.5, "y": 1.0, "p": 0.0, "t": 0}]]},
    {"screen": "s", "action": "rated", "score": 5},
    {"screen": "s", "action": "back"},
    {"screen": "s", "action": "leave"},
    {"screen": "s", "action": "stay"},
    {"screen": "s", "action": "comfort", "elder": True, "language": "en", "aloud": True},
    {"screen": "s", "action": "call-staff"},
]
"""One of each kind."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=12), children, max_size=4)
    ),
    max_leaves=12,
)


def test_every_kind_of_answer_is_among_the_good_ones() -> None:
    kinds = ANSWERS.json_schema()["discriminator"]["mapping"]
    assert {answer["action"] for answer in GOOD} == set(kinds)


@pytest.mark.parametrize("answer", GOOD, ids=lambda answer: answer["action"])
def test_an_answer_comes_through_as_it_was(answer: dict[str, Any]) -> None:
    taken = ANSWERS.validate_json(json.dumps(answer))
    assert json.loads(taken.model_dump_json()) == answer


@pytest.mark.parametrize("answer", GOOD, ids=lambda answer: answer["action"])
@given(field=st.text(min_size=1, max_size=20), value=JSON)
def test_nothing_is_taken_that_does_not_belong_to_it(
    answer: dict[str, Any], field: str, value: Any
) -> None:
    if field in answer:
        return
    with pytest.raises(ValidationError):
        ANSWERS.validate_json(json.dumps({**answer, field: value}))


@pytest.mark.parametrize("answer", GOOD, ids=lambda answer: answer["action"])
def test_nothing_may_be_missing_or_too_large(answer: dict[str, Any]) -> None:
    for field in answer:
        with pytest.raises(ValidationError):
            ANSWERS.validate_python({k: v for k, v in answer.items() if k != field})
        for huge in ("x" * 100_000, ["x"] * 10_000, 10**30):
            with pytest.raises(ValidationError):
                ANSWERS.validate_python({**answer, field: huge})


@given(JSON)
def test_hostile_values_are_refused_and_break_nothing(value: Any) -> None:
    with pytest.raises(ValidationError):
        ANSWERS.validate_python(value)


@given(st.binary(max_size=200))
def test_hostile_bytes_are_refused_and_break_nothing(data: bytes) -> None:
    with pytest.raises(ValidationError):
        ANSWERS.validate_json(data)


def test_deeply_nested_values_are_refused() -> None:
    with pytest.raises(ValidationError):
        ANSWERS.validate_json("[" * 100_000)


@pytest.mark.parametrize("count", [-1, 10**30, 1.5, "many"])
def test_counts_of_the_page_are_counts(count: object) -> None:
    with pytest.raises(ValidationError):
        Wiped.model_validate(
            {"journey": 1, "storage_entries": count, "object_urls": 0, "filled_inputs": 0}
        )


def test_a_signature_has_so_many_points_and_no_more() -> None:
    point = {"x": 0, "y": 0, "p": 0.5, "t": 1}
    fits: dict[str, Any] = {"screen": "s", "action": "signed", "strokes": [[point] * 100] * 200}
    assert len(ANSWERS.validate_python(fits).strokes) == 200
    wrong: list[Any] = [[[point] * 101] * 200, [[point]] * 201, [], [[]]]
    for strokes in wrong:
        with pytest.raises(ValidationError):
            ANSWERS.validate_python({**fits, "strokes": strokes})


@pytest.mark.parametrize("field", ["x", "y", "p", "t"])
@pytest.mark.parametrize("value", [-0.01, float("nan"), float("inf"), "1e9", 10**12])
def test_a_point_of_a_signature_lies_on_the_pad(field: str, value: object) -> None:
    point = {"x": 0, "y": 0, "p": 0.5, "t": 1, field: value}
    with pytest.raises(ValidationError):
        ANSWERS.validate_python({"screen": "s", "action": "signed", "strokes": [[point]]})


def test_what_a_citizen_typed_is_in_no_repr() -> None:
    entered = ANSWERS.validate_python({**GOOD[4], "name": "林晓梅", "id_number": "445281"})
    assert "林晓梅" not in repr(entered)
    assert "445281" not in repr(entered)
    document = ANSWERS.validate_python(GOOD[5])
    assert "1985" not in repr(document)
    signed = ANSWERS.validate_python(GOOD[6])
    assert "0.5" not in repr(signed)


@pytest.mark.parametrize("name", SCREENS)
def test_a_frame_comes_through_as_it_was(name: str) -> None:
    frame = Frame(journey=1, screen=SCREENS[name], idle=IDLE if name == "review" else None)
    assert Frame.model_validate_json(frame.model_dump_json()) == frame
