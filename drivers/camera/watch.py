"""Judges what a camera sends: black, frozen, garbled, slow or silent; and who is there.

No picture is kept: of the last one looked at, a grey thumbnail of a few thousand pixels stays until
the next is there, a fifth of a second later.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from drivers.camera.contract import PictureState, Presence
from drivers.camera.faces import Face
from drivers.camera.presence import Attendance
from drivers.camera.sources import Frame
from drivers.camera.vision import Image, is_black

FindFaces = Callable[[Image], Sequence[Face]]
"""Given a picture in colour, large enough for ``drivers.camera.faces``."""

_LOOK_EVERY_S = 0.2
_BLACK_AFTER_S = 0.6
_FROZEN_AFTER_S = 1.0
_FROZEN_REPEATS = 3
_SILENT_AFTER_S = 1.4
_RATE_OVER_S = 2.0
_SLOW_SHARE = 0.25
_FACES_EVERY_S = 0.4
_SEES = (PictureState.OK, PictureState.SLOW)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the pictures tell now."""

    picture: PictureState = PictureState.UNKNOWN
    frames_per_s: float | None = None
    brightness: float | None = None
    presence: Presence = Presence.UNKNOWN
    presence_at: float = 0.0
    faces: int | None = None
    """How many; ``None`` while none are looked for."""
    movement: float | None = None
    """Per cent of the picture."""


class Watch:
    """Fed by the capture thread, asked by any other. All moments are of ``time.monotonic()``."""

    def __init__(
        self,
        frames_per_s: float,
        now: float,
        stays_s: float = 6.0,
        find_faces: FindFaces | None = None,
    ) -> None:
        """``frames_per_s``: the rate asked for. ``stays_s``: how long somebody still counts as
        there who neither moves nor shows a face. ``find_faces``: run by the capture thread, a few
        times a second; without it only movement tells who is there."""
        self._wanted_rate = frames_per_s
        self._lock = threading.Lock()
        self._began_at = self._last_at = now
        self._arrivals: deque[float] = deque(maxlen=512)
        self._digest = 0
        self._changed_at = now
        self._repeats = 0
        self._lit_at = now
        self._looked_at = now - _LOOK_EVERY_S
        self._dropped = 0
        self._dropped_at = now - _SILENT_AFTER_S
        self._brightness: float | None = None
        self._find_faces = find_faces
        self._faced_at = now - _FACES_EVERY_S
        self._attendance = Attendance(stays_s)

    def feed(self, frame: Frame) -> None:
        """Take in a picture."""
        grey = frame.small_grey() if frame.at - self._looked_at >= _LOOK_EVERY_S else None
        faces = self._faces_in(frame) if grey is not None else None
        with self._lock:
            self._last_at = frame.at
            self._arrivals.append(frame.at)
            self._compare(frame)
            if grey is not None:
                self._look(grey, frame.at)
            if faces is not None:
                self._attendance.see(faces)

    def note_dropped(self, dropped: int, now: float) -> None:
        """Take in how many bytes so far belonged to no picture."""
        with self._lock:
            if dropped != self._dropped:
                self._dropped, self._dropped_at = dropped, now

    @property
    def last_at(self) -> float:
        """When the last whole picture came in, or the watch began."""
        return self._last_at

    def verdict(self, now: float) -> Verdict:
        """Judge what came in until now."""
        with self._lock:
            state = self._state(now)
            verdict = Verdict(state, self._rate(now), self._brightness)
            if state not in _SEES:
                self._attendance.forget()
                return replace(verdict, presence_at=now)
            presence, at = self._attendance.presence(now)
            return replace(
                verdict,
                presence=presence,
                presence_at=at,
                faces=self._attendance.faces,
                movement=self._attendance.movement,
            )

    def _faces_in(self, frame: Frame) -> Sequence[Face] | None:
        """``None`` when it is not time to look, nobody looks, or the picture does not decode."""
        if self._find_faces is None or frame.at - self._faced_at < _FACES_EVERY_S:
            return None
        self._faced_at = frame.at
        pixels = frame.small_colour()
        return None if pixels is None else self._find_faces(pixels)

    def _compare(self, frame: Frame) -> None:
        if frame.digest == self._digest:
            self._repeats += 1
        else:
            self._digest, self._changed_at, self._repeats = frame.digest, frame.at, 0

    def _look(self, grey: Image, at: float) -> None:
        self._looked_at = at
        self._brightness = float(grey.mean())
        if not is_black(grey):
            self._lit_at = at
        self._attendance.feed(grey, at)

    def _state(self, now: float) -> PictureState:
        if now - self._last_at >= _SILENT_AFTER_S:
            spoilt = now - self._dropped_at < _SILENT_AFTER_S
            return PictureState.GARBLED if spoilt else PictureState.SILENT
        if not self._arrivals:
            return PictureState.UNKNOWN
        if self._repeats >= _FROZEN_REPEATS and now - self._changed_at >= _FROZEN_AFTER_S:
            return PictureState.FROZEN
        if self._looked_at - self._lit_at >= _BLACK_AFTER_S:
            return PictureState.BLACK
        rate = self._rate(now) if now - self._began_at >= _RATE_OVER_S else None
        slow = rate is not None and rate < _SLOW_SHARE * self._wanted_rate
        return PictureState.SLOW if slow else PictureState.OK

    def _rate(self, now: float) -> float | None:
        """Pictures a second; ``None`` before there are two, or when they have stopped."""
        while self._arrivals and now - self._arrivals[0] > _RATE_OVER_S:
            self._arrivals.popleft()
        if len(self._arrivals) < 2:
            return None
        spread = max(self._arrivals[-1], now - 1 / self._wanted_rate) - self._arrivals[0]
        return round((len(self._arrivals) - 1) / spread, 1) if spread > 0 else None
