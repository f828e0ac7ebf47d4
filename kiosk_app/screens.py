"""What the citizen may see: typed values, drawn by the page.

The page holds no logic: it draws the component of a screen's ``kind`` and posts an answer
(``kiosk_app.answers``) that names the screen's ``id``. The TypeScript types are generated from
these models. No value here may hold a whole id number, name or address: what is personal is masked
before it becomes a screen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk_app.texts import Text

CardName = Literal["id-card", "social-card", "travel-document"]
"""What the page calls the cards that a citizen may show."""


Language = Literal["zh", "en"]
"""What a citizen reads and hears."""


class Value(BaseModel):
    """A value that does not change once it is made."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Icon(StrEnum):
    """Pictures of the page (names are Lucide's)."""

    HOME = "home"
    ID_CARD = "id-card"
    FILE_CHECK = "file-check"
    FILE_TEXT = "file-text"
    PRINTER = "printer"
    TICKET = "ticket"
    MAP_PIN = "map-pin"
    HEADSET = "headset"
    USER = "user"
    USERS = "users"
    BABY = "baby"
    HEART = "heart"
    PEN = "pen"
    QR_CODE = "qr-code"
    HELP = "circle-help"
    CLOCK = "clock"
    ALERT = "triangle-alert"
    SEARCH = "search"
    DATABASE = "database"
    ROTATE = "rotate-ccw"
    LOG_OUT = "log-out"
    CHECK = "check"
    PHONE = "phone"
    CARD = "credit-card"
    PASSPORT = "book-user"


class Tone(StrEnum):
    """How weighty a thing is. Never shown by colour alone."""

    PLAIN = "plain"
    GOOD = "good"
    SOON = "soon"
    STOP = "stop"


class Step(Value):
    """One part of an errand, in the line at the top."""

    label: Text
    state: Literal["done", "now", "next"]


class Way(Value):
    """A way on. ``action`` comes back in a ``Go`` answer. The first is the best one."""

    action: str
    label: Text
    detail: Text | None = None
    icon: Icon | None = None
    best: bool = False


class ScreenBase(Value):
    """What all screens have. ``id`` is given when the screen is shown."""

    id: str = ""
    title: Text
    lead: Text | None = None
    steps: tuple[Step, ...] = ()
    can_go_back: bool = False
    can_leave: bool = True
    speech: Text | None = None
    """What is read aloud; title and lead when absent."""


class Tile(Value):
    """One service on the first screen. When it is not offered, ``detail`` says why.

    ``about`` and ``brings`` are drawn where there is room, as with one service alone.
    """

    service: str
    title: Text
    detail: Text
    """How long it takes and what it costs."""
    about: Text | None = None
    """What it is for."""
    brings: Text | None = None
    """What to have at hand."""
    icon: Icon
    available: bool


class Welcome(ScreenBase):
    """The first screen. Answer: ``Start``."""

    kind: Literal["welcome"] = "welcome"
    tiles: tuple[Tile, ...]
    can_leave: bool = False


class Place(Value):
    """One kind of card that is accepted, and where it goes."""

    kind: CardName
    label: Text
    where: Text
    icon: Icon


Trouble = Literal["two-cards", "wrong-card", "pulled", "unread"]
"""What can go wrong with a card before it names anybody."""


class Identify(ScreenBase):
    """Waiting for a card. Answers: ``Go`` with one of ``ways``."""

    kind: Literal["identify"] = "identify"
    state: Literal["waiting", "reading", "read"]
    trouble: Trouble | None = None
    """It is told while the card still lies there or until the next is shown."""
    notice: Text | None = None
    """Why it must be done again, in plain words."""
    ways: tuple[Way, ...] = ()
    places: tuple[Place, ...] = Field(default=(), max_length=3)
    """The cards that are accepted; the identity card alone when empty."""


class Option(Value):
    """One possible answer to a question."""

    value: str
    label: Text
    detail: Text | None = None
    icon: Icon | None = None
    selected: bool = False
    exclusive: bool = False
    """Choosing it clears the others (whole city)."""


class Choose(ScreenBase):
    """One question with options. Answer: ``Chosen``. With ``multiple`` there is a button to go on;
    without it a touch answers."""

    kind: Literal["choose"] = "choose"
    options: tuple[Option, ...]
    multiple: bool = False
    confirm: Text | None = None


class Member(Value):
    """One person of the family in the question, masked."""

    number: int
    name: str
    relation: Text
    shown_by: Text
    icon: Icon
    removable: bool


class Family(ScreenBase):
    """Who is in the question so far. Answers: ``Go`` (``ways``, ``done``) and ``Remove``."""

    kind: Literal["family"] = "family"
    members: tuple[Member, ...]
    ways: tuple[Way, ...]
    confirm: Text | None
    """The button for ``done``; ``None`` while there is nobody else yet."""


class EnterPerson(ScreenBase):
    """Enter a family member by consent. Answer: ``PersonEntered``. ``problem`` names the field."""

    kind: Literal["enter-person"] = "enter-person"
    consent: Text
    name: str = ""
    id_number: str = ""
    problem: Text | None = None
    problem_field: Literal["name", "id_number", "consent"] | None = None
    confirm: Text


