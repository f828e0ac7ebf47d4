"""Whom a register is asked about, where, what for and for whom: the questions of a certificate."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from drivers.id_card import id_number
from kiosk_app.answers import Go, PersonEntered, Remove
from kiosk_app.catalogue.certificates import CertificateService
from kiosk_app.catalogue.services import Named
from kiosk_app.connectors.housing_register.contract import Question
from kiosk_app.desk.desk import Desk
from kiosk_app.desk.document_key import OtherWay
from kiosk_app.journey import WentBack
from kiosk_app.people import Applicant, IdKind, Person, Relation, ShownBy, age_on
from kiosk_app.privacy.masking import mask_name
from kiosk_app.screens import EnterPerson, Family, Icon, Member, Option
from kiosk_app.texts import Text

WHOLE = "whole"

_RELATION_ICONS = {
    Relation.SELF: Icon.USER,
    Relation.SPOUSE: Icon.HEART,
    Relation.MINOR_CHILD: Icon.BABY,
}


@dataclass(slots=True)
class Scope:
    """What the citizen has chosen so far."""

    applicants: list[Applicant] = field(repr=False)
    family: bool = False
    districts: tuple[str, ...] = ()
    purpose: str = ""
    body: str = ""

    def question(self) -> Question:
        """The scope as the register wants it."""
        people = self.applicants if self.family else self.applicants[:1]
        return Question(tuple(people), self.districts, self.purpose, self.body)


class ScopeQuestions:
    """The questions about one scope; each may be asked again from the review."""

    def __init__(self, desk: Desk, service: CertificateService, person: Person) -> None:
        self._desk = desk
        self._service = service
        self._asked = False
        self.scope = Scope([Applicant(person, Relation.SELF, ShownBy.CARD)])

    async def ask_all(self, *, from_last: bool = False) -> Scope:
        """Every question in turn, or back from the last. Raises ``WentBack`` from the first."""
        has_family = self._service.family.spouses or self._service.family.children
        questions = [self.who] if has_family else []
        questions += [self.range, self.purpose, self.body]
        await self._desk.in_turn(questions, from_last=from_last)
        return self.scope

    async def ask_again(self, what: str) -> Scope:
        """One question once more, by the name that the review's row gave. Back keeps the answer."""
        questions: dict[str, Callable[[], Awaitable[None]]] = {
            "who": self.who,
            "range": self.range,
            "purpose": self.purpose,
            "body": self.body,
        }
        with contextlib.suppress(WentBack):
            await questions[what]()
        return self.scope

    async def who(self) -> None:
        """Only the citizen, or the family too, and then who that is."""
        text = self._service.texts
        while True:
            values = await self._desk.choose(
                text["who.title"],
                [
                    Option(
                        value="self",
                        label=text["who.self"],
                        detail=text["who.self_detail"],
                        icon=Icon.USER,
                        selected=self._asked and not self.scope.family,
                    ),
                    Option(
                        value="family",
                        label=text["who.family"],
                        detail=text["who.family_detail"],
                        icon=Icon.USERS,
                        selected=self.scope.family,
                    ),
                ],
                lead=text["who.lead"],
            )
            self.scope.family = values == ("family",)
            if not self.scope.family:
                return None
            try:
                return await self._gather_family()
            except WentBack:
                continue

    async def range(self) -> None:
        """The whole city, or some districts."""
        text = self._service.texts
        whole = Option(
            value=WHOLE,
            label=text["range.whole"],
            detail=text["range.whole_detail"],
            exclusive=True,
            selected=not self.scope.districts or self._is_whole(self.scope.districts),
        )
        picked = () if whole.selected else self.scope.districts
        values = await self._desk.choose(
            text["range.title"],
            [whole, *_options(self._service.districts, picked)],
            lead=text["range.lead"],
            multiple=True,
            confirm=text["range.confirm"],
        )
        every = tuple(entry.code for entry in self._service.districts)
        self.scope.districts = every if WHOLE in values else values

    async def purpose(self) -> None:
        """What the paper is for."""
        self.scope.purpose = await self._one_of(
            "purpose", self._service.purposes, self.scope.purpose
        )

    async def body(self) -> None:
        """Who will receive it."""
        self.scope.body = await self._one_of("body", self._service.bodies, self.scope.body)

    def range_name(self) -> Text:
        """The chosen range in words."""
        service = self._service
        if self._is_whole(self.scope.districts):
            return service.texts["range.whole"]
        names = [service.named(service.districts, code).name for code in self.scope.districts]
        return Text(zh="、".join(n.zh for n in names), en=", ".join(n.en for n in names))

    def _is_whole(self, districts: tuple[str, ...]) -> bool:
        return set(districts) == {entry.code for entry in self._service.districts}

    async def _one_of(self, part: str, entries: tuple[Named, ...], chosen: str) -> str:
        text = self._service.texts
        options = _options(entries, (chosen,))
        (value,) = await self._desk.choose(
            text[f"{part}.title"], options, lead=text[f"{part}.lead"]
        )
        return value

    async def _gather_family(self) -> None:
        while True:
            answer = await self._desk.journey.ask(self._family_screen())
            match answer:
                case Remove(number=number):
                    del self.scope.applicants[number]
                case Go(way="add-spouse"):
                    await self._add(Relation.SPOUSE)
                case Go(way="add-child"):
                    await self._add(Relation.MINOR_CHILD)
                case Go(way="done"):
                    return

    def _family_screen(self) -> Family:
        text, desk, rule = self._service.texts, self._desk, self._service.family
        ways = []
        if self._count(Relation.SPOUSE) < rule.spouses:
            ways.append(desk.way("add-spouse", label=text["family.add_spouse"], icon=Icon.HEART))
        if self._count(Relation.MINOR_CHILD) < rule.children:
            ways.append(desk.way("add-child", label=text["family.add_child"], icon=Icon.BABY))
        members = tuple(
            Member(
                number=number,
                name=mask_name(applicant.person.name),
                relation=desk.say(f"relation.{applicant.relation}"),
                shown_by=desk.say(f"shown-by.{applicant.shown_by}"),
                icon=_RELATION_ICONS[applicant.relation],
                removable=number > 0,
            )
            for number, applicant in enumerate(self.scope.applicants)
        )
        return Family(
            title=text["family.title"],
            lead=text["family.lead"],
            steps=desk.steps,
            members=members,
            ways=tuple(ways),
            confirm=text["family.confirm"] if len(members) > 1 else None,
            can_go_back=True,
        )

    def _count(self, relation: Relation) -> int:
        return sum(applicant.relation is relation for applicant in self.scope.applicants)

    async def _add(self, relation: Relation) -> None:
        """One more person by their card or by consent; coming back adds nobody."""
        title = self._desk.say(f"identify.{relation}")
        problem: Text | None = None
        while True:
            try:
                person, shown_by = await self._present(relation, title)
            except WentBack:
                return
            problem = self._objection(relation, person)
            if problem is None:
                self.scope.applicants.append(Applicant(person, relation, shown_by))
                return
            title = problem

    async def _present(self, relation: Relation, title: Text) -> tuple[Person, ShownBy]:
        by_consent = self._desk.way("by-consent")
        try:
            person = await self._desk.identify(
                self._service.identity, title=title, ways=(by_consent,)
            )
        except OtherWay:
            return await self._enter(relation), ShownBy.CONSENT
        return person, ShownBy.CARD

    async def _enter(self, relation: Relation) -> Person:
        """A person typed in, until number, name and consent are right. Raises ``WentBack``."""
        screen = EnterPerson(
            title=self._desk.say(f"enter.{relation}"),
            lead=self._desk.say("enter.lead"),
            steps=self._desk.steps,
            consent=self._desk.say(f"enter.consent-{relation}"),
            confirm=self._desk.say("enter.confirm"),
            can_go_back=True,
        )
        while True:
            answer = await self._desk.journey.ask(screen)
            if not isinstance(answer, PersonEntered):
                raise TypeError("no other answer belongs to enter-person")
            field_name, problem = self._entry_problem(answer)
            if problem is None:
                number = id_number.parse(answer.id_number)
                return Person(answer.name.strip(), IdKind.RESIDENT_CARD, number.text, number.birth)
            screen = screen.model_copy(
                update={
                    "name": answer.name,
                    "id_number": answer.id_number,
                    "problem": problem,
                    "problem_field": field_name,
                }
            )

    def _entry_problem(self, entered: PersonEntered) -> tuple[str | None, Text | None]:
        if not entered.name.strip():
            return "name", self._desk.say("enter.name-missing")
        try:
            id_number.parse(entered.id_number)
        except id_number.InvalidIdNumber:
            return "id_number", self._desk.say("enter.number-wrong")
        if not entered.consent:
            return "consent", self._desk.say("enter.consent-missing")
        return None, None

    def _objection(self, relation: Relation, person: Person) -> Text | None:
        """Why this person cannot be added as that relation, in words for the title."""
        if any(person.id_number == other.person.id_number for other in self.scope.applicants):
            return self._desk.say("family.already-there")
        age = age_on(person.birth, self._desk.today().date())
        minor = age < self._service.family.minor_below
        if relation is Relation.MINOR_CHILD and not minor:
            return self._desk.say("family.not-minor", age=self._service.family.minor_below)
        if relation is Relation.SPOUSE and minor:
            return self._desk.say("family.spouse-minor")
        return None


def _options(entries: tuple[Named, ...], picked: tuple[str, ...]) -> list[Option]:
    return [
        Option(value=entry.code, label=entry.name, icon=entry.icon, selected=entry.code in picked)
        for entry in entries
    ]
