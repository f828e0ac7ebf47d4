"""A document camera that sends Motion-JPEG on a Unix socket, as the virtual camera does: pages on a
desk, seen at an angle under uneven light."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from drivers.document_camera.opencv import DocumentCameraSettings
from drivers.virtual import document_pages as drawn
from drivers.virtual.camera_line import CameraLine
from drivers.virtual.peer import FaultSwitch, VirtualPeer

SIZE = (2592, 1944)
"""Width and height: 5 megapixels."""
FRAMES_PER_S = 5.0
_UNPLUGGED = "document-camera-unplugged"
_BLACK = "document-camera-black"
_NO_PAGE = "document-camera-no-page"
_BLURRED = "document-camera-blurred"
_LOOP = 2
_NOISE = 2.5
_QUALITY = 80
_BLUR = 14.0
_LONGEST_CODE = 300
Loop = tuple[bytes, ...]


class VirtualDocumentCamera(VirtualPeer):
    """Sends on ``<run_dir>/document-camera`` what lies under it, to one program at a time."""

    role = "document-camera"
    driver = "document-camera"
    switches = tuple(FaultSwitch(name) for name in (_UNPLUGGED, _BLACK, _NO_PAGE, _BLURRED))

    def __init__(self, run_dir: Path) -> None:
        self.device = run_dir / "document-camera"
        self._lock = threading.Lock()
        self._faults: set[str] = set()
        self._started = False
        self._page = 1
        self._code = ""
        self._loop: Loop = ()
        self._number = 0
        self._line = CameraLine(self.device, self._picture, lambda: 1 / FRAMES_PER_S)

    @property
    def settings(self) -> DocumentCameraSettings:
        """See ``VirtualPeer.settings``."""
        return DocumentCameraSettings(
            device=str(self.device),
            width=SIZE[0],
            height=SIZE[1],
            frames_per_s=FRAMES_PER_S,
            still_width=0,
            still_height=0,
        )

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        self._started = True
        self._reconcile()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        self._started = False
        self._reconcile()

    def set_fault(self, name: str, on: bool) -> None:
        """See ``VirtualPeer.set_fault``."""
        if name not in {switch.name for switch in self.switches}:
            raise KeyError(name)
        with self._lock:
            (self._faults.add if on else self._faults.discard)(name)
        self._reconcile()

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            return tuple(each.name for each in self.switches if each.name in self._faults)

    def state(self) -> dict[str, Any]:
        """``light`` (``on`` while a program takes pictures), ``plugged``, ``page`` (the number of
        the page that lies there, or ``None``), ``device``."""
        return {
            "light": "on" if self._line.plugged and self._line.watched else "off",
            "plugged": self._line.plugged,
            "page": self._page or None,
            "device": str(self.device),
        }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``place`` ``{"page": number, "code"?: text}`` lays a page there, with a QR code on it
        when there is a text for one; ``remove`` takes it away. Both return the new state."""
        if action == "place":
            page, code = arguments.get("page", 1), arguments.get("code", "")
            if not (isinstance(page, int) and 1 <= page <= 99):
                raise ValueError("pages have the numbers 1 to 99")
            if not isinstance(code, str) or len(code) > _LONGEST_CODE:
                raise ValueError("a code has a short text")
            self._lay(page, code)
        elif action == "remove":
            self._lay(0, "")
        else:
            raise KeyError(action)
        return self.state()

    def _lay(self, page: int, code: str) -> None:
        with self._lock:
            self._page, self._code = page, code
        self._reconcile()

    def _reconcile(self) -> None:
        """Draw what is to be seen, and make the cable be as the switches say."""
        if not self._started or _UNPLUGGED in self._faults:
            self._line.unplug()
            return
        loop = self._drawn()
        with self._lock:
            self._loop = loop
        self._line.plug()

    def _drawn(self) -> Loop:
        faults = set(self.faults())
        page = None if _NO_PAGE in faults else self._page or None
        return _seen(page, self._code, black=_BLACK in faults, blurred=_BLURRED in faults)

    def _picture(self) -> bytes | None:
        with self._lock:
            self._number += 1
            return self._loop[self._number % len(self._loop)]


@lru_cache(maxsize=8)
def _seen(page: int | None, code: str, *, black: bool, blurred: bool) -> Loop:
    """What the camera sees of a page, or of the desk; each picture has noise of its own."""
    views = [
        drawn.View(noise=_NOISE, blur=_BLUR if blurred else 0.0, seed=seed)
        for seed in range(1, _LOOP + 1)
    ]
    if black:
        dark = np.full((SIZE[1], SIZE[0], 3), 6, np.uint8)
        seen = [drawn.spoilt(dark, view) for view in views]
    elif page is None:
        seen = [drawn.desk(SIZE, view) for view in views]
    else:
        sheet = drawn.page(page, code)
        seen = [drawn.photograph(sheet, view, SIZE) for view in views]
    return tuple(drawn.jpeg(each, _QUALITY) for each in seen)
