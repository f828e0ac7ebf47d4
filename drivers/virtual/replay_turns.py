"""A recording as turns: what the host said, and what the device said to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from drivers.recording.file import OUT, Entry


@dataclass(frozen=True, slots=True)
class Turn:
    """``asked``: empty when it was hidden, or when the device spoke first. ``said``: in pieces;
    nothing when any of it was hidden, as half an answer is none."""

    asked: bytes
    said: tuple[bytes, ...] = ()
    has_gap: bool = False


def turns(entries: Sequence[Entry]) -> list[Turn]:
    """The turns of a recording, in its order."""
    found: list[Turn] = []
    asked, said, has_gap = b"", list[bytes](), False
    for entry in entries:
        if entry.way != OUT:
            said.append(entry.data or b"")
            has_gap = has_gap or entry.data is None
            continue
        found.append(_turn(asked, said, has_gap=has_gap))
        asked, said, has_gap = entry.data or b"", [], False
    return [*found, _turn(asked, said, has_gap=has_gap)]


def _turn(asked: bytes, said: list[bytes], *, has_gap: bool) -> Turn:
    return Turn(asked, () if has_gap else tuple(said), has_gap)


Keys = Callable[[bytes], Sequence[Hashable]]
"""What a request may be known by, the surest first; nothing for what is no request."""


class Script:
    """Finds the turn that answers a request: the next one in the recording's order in which it was
    asked, and from the first one again after the last, so that a driver that polls can live on it
    for ever."""

    def __init__(self, recorded: Sequence[Turn], keys: Keys) -> None:
        self._turns = recorded
        self._places: dict[Hashable, list[int]] = {}
        self._at = -1
        for place, turn in enumerate(recorded):
            for key in keys(turn.asked):
                self._places.setdefault(key, []).append(place)

    def knows(self, key: Hashable) -> bool:
        """Whether a request of that kind was ever made."""
        return key in self._places

    def find(self, keys: Sequence[Hashable]) -> Turn | None:
        """The turn that answers what is known by these keys; ``None`` when it was never asked."""
        for key in keys:
            if places := self._places.get(key):
                later = bisect_right(places, self._at)
                self._at = places[later % len(places)]
                return self._turns[self._at]
        return None
