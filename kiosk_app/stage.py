"""The one picture that every page of this terminal shows now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from kiosk_app.screens import Frame, Language
from kiosk_app.texts import Text

_NOBODY = ("welcome", "out-of-service")
"""Screens before which nobody has anything to lose."""


class Stage:
    """Holds the current frame and hands it to whoever draws.

    A page that was away, or is slow, gets the newest frame and never an old one.
    """

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._changed = asyncio.Event()
        self._watchers = 0
        self._closed = False
        self._languages: tuple[Language, ...] = ()
        self._alert: Text | None = None
        self.seen = asyncio.Event()
        """Set when a page has had its first frame."""

    @property
    def frame(self) -> Frame | None:
        """What is shown now; ``None`` before the terminal has opened."""
        return self._frame

    @property
    def watched(self) -> bool:
        """Whether a page is drawing."""
        return self._watchers > 0

    @property
    def quiet(self) -> bool:
        """Whether nobody is at the machine."""
        return self._frame is None or self._frame.screen.kind in _NOBODY

    def publish(self, frame: Frame) -> None:
        """Show another frame."""
        self._frame = frame
        beside = {"languages": self._languages, "alert": None if self.quiet else self._alert}
        if (frame.languages, frame.alert) != tuple(beside.values()):
            self._frame = frame.model_copy(update=beside)
        self._changed.set()
        self._changed = asyncio.Event()

    def speak(self, languages: tuple[Language, ...]) -> None:
        """Say on every frame from now on what can be read aloud."""
        if languages != self._languages:
            self._languages = languages
            if self._frame is not None:
                self.publish(self._frame)

    def alert(self, words: Text | None) -> None:
        """Tell this from now on to whoever is at the machine; ``None``: nothing any more."""
        if words != self._alert:
            self._alert = words
            if self._frame is not None:
                self.publish(self._frame)

    def close(self) -> None:
        """Show nothing new any more: every watcher's frames end with the newest."""
        self._closed = True
        self._changed.set()

    async def frames(self) -> AsyncIterator[Frame]:
        """What a page draws: the current frame, then each newer one."""
        self._watchers += 1
        try:
            async for frame in self.following():
                yield frame
                self.seen.set()
        finally:
            self._watchers -= 1

    async def following(self) -> AsyncIterator[Frame]:
        """The current frame, then each newer one, for what draws nothing. Frames that came too
        fast are left out."""
        seen: Frame | None = None
        while True:
            changed = self._changed
            if self._frame is not None and self._frame is not seen:
                seen = self._frame
                yield seen
            elif self._closed:
                return
            else:
                await changed.wait()
