"""What the technician's page and the terminal say to each other about rehearsals."""

from __future__ import annotations

from pydantic import BaseModel, Field

from kiosk_app.api.technician_models import Asked
from kiosk_app.screens import CardName
from kiosk_app.texts import Text
from kiosk_app.workbench.rehearsals import DocumentName


class ResidentView(BaseModel):
    """One made-up person of the rehearsal."""

    number: int
    slug: str
    note: Text


class Named(BaseModel):
    """Something by its name."""

    id: str
    title: Text


class FaultTitle(BaseModel):
    """A fault that a rehearsal may meet."""

    name: str
    title: Text


class CardView(BaseModel):
    """What a citizen may show. ``residents``: whose, by number; nobody's of the drawer where it is
    empty. ``documents``: which of them it may be."""

    id: CardName
    title: Text
    residents: list[int]
    documents: list[Named]
    faults: list[FaultTitle]


class RehearsalsAnswer(BaseModel):
    """What can be rehearsed."""

    services: list[Named]
    residents: list[ResidentView]
    cards: list[CardView]
    running: bool


class RehearseRequest(Asked):
    """Rehearse one errand beside the terminal."""

    service: str = Field(max_length=64)
    resident: int = Field(default=1, ge=1, le=999)
    card: CardName = "id-card"
    document: DocumentName | None = None
    fault: str | None = Field(default=None, max_length=64)


class StepView(BaseModel):
    """One step of an errand and how long it took."""

    name: str
    ms: float


class RehearsalAnswer(BaseModel):
    """How a rehearsal went."""

    outcome: str
    serial: str | None
    steps: list[StepView]
    fault: str | None
    fault_says: Text | None = None
    """What the citizen was told about it."""
