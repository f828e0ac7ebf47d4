"""What the terminal lets a citizen hear: the words that guide the hand, and tones.

A follower of the screen, and no part of any errand, like ``kiosk_app.guidance``. Spoken unasked is
only what the hand is to do, once; a citizen who has the screens read aloud hears each of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from drivers.errors import DeviceError
from kiosk_app.devices import Slot
from kiosk_app.screens import Frame, Identify, Language, Take
from kiosk_app.stage import Stage
from kiosk_app.texts import Text

LOOK_EVERY_S = 1.0
"""How often it is looked whether there is a speaker, and what it speaks."""
_TONES = {"take": (880, 0.35), "fault": (330, 0.6)}
"""Frequency in Hz and seconds of the tone that goes with a screen's coming."""


def guiding_words(frame: Frame) -> Text | None:
    """What the hand is to do now; ``None`` where nothing is to be done but to read."""
    screen = frame.screen
    if isinstance(screen, Identify):
        return screen.notice or screen.title
    return screen.title if isinstance(screen, Take) else None


def read_aloud(frame: Frame) -> Text:
    """A whole screen, for who has it read aloud: what lies over it first."""
    if frame.idle is not None:
        return _joined(frame.idle.title, frame.idle.lead)
    screen = frame.screen
    notice = screen.notice if isinstance(screen, Identify) else None
    if screen.speech is not None:
        return _joined(frame.alert, notice, screen.speech)
    return _joined(frame.alert, notice, screen.title, screen.lead)


class Voice:
    """Keeps the speaker with the screen."""

    def __init__(self, stage: Stage, speaker: Slot) -> None:
        self._stage = stage
        self._speaker = speaker
        self._heard: Frame | None = None
        """The frame before this one."""

    async def run(self) -> None:
        """Follow the screen until it is closed."""
        looking = asyncio.create_task(self._look())
        try:
            async for frame in self._stage.following():
                before, self._heard = self._heard, frame
                if self._speaker.driver:
                    await self._follow(frame, before)
        finally:
            looking.cancel()

    async def _look(self) -> None:
        """Have the page offer what can be read aloud now."""
        while True:
            self._stage.speak(speakable(self._speaker))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _follow(self, frame: Frame, before: Frame | None) -> None:
        came = before is None or before.screen.kind != frame.screen.kind
        words, heard = self._words(frame), self._words(before) if before is not None else None
        if came and frame.screen.kind in _TONES:
            await self._play("tone", *_TONES[frame.screen.kind])
            if words is not None:
                await asyncio.sleep(_TONES[frame.screen.kind][1])
        if words is not None and (came or words != heard):
            await self._play("say", words, frame.language)
        elif words is None and heard is not None:
            await self._play("stop")

    def _words(self, frame: Frame) -> str | None:
        """What is to be heard of a frame, in a language that the speaker speaks."""
        if frame.language not in speakable(self._speaker):
            return None
        text = read_aloud(frame) if frame.aloud else guiding_words(frame)
        return None if text is None else str(getattr(text, frame.language))

    async def _play(self, command: str, *arguments: Any) -> None:
        with contextlib.suppress(DeviceError):
            await self._speaker.call(command, *arguments)


def speakable(speaker: Slot) -> tuple[Language, ...]:
    """The languages that can be read aloud; none where no speaker is bound."""
    if not speaker.driver:
        return ()
    languages: tuple[Language, ...] = getattr(speaker.capabilities(), "languages", ())
    return languages


def _joined(*texts: Text | None) -> Text:
    said = [text for text in texts if text is not None]
    return Text(zh="。".join(text.zh for text in said), en=". ".join(text.en for text in said))
