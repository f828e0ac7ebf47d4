"""The parts of calls and replies: people, questions, requests and homes as JSON, and how each
becomes the contract's form and back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from kiosk_app.connectors.housing_register.contract import (
    Encumbrance,
    IssueRequest,
    Question,
    RegisteredHome,
)
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{8,128}$")]
Number = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z]{2}-[0-9]{8}-[0-9]{7,12}$")]
Share = Annotated[str, Field(pattern=r"^(sole|joint|[1-9][0-9]{0,3}/[1-9][0-9]{0,3})$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """Nothing but what is declared, and no value in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, allow_inf_nan=False
    )


class WireApplicant(Strict):
    """One person of a question."""

    name: str = Field(min_length=1, max_length=64, repr=False)
    id_kind: IdKind
    id_number: str = Field(pattern=r"^[0-9A-Z]{6,20}$", repr=False)
    birth: date = Field(repr=False)
    relation: Relation
    shown_by: ShownBy

    @classmethod
    def of(cls, applicant: Applicant) -> Self:
        """The wire's form of an applicant."""
        person = applicant.person
        return cls(
            name=person.name,
            id_kind=person.id_kind,
            id_number=person.id_number,
            birth=person.birth,
            relation=applicant.relation,
            shown_by=applicant.shown_by,
        )

    def applicant(self) -> Applicant:
        """The contract's form."""
        person = Person(self.name, self.id_kind, self.id_number, self.birth)
        return Applicant(person, self.relation, self.shown_by)


class WireQuestion(Strict):
    """``contract.Question``."""

    applicants: tuple[WireApplicant, ...] = Field(min_length=1, max_length=16)
    districts: tuple[Slug, ...] = Field(min_length=1, max_length=64)
    purpose: str = Field(max_length=128)
    receiving_body: str = Field(max_length=128)

    @classmethod
    def of(cls, question: Question) -> Self:
        """The wire's form of a question."""
        return cls(
            applicants=tuple(WireApplicant.of(one) for one in question.applicants),
            districts=question.districts,
            purpose=question.purpose,
            receiving_body=question.receiving_body,
        )

    def question(self) -> Question:
        """The contract's form."""
        return Question(
            applicants=tuple(one.applicant() for one in self.applicants),
            districts=self.districts,
            purpose=self.purpose,
            receiving_body=self.receiving_body,
        )


class WireIssueRequest(Strict):
    """``contract.IssueRequest``."""

    service: Slug
    kind: Slug
    query_number: Number
    question: WireQuestion

    @classmethod
    def of(cls, request: IssueRequest) -> Self:
        """The wire's form of a request."""
        return cls(
            service=request.service,
            kind=request.kind,
            query_number=request.query_number,
            question=WireQuestion.of(request.question),
        )

    def request(self) -> IssueRequest:
        """The contract's form."""
        return IssueRequest(self.service, self.kind, self.query_number, self.question.question())


class WireHome(Strict):
    """``contract.RegisteredHome``."""

    applicant: int = Field(ge=0, lt=16)
    certificate_number: str = Field(max_length=64, repr=False)
    location: str = Field(max_length=256, repr=False)
    district: Slug
    area_m2: Decimal = Field(gt=0, max_digits=10, decimal_places=2)
    use: str = Field(max_length=32)
    share: Share
    encumbrances: tuple[Encumbrance, ...] = Field(default=(), max_length=8)
    presale: bool = False

    @classmethod
    def of(cls, home: RegisteredHome) -> Self:
        """The wire's form of a home."""
        return cls(
            applicant=home.applicant,
            certificate_number=home.certificate_number,
            location=home.location,
            district=home.district,
            area_m2=home.area_m2,
            use=home.use,
            share=home.share,
            encumbrances=home.encumbrances,
            presale=home.presale,
        )

    def home(self) -> RegisteredHome:
        """The contract's form."""
        return RegisteredHome(
            applicant=self.applicant,
            certificate_number=self.certificate_number,
            location=self.location,
            district=self.district,
            area_m2=self.area_m2,
            use=self.use,
            share=self.share,
            encumbrances=self.encumbrances,
            presale=self.presale,
        )
