"""The protocol's bytes: what goes through unchanged, and what is turned away."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_app.connectors.housing_register import wire
from kiosk_app.connectors.housing_register.contract import (
    Answer,
    Caveat,
    Encumbrance,
    IssueRequest,
    Question,
    RegisteredHome,
)
from kiosk_app.connectors.housing_register.wire_parts import WireIssueRequest, WireQuestion
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy

CHARACTERS = st.characters(codec="utf-8")
NAMES = st.text(CHARACTERS, min_size=1, max_size=64)
DISTRICTS = st.sampled_from(("liusha", "zhanlong", "puning-east"))
APPLICANTS = st.builds(
    Applicant,
    st.builds(
        Person,
        NAMES,
        st.sampled_from(IdKind),
        st.from_regex(r"[0-9A-Z]{6,20}", fullmatch=True),
        st.dates(date(1900, 1, 1)),
    ),
    st.sampled_from(Relation),
    st.sampled_from(ShownBy),
)
QUESTIONS = st.builds(
    Question,
    st.lists(APPLICANTS, min_size=1, max_size=4).map(tuple),
    st.lists(DISTRICTS, min_size=1, max_size=4).map(tuple),
    st.text(CHARACTERS, max_size=20),
    st.just("education"),
)
HOMES = st.builds(
    RegisteredHome,
    st.integers(0, 15),
    st.just("粤（2020）第1号"),
    NAMES,
    DISTRICTS,
    st.decimals(Decimal("0.01"), Decimal(99999), places=2),
    st.just("住宅"),
    st.sampled_from(("sole", "joint", "1/2", "25/100")),
    st.lists(st.sampled_from(Encumbrance), max_size=3).map(tuple),
    st.booleans(),
)
ANSWERS = st.builds(
    Answer,
    st.just("PN-CX-20260102-0000007"),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(HOMES, max_size=3).map(tuple),
    st.booleans(),
    st.lists(st.sampled_from(Caveat), max_size=2).map(tuple),
)


@given(QUESTIONS)
def test_a_question_goes_through_unchanged(question: Question) -> None:
    call = wire.QueryCall(question=WireQuestion.of(question))
    assert wire.decode_call(wire.QueryCall, wire.encode(call)).question.question() == question


@given(QUESTIONS)
def test_a_request_goes_through_unchanged(question: Question) -> None:
    request = IssueRequest("no-housing-certificate", "record", "PN-CX-20260102-0000007", question)
    call = wire.IssueCall(key="some-key", request=WireIssueRequest.of(request))
    assert wire.decode_call(wire.IssueCall, wire.encode(call)).request.request() == request


@given(ANSWERS, APPLICANTS)
def test_an_answer_goes_through_unchanged(answer: Answer, applicant: Applicant) -> None:
    decoded = wire.decode_reply(wire.encode(wire.AnswerReply.of(answer, [applicant])))
    assert isinstance(decoded, wire.AnswerReply)
    assert decoded.answer() == answer


@given(st.binary(max_size=400))
def test_noise_is_no_message(noise: bytes) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_reply(noise)
    with pytest.raises(wire.WireError):
        wire.decode_call(wire.QueryCall, noise)


REPLY = wire.encode(
    wire.AnswerReply(
        subject="0" * 64,
        query_number="PN-CX-20260102-0000007",
        as_of=datetime(2026, 1, 2, tzinfo=UTC),
        homes=(),
        includes_presale=True,
    )
)


def test_a_reply_cut_anywhere_is_no_reply() -> None:
    for length in range(len(REPLY)):
        with pytest.raises(wire.WireError):
            wire.decode_reply(REPLY[:length])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(json.loads(REPLY))), JSON)
def test_a_field_of_another_shape_is_turned_away_or_read_as_what_it_says(
    name: str, value: object
) -> None:
    said = json.loads(REPLY) | {name: value}
    try:
        reply = wire.decode_reply(json.dumps(said).encode())
    except wire.WireError:
        return
    assert json.loads(wire.encode(reply))[name] == value


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": 2},
        {"protocol": "1"},
        {"kind": "receipt"},
        {"kind": "nonsense"},
        {"subject": "0" * 63},
        {"query_number": "PN-CX-20260102-0000007\n"},
        {"as_of": "2026-01-02T09:30:00"},
        {"homes": [{}]},
        {"homes": "none"},
        {"includes_presale": 1},
        {"includes_presale": "true"},
        {"caveats": ["all-is-well"]},
        {"extra": 1},
    ],
)
def test_a_reply_with_one_wrong_value_is_no_reply(change: dict[str, object]) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_reply(json.dumps(json.loads(REPLY) | change).encode())


@pytest.mark.parametrize("area", ["NaN", "Infinity", "-1", "0", "1e400", "1.234", 10**12])
def test_an_impossible_area_is_turned_away(area: object) -> None:
    home = {
        "applicant": 0,
        "certificate_number": "1",
        "location": "2",
        "district": "liusha",
        "area_m2": area,
        "use": "3",
        "share": "sole",
    }
    with pytest.raises(wire.WireError):
        wire.decode_reply(json.dumps(json.loads(REPLY) | {"homes": [home]}).encode())


def test_messages_longer_than_agreed_are_not_even_parsed() -> None:
    with pytest.raises(wire.WireError, match="too long"):
        wire.decode_reply(REPLY + b" " * wire.MAX_REPLY_BYTES)
    with pytest.raises(wire.WireError, match="too long"):
        wire.decode_call(wire.ReadyCall, b"{}" + b" " * wire.MAX_CALL_BYTES)


def test_a_complaint_about_a_message_repeats_nothing_of_it() -> None:
    call = (
        '{"question":{"applicants":[{"name":"李秀兰","id_number":"44528119850617002x"}],'
        '"李秀兰":"445281198506170028"}}'
    )
    with pytest.raises(wire.WireError) as refused:
        wire.decode_call(wire.QueryCall, call.encode())
    assert "445281" not in str(refused.value)
    assert "李秀兰" not in str(refused.value)
    assert refused.value.__cause__ is None


@given(APPLICANTS, APPLICANTS)
def test_a_subject_is_one_set_of_people_in_one_order(one: Applicant, other: Applicant) -> None:
    same = (one.person.name, one.person.id_kind, one.person.id_number) == (
        other.person.name,
        other.person.id_kind,
        other.person.id_number,
    )
    assert (wire.subject_of([one]) == wire.subject_of([other])) is same
    assert wire.subject_of([one, one]) != wire.subject_of([one])
