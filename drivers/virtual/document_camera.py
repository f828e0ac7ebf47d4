"""A document camera that sends Motion-JPEG on a Unix socket, as the virtual camera does: pages on a
desk, seen at an angle under uneven light."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from drivers.document_camera.opencv import DocumentCameraSettings
from drivers.virtual import document_pages as drawn
from drivers.virtual.camera_line import CameraLine
from drivers.virtual.emrtd_people import HOLDERS, holder
from drivers.virtual.peer import FaultSwitch, SwitchedPeer

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


class VirtualDocumentCamera(SwitchedPeer):
    """Sends on ``<run_dir>/document-camera`` what lies under it, to one program at a time."""

    role = "document-camera"
    driver = "document-camera"
    switches = tuple(FaultSwitch(name) for name in (_UNPLUGGED, _BLACK, _NO_PAGE, _BLURRED))

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self.device = run_dir / "document-camera"
        self._page = 1
        self._code = ""
        self._document = ""
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

    def state(self) -> dict[str, Any]:
        """``light`` (``on`` while a program takes pictures), ``plugged``, ``page`` (the number of
        the page that lies there, or ``None``), ``document`` (the travel document whose data page
        does), ``documents`` (those that can be laid there), ``device``."""
        return {
            "light": "on" if self._line.plugged and self._line.watched else "off",
            "plugged": self._line.plugged,
            "page": self._page or None,
            "document": self._document or None,
            "documents": [{"document": each.document} for each in HOLDERS],
            "device": str(self.device),
        }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``place`` ``{"page": number, "code"?: text}`` lays a page there, with a QR code on it
        when there is a text for one, and ``{"document": name}`` the open data page of a travel
        document; ``remove`` takes it away. All return the new state."""
        if action == "place" and "document" in arguments:
            self._lay(0, "", _known(arguments["document"]))
        elif action == "place":
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

    def _lay(self, page: int, code: str, document: str = "") -> None:
        with self._lock:
            self._page, self._code, self._document = page, code, document
        self._reconcile()

    def _reconcile(self) -> None:
        """Draw what is to be seen, and make the cable be as the switches say."""
        if not self._started or _UNPLUGGED in self._on:
            self._line.unplug()
            return
        loop = self._drawn()
        with self._lock:
            self._loop = loop
        self._line.plug()

    def _drawn(self) -> Loop:
        faults = set(self.faults())
        lies = _Lies() if _NO_PAGE in faults else _Lies(self._page, self._code, self._document)
        return _seen(lies, black=_BLACK in faults, blurred=_BLURRED in faults)

    def _picture(self) -> bytes | None:
        with self._lock:
            self._number += 1
            return self._loop[self._number % len(self._loop)]


@dataclass(frozen=True, slots=True)
class _Lies:
    """What lies on the desk: a page by its number, or a document's data page; else nothing."""

    page: int = 0
    code: str = ""
    document: str = ""


def _known(document: object) -> str:
    if document not in [each.document for each in HOLDERS]:
        raise ValueError("there is no such document in the drawer")
    return str(document)


@lru_cache(maxsize=8)
def _seen(lies: _Lies, *, black: bool, blurred: bool) -> Loop:
    """What the camera sees on the desk; each picture has noise of its own."""
    views = [
        drawn.View(noise=_NOISE, blur=_BLUR if blurred else 0.0, seed=seed)
        for seed in range(1, _LOOP + 1)
    ]
    if black:
        dark = np.full((SIZE[1], SIZE[0], 3), 6, np.uint8)
        seen = [drawn.spoilt(dark, view) for view in views]
    elif lies.document:
        data_page = drawn.data_page(holder(lies.document).lines)
        seen = [
            drawn.photograph(data_page, replace(view, corners=drawn.SMALL), SIZE) for view in views
        ]
    elif not lies.page:
        seen = [drawn.desk(SIZE, view) for view in views]
    else:
        sheet = drawn.page(lies.page, lies.code)
        seen = [drawn.photograph(sheet, view, SIZE) for view in views]
    return tuple(drawn.jpeg(each, _QUALITY) for each in seen)
