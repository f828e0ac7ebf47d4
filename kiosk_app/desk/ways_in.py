"""The ways in: each kind of card that shows who somebody is, and the reader that reads it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from drivers.errors import DeviceError, DeviceNotReady, UserFault
from drivers.id_card.contract import CardKind, CardMedia, IdentityRecord
from drivers.travel_document.contract import (
    Authenticity,
    MrzKey,
    TravelDocumentKind,
    TravelDocumentRecord,
)
from kiosk_app.catalogue.certificates import IdentityRule
from kiosk_app.devices import DOCUMENT_CAMERA, LOOK_EVERY_S, READER, SOCIAL, TRAVEL, Devices
from kiosk_app.fitness import role_obstacle
from kiosk_app.people import IdKind, Person
from kiosk_app.screens import CardName, Icon, Thing
from kiosk_app.settings import Places
from kiosk_app.texts import Text, Texts

if TYPE_CHECKING:
    from drivers.social_security_card.contract import SocialSecurityRecord
    from kiosk_app.desk.parts import Parts

CARD_WAIT_S = 600.0
"""Longer than any idle timer, which ends the wait before."""

TO_MOVE_S = 1.5
"""What a citizen gets to move a card that failed; twice that, and it is tried again all the same on
the identity card's reader, which may not notice a quick hand."""
BESIDE_S = 0.8
"""A second card on another reader, so soon after the first, was laid down with it."""

KINDS: dict[str, CardName] = {
    READER: "id-card",
    SOCIAL: "social-card",
    TRAVEL: "travel-document",
}
"""What the page calls the card of each reader."""
ICONS = {READER: Icon.ID_CARD, SOCIAL: Icon.CARD, TRAVEL: Icon.PASSPORT}

