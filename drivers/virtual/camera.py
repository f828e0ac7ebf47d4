"""A camera that sends Motion-JPEG on a Unix socket, 25 pictures of 1280x720 a second, and whose
exposure and brightness can be set."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from drivers.camera.settings import CameraSettings
from drivers.virtual import camera_scenes as scenes
from drivers.virtual.camera_controls import CameraControls
from drivers.virtual.camera_line import CameraLine
from drivers.virtual.peer import FaultSwitch, SwitchedPeer

_BLACK = "camera-black"
_FROZEN = "camera-frozen"
_UNPLUGGED = "camera-unplugged"
_SILENT = "camera-silent"
_SLOW = "camera-slow"
_GARBAGE = "camera-garbage"
_HALF_FRAME = "camera-half-frame"
_SLOW_S = 0.7
_DRAWN = {"person": scenes.person, "still": scenes.still, "empty": scenes.empty}
_SOI_BYTES = 2


class VirtualCamera(SwitchedPeer):
    """Sends on ``<run_dir>/camera`` what it sees, to one program at a time.

    Each picture has a comment (COM segment) ``yimen NUMBER NANOSECONDS``, the moment of
    ``time.monotonic()`` when it left.
    """

    role = "camera"
    driver = "camera"
    switches = tuple(
        FaultSwitch(name)
        for name in (_BLACK, _FROZEN, _UNPLUGGED, _SILENT, _SLOW, _GARBAGE, _HALF_FRAME)
    )

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self.device = run_dir / "camera"
        """Where a driver finds the camera."""
        self._scene = "person"
        self._loop: scenes.Loop = ()
        self._number = 0
        self._frozen_at = 0
        self._line = CameraLine(self.device, self._picture, self._interval_s)
        self._controls = CameraControls(self.device)
        self._random = random.Random(445281)  # noqa: S311 - garbage, the same in each run

    @property
    def settings(self) -> CameraSettings:
        """See ``VirtualPeer.settings``."""
        return CameraSettings(device=str(self.device))

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        self._loop = _DRAWN["person"]()
        scenes.black()  # drawn now, so that the fault comes without a pause
        super().start()

    def state(self) -> dict[str, Any]:
        """``light`` (``on`` while a program takes pictures), ``plugged``, ``scene``,
        ``device``."""
        return {
            "light": "on" if self._line.plugged and self._line.watched else "off",
            "plugged": self._line.plugged,
            "scene": self._scene,
            "device": str(self.device),
        }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``show`` ``{"scene": "person" | "still" | "empty" | "picture", "path": FILE}`` puts
        something before the camera (``still``: somebody who does not move); ``path`` names the
        picture or film. Returns the new state."""
        if action != "show":
            raise KeyError(action)
        scene = arguments.get("scene")
        if scene == "picture":
            loop = scenes.file(Path(str(arguments.get("path", ""))))
        elif scene in _DRAWN:
            loop = _DRAWN[scene]()
        else:
            raise ValueError("a scene is person, still, empty or picture")
        with self._lock:
            self._scene, self._loop = scene, loop
        return self.state()

    def _reconcile(self) -> None:
        """Make the cable be as the switches say."""
        if self._started and _UNPLUGGED not in self._on:
            self._line.plug()
            self._controls.start()
        else:
            self._controls.stop()
            self._line.unplug()

    def _turn(self, name: str, on: bool) -> None:
        super()._turn(name, on)
        if on:
            self._frozen_at = self._number

    def _interval_s(self) -> float:
        return _SLOW_S if _SLOW in self._on else 1 / scenes.FRAMES_PER_S

    def _picture(self) -> bytes | None:
        with self._lock:
            faults, loop = frozenset(self._on), self._loop
            self._number += 1
            number = self._frozen_at if _FROZEN in faults else self._number
        if _SILENT in faults:
            return None
        if _BLACK in faults:
            loop = scenes.black()
        picture = _stamped(self._controls.seen(loop[number % len(loop)]), self._number)
        if _GARBAGE in faults:
            return self._random.randbytes(len(picture))
        return picture[: len(picture) // 2] if _HALF_FRAME in faults else picture


def _stamped(picture: bytes, number: int) -> bytes:
    """The picture with its comment right behind the start of image (T.81, B.2.4.5)."""
    words = f"yimen {number} {time.monotonic_ns()}".encode()
    length = (len(words) + 2).to_bytes(2, "big")
    return b"".join((picture[:_SOI_BYTES], b"\xff\xfe", length, words, picture[_SOI_BYTES:]))
