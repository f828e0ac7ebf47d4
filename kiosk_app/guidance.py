"""Lights that guide the hand: the slot that the screen speaks of glows.

A follower of the screen, and no part of any errand: where there are no lights, or they fail,
nothing else changes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from drivers.device import DeviceState
from drivers.errors import DeviceError
from drivers.lights.contract import FlashRate, LightName
from kiosk_app.devices import Slot
from kiosk_app.screens import Identify, OutOfService, Screen, Take
from kiosk_app.stage import Stage

GUIDING = (
    LightName.CARD_READER,
    LightName.CONTACTLESS,
    LightName.SCANNER,
    LightName.DOCUMENT_PRINTER,
)
"""Lights that follow the screen."""
_SLOTS = {
    "paper": LightName.DOCUMENT_PRINTER,
    "id-card": LightName.CONTACTLESS,
    "social-card": LightName.CARD_READER,
    "travel-document": LightName.SCANNER,
}
LOOK_EVERY_S = 1.0
"""How often it is looked whether lights that were away have come back, dark."""


def lights_for(screen: Screen) -> dict[LightName, FlashRate]:
    """The flash rate of each light while a screen is shown."""
    wanted = dict.fromkeys(GUIDING, FlashRate.OFF)
    on, off = FlashRate.CONTINUOUS, FlashRate.OFF
    closed = isinstance(screen, OutOfService)
    wanted |= {LightName.STATUS_IN_SERVICE: off if closed else on}
    wanted |= {LightName.STATUS_BAD: on if closed else off}
    if isinstance(screen, Identify):
        kinds = [place.kind for place in screen.places] or ["id-card"]
        rate = FlashRate.MEDIUM if screen.state == "waiting" else on
        wanted |= {_SLOTS[kind]: rate for kind in kinds}
    elif isinstance(screen, Take):
        wanted |= {_SLOTS[each.kind]: FlashRate.MEDIUM for each in screen.things if not each.taken}
    return wanted


class Guidance:
    """Keeps the lights with the screen."""

    def __init__(self, stage: Stage, lights: Slot) -> None:
        self._stage = stage
        self._lights = lights

    async def run(self) -> None:
        """Follow the screen until it is closed."""
        relighting = asyncio.create_task(self._relight())
        try:
            async for frame in self._stage.following():
                if self._lights.driver:
                    await self._light(lights_for(frame.screen))
        finally:
            relighting.cancel()

    async def _relight(self) -> None:
        """Have lights that come back show at once what they should."""
        there = True
        while True:
            before, there = there, self._lights.status().device.value is DeviceState.ONLINE
            if there and not before and self._stage.frame is not None:
                await self._light(lights_for(self._stage.frame.screen))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _light(self, wanted: Mapping[LightName, FlashRate]) -> None:
        """Switch what the lights do not say they are; what failed is tried at the next screen."""
        said = getattr(self._lights.status(), "lights", None)
        told: Mapping[str, str] = (said.value if said is not None else None) or {}
        for name, rate in wanted.items():
            if told.get(name) != rate:
                with contextlib.suppress(DeviceError):
                    await self._lights.call("set_light", name, rate)