_CARD_KINDS = {
    CardKind.RESIDENT: IdKind.RESIDENT_CARD,
    CardKind.HK_MACAO_TAIWAN_RESIDENCE: IdKind.HK_MACAO_TAIWAN_RESIDENCE,
    CardKind.FOREIGN_PERMANENT_2017: IdKind.FOREIGN_PERMANENT,
    CardKind.FOREIGN_PERMANENT_2023: IdKind.FOREIGN_PERMANENT,
}
_DOCUMENT_KINDS = {
    TravelDocumentKind.PASSPORT: IdKind.PASSPORT,
    TravelDocumentKind.HOME_RETURN_PERMIT: IdKind.HOME_RETURN_PERMIT,
    TravelDocumentKind.TAIWAN_PASS: IdKind.TAIWAN_PASS,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one card showed. ``accepted``: whether the service takes this kind of card."""

    role: str
    person: Person
    accepted: bool
    valid_from: date | None = None
    valid_to: date | None = None
    doubt: str | None = None
    """The fault of a document that is not known to be genuine."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """One reader that waits for its card. ``read`` calls back when a card is found."""

    role: str
    read: Callable[[Callable[[], None]], Awaitable[Shown]]


@dataclass(slots=True)
class Tried:
    """Cards that were tried in vain, and are not tried again before they were moved. ``roles``:
    their readers; ``on_moved`` is called when all have been."""

    roles: Collection[str] = ()
    on_moved: Callable[[], None] = lambda: None
    moved: set[str] = field(default_factory=set)

    def lies(self, role: str) -> bool:
        """Whether a reader's card lies there still, as far as was seen."""
        return role in self.roles and role not in self.moved

    def note_moved(self, role: str) -> None:
        """Take in that a card was seen to go."""
        self.moved.add(role)
        if self.moved >= {*self.roles}:
            self.on_moved()


def place_of(places: Places, role: str) -> Text:
    """Where the card of a reader goes, as a person would say."""
    own = {SOCIAL: places.social_card, TRAVEL: places.travel_document}
    return own.get(role) or places.reader


def words_for(parts: Parts, role: str | None, key: str, **values: object) -> Text:
    """A text of ``identify`` in the words for one reader's card, or in general ones where it has
    none of its own or is about no one reader."""
    own = f"identify.{KINDS[role]}.{key}" if role is not None else ""
    return parts.texts.say(own if own in parts.texts else f"identify.{key}", **values)


def cards_to_bring(texts: Texts, roles: Sequence[str]) -> Text:
    """The cards of some readers, one or more, of which one will do."""
    *others, last = (texts[f"bring.{KINDS[role]}"] for role in roles)
    if not others:
        return last
    first = Text(zh="、".join(each.zh for each in others), en=", ".join(each.en for each in others))
    return texts.say("bring.any", first=first, last=last)


def card_thing(parts: Parts, role: str) -> Thing:
    """The card of a reader as something to take along."""
    return Thing(
        kind=KINDS[role],
        icon=ICONS[role],
        label=parts.texts[f"take.{KINDS[role]}"],
        place=place_of(parts.terminal.places, role),
    )


def fit_readers(devices: Devices, rule: IdentityRule) -> tuple[str, ...]:
    """The readers of a rule that can be used now; the usual one when none can, so that its own
    error is told."""
    fit = tuple(role for role in rule.readers if role_obstacle(devices, role) is None)
    return fit or rule.readers[:1]


def can_read_pages(devices: Devices) -> bool:
    """Whether a data page can be read by the document camera now."""
    return role_obstacle(devices, DOCUMENT_CAMERA) is None


def ways_in(
    devices: Devices,
    rule: IdentityRule,
    roles: Sequence[str],
    key: MrzKey | None,
    tried: Tried,
) -> list[WayIn]:
    """The readers that can wait for a card now. ``key`` opens a travel document; with it only
    that is waited for."""

    async def moved(role: str) -> None:
        if not tried.lies(role):
            return
        reader = devices.card_reader(role)
        if role == READER:
            await asyncio.sleep(TO_MOVE_S)
            if not await reader.wait_removed(TO_MOVE_S):
                return
        else:
            await asyncio.gather(reader.taken_away(), asyncio.sleep(TO_MOVE_S))
        tried.note_moved(role)

    async def resident(on_card: Callable[[], None]) -> Shown:
        await moved(READER)
        return _from_card(await devices.reader.read_card(CARD_WAIT_S, on_card), rule)

    async def social(on_card: Callable[[], None]) -> Shown:
        await moved(SOCIAL)
        return _from_social_card(await devices.social_cards.read_card(CARD_WAIT_S, on_card))

    if key is not None:
        opened_by = key

        async def document(on_card: Callable[[], None]) -> Shown:
            await moved(TRAVEL)
            reader = devices.travel_documents
            return _from_document(await reader.read_document(opened_by, CARD_WAIT_S, on_card), rule)

        return [WayIn(TRAVEL, document)]
    known = {READER: resident, SOCIAL: social}
    return [WayIn(role, known[role]) for role in roles if role in known]


class WayFailed(Exception):
    """No card was read. ``role``: the reader that says why; ``None`` when it is none alone."""

    def __init__(self, error: DeviceError, role: str | None) -> None:
        super().__init__(error.code)
        self.error = error
        self.role = role


async def _nothing_new(waiting: Collection[str]) -> None:
    """Heeds nothing."""


async def first_card(
    ways: Sequence[WayIn],
    on_card: Callable[[str], None],
    heed: Callable[[Collection[str]], Awaitable[None]] = _nothing_new,
) -> Shown:
    """The first card that any reader reads; the others are called off. ``on_card`` hears the role
    of each reader that finds one. ``heed`` is called now and then, with the readers that wait,
    until a card is found; what it raises ends the wait.

    A reader that is missing while others wait is left out. Raises ``WayFailed``:
    ``card-two-readers`` when cards lie on two readers, else the ``DeviceError`` of a card, or of
    the last reader left.
    """
    race = _Race(ways, on_card)
    changes = [asyncio.ensure_future(each) for each in (race.collide(), race.heed(heed))]
    try:
        while True:
            running = (*changes, *race.reading)
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done.intersection(changes):
                return task.result()
            for task in done:
                if not race.left_out(task):
                    return await race.alone(task.result())
    finally:
        running = (*changes, *race.reading)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


class _Race:
    """Readers that wait side by side. ``reading``: those that still do, and the role of each."""

    def __init__(self, ways: Sequence[WayIn], on_card: Callable[[str], None]) -> None:
        self._on_card = on_card
        self._seen: set[str] = set()
        self._first_at = 0.0
        self._two = asyncio.Event()
        self.reading: dict[asyncio.Future[Shown], str] = {
            asyncio.ensure_future(way.read(partial(self._found, way.role))): way.role
            for way in ways
        }

    def _found(self, role: str) -> None:
        if not self._seen:
            self._first_at = time.monotonic()
        self._seen.add(role)
        if len(self._seen) > 1:
            self._two.set()
        self._on_card(role)

    def left_out(self, done: asyncio.Future[Shown]) -> bool:
        """Whether a reader that ended is one that is missing while others wait. Raises
        ``WayFailed`` for what its card, or the last reader, says."""
        role, error = self.reading.pop(done), done.exception()
        missing = isinstance(error, DeviceNotReady) and role not in self._seen
        if isinstance(error, DeviceError) and not (self.reading and missing):
            raise WayFailed(error, role) from error
        return missing

    async def alone(self, shown: Shown) -> Shown:
        """The card that was read, if none is laid down beside it right after. Raises
        ``WayFailed`` ``card-two-readers``."""
        left_s = self._first_at + BESIDE_S - time.monotonic()
        if self.reading and left_s > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._two.wait(), left_s)
        if self._two.is_set():
            raise two_cards()
        return shown

    async def collide(self) -> Shown:
        """Wait until cards lie on two readers. Raises ``WayFailed``."""
        await self._two.wait()
        raise two_cards()

    async def heed(self, heed: Callable[[Collection[str]], Awaitable[None]]) -> Shown:
        """Look around until a card is found. Raises what ``heed`` does."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._seen:
                await heed(self.reading.values())


def two_cards() -> WayFailed:
    """Cards lie on two readers, and nobody can say which is meant."""
    error = UserFault("card-two-readers", "cards lie on two readers", error_code="cardCollision")
    return WayFailed(error, None)


def another_lies(devices: Devices, roles: Sequence[str], read: str) -> bool:
    """Whether a card is in one of the other readers that always know: those of chips."""
    media = [
        getattr(devices.slot(role).status(), "media", None)
        for role in roles
        if role in (SOCIAL, TRAVEL) and role != read and not devices.card_reader(role).left_behind
    ]
    return any(each is not None and each.value == CardMedia.PRESENT for each in media)


def _from_card(record: IdentityRecord, rule: IdentityRule) -> Shown:
    person = Person(
        name=record.name or record.foreign_name,
        id_kind=_CARD_KINDS[record.kind],
        id_number=record.id_number,
        birth=record.birth,
    )
    accepted = record.kind in rule.cards
    return Shown(READER, person, accepted, record.valid_from, record.valid_to)


def _from_social_card(record: SocialSecurityRecord) -> Shown:
    person = Person(record.name, IdKind.RESIDENT_CARD, record.id_number, record.birth)
    return Shown(SOCIAL, person, accepted=True, valid_to=record.valid_to)


def _from_document(record: TravelDocumentRecord, rule: IdentityRule) -> Shown:
    kind = _DOCUMENT_KINDS.get(record.kind)
    person = Person(record.name, kind or IdKind.PASSPORT, record.number, record.birth)
    found = record.authenticity
    will_do = found is Authenticity.VALID or (found.is_unvouched and rule.unvouched_documents)
    doubt = None if will_do else f"document-{found}"
    return Shown(TRAVEL, person, kind is not None, valid_to=record.expiry, doubt=doubt)
