"""Who stands here: one card, read whole, judged by the service's rule."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from drivers.errors import DeviceError, DeviceNotReady
from drivers.id_card.contract import CardMedia
from drivers.travel_document.contract import MrzKey
from kiosk_app.answers import Go
from kiosk_app.catalogue.certificates import IdentityRule
from kiosk_app.desk.core import DeskBase
from kiosk_app.desk.document_key import OtherWay, enter_key
from kiosk_app.desk.faults import RULES
from kiosk_app.desk.ways_in import (
    ICONS,
    KINDS,
    Shown,
    Tried,
    WayFailed,
    another_lies,
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
from kiosk_app.screens import Identify, Place, Trouble, Way
from kiosk_app.texts import Text

TRIES = 3
"""Failed readings before the citizen is sent to people."""
BY_DOCUMENT = "travel-document"
"""The way on to typing a travel document's key."""

_AGAIN = frozenset(
    {"card-pulled", "card-collision", "card-two-readers", "card-unreadable", "card-unsupported"}
)
_READER_HICCUP = frozenset(
    {"reader-garbled", "reader-silent", "card-garbled", "card-silent", "session-forged"}
)
_KEY_WRONG = "key-wrong"
_TROUBLES: dict[str, Trouble] = {
    "card-pulled": "pulled",
    "card-collision": "two-cards",
    "card-two-readers": "two-cards",
    "card-unsupported": "wrong-card",
}
"""What the screen shows of an error; a card is ``unread`` for every other."""
_SAME_S = 0.5
"""What is tried anew and fails sooner is the same card that lies there still: nothing is shown."""


@dataclass(slots=True)
class _Attempt:
    """What is shown, and how far the citizen is with it."""

    screen: Identify
    """What is shown when no card lies there that was tried in vain."""
    roles: tuple[str, ...]
    """The readers that wait; none when only travel documents can be read and no key is known."""
    offered: frozenset[str] = frozenset()
    """The readers whose cards are asked for on the screen."""
    key: MrzKey | None = None
    """What opens the travel document; ``None`` while other cards are waited for."""
    failures: int = 0
    lying: frozenset[str] = frozenset()
    """The readers whose card was tried, and must be moved before it is tried again."""
    trouble: Identify | None = None
    """What is shown until that happens."""
    left: tuple[str, ...] = ()
    """The readers on which an earlier citizen left a card."""
    document_known: bool = False
    """Whether the travel document that lies there was spoken of already."""


class _Changed(Exception):
    """What lies or can be read is no more what the screen says."""


class _DocumentLaid(Exception):
    """A travel document was laid down before its key was entered."""


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
        except _Changed:
            attempt = await _begin(desk, rule, title, ways, attempt)
            continue
        except WayFailed as failed:
            await _fail(desk, attempt, failed.error, failed.role)
            continue
        except (OtherWay, _DocumentLaid) as other:
            if isinstance(other, OtherWay) and other.action != BY_DOCUMENT:
                raise
            attempt.document_known = True
            lead = "lead" if isinstance(other, OtherWay) else "laid"
            with contextlib.suppress(WentBack):
                attempt = await _by_document(desk, attempt, lead=lead)
            continue
        except WentBack:
            if attempt.key is None:
                raise
            attempt = await _begin(desk, rule, title, ways)
            attempt.document_known = True
            continue
        if not shown.accepted:
            attempt.lying = frozenset({shown.role})
            _tell(desk, attempt, "wrong-card", desk.say("identify.not-accepted"))
            continue
        await _check(desk, shown)
        desk.card_on = shown.role
        return shown.person


async def _begin(
    desk: DeskBase,
    rule: IdentityRule,
    title: Text | None,
    ways: tuple[Way, ...],
    before: _Attempt | None = None,
) -> _Attempt:
    """Every card that can be read now, and the way to a travel document. ``before``: what was
    asked for until now, where something has changed."""
    roles = fit_readers(desk.parts.devices, rule)
    cards = tuple(role for role in roles if role != TRAVEL)
    if cards and TRAVEL in roles:
        ways = (desk.way(BY_DOCUMENT), *ways)
    only = roles[0] if len(roles) == 1 else None
    place = place_of(desk.parts.terminal.places, roles[0])
    readers = desk.parts.devices.card_readers
    left = tuple([role for role in roles if await readers[role].look()])
    gone = before is not None and not before.offered <= {*roles}
    screen = Identify(
        title=title or words_for(desk.parts, only, "title", place=place),
        lead=desk.say("identify.lead"),
        steps=desk.steps,
        state="waiting",
        notice=desk.say("identify.reader-gone") if gone else _left_before(desk, left),
        ways=ways,
        places=tuple(_place(desk, role) for role in roles) if roles != (READER,) else (),
        can_go_back=True,
    )
    attempt = _Attempt(screen, cards, frozenset(roles), left=left)
    if before is not None:
        attempt.failures, attempt.lying = before.failures, before.lying
        attempt.document_known = before.document_known
    return attempt


