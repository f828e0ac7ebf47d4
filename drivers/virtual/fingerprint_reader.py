"""A fingerprint reader at the far end of a pseudo-terminal, and made-up fingers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.fingerprint_reader.contract import FingerScanner, Subject
from drivers.fingerprint_reader.minutiae import MAGIC
from drivers.fingerprint_reader.serial_line import (
    FingerCommand,
    FingerEvent,
    FingerField,
    FingerprintReaderSettings,
    FingerRefusal,
)
from drivers.serial_device.frames import Field, Fields, HardwareClass, State
from drivers.virtual.serial_peer import (
    Handler,
    Refuse,
    Values,
    VirtualSerialDevice,
    Work,
    switches,
    while_waiting,
)

FINGERS = range(1, 11)
"""As ISO/IEC 19794-2 numbers them: 1 right thumb to 10 left little finger."""
_MINUTIAE = 32
_SCAN_S = 0.25
_GOOD, _POOR = 86, 12


def template_of(finger: int, quality: int = _GOOD) -> bytes:
    """A finger minutiae record of a finger that nobody has: the same for one number."""
    noise = hashlib.shake_256(f"finger {finger}".encode()).digest(_MINUTIAE * 6)
    view = bytes((finger, 0, quality, _MINUTIAE)) + noise + bytes(2)
    about = bytes(2) + b"\x01\x00\x01\x68" + b"\x00\xc5\x00\xc5" + b"\x01\x00"
    length = len(MAGIC) + 4 + len(about) + len(view)
    return MAGIC + length.to_bytes(4, "big") + about + view


class VirtualFingerprintReader(VirtualSerialDevice):
    """Actions: ``press`` ``{"finger": 1 to 10}`` lays a finger on the glass, ``lift`` takes it
    away."""

    role = "fingerprint-reader"
    driver = "fingerprint-reader"
    prefix = "fingerprint"
    hardware_class = HardwareClass.FINGERPRINT_READER
    model = "Virtual fingerprint reader"
    switches = switches("fingerprint", ("wet", "poor", "moved", "dirty"), once=("moved",))

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__(run_dir, baud)
        self._finger: int | None = None

    @property
    def settings(self) -> FingerprintReaderSettings:
        """See ``VirtualPeer.settings``."""
        return FingerprintReaderSettings(port=str(self.port))

    def _seen(self) -> dict[str, Any]:
        return {"finger": self._finger}

    def _do(self, action: str, arguments: dict[str, Any]) -> None:
        if action == "press":
            finger = arguments.get("finger", 2)
            if not isinstance(finger, int) or finger not in FINGERS:
                raise ValueError("a hand has no such finger")
            self._finger = finger
        elif action == "lift":
            self._finger = None
        else:
            raise KeyError(action)

    def _handlers(self) -> Mapping[int, Handler]:
        return {
            FingerCommand.CAPTURE: self._capture,
            FingerCommand.WAIT_REMOVED: self._wait_removed,
        }

    def _condition(self) -> State:
        return State.NEEDS_PERSON if "dirty" in self._on else State.ONLINE

    def _status(self) -> Values:
        subject = Subject.NOT_PRESENT if self._finger is None else Subject.PRESENT
        scanner = FingerScanner.INOPERATIVE if "dirty" in self._on else FingerScanner.ON
        return {
            FingerField.SUBJECT: tuple(Subject).index(subject),
            FingerField.SCANNER: tuple(FingerScanner).index(scanner),
        }

    def _reset(self) -> None:
        """The glass has no state of its own."""

    def _capture(self, fields: Fields) -> Work:
        if "dirty" in self._on:
            raise Refuse(FingerRefusal.GLASS_DIRTY)
        waiting = while_waiting(fields)
        while self._finger is None:
            yield next(waiting)
        finger = self._finger
        self._tell(FingerEvent.DETECTED)
        yield _SCAN_S
        if self._happens("moved") or self._finger != finger:
            self._finger = None
            raise Refuse(FingerRefusal.MOVED)
        if "wet" in self._on:
            raise Refuse(FingerRefusal.WET)
        return {FingerField.TEMPLATE: template_of(finger, _POOR if "poor" in self._on else _GOOD)}

    def _wait_removed(self, fields: Fields) -> Work:
        left_ms = fields.number(Field.WAIT_MS)
        while self._finger is not None and left_ms > 0:
            left_ms -= 20
            yield 0.02
        return {FingerField.REMOVED: int(self._finger is None)}