class EnterDocument(ScreenBase):
    """Type what opens a travel document's chip (ICAO Doc 9303-11, 4.3 and 4.4).

    Answers: ``DocumentEntered``, and ``Go`` with one of ``ways``. ``problem`` names the field.
    """

    kind: Literal["enter-document"] = "enter-document"
    number: str = Field(default="", repr=False)
    birth: str = Field(default="", repr=False)
    """``YYYY-MM-DD``, or empty; so is ``expiry``."""
    expiry: str = Field(default="", repr=False)
    problem: Text | None = None
    problem_field: Literal["number", "birth", "expiry"] | None = None
    ways: tuple[Way, ...] = ()
    confirm: Text


class Sign(ScreenBase):
    """Sign with the finger or a pen. Answers: ``Signed``, and ``Go`` with one of ``ways``."""

    kind: Literal["sign"] = "sign"
    ways: tuple[Way, ...] = ()
    clear: Text
    confirm: Text


class Row(Value):
    """One line of what will be printed. ``change`` comes back in ``Go``."""

    label: Text
    value: Text
    tone: Tone = Tone.PLAIN
    change: str | None = None


class Review(ScreenBase):
    """What will be printed, beside what it says. Answers: ``Go`` (``print`` or a row's change)."""

    kind: Literal["review"] = "review"
    preview: str
    """Path of the picture of the paper, under the citizen's address space."""
    preview_says: Text
    """The picture in words."""
    rows: tuple[Row, ...]
    note: Text | None = None
    confirm: Text


class ProgressStep(Value):
    """One act of the machine. ``detail``: a time, a number, a place."""

    label: Text
    detail: Text | None = None
    state: Literal["done", "now", "next"]


class Progress(ScreenBase):
    """The machine works; the truth step by step. No answer is awaited."""

    kind: Literal["progress"] = "progress"
    acts: tuple[ProgressStep, ...]
    fraction: float = Field(ge=0, le=1)


class Thing(Value):
    """Something to take along, and where it lies."""

    kind: CardName | Literal["paper"]
    icon: Icon
    label: Text
    place: Text
    taken: bool = False


class Take(ScreenBase):
    """Take your things. Answers: ``Go`` with one of ``ways`` (``taken``, ``missing``)."""

    kind: Literal["take"] = "take"
    things: tuple[Thing, ...]
    ways: tuple[Way, ...]
    insist: bool = False
    """A card still lies there after a while, or after its journey: say it louder."""


class Done(ScreenBase):
    """It is done. Answers: ``Rated``, ``Go`` (``finish``, ``another``)."""

    kind: Literal["done"] = "done"
    things: tuple[Thing, ...]
    rating: tuple[Option, ...]
    rating_title: Text
    ways: tuple[Way, ...]
    seconds: int
    """Seconds until the first screen comes back by itself."""


class Found(Value):
    """One registered home, masked: what it is, where about, and what is on it."""

    title: str
    detail: Text
    tags: tuple[Text, ...] = ()


class Refused(ScreenBase):
    """The register has something, so no such certificate. Answers: ``Go``."""

    kind: Literal["refused"] = "refused"
    found: tuple[Found, ...]
    note: Text | None = None
    ways: tuple[Way, ...]


class Fault(ScreenBase):
    """Something did not work: what happened, what is and is not done, what to do."""

    kind: Literal["fault"] = "fault"
    icon: Icon
    tone: Tone = Tone.STOP
    emphasis: Text | None = None
    """The part of ``lead`` that decides (``没有打好``); shown in weight."""
    ways: tuple[Way, ...]
    code: str
    """Small at the bottom, for staff: ``DP-JAM``."""
    at: str
    """Local time ``HH:MM``."""
    seconds: int | None = None


class OutOfService(ScreenBase):
    """The terminal offers nothing now. No answer is awaited."""

    kind: Literal["out-of-service"] = "out-of-service"
    phone: str
    code: str
    can_leave: bool = False


Screen = Annotated[
    Welcome
    | Identify
    | Choose
    | Family
    | EnterPerson
    | EnterDocument
    | Sign
    | Review
    | Progress
    | Take
    | Done
    | Refused
    | Fault
    | OutOfService,
    Field(discriminator="kind"),
]


class IdleWarning(Value):
    """Nobody touched the screen for a while: an overlay; the screen below stays as it is."""

    seconds: int
    """Seconds left until the journey ends."""
    title: Text
    lead: Text
    stay: Text
    leave: Text


class Frame(Value):
    """All that the page needs to draw: sent whole at each change and at each reconnect."""

    journey: int
    """Counts citizens since start; when it changes the page wipes itself and says so."""
    screen: Screen
    idle: IdleWarning | None = None
    elder: bool = False
    """Whether this citizen takes more time."""
    language: Language = "zh"
    """What this citizen reads; what is spoken is in it."""
    aloud: bool = False
    """Whether this citizen has every screen read aloud."""
    languages: tuple[Language, ...] = ()
    """What the terminal can read aloud now."""
    alert: Text | None = None
    """What whoever stands here must know at once, whatever the screen: the power is out."""


class PageInfo(Value):
    """What the page reads once, at start."""

    hall: Text
    terminal: Text
    phone: str
    mm_per_px: float = Field(gt=0)
    virtual: bool
    texts: dict[str, Text]
    """The page's own words (``config/texts``, section ``page``)."""
