"""What the embedded register keeps, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk_app.connectors.housing_register import embedded, seed
from kiosk_app.connectors.housing_register.contract import (
    IssueRequest,
    Question,
    RegisterRefused,
    RegisterUnavailable,
)
from kiosk_app.connectors.housing_register.embedded import EmbeddedRegister
from kiosk_app.connectors.housing_register.wire import Refusal
from kiosk_app.local_time import LOCAL
from kiosk_app.people import IdKind, Person

Ask = Callable[..., Question]
RequestFor = Callable[..., IssueRequest]


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 0, 30, tzinfo=LOCAL)

    def __call__(self) -> datetime:
        return self.now


async def test_issued_documents_outlive_a_restart_and_a_new_set_of_records(
    tmp_path: Path, ask: Ask, request_for: RequestFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, question = tmp_path / "register.sqlite", ask("li-xiulan")
    first = EmbeddedRegister(path)
    request = request_for((await first.query(question)).query_number, question)
    receipt = await first.issue("key-of-before", request)
    await first.close()
    monkeypatch.setattr(seed, "HOMES", seed.HOMES[1:])
    second = EmbeddedRegister(path)
    assert await second.receipt("key-of-before") == receipt
    assert await second.issue("key-of-before", request) == receipt
    assert (await second.query(ask("chen-zhiqiang"))).homes == ()
    assert len((await second.query(ask("huang-meiling"))).homes) == 3
    await second.close()


async def test_serials_come_from_a_counter_that_no_clock_moves(
    tmp_path: Path, ask: Ask, request_for: RequestFor
) -> None:
    clock, question = Clock(), ask("li-xiulan")
    register = EmbeddedRegister(tmp_path / "register.sqlite", now=clock)
    serials = []
    for number, shift in enumerate((timedelta(), timedelta(days=366), timedelta(days=-400))):
        clock.now += shift
        query = (await register.query(question)).query_number
        serials.append(
            (await register.issue(f"key-{number:08d}", request_for(query, question))).serial
        )
    await register.close()
    assert serials == [
        "PN-WF-20260301-0000001",
        "PN-WF-20270302-0000002",
        "PN-WF-20260126-0000003",
    ]


async def test_an_answer_certifies_for_a_while_only(
    tmp_path: Path, ask: Ask, request_for: RequestFor
) -> None:
    clock, question = Clock(), ask("li-xiulan")
    register = EmbeddedRegister(tmp_path / "register.sqlite", now=clock)
    request = request_for((await register.query(question)).query_number, question)
    receipt = await register.issue("in-good-time", request)
    clock.now += embedded.CERTIFIABLE_FOR + timedelta(seconds=1)
    with pytest.raises(RegisterRefused) as refused:
        await register.issue("key-too-late", request)
    assert refused.value.args == (Refusal.QUERY_TOO_OLD,)
    assert await register.issue("in-good-time", request) == receipt
    await register.close()


async def test_an_unknown_kind_of_document_is_refused(
    tmp_path: Path, ask: Ask, request_for: RequestFor
) -> None:
    register, question = EmbeddedRegister(tmp_path / "register.sqlite"), ask("li-xiulan")
    number = (await register.query(question)).query_number
    with pytest.raises(RegisterRefused) as refused:
        await register.issue("some-key", request_for(number, question, "diploma"))
    assert refused.value.args == (Refusal.KIND_UNKNOWN,)
    await register.close()


async def test_records_that_cannot_be_read_are_unavailable(tmp_path: Path, ask: Ask) -> None:
    path = tmp_path / "register.sqlite"
    path.write_bytes(b"no database" * 1000)
    register = EmbeddedRegister(path)
    assert not await register.ready()
    with pytest.raises(RegisterUnavailable):
        await register.query(ask("li-xiulan"))
    await register.close()


async def test_a_question_leaves_no_name_or_number_in_the_file(tmp_path: Path, ask: Ask) -> None:
    register = EmbeddedRegister(tmp_path / "register.sqlite")
    question = ask("li-xiulan")
    await register.query(question)
    await register.close()
    kept = (tmp_path / "register.sqlite").read_bytes()
    person = question.applicants[0].person
    assert person.id_number.encode() not in kept
    assert person.name.encode() not in kept


def test_a_residents_numbers_are_both_asked_and_a_foreigners_is_left_alone(ask: Ask) -> None:
    person = ask("wu-jianguo").applicants[0].person
    assert [len(number) for number in embedded.numbers_of(person)] == [18, 15]
    foreign = Person("何安娜", IdKind.FOREIGN_PERMANENT, "CAN445281850701", person.birth)
    assert embedded.numbers_of(foreign) == ("CAN445281850701",)
