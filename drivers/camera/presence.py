"""Whether somebody is before a camera: who moves is there, and who shows a face is, however still.

Of the last picture a grey thumbnail of 80 x 45 pixels is kept, and no more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from drivers.camera.contract import Presence
from drivers.camera.faces import Face
from drivers.camera.vision import Image, cv2

_SIZE = (80, 45)
_LEVEL = 10
_LEAST_SHARE = 0.004
"""Share of the picture that must change for it to be a movement: a hand at arm's length."""
_LIGHT_SHARE = 0.7
"""More than this at once is the light or the exposure, not a person."""
_STIR_LEVEL = 5
_STIR_SHARE = 0.03
"""Share of a face that must change for it to stir: nobody holds a head as still as a picture."""
_STIR_LEAST = 3
"""The same in cells of the thumbnail, for a face so small that noise would do."""
_LIFELESS_S = 90.0
"""A face that has not stirred for so long hangs on the wall."""
_Levels = npt.NDArray[np.int16]


class Motion:
    """What changed from one picture to the next; the light of the whole counts for nothing."""

    def __init__(self) -> None:
        self._before: _Levels | None = None
        self._change: _Levels | None = None

    def forget(self) -> None:
        """Know nothing any more."""
        self._before = self._change = None

    def feed(self, grey: Image) -> None:
        """Take in a picture in grey, of any size."""
        small = cv2.resize(grey, _SIZE, interpolation=cv2.INTER_AREA)
        now: _Levels = np.asarray(cv2.GaussianBlur(small, (3, 3), 0), np.int16)
        if self._before is not None:
            change = now - self._before
            self._change = np.abs(change - np.median(change).astype(np.int16))
        self._before = now

    @property
    def share(self) -> float | None:
        """Share of the picture that changed, 0 to 1; ``None`` before there are two pictures."""
        return None if self._change is None else float((self._change > _LEVEL).mean())

    @property
    def is_movement(self) -> bool:
        """Whether a part of the picture changed, and not all of it."""
        return self.share is not None and _LEAST_SHARE <= self.share <= _LIGHT_SHARE

    def stirs(self, face: Face) -> bool:
        """Whether anything changed where a face is."""
        if self._change is None:
            return False
        width, height = _SIZE
        rows = slice(_cell(face.top, height), _cell(face.top + face.height, height) + 1)
        columns = slice(_cell(face.left, width), _cell(face.left + face.width, width) + 1)
        stirred = self._change[rows, columns] > _STIR_LEVEL
        return int(stirred.sum()) >= max(_STIR_LEAST, _STIR_SHARE * stirred.size)


class Attendance:
    """Concludes from movement and faces whether somebody is there. All moments are of
    ``time.monotonic()``."""

    def __init__(self, stays_s: float) -> None:
        """``stays_s``: how long somebody still counts as there who neither moves nor shows a
        face."""
        self._stays_s = stays_s
        self._motion = Motion()
        self._began_at: float | None = None
        self._seen_at: float | None = None
        self._stirred_at = 0.0
        self._at = 0.0
        self.faces: int | None = None
        """How many faces were last seen; ``None`` where none are looked for."""

    def forget(self) -> None:
        """Know nothing any more."""
        self._motion.forget()
        self._began_at = self._seen_at = self.faces = None

    def feed(self, grey: Image, at: float) -> None:
        """Take in a picture in grey, of any size."""
        self._at = at
        if self._began_at is None:
            self._began_at = self._stirred_at = at
        self._motion.feed(grey)
        if self._motion.is_movement:
            self._seen_at = at

    def see(self, faces: Sequence[Face]) -> None:
        """Take in the faces of the picture that was fed last."""
        self.faces = len(faces)
        if not faces or any(self._motion.stirs(each) for each in faces):
            self._stirred_at = self._at
        if faces and self._at - self._stirred_at < _LIFELESS_S:
            self._seen_at = self._at

    @property
    def movement(self) -> float | None:
        """Per cent of the picture that changed between the last two looks."""
        return None if self._motion.share is None else round(100 * self._motion.share, 1)

    def presence(self, now: float) -> tuple[Presence, float]:
        """Whether somebody is there, and when that was last looked at."""
        if self._seen_at is not None and now - self._seen_at < self._stays_s:
            return Presence.PRESENT, self._at
        if self._began_at is not None and now - self._began_at >= self._stays_s:
            return Presence.ABSENT, self._at
        return Presence.UNKNOWN, self._at


def _cell(share: float, cells: int) -> int:
    return min(cells - 1, max(0, int(share * cells)))
