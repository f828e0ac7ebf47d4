"""Who stands here: one card, read whole, judged by the service's rule."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from drivers.errors import DeviceError, DeviceNotReady
from drivers.travel_document.contract import MrzKey
from drivers.travel_document.mrz import KeyInvalid, key_typed
from kiosk_app.answers import DocumentEntered, Go
from kiosk_app.catalogue.certificates import IdentityRule
from kiosk_app.desk.core import DeskBase
from kiosk_app.desk.faults import RULES
from kiosk_app.desk.ways_in import (
    ICONS,
    KINDS,
    ReaderBack,
    Shown,
    WayFailed,
    another_lies,
    can_read_pages,
    first_card,
    fit_readers,
    place_of,
    two_cards,
    ways_in,
    words_for,
)
from kiosk_app.devices import READER, TRAVEL
from kiosk_app.fitness import role_obstacle
from kiosk_app.journey import WentBack
from kiosk_app.people import Person
from kiosk_app.screens import EnterDocument, Identify, Place, Way
from kiosk_app.texts import Text

TRIES = 3
"""Failed readings before the citizen is sent to people."""
TO_MOVE_S = 1.5
"""What a citizen gets to move the card before it is tried again. Without it a card that just lies
there would fail all its tries before anybody has read the notice."""
BY_DOCUMENT = "travel-document"
"""The way on to typing a travel document's key."""
BY_LIGHT = "read-page"
"""The way to have the key read off the data page by the document camera."""

_AGAIN = frozenset(
    {"card-pulled", "card-collision", "card-two-readers", "card-unreadable", "card-unsupported"}
)
_READER_HICCUP = frozenset(
    {"reader-garbled", "reader-silent", "card-garbled", "card-silent", "session-forged"}
)
_KEY_WRONG = "key-wrong"


