"""Lights and sounds that guide the hand: the slot that the screen speaks of glows.

A follower of the screen, and no part of any errand: where there are no lights or no speaker, or
they fail, nothing else changes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from drivers.errors import DeviceError
from kiosk_app.devices import Slot
from kiosk_app.screens import Identify, OutOfService, Screen, Take
from kiosk_app.stage import Stage

CARD_READER, CONTACTLESS, SCANNER, PAPER = "cardReader", "contactless", "scanner", "documentPrinter"
IN_SERVICE, BAD = "statusInService", "statusBad"
GUIDING = (CARD_READER, CONTACTLESS, SCANNER, PAPER)
"""Names of XFS4IoT Lights that follow the screen."""
_SLOTS = {"id-card": CONTACTLESS, "social-card": CARD_READER, "travel-document": SCANNER}


def lights_for(screen: Screen) -> dict[str, str]:
    """The flash rate (XFS4IoT Lights ``flashRate``) of each light while a screen is shown."""
    wanted = dict.fromkeys(GUIDING, "off")
    closed = isinstance(screen, OutOfService)
    wanted |= {
        IN_SERVICE: "off" if closed else "continuous",
        BAD: "continuous" if closed else "off",
    }
    if isinstance(screen, Identify):
        kinds = [place.kind for place in screen.places] or ["id-card"]
        rate = "medium" if screen.state == "waiting" else "continuous"
        wanted |= {_SLOTS[kind]: rate for kind in kinds}
    elif isinstance(screen, Take):
        sheet, card = screen.things
        wanted |= {PAPER: "off" if sheet.taken else "medium"}
        wanted |= {CONTACTLESS: "off" if card.taken else "medium"}
    return wanted


def sound_for(screen: Screen) -> str | None:
    """The sound that goes with a screen's coming, if any."""
    match screen.kind:
        case "take":
            return "take"
        case "fault":
            return "fault"
        case _:
            return None


class Guidance:
    """Keeps lights and speaker with the screen."""

    def __init__(self, stage: Stage, lights: Slot, speaker: Slot) -> None:
        self._stage = stage
        self._lights = lights
        self._speaker = speaker
        self._shown: dict[str, str] = {}
        self._kind = ""

    async def run(self) -> None:
        """Follow the screen until it is closed."""
        async for frame in self._stage.following():
            await self._follow(frame.screen)

    async def _follow(self, screen: Screen) -> None:
        if self._lights.driver:
            await self._light(lights_for(screen))
        sound, self._kind = (sound_for(screen) if screen.kind != self._kind else None), screen.kind
        if sound is not None and self._speaker.driver:
            with contextlib.suppress(DeviceError):
                await self._speaker.call("play", sound)

    async def _light(self, wanted: Mapping[str, str]) -> None:
        """Switch what is not as it should be; what failed is tried at the next screen."""
        for name, rate in wanted.items():
            if self._shown.get(name) == rate:
                continue
            try:
                await self._lights.call("set_light", name, rate)
            except DeviceError:
                self._shown.pop(name, None)
            else:
                self._shown[name] = rate
