"""Keystrokes of a code scanner that plays a keyboard (HID keyboard wedge).

The kernel hands them over as ``struct input_event`` (``linux/input.h``), 24 bytes on a 64-bit
machine: seconds and microseconds (8 bytes each), type and code (2 bytes each), value (4 bytes).
The scanner must be set to a US keyboard; Enter or keypad Enter ends a code.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.code_scanner.payload import LONGEST_TEXT

EVENT = struct.Struct("=qqHHi")
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
"""Code of an ``EV_SYN`` event: the kernel's queue overflowed, and events are missing."""
DOWN, UP, REPEAT = 1, 0, 2
"""Values of an ``EV_KEY`` event."""
ENTERS = frozenset((28, 96))
SHIFTS = frozenset((42, 54))
CAPS_LOCK = 58
ESCAPE, TAB = 1, 15
FUNCTION_KEYS = frozenset((*range(59, 69), 87, 88))
"""F1 to F12."""


def _rows() -> dict[int, tuple[str, str]]:
    rows = (
        (2, "1234567890-=", "!@#$%^&*()_+"),
        (16, "qwertyuiop[]", "QWERTYUIOP{}"),
        (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
        (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
        (57, " ", " "),
        (71, "789", "789"),
        (74, "-456", "-456"),
        (78, "+1230.", "+1230."),
        (55, "*", "*"),
        (98, "/", "/"),
    )
    return {
        first + at: pair
        for first, plain, shifted in rows
        for at, pair in enumerate(zip(plain, shifted, strict=True))
    }


US: Mapping[int, tuple[str, str]] = _rows()
"""By key code (``linux/input-event-codes.h``): the character without and with shift."""
_KEYS = {
    pair[shifted]: (code, shifted)
    for code, pair in reversed(list(US.items()))
    for shifted in (True, False)
}
"""By character: its key, and whether shift is held."""


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event of the kernel, its time left out."""

    kind: int
    code: int
    value: int


class EventParser:
    """Cuts a stream of bytes into events; holds one event at most."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> list[InputEvent]:
        """Take the next bytes; return the events that they complete."""
        self._buffer += received
        whole = len(self._buffer) // EVENT.size * EVENT.size
        events = [InputEvent(*fields[2:]) for fields in EVENT.iter_unpack(self._buffer[:whole])]
        del self._buffer[:whole]
        return events


class KeyReader:
    """Turns keystrokes into codes."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._shifts: set[int] = set()
        self._caps = False
        self._spoilt = False
        self.spoilt_codes = 0
        """Codes that held a key without a character, were too long or lost events; they are dropped
        whole."""

    @property
    def waiting(self) -> bool:
        """Whether a code has begun and is not complete."""
        return bool(self._text) or self._spoilt

    def feed(self, event: InputEvent) -> bytes | None:
        """Take the next event; return a code's data when it completes one."""
        if (event.kind, event.code) == (EV_SYN, SYN_DROPPED):
            self._spoilt = True
        if event.kind != EV_KEY or event.value not in (DOWN, UP):
            return None
        if event.code in SHIFTS:
            (self._shifts.add if event.value == DOWN else self._shifts.discard)(event.code)
        elif event.value == DOWN:
            return self._pressed(event.code)
        return None

    def _pressed(self, code: int) -> bytes | None:
        if code in ENTERS:
            return self._finish()
        if code == CAPS_LOCK:
            self._caps = not self._caps
        elif code in US and len(self._text) < LONGEST_TEXT:
            self._text.append(self._character(code))
        else:
            self._spoilt = True
        return None

    def _character(self, code: int) -> str:
        plain, shifted = US[code]
        return shifted if bool(self._shifts) != (self._caps and plain.isalpha()) else plain

    def _finish(self) -> bytes | None:
        data, spoilt = "".join(self._text).encode(), self._spoilt
        self._text.clear()
        self._spoilt = False
        self.spoilt_codes += spoilt
        return data if data and not spoilt else None


def keystrokes(text: str) -> bytes:
    """The events of a US keyboard that types a text and Enter. ``ValueError`` for a character that
    no key has."""
    return b"".join(map(typed, text)) + struck(min(ENTERS))


def typed(character: str) -> bytes:
    """The events of a US keyboard that types a character. ``ValueError`` when no key has it."""
    if character not in _KEYS:
        raise ValueError("a character that no key has")
    code, shifted = _KEYS[character]
    return struck(code, shifted=shifted)


def struck(code: int, *, shifted: bool = False) -> bytes:
    """The events of a key that is pressed and let go, at no time."""
    shift = min(SHIFTS)
    before = [(shift, DOWN)] if shifted else []
    after = [(shift, UP)] if shifted else []
    return b"".join(
        EVENT.pack(0, 0, EV_KEY, key, value) + EVENT.pack(0, 0, EV_SYN, 0, 0)
        for key, value in (*before, (code, DOWN), (code, UP), *after)
    )