class OtherWay(Exception):
    """The citizen chose another way than the card (``by-consent``, ``skip``)."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


@dataclass(slots=True)
class _Attempt:
    """What is shown, and how far the citizen is with it."""

    screen: Identify
    roles: tuple[str, ...]
    """The readers that wait; none when only travel documents can be read and no key is known."""
    key: MrzKey | None = None
    """What opens the travel document; ``None`` while other cards are waited for."""
    failures: int = 0


async def identify(
    desk: DeskBase, rule: IdentityRule, *, title: Text | None = None, ways: tuple[Way, ...] = ()
) -> Person:
    """Wait for a card that the rule accepts and that is valid today, on any reader that is fit.

    ``ways``: other ways on beside the card. Raises ``OtherWay`` for them, ``WentBack``, and
    ``Stopped`` after the citizen was told why it cannot be done.
    """
    attempt = await _begin(desk, rule, title, ways)
    while True:
        try:
            if not attempt.roles:
                attempt = await _by_document(desk, attempt, ways=ways)
            shown = await _read(desk, rule, attempt)
        except ReaderBack:
            attempt = await _begin(desk, rule, title, ways, attempt.failures)
            continue
        except WayFailed as failed:
            await _fail(desk, attempt, failed.error, failed.role)
            continue
        except OtherWay as other:
            if other.action != BY_DOCUMENT:
                raise
            with contextlib.suppress(WentBack):
                attempt = await _by_document(desk, attempt)
            continue
        except WentBack:
            if attempt.key is None:
                raise
            attempt = await _begin(desk, rule, title, ways)
            continue
        if not shown.accepted:
            attempt.screen = _noticed(attempt.screen, desk.say("identify.not-accepted"))
            continue
        await _check(desk, shown)
        desk.card_on = shown.role
        return shown.person


async def _begin(
    desk: DeskBase,
    rule: IdentityRule,
    title: Text | None,
    ways: tuple[Way, ...],
    failures: int = 0,
) -> _Attempt:
    """Every card that can be read now, and the way to a travel document."""
    roles = fit_readers(desk.parts.devices, rule)
    cards = tuple(role for role in roles if role != TRAVEL)
    if cards and TRAVEL in roles:
        ways = (desk.way(BY_DOCUMENT), *ways)
    only = roles[0] if len(roles) == 1 else None
    place = place_of(desk.parts.terminal.places, roles[0])
    screen = Identify(
        title=title or words_for(desk.parts, only, "title", place=place),
        lead=desk.say("identify.lead"),
        steps=desk.steps,
        state="waiting",
        notice=await _left_before(desk, roles),
        ways=ways,
        places=tuple(_place(desk, role) for role in roles) if roles != (READER,) else (),
        can_go_back=True,
    )
    return _Attempt(screen, cards, failures=failures)


async def _left_before(desk: DeskBase, roles: tuple[str, ...]) -> Text | None:
    """A word about a card that an earlier citizen left, which is not read again."""
    readers = desk.parts.devices.card_readers
    left = [role for role in roles if await readers[role].look()]
    return desk.say("identify.left-before") if left else None


def _place(desk: DeskBase, role: str) -> Place:
    return Place(
        kind=KINDS[role],
        label=desk.say(f"identify.place-{KINDS[role]}"),
        where=place_of(desk.parts.terminal.places, role),
        icon=ICONS[role],
    )


async def _by_document(
    desk: DeskBase, attempt: _Attempt, problem: Text | None = None, ways: tuple[Way, ...] = ()
) -> _Attempt:
    """Have the document's key typed, then wait for the document alone.

    ``ways``: others than to type it. Raises ``OtherWay`` for them, and ``WentBack``.
    """
    key = await _typed_key(desk, problem, ways)
    place = _place(desk, TRAVEL)
    screen = attempt.screen.model_copy(
        update={
            "title": desk.say("identify.document", place=place.where),
            "lead": desk.say("identify.document-lead"),
            "notice": None,
            "places": (place,),
            "ways": tuple(way for way in attempt.screen.ways if way.action != BY_DOCUMENT),
        }
    )
    return _Attempt(screen, (TRAVEL,), key, attempt.failures)


async def _typed_key(desk: DeskBase, problem: Text | None, ways: tuple[Way, ...]) -> MrzKey:
    """What opens the chip, as it stands on the data page. Raises ``WentBack``, ``OtherWay``."""
    by_light = (desk.way(BY_LIGHT),) if can_read_pages(desk.parts.devices) else ()
    screen = EnterDocument(
        title=desk.say("document.title"),
        lead=desk.say("document.lead"),
        steps=desk.steps,
        problem=problem,
        problem_field="number" if problem else None,
        ways=(*by_light, *ways),
        confirm=desk.say("document.confirm"),
        can_go_back=True,
    )
    while True:
        answer = await desk.journey.ask(screen)
        if isinstance(answer, Go):
            if answer.way != BY_LIGHT:
                raise OtherWay(answer.way)
            screen = await _read_page(desk, screen)
            continue
        if not isinstance(answer, DocumentEntered):
            raise TypeError("no other answer belongs to enter-document")
        try:
            return _key(answer, desk.today().date())
        except _Mistyped as mistake:
            screen = screen.model_copy(
                update={
                    "number": answer.number,
                    "birth": answer.birth,
                    "expiry": answer.expiry,
                    "problem": desk.say(f"document.{mistake.field}-wrong"),
                    "problem_field": mistake.field,
                }
            )


async def _read_page(desk: DeskBase, screen: EnterDocument) -> EnterDocument:
    """Fill the fields in from the data page under the document camera; the citizen confirms them,
    or types them after all. Raises ``WentBack``."""
    looking = {"lead": desk.say("document.looking"), "ways": (), "problem": None}
    try:
        key = await desk.journey.ask_while(
            screen.model_copy(update=looking), desk.parts.devices.read_document_key()
        )
    except DeviceError as error:
        known = "page-unread" if error.code == "mrz-not-found" else "page-trouble"
        return screen.model_copy(
            update={"problem": desk.say(f"document.{known}"), "problem_field": None}
        )
    if not isinstance(key, MrzKey):
        return screen
    return screen.model_copy(
        update={
            "number": key.number,
            "birth": f"{key.birth}",
            "expiry": f"{key.expiry}",
            "lead": desk.say("document.read"),
            "problem": None,
            "problem_field": None,
        }
    )


class _Mistyped(Exception):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _key(entered: DocumentEntered, today: date) -> MrzKey:
    days: dict[str, date] = {}
    for field in ("birth", "expiry"):
        try:
            days[field] = date.fromisoformat(getattr(entered, field))
        except ValueError:
            raise _Mistyped(field) from None
    try:
        return key_typed(entered.number, days["birth"], days["expiry"], today=today)
    except KeyInvalid as error:
        raise _Mistyped(error.code.split("-")[1]) from None


async def _read(desk: DeskBase, rule: IdentityRule, attempt: _Attempt) -> Shown:
    """Show the screen and read one card, or raise what the citizen or the reader says instead."""
    pause_s = TO_MOVE_S if attempt.failures else 0
    screen = attempt.screen

    def on_card(role: str) -> None:
        reading = {"state": "reading", "notice": None, "title": desk.say("identify.reading")}
        desk.journey.update(screen.model_copy(update=reading))

    def others(waiting: Collection[str]) -> bool:
        fit = {*fit_readers(desk.parts.devices, rule)} - {TRAVEL}
        return attempt.key is None and not fit <= {*waiting}

    async def read() -> Shown:
        await asyncio.sleep(pause_s)
        devices = desk.parts.devices
        among = ways_in(devices, rule, attempt.roles, attempt.key)
        shown = await first_card(among, on_card, others)
        if another_lies(devices, attempt.roles, shown.role):
            raise two_cards()
        return shown

    result = await desk.journey.ask_while(screen, read())
    if isinstance(result, Go):
        raise OtherWay(result.way)
    if not isinstance(result, Shown):
        raise TypeError(f"no answer of that kind belongs to identify: {type(result).__name__}")
    return result


async def _fail(desk: DeskBase, attempt: _Attempt, error: DeviceError, role: str | None) -> None:
    """Say what to do before the next try; stops when trying again is no use."""
    if error.code == "card-timeout":
        attempt.screen = _noticed(attempt.screen, None)
        return
    if isinstance(error, DeviceNotReady) and _go_on_without(desk, attempt):
        return
    attempt.failures += 1
    again = error.code in _AGAIN | _READER_HICCUP | {_KEY_WRONG}
    if not again or attempt.failures >= TRIES:
        await desk.stop(error.code if error.code in RULES else "reader-failed", role)
    if error.code == _KEY_WRONG:
        with contextlib.suppress(WentBack):
            retyped = await _by_document(desk, attempt, desk.say("document.refused"))
            attempt.screen, attempt.key = retyped.screen, retyped.key
        return
    words = error.code if error.code in _AGAIN else "reader-hiccup"
    attempt.screen = _noticed(attempt.screen, words_for(desk.parts, role, words))


def _go_on_without(desk: DeskBase, attempt: _Attempt) -> bool:
    """Leave out readers that have gone; whether there are others to go on with."""
    devices = desk.parts.devices
    left = tuple(role for role in attempt.roles if role_obstacle(devices, role) is None)
    if not left or left == attempt.roles:
        return False
    kinds = {KINDS[role] for role in (*left, TRAVEL)}
    places = tuple(place for place in attempt.screen.places if place.kind in kinds)
    attempt.roles = left
    attempt.screen = _noticed(
        attempt.screen.model_copy(update={"places": places}), desk.say("identify.reader-gone")
    )
    return True


def _noticed(screen: Identify, notice: Text | None) -> Identify:
    return screen.model_copy(update={"notice": notice})


async def _check(desk: DeskBase, shown: Shown) -> None:
    day = desk.today().date()
    if shown.valid_to is not None and day > shown.valid_to:
        await desk.stop("card-expired", shown.role)
    if shown.valid_from is not None and day < shown.valid_from:
        await desk.stop("card-not-yet-valid", shown.role)
    if not shown.trusted:
        await desk.stop("document-untrusted", shown.role)
