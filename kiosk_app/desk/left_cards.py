"""A card that lies on a reader after its citizen's journey, however that ended."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from kiosk_app.desk.ways_in import card_thing
from kiosk_app.devices import LOOK_EVERY_S
from kiosk_app.screens import Take

if TYPE_CHECKING:
    from kiosk_app.desk.parts import Parts
    from kiosk_app.journey import Journey


async def see_cards_off(parts: Parts, journey: Journey) -> None:
    """Point out the cards of the journey before until they are taken, ``timers.card_removal`` at
    most; staff are then called to those that are left, once.

    ``journey``: the one that begins. Nothing of the one before is shown, not even whose card it is.
    """
    left = await _lying(parts)
    if not left:
        return
    things = {role: card_thing(parts, role) for role in left}
    screen = Take(
        title=parts.texts["left-card.title"],
        lead=parts.texts["left-card.lead"],
        things=tuple(things.values()),
        ways=(),
        insist=True,
        can_leave=False,
    )
    journey.show(screen)
    end = time.monotonic() + parts.terminal.timers.card_removal
    while left and time.monotonic() < end:
        await asyncio.sleep(LOOK_EVERY_S)
        left = await _lying(parts)
        taken = tuple(
            thing.model_copy(update={"taken": role not in left}) for role, thing in things.items()
        )
        if taken != screen.things:
            screen = screen.model_copy(update={"things": taken})
            journey.update(screen)
    for role in left:
        parts.devices.card_reader(role).pointed_out = True
    if left:
        journey.call_staff()


async def _lying(parts: Parts) -> list[str]:
    """The roles of readers on which a card lies that nobody was told of yet. What a reader cannot
    tell is not claimed."""
    readers = parts.devices.card_readers
    return [
        role
        for role, reader in readers.items()
        if not reader.pointed_out and await reader.look() is True
    ]