def _left_before(desk: DeskBase, left: tuple[str, ...]) -> Text | None:
    """A word about a card that an earlier citizen left, which is not read again."""
    if not left:
        return None
    return desk.say("identify.left-before", place=place_of(desk.parts.terminal.places, left[0]))


def _place(desk: DeskBase, role: str) -> Place:
    return Place(
        kind=KINDS[role],
        label=desk.say(f"identify.place-{KINDS[role]}"),
        where=place_of(desk.parts.terminal.places, role),
        icon=ICONS[role],
    )


async def _by_document(
    desk: DeskBase,
    attempt: _Attempt,
    problem: Text | None = None,
    ways: tuple[Way, ...] = (),
    lead: str = "lead",
) -> _Attempt:
    """Have the document's key typed, then wait for the document alone.

    ``lead``: which words say what the key is for. ``ways``: others than to type it. Raises
    ``OtherWay`` for them, and ``WentBack``.
    """
    key = await enter_key(desk, desk.say(f"document.{lead}"), problem, ways)
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
    return _Attempt(screen, (TRAVEL,), attempt.offered, key, attempt.failures)


async def _read(desk: DeskBase, rule: IdentityRule, attempt: _Attempt) -> Shown:
    """Show the screen and read one card, or raise what the citizen or the reader says instead."""
    first = attempt.trouble or attempt.screen
    result = await desk.journey.ask_while(first, _Reading(desk, rule, attempt).card())
    if isinstance(result, Go):
        raise OtherWay(result.way)
    if not isinstance(result, Shown):
        raise TypeError(f"no answer of that kind belongs to identify: {type(result).__name__}")
    return result


class _Reading:
    """The reading of one card, and what the screen shows of it."""

    def __init__(self, desk: DeskBase, rule: IdentityRule, attempt: _Attempt) -> None:
        self._desk, self._rule, self._attempt = desk, rule, attempt
        self._trouble, attempt.trouble = attempt.trouble, None
        self._tried = Tried(attempt.lying, self._all_moved)

    async def card(self) -> Shown:
        """The first card that names somebody. Raises ``WayFailed``, and what ``heed`` does."""
        try:
            shown = await self._next()
            while not shown.accepted and self._tried.lies(shown.role):
                shown = await self._next()  # the same that lies there is no sign of a citizen
        except WayFailed as failed:
            if self._attempt.key is not None and _others_will_do(self._desk, self._rule, failed):
                raise _Changed from failed
            raise
        if another_lies(self._desk.parts.devices, self._attempt.roles, shown.role):
            raise two_cards()
        return shown

    async def _next(self) -> Shown:
        attempt = self._attempt
        among = ways_in(
            self._desk.parts.devices, self._rule, attempt.roles, attempt.key, self._tried
        )
        with _timers() as after:

            def on_card(role: str) -> None:
                after(_SAME_S if self._tried.lies(role) else 0.0, self._show_reading)

            return await first_card(among, on_card, self._heed)

    async def _heed(self, waiting: Collection[str]) -> None:
        if self._attempt.key is None:
            await _heed(self._desk, self._rule, self._attempt, waiting)

    def _show_reading(self) -> None:
        title = self._desk.say("identify.reading")
        reading = {"state": "reading", "notice": None, "title": title}
        self._desk.journey.update(self._attempt.screen.model_copy(update=reading))

    def _all_moved(self) -> None:
        """Ask for a card again; one that was taken too soon is asked for already."""
        if self._trouble is not None and self._trouble.trouble != "pulled":
            self._desk.journey.update(self._attempt.screen)


@contextmanager
def _timers() -> Iterator[Callable[[float, Callable[[], None]], None]]:
    """Something to call after some seconds, unless the block has ended before."""
    loop, set_off = asyncio.get_running_loop(), list[asyncio.TimerHandle]()
    try:
        yield lambda seconds, do: set_off.append(loop.call_later(seconds, do))
    finally:
        for timer in set_off:
            timer.cancel()


