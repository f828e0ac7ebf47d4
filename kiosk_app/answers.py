"""What the page may answer to a screen, and what it says of itself: typed values.

Each answer names the screen that it belongs to; whether that screen offers it is for the journey
to judge (``kiosk_app.journey.offers``).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kiosk_app.screens import Language, Value


class AnswerBase(Value):
    """An answer to one screen. An answer to a screen that is gone does nothing."""

    screen: str = Field(max_length=64)


class Start(AnswerBase):
    """A citizen chose a service."""

    action: Literal["start"] = "start"
    service: str = Field(max_length=64)


class Go(AnswerBase):
    """A way on that the screen offered."""

    action: Literal["go"] = "go"
    way: str = Field(max_length=64)


class Chosen(AnswerBase):
    """The options chosen."""

    action: Literal["chosen"] = "chosen"
    values: tuple[str, ...] = Field(max_length=64)


class Remove(AnswerBase):
    """Take a family member out of the question."""

    action: Literal["remove"] = "remove"
    number: int = Field(ge=0, le=64)


class PersonEntered(AnswerBase):
    """A family member typed in, with the declared consent."""

    action: Literal["person-entered"] = "person-entered"
    name: str = Field(max_length=64, repr=False)
    id_number: str = Field(max_length=32, repr=False)
    consent: bool


class DocumentEntered(AnswerBase):
    """The key of a travel document, typed from its data page. Dates are ``YYYY-MM-DD``."""

    action: Literal["document-entered"] = "document-entered"
    number: str = Field(max_length=32, repr=False)
    birth: str = Field(max_length=10, repr=False)
    expiry: str = Field(max_length=10, repr=False)


class StrokePoint(Value):
    """Where the pen was. ``x`` and ``y`` in parts of the pad's width and height from its upper
    left corner, ``p`` the pressure from 0 to 1, ``t`` milliseconds since the first touch."""

    x: float = Field(ge=0, le=1, allow_inf_nan=False, repr=False)
    y: float = Field(ge=0, le=1, allow_inf_nan=False, repr=False)
    p: float = Field(ge=0, le=1, allow_inf_nan=False, repr=False)
    t: int = Field(ge=0, le=3_600_000, repr=False)


Stroke = Annotated[tuple[StrokePoint, ...], Field(min_length=1, max_length=20_000)]
"""From one touch of the pad until the pen leaves it."""

MOST_STROKES = 200
MOST_POINTS = 20_000


class Signed(AnswerBase):
    """A signature: at most ``MOST_STROKES`` strokes of ``MOST_POINTS`` points together."""

    action: Literal["signed"] = "signed"
    strokes: tuple[Stroke, ...] = Field(min_length=1, max_length=MOST_STROKES, repr=False)

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        if sum(map(len, self.strokes)) > MOST_POINTS:
            raise ValueError(f"a signature has at most {MOST_POINTS} points")
        return self


class Rated(AnswerBase):
    """How satisfied the citizen is, five to one."""

    action: Literal["rated"] = "rated"
    score: int = Field(ge=1, le=5)


class Back(AnswerBase):
    """One screen back."""

    action: Literal["back"] = "back"


class Leave(AnswerBase):
    """End the journey now and wipe."""

    action: Literal["leave"] = "leave"


class Stay(AnswerBase):
    """I am still here."""

    action: Literal["stay"] = "stay"


class CallStaff(AnswerBase):
    """Ask a member of staff to come. The screen stays."""

    action: Literal["call-staff"] = "call-staff"


class Comfort(AnswerBase):
    """How the citizen likes it from now on, until the wipe: in elder mode timers double, and what
    is spoken is in ``language``; ``aloud``: every screen is read aloud."""

    action: Literal["comfort"] = "comfort"
    elder: bool
    language: Language
    aloud: bool


Answer = Annotated[
    Start
    | Go
    | Chosen
    | Remove
    | PersonEntered
    | DocumentEntered
    | Signed
    | Rated
    | Back
    | Leave
    | Stay
    | Comfort
    | CallStaff,
    Field(discriminator="action"),
]


MANY = 1_000_000
"""No honest page counts so far."""


class Wiped(Value):
    """The page's own proof that nothing of a journey is left in it. Counts, all zero when clean."""

    journey: int = Field(ge=0, le=MANY)
    """The one that begins; nothing of those before it is left."""
    storage_entries: int = Field(ge=0, le=MANY)
    object_urls: int = Field(ge=0, le=MANY)
    filled_inputs: int = Field(ge=0, le=MANY)
