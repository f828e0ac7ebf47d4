"""Judges what a camera sends: black, frozen, garbled, slow or silent; and whether somebody moves.

No picture is kept: of the last one looked at, a grey thumbnail of a few thousand pixels stays until
the next is there, a fifth of a second later.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from drivers.camera.contract import PictureState, Presence
from drivers.camera.sources import Frame
from drivers.camera.vision import Image, cv2, is_black

_LOOK_EVERY_S = 0.2
_BLACK_AFTER_S = 0.6
_FROZEN_AFTER_S = 1.0
_FROZEN_REPEATS = 3
_SILENT_AFTER_S = 1.4
_RATE_OVER_S = 2.0
_SLOW_SHARE = 0.25
_MOTION_SIZE = (80, 45)
_MOTION_LEVEL = 10
_MOTION_SHARE = 0.004
"""Share of the picture that must change for it to be a movement: a hand at arm's length."""
_LIGHT_SHARE = 0.7
"""More than this at once is the light or the exposure, not a person."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the pictures tell now."""

    picture: PictureState = PictureState.UNKNOWN
    frames_per_s: float | None = None
    brightness: float | None = None
    presence: Presence = Presence.UNKNOWN
    presence_at: float = 0.0


class Watch:
    """Fed by the capture thread, asked by any other. All moments are of ``time.monotonic()``."""

    def __init__(self, frames_per_s: float, now: float, stays_s: float = 6.0) -> None:
        """``frames_per_s``: the rate asked for. ``stays_s``: how long somebody who does not move
        still counts as there."""
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
        self._motion = Motion(stays_s)

    def feed(self, frame: Frame) -> None:
        """Take in a picture."""
        grey = frame.small_grey() if frame.at - self._looked_at >= _LOOK_EVERY_S else None
        with self._lock:
            self._last_at = frame.at
            self._arrivals.append(frame.at)
            self._compare(frame)
            if grey is not None:
                self._look(grey, frame.at)

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
            if state in (PictureState.OK, PictureState.SLOW):
                presence, at = self._motion.presence(now)
                return replace(verdict, presence=presence, presence_at=at)
            self._motion.forget()
            return replace(verdict, presence_at=now)

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
        self._motion.feed(grey, at)

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


_Levels = npt.NDArray[np.int16]


class Motion:
    """Tells from changes between thumbnails whether somebody is there."""

    def __init__(self, stays_s: float) -> None:
        self._stays_s = stays_s
        self._before: _Levels | None = None
        self._began_at: float | None = None
        self._moved_at: float | None = None
        self._at = 0.0

    def forget(self) -> None:
        """Know nothing any more."""
        self._before = self._began_at = self._moved_at = None

    def feed(self, grey: Image, at: float) -> None:
        """Take in a picture in grey, of any size."""
        small = cv2.resize(grey, _MOTION_SIZE, interpolation=cv2.INTER_AREA)
        now: _Levels = np.asarray(cv2.GaussianBlur(small, (3, 3), 0), np.int16)
        self._at = at
        if self._began_at is None:
            self._began_at = at
        if self._before is not None and self._moved(now - self._before):
            self._moved_at = at
        self._before = now

    def presence(self, now: float) -> tuple[Presence, float]:
        """Whether somebody is there, and when that was last looked at."""
        if self._moved_at is not None and now - self._moved_at < self._stays_s:
            return Presence.PRESENT, self._at
        if self._began_at is not None and now - self._began_at >= self._stays_s:
            return Presence.ABSENT, self._at
        return Presence.UNKNOWN, self._at

    @staticmethod
    def _moved(change: _Levels) -> bool:
        """Whether a part of the picture changed; the light of the whole counts for nothing."""
        share = float((np.abs(change - np.median(change)) > _MOTION_LEVEL).mean())
        return _MOTION_SHARE <= share <= _LIGHT_SHARE
