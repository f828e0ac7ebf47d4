"""What every housing register does, in the service or behind the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from drivers.virtual.residents import resident_by_slug
from kiosk_app.connectors.housing_register.contract import (
    Caveat,
    Encumbrance,
    HousingRegister,
    IssueRequest,
    Question,
    RegisterRefused,
)
from kiosk_app.connectors.housing_register.embedded import EmbeddedRegister
from kiosk_app.connectors.housing_register.http import HttpRegister
from kiosk_app.connectors.housing_register.wire import Refusal
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy

Ask = Callable[..., Question]
RequestFor = Callable[..., IssueRequest]


@pytest.fixture(params=["embedded", "http"])
async def register(
    request: pytest.FixtureRequest, tmp_path: Path, http_register: HttpRegister
) -> AsyncIterator[HousingRegister]:
    if request.param == "http":
        yield http_register
        return
    embedded = EmbeddedRegister(tmp_path / "register.sqlite")
    yield embedded
    await embedded.close()


@pytest.fixture
def key() -> str:
    """One idempotency key a test: the reference register outlives a test."""
    return str(uuid4())


@pytest.mark.parametrize(
    ("slug", "shares"),
    [
        ("li-xiulan", []),
        ("chen-zhiqiang", ["sole"]),
        ("huang-meiling", ["sole", "sole", "joint"]),
        ("zheng-jiahao", ["1/2"]),
    ],
)
async def test_it_finds_each_home_with_its_share(
    register: HousingRegister, ask: Ask, slug: str, shares: list[str]
) -> None:
    answer = await register.query(ask(slug))
    assert [home.share for home in answer.homes] == shares
    assert answer.as_of.utcoffset() is not None
    assert answer.caveats == ()


async def test_it_tells_seizure_mortgage_and_presale(register: HousingRegister, ask: Ask) -> None:
    (seized,) = (await register.query(ask("xu-lifang"))).homes
    (mortgaged,) = (await register.query(ask("chen-zhiqiang"))).homes
    (filing,) = (await register.query(ask("zhang-weimin"))).homes
    assert set(seized.encumbrances) == {Encumbrance.SEIZED, Encumbrance.MORTGAGED}
    assert mortgaged.encumbrances == (Encumbrance.MORTGAGED,)
    assert filing.presale
    assert not seized.presale


async def test_a_home_under_the_old_number_of_fifteen_digits_counts(
    register: HousingRegister, ask: Ask
) -> None:
    (home,) = (await register.query(ask("wu-jianguo"))).homes
    assert home.district == "junbu"


async def test_asking_with_the_old_number_finds_the_same(
    register: HousingRegister, ask: Ask
) -> None:
    person = resident_by_slug("wu-jianguo")
    asked = ask("wu-jianguo")
    old = Person(person.name, IdKind.RESIDENT_CARD, person.old_id_number or "", person.birth)
    question = Question(
        (Applicant(old, Relation.SELF, ShownBy.CARD),), asked.districts, "school", "education"
    )
    assert len((await register.query(question)).homes) == 1


async def test_another_name_on_record_is_a_doubt_and_not_a_home(
    register: HousingRegister, ask: Ask
) -> None:
    answer = await register.query(ask("cai-xiaohong"))
    assert answer.homes == ()
    assert answer.caveats == (Caveat.NAME_DIFFERS,)


async def test_records_being_changed_are_a_doubt_in_their_district_only(
    register: HousingRegister, ask: Ask
) -> None:
    there = await register.query(ask("ayiguli-maimaiti", districts=("liusha",)))
    elsewhere = await register.query(ask("ayiguli-maimaiti", districts=("lihu", "junbu")))
    assert there.caveats == (Caveat.REGISTER_UPDATING,)
    assert elsewhere.caveats == ()


async def test_the_range_limits_what_is_found(register: HousingRegister, ask: Ask) -> None:
    answer = await register.query(ask("huang-meiling", districts=("zhanlong",)))
    assert [home.district for home in answer.homes] == ["zhanlong"]


async def test_a_familys_homes_carry_whose_they_are(register: HousingRegister, ask: Ask) -> None:
    answer = await register.query(ask("li-xiulan", "chen-zhiqiang", "zheng-jiahao"))
    assert [home.applicant for home in answer.homes] == [1, 2]


async def test_an_unknown_district_is_refused(register: HousingRegister, ask: Ask) -> None:
    with pytest.raises(RegisterRefused) as refused:
        await register.query(ask("li-xiulan", districts=("liusha", "atlantis")))
    assert refused.value.args == (Refusal.DISTRICT_UNKNOWN,)


async def test_a_key_has_one_serial_however_often_it_is_used(
    register: HousingRegister, ask: Ask, request_for: RequestFor, key: str
) -> None:
    question = ask("li-xiulan")
    request = request_for((await register.query(question)).query_number, question)
    assert await register.receipt(key) is None
    receipts = await asyncio.gather(*(register.issue(key, request) for _ in range(12)))
    assert len(set(receipts)) == 1
    assert await register.receipt(key) == receipts[0]


async def test_a_key_is_bound_to_its_request(
    register: HousingRegister, ask: Ask, request_for: RequestFor, key: str
) -> None:
    question = ask("li-xiulan")
    first, second = await register.query(question), await register.query(question)
    receipt = await register.issue(key, request_for(first.query_number, question))
    with pytest.raises(RegisterRefused) as refused:
        await register.issue(key, request_for(second.query_number, question))
    assert refused.value.args == (Refusal.KEY_REUSED,)
    assert await register.receipt(key) == receipt


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("chen-zhiqiang", Refusal.HOMES_FOUND),
        ("zhang-weimin", Refusal.HOMES_FOUND),
        ("cai-xiaohong", Refusal.COUNTER_MUST_LOOK),
    ],
)
async def test_no_certificate_against_the_answer_but_a_record_of_it(
    register: HousingRegister,
    ask: Ask,
    request_for: RequestFor,
    key: str,
    slug: str,
    reason: Refusal,
) -> None:
    question = ask(slug)
    number = (await register.query(question)).query_number
    with pytest.raises(RegisterRefused) as refused:
        await register.issue(key, request_for(number, question))
    assert refused.value.args == (reason,)
    assert await register.receipt(key) is None
    record = await register.issue(key, request_for(number, question, "record"))
    assert record.serial.startswith("PN-JL-")


async def test_a_query_number_certifies_its_own_question_only(
    register: HousingRegister, ask: Ask, request_for: RequestFor, key: str
) -> None:
    number = (await register.query(ask("li-xiulan"))).query_number
    with pytest.raises(RegisterRefused) as refused:
        await register.issue(key, request_for(number, ask("chen-zhiqiang")))
    assert refused.value.args == (Refusal.QUERY_UNKNOWN,)


async def test_a_question_that_fits_no_protocol_is_refused(
    register: HousingRegister, ask: Ask
) -> None:
    fitting = ask("li-xiulan")
    nobody = Question((), fitting.districts, fitting.purpose, fitting.receiving_body)
    crowd = Question(fitting.applicants * 17, fitting.districts, "school", "education")
    for question in (nobody, crowd):
        with pytest.raises(RegisterRefused) as refused:
            await register.query(question)
        assert refused.value.args == (Refusal.NOT_ASKABLE,)


async def test_it_is_ready(register: HousingRegister) -> None:
    assert await register.ready()
