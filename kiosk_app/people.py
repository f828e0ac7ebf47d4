"""Who a citizen is, as far as an errand needs it. ``repr`` hides what is personal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class IdKind(StrEnum):
    """The kind of document that a number stands on."""

    RESIDENT_CARD = "resident-card"
    HK_MACAO_TAIWAN_RESIDENCE = "hk-macao-taiwan-residence"
    FOREIGN_PERMANENT = "foreign-permanent"
    HOME_RETURN_PERMIT = "home-return-permit"
    TAIWAN_PASS = "taiwan-pass"  # noqa: S105 - a travel pass, not a secret
    PASSPORT = "passport"


class Relation(StrEnum):
    """What a person is to the one who stands at the terminal."""

    SELF = "self"
    SPOUSE = "spouse"
    MINOR_CHILD = "minor-child"


class ShownBy(StrEnum):
    """How a person came into the question."""

    CARD = "card"
    """Their own card was read."""
    CONSENT = "consent"
    """They were entered at the screen, and their consent was declared."""


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person as a register knows them: the exact name and number."""

    name: str = field(repr=False)
    id_kind: IdKind
    id_number: str = field(repr=False)
    birth: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class Applicant:
    """A person in a question, with the relation and how they were shown."""

    person: Person
    relation: Relation
    shown_by: ShownBy


def age_on(birth: date, day: date) -> int:
    """Full years on a day, by the calendar."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
