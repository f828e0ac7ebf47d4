"""What is known of one document before it exists: the request to the register, and the paper.

It is kept, sealed, with the order, so that an interrupted errand goes on from what was decided
then and not from a newer answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter

from kiosk_app.catalogue.certificates import CertificateService
from kiosk_app.connectors.housing_register.contract import Answer, IssueRequest, Question
from kiosk_app.documents.papers import Draft, Paper, PaperKind
from kiosk_app.issuing.contract import Errand
from kiosk_app.people import Applicant
from kiosk_app.privacy.masking import mask_id_number, mask_name


@dataclass(frozen=True, slots=True)
class Dossier:
    """One document that is wanted."""

    request: IssueRequest = field(repr=False)
    draft: Draft = field(repr=False)

    def to_bytes(self) -> bytes:
        """The dossier for sealed keeping."""
        return _DOSSIERS.dump_json(self)

    @staticmethod
    def from_bytes(payload: bytes) -> Dossier:
        """The dossier back from keeping."""
        return _DOSSIERS.validate_json(payload)

    def paper(self, serial: str, issued_at: datetime) -> Paper:
        """The numbered paper."""
        facts = self.draft.model_dump() | {"serial": serial, "issued_at": issued_at}
        return Paper.model_validate(facts)

    def errand(self, occasion: str) -> Errand:
        """What tells this document apart from others of the same person."""
        question = self.request.question
        return Errand(
            service=self.request.service,
            kind=self.request.kind,
            applicants=question.applicants,
            districts=question.districts,
            purpose=question.purpose,
            receiving_body=question.receiving_body,
            occasion=occasion,
        )


_DOSSIERS = TypeAdapter(Dossier)


def certificate_dossier(
    service: CertificateService, question: Question, answer: Answer, terminal: str
) -> Dossier:
    """The certificate when nothing was found, else the record of what was.

    ``terminal``: what the paper calls this machine. Raises ``PaperInvalid`` when the facts do not
    fit on one paper.
    """
    kind = PaperKind.RECORD if answer.homes else PaperKind.CERTIFICATE
    rule = service.paper
    whole = set(question.districts) == {entry.code for entry in service.districts}
    names = [service.named(service.districts, code).name.zh for code in question.districts]
    body = service.named(service.bodies, question.receiving_body)
    draft = Draft.of(
        kind=kind,
        title=service.texts[f"paper.{kind}_title"].zh,
        subtitle=service.texts[f"paper.{kind}_subtitle"].zh,
        applicants=[_printed(one, rule.id_numbers == "masked") for one in question.applicants],
        districts=[service.texts["range.whole"].zh] if whole else names,
        includes_presale=answer.includes_presale,
        purpose=service.named(service.purposes, question.purpose).name.zh,
        receiving_body=None if body.code == service.unnamed_body else body.name.zh,
        as_of=answer.as_of,
        homes=[
            {
                "applicant": home.applicant,
                "certificate_number": home.certificate_number,
                "location": home.location,
                "area_m2": home.area_m2,
                "use": home.use,
                "share": home.share,
                "encumbrances": [str(each) for each in home.encumbrances],
                "presale": home.presale,
            }
            for home in answer.homes
        ],
        issuer=rule.issuer,
        terminal=terminal,
        phone=rule.phone,
        validity_days=rule.validity_days if kind is PaperKind.CERTIFICATE else None,
    )
    request = IssueRequest(service.id, str(kind), answer.query_number, question)
    return Dossier(request, draft)


def masked(draft: Draft) -> Draft:
    """The same paper as a public screen may show it."""
    people = tuple(
        person.model_copy(
            update={
                "name": mask_name(person.name),
                "id_number": mask_id_number(person.id_number),
            }
        )
        for person in draft.applicants
    )
    return draft.model_copy(update={"applicants": people})


def _printed(applicant: Applicant, mask: bool) -> dict[str, object]:
    person = applicant.person
    return {
        "name": person.name,
        "id_kind": person.id_kind,
        "id_number": mask_id_number(person.id_number) if mask else person.id_number,
        "relation": applicant.relation,
        "shown_by": applicant.shown_by,
    }
