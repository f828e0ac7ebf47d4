"""Wrong facts stop before a template sees them, and nothing personal is in the complaint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from kiosk_app.documents.errors import PaperInvalid
from kiosk_app.documents.papers import Draft, Paper, PaperKind

MakePaper = Callable[..., Paper]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"applicants": []}, "applicants"),
        ({"districts": []}, "districts"),
        ({"serial": "pn-1"}, "serial"),
        ({"serial": "PN-WF.1"}, "serial"),
        ({"serial": "P" * 40}, "serial"),
        ({"issued_at": datetime(2026, 11, 24, 9)}, "issued_at"),  # noqa: DTZ001 - no zone is meant
        ({"title": " "}, "title"),
        ({"purpose": "入学\n另行"}, "purpose"),
        ({"purpose": "入学\u202e反"}, "purpose"),
        ({"purpose": "入\ud800学"}, "purpose"),
        ({"phone": "1" * 41}, "phone"),
        ({"validity_days": 0}, "validity_days"),
        ({"kind": "poem"}, "kind"),
        ({"watermark": "none"}, "watermark"),
    ],
)
def test_names_the_wrong_field(paper: MakePaper, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(PaperInvalid, match=field):
        paper(**facts)


def test_a_certificate_lists_no_home(paper: MakePaper, home: dict[str, Any]) -> None:
    with pytest.raises(PaperInvalid):
        paper(homes=[home])


def test_a_record_lists_a_home_of_somebody_on_it(record: MakePaper, home: dict[str, Any]) -> None:
    with pytest.raises(PaperInvalid):
        record(homes=[])
    with pytest.raises(PaperInvalid):
        record(homes=[home | {"applicant": 1}])
    assert record(homes=[home]).kind is PaperKind.RECORD


@pytest.mark.parametrize("share", ["half", "0/2", "1/", "1/2/3", "1 / 2"])
def test_refuses_a_share_that_is_none(record: MakePaper, home: dict[str, Any], share: str) -> None:
    with pytest.raises(PaperInvalid, match=r"homes\.0\.share"):
        record(homes=[home | {"share": share}])


def test_complaints_and_repr_hide_people(paper: MakePaper, applicant: dict[str, Any]) -> None:
    with pytest.raises(PaperInvalid) as caught:
        paper(applicants=[applicant | {"id_number": "445281198803123429\x00"}])
    assert "445281198803123429" not in str(caught.value)
    assert caught.value.__cause__ is None
    shown = repr(paper())
    assert "李兰" not in shown
    assert "445281198803123429" not in shown


def test_times_are_chinas(paper: MakePaper) -> None:
    data = paper().template_data()
    assert data["as_of"] == data["issued_at"]
    assert data["as_of"] == {
        "year": 2026, "month": 11, "day": 24, "hour": 9, "minute": 41, "second": 7,
    }  # fmt: skip


def test_a_draft_has_no_number(paper: MakePaper) -> None:
    numbered = paper()
    draft = Draft.of(**{name: getattr(numbered, name) for name in Draft.model_fields})
    assert draft.template_data()["serial"] is None
    assert draft.template_data()["issued_at"] is None


def test_digest_follows_every_fact(
    paper: MakePaper, record: MakePaper, applicant: dict[str, Any], home: dict[str, Any]
) -> None:
    papers = [
        paper(),
        paper(applicants=[applicant | {"name": "李蘭"}]),
        paper(applicants=[applicant | {"id_number": "445281198803123437"}]),
        paper(purpose="落户"),
        paper(receiving_body=None),
        paper(includes_presale=False),
        paper(issued_at=paper().issued_at + timedelta(seconds=1)),
        record(),
        record(homes=[home, home]),
    ]
    assert len({one.facts_digest() for one in papers}) == len(papers)
    assert paper().facts_digest() == paper().facts_digest()
