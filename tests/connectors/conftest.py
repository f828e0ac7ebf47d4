"""People who ask, and registers that answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from drivers.virtual.residents import resident_by_slug
from kiosk_app.connectors.alarms import Alarm
from kiosk_app.connectors.housing_register.contract import IssueRequest, Question
from kiosk_app.connectors.housing_register.http import HttpRegister
from kiosk_app.connectors.housing_register.reference_process import ReferenceProcess
from kiosk_app.connectors.housing_register.seed import DISTRICTS
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy
from tests.connectors.far_end import QUICK, RunFarEnd, run_far_end


@pytest.fixture
def ask() -> Callable[..., Question]:
    """A question about residents of the drawer."""

    def question(*slugs: str, districts: tuple[str, ...] = DISTRICTS) -> Question:
        people = [resident_by_slug(slug) for slug in slugs]
        return Question(
            applicants=tuple(
                Applicant(
                    Person(one.name, IdKind.RESIDENT_CARD, one.id_number, one.birth),
                    Relation.SELF if index == 0 else Relation.SPOUSE,
                    ShownBy.CARD,
                )
                for index, one in enumerate(people)
            ),
            districts=districts,
            purpose="school",
            receiving_body="education",
        )

    return question


@pytest.fixture
def request_for() -> Callable[..., IssueRequest]:
    """A request for one document about an answered question."""

    def request(query_number: str, question: Question, kind: str = "certificate") -> IssueRequest:
        return IssueRequest("no-housing-certificate", kind, query_number, question)

    return request


@pytest.fixture
def alarms() -> list[Alarm]:
    """What staff were told."""
    return []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReferenceProcess]:
    """A reference register in a process of its own."""
    process = ReferenceProcess(tmp_path_factory.mktemp("register"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
async def http_register(
    server: ReferenceProcess, alarms: list[Alarm]
) -> AsyncIterator[HttpRegister]:
    """A client of the reference register whose patience is short. Switches are off afterwards."""
    register = HttpRegister(server.settings.model_copy(update=QUICK), alarm=alarms.append)
    yield register
    await register.close()
    for name in server.faults():
        server.set_fault(name, False)


@pytest.fixture
def far_end(tmp_path: Path) -> RunFarEnd:
    """A scripted register, for ``async with far_end(script) as end``."""
    return partial(run_far_end, tmp_path)