async def _heed(
    desk: DeskBase, rule: IdentityRule, attempt: _Attempt, waiting: Collection[str]
) -> None:
    """Look around while no card was found. ``waiting``: the readers that wait. Raises ``_Changed``
    when the screen is no longer true, and ``_DocumentLaid``."""
    devices = desk.parts.devices
    fit = fit_readers(devices, rule)
    if attempt.offered != {*fit} or not {*fit} - {TRAVEL} <= {*waiting}:
        raise _Changed
    for role in attempt.left:
        if not await devices.card_reader(role).look():
            raise _Changed
    if TRAVEL not in fit or TRAVEL in attempt.left:
        return
    media = getattr(devices.slot(TRAVEL).status(), "media", None)
    lies = media is not None and media.value == CardMedia.PRESENT
    if lies and not attempt.document_known:
        raise _DocumentLaid
    attempt.document_known = lies


async def _fail(desk: DeskBase, attempt: _Attempt, error: DeviceError, role: str | None) -> None:
    """Say what to do before the next try; stops when trying again is no use."""
    if error.code == "card-timeout":
        attempt.screen = _noticed(attempt.screen, None)
        return
    if isinstance(error, DeviceNotReady) and _go_on_without(desk, attempt, role):
        return
    attempt.failures += 1
    attempt.lying = frozenset(attempt.roles if role is None else (role,))
    again = error.code in _AGAIN | _READER_HICCUP | {_KEY_WRONG}
    if not again or attempt.failures >= TRIES:
        await desk.stop(error.code if error.code in RULES else "reader-failed", role)
    if error.code == _KEY_WRONG:
        with contextlib.suppress(WentBack):
            retyped = await _by_document(desk, attempt, desk.say("document.refused"))
            attempt.screen, attempt.key = retyped.screen, retyped.key
        attempt.lying = frozenset()
        return
    words = error.code if error.code in _AGAIN else "reader-hiccup"
    place = place_of(desk.parts.terminal.places, role or READER)
    told = words_for(desk.parts, role, words, place=place)
    _tell(desk, attempt, _TROUBLES.get(error.code, "unread"), told, role)


def _tell(
    desk: DeskBase, attempt: _Attempt, trouble: Trouble, told: Text, role: str | None = None
) -> None:
    """Say what went wrong on a screen of its own, and beside the question when the card that lies
    there is away. ``role``: the reader that it went wrong on."""
    attempt.screen = _noticed(attempt.screen, told)
    places = attempt.screen.places
    if role is not None and trouble != "wrong-card":
        places = tuple(place for place in places if place.kind == KINDS[role])
    title = desk.say(f"identify.trouble.{trouble}")
    own = {"title": title, "lead": None, "trouble": trouble, "places": places}
    attempt.trouble = attempt.screen.model_copy(update=own)


def _go_on_without(desk: DeskBase, attempt: _Attempt, gone: str | None) -> bool:
    """Leave out readers that have gone; whether there are others to go on with."""
    devices = desk.parts.devices
    left = tuple(
        role for role in attempt.roles if role != gone and role_obstacle(devices, role) is None
    )
    if not left:
        return False
    attempt.offered -= {*attempt.roles} - {*left}
    attempt.lying |= {*attempt.roles} - {*left}
    kinds = {KINDS[role] for role in (*left, TRAVEL)}
    places = tuple(place for place in attempt.screen.places if place.kind in kinds)
    attempt.roles = left
    attempt.screen = _noticed(
        attempt.screen.model_copy(update={"places": places}), desk.say("identify.reader-gone")
    )
    return True


def _others_will_do(desk: DeskBase, rule: IdentityRule, failed: WayFailed) -> bool:
    """Whether the reader has gone that was waited for alone, and other cards can be read."""
    devices = desk.parts.devices
    fit = fit_readers(devices, rule)
    gone = isinstance(failed.error, DeviceNotReady) and failed.role not in fit
    return gone and role_obstacle(devices, fit[0]) is None


def _noticed(screen: Identify, notice: Text | None) -> Identify:
    return screen.model_copy(update={"notice": notice})


async def _check(desk: DeskBase, shown: Shown) -> None:
    day = desk.today().date()
    if shown.valid_to is not None and day > shown.valid_to:
        await desk.stop("card-expired", shown.role)
    if shown.valid_from is not None and day < shown.valid_from:
        await desk.stop("card-not-yet-valid", shown.role)
    if shown.doubt is not None:
        await desk.stop(shown.doubt, shown.role)
