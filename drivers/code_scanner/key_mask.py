"""What of a keyboard wedge's key strokes may be written.

A code is untrusted text and may name anybody, so each is typed anew: a made-up text of the same
length, by a keyboard that holds one key at a time. The events themselves cannot stay with other key
codes in them, as which keys overlap, where shift is held and how long each stroke takes hang on the
text. What types no character stays where it was: Enter or keypad Enter, Tab, the keys that a
scanner is set to strike around a code. Any other key may be part of a text (Alt with digits, keys
of other countries): that there was one stays, at the end of the code.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from drivers.code_scanner.keys import (
    CAPS_LOCK,
    DOWN,
    ENTERS,
    ESCAPE,
    EV_KEY,
    EV_SYN,
    EVENT,
    FUNCTION_KEYS,
    SHIFTS,
    SYN_DROPPED,
    TAB,
    US,
    EventParser,
    InputEvent,
    struck,
    typed,
)
from drivers.code_scanner.mask import made_up
from drivers.code_scanner.payload import LONGEST_TEXT
from drivers.code_scanner.reading import REST_S
from drivers.recording.tap import Mask

UNKNOWN_KEY = 240
"""``KEY_UNKNOWN`` of ``linux/input-event-codes.h``."""
_KEPT = frozenset((ESCAPE, TAB, *FUNCTION_KEYS))
_REMADE = frozenset((*SHIFTS, CAPS_LOCK))
_CHARACTER = b""
"""Stands for a character, whichever it is."""


class KeyMask(Mask):
    """See the module. Each piece is one code, or half a code that nothing followed."""

    protocol = "input-events"

    def __init__(self) -> None:
        self._events = EventParser()
        self._code: list[bytes] = []
        self._strange = False
        self._heard_at = 0.0

    def said(self, data: bytes) -> Iterator[int]:
        """See ``Mask.said``. Nothing is said to a scanner."""
        yield len(data)

    def heard(self, data: bytes) -> Iterator[bytes]:
        """See ``Mask.heard``."""
        before, self._heard_at = self._heard_at, time.monotonic()
        if self._heard_at - before > REST_S:
            yield from self.unfinished()
            self._events = EventParser()
        for event in self._events.feed(data):
            if (event.kind, event.value) == (EV_KEY, DOWN):
                yield from self._pressed(event.code)
            elif (event.kind, event.code) == (EV_SYN, SYN_DROPPED):
                self._keep(_packed(event))

    def unfinished(self) -> Iterator[bytes]:
        """See ``Mask.unfinished``."""
        if self._code or self._strange:
            yield self._typed_anew()

    def _pressed(self, key: int) -> Iterator[bytes]:
        if key in ENTERS:
            yield self._typed_anew() + struck(key)
        elif key in US:
            self._keep(_CHARACTER)
        elif key in _KEPT:
            self._keep(struck(key))
        elif key not in _REMADE:
            self._strange = True

    def _keep(self, what: bytes) -> None:
        """More than the longest code's characters are no code: what follows need not be known."""
        if len(self._code) < LONGEST_TEXT:
            self._code.append(what)
        else:
            self._strange = True

    def _typed_anew(self) -> bytes:
        code, strange = self._code, self._strange
        self._code, self._strange = [], False
        text = iter(made_up(code.count(_CHARACTER)).decode("ascii"))
        events = [each or typed(next(text)) for each in code]
        return b"".join(events) + (struck(UNKNOWN_KEY) if strange else b"")


def _packed(event: InputEvent) -> bytes:
    return EVENT.pack(0, 0, event.kind, event.code, 0)
