"""Who stands here: one card on the reader, read whole, judged by the service's rule."""

from __future__ import annotations

import asyncio
from datetime import date

from drivers.errors import DeviceError
from drivers.id_card.contract import CardKind, IdentityRecord
from kiosk_app.answers import Go
from kiosk_app.catalogue.certificates import IdentityRule
from kiosk_app.desk.core import DeskBase
from kiosk_app.desk.faults import RULES
from kiosk_app.people import IdKind, Person
from kiosk_app.screens import Identify, Way
from kiosk_app.texts import Text

CARD_WAIT_S = 600.0
"""Longer than any idle timer, which ends the wait before."""
TRIES = 3
"""Failed readings before the citizen is sent to people."""
TO_MOVE_S = 1.5
"""What a citizen gets to move the card before it is tried again. Without it a card that just lies
there would fail all its tries before anybody has read the notice."""

_AGAIN = frozenset({"card-pulled", "card-collision", "card-unreadable", "card-unsupported"})
_READER_HICCUP = frozenset({"reader-garbled", "reader-silent"})

_ID_KINDS = {
    CardKind.RESIDENT: IdKind.RESIDENT_CARD,
    CardKind.HK_MACAO_TAIWAN_RESIDENCE: IdKind.HK_MACAO_TAIWAN_RESIDENCE,
    CardKind.FOREIGN_PERMANENT_2017: IdKind.FOREIGN_PERMANENT,
    CardKind.FOREIGN_PERMANENT_2023: IdKind.FOREIGN_PERMANENT,
}


class OtherWay(Exception):
    """The citizen chose another way than the card (``by-consent``, ``skip``)."""

    def __init__(self, action: str) -> None:
        super().__init__(action)
        self.action = action


async def identify(
    desk: DeskBase, rule: IdentityRule, *, title: Text | None = None, ways: tuple[Way, ...] = ()
) -> Person:
    """Wait for a card that the rule accepts and that is valid today.

    ``ways``: other ways on beside the card. Raises ``OtherWay`` for them, ``WentBack``, and
    ``Stopped`` after the citizen was told why it cannot be done.
    """
    screen = Identify(
        title=title or desk.say("identify.title"),
        lead=desk.say("identify.lead"),
        steps=desk.steps,
        state="waiting",
        ways=ways,
        can_go_back=True,
    )
    failures = 0
    while True:
        try:
            record = await _read(desk, screen, TO_MOVE_S if failures else 0)
        except DeviceError as error:
            notice = await _consider(desk, error, failures + 1)
            failures += error.code != "card-timeout"
            screen = screen.model_copy(update={"notice": notice})
            continue
        if record.kind not in rule.cards:
            screen = screen.model_copy(update={"notice": desk.say("identify.not-accepted")})
            continue
        await _check_validity(desk, record, desk.today().date())
        return _person(record)


async def _read(desk: DeskBase, screen: Identify, pause_s: float) -> IdentityRecord:
    """Show the screen and read one card, or raise what the citizen or the reader says instead."""

    def on_card() -> None:
        reading = {"state": "reading", "notice": None, "title": desk.say("identify.reading")}
        desk.journey.update(screen.model_copy(update=reading))

    async def read() -> IdentityRecord:
        await asyncio.sleep(pause_s)
        return await desk.parts.devices.reader.read_card(CARD_WAIT_S, on_card)

    result = await desk.journey.ask_while(screen, read())
    if isinstance(result, Go):
        raise OtherWay(result.way)
    if not isinstance(result, IdentityRecord):
        raise TypeError(f"no answer of that kind belongs to identify: {type(result).__name__}")
    return result


async def _consider(desk: DeskBase, error: DeviceError, failures: int) -> Text | None:
    """What to tell the citizen before the next try; stops when trying again is no use."""
    if error.code == "card-timeout":
        return None
    if error.code not in _AGAIN | _READER_HICCUP or failures >= TRIES:
        await desk.stop(error.code if error.code in RULES else "reader-failed")
    return desk.say(f"identify.{error.code if error.code in _AGAIN else 'reader-hiccup'}")


async def _check_validity(desk: DeskBase, record: IdentityRecord, day: date) -> None:
    if record.valid_to is not None and day > record.valid_to:
        await desk.stop("card-expired")
    if day < record.valid_from:
        await desk.stop("card-not-yet-valid")


def _person(record: IdentityRecord) -> Person:
    return Person(
        name=record.name or record.foreign_name,
        id_kind=_ID_KINDS[record.kind],
        id_number=record.id_number,
        birth=record.birth,
    )
