"""A signature as it was drawn: strokes with place, pressure and time, as ISO/IEC 19794-7 keeps
them (X, Y, T, F). The pad is five wide and two high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

from kiosk_app.answers import Signed, StrokePoint

_HIGH = 2 / 5
"""Height of the pad, in its widths."""
LEAST_POINTS = 8
LEAST_LENGTH = 0.2
"""Of the pad's width: less was a slip of the finger."""


@dataclass(frozen=True, slots=True)
class Signature:
    """``repr`` hides the strokes, which are somebody's."""

    strokes: tuple[tuple[StrokePoint, ...], ...] = field(repr=False)

    @classmethod
    def of(cls, signed: Signed) -> Signature:
        """The signature of an answer."""
        return cls(tuple(tuple(stroke) for stroke in signed.strokes))

    @property
    def seconds(self) -> float:
        """From the first touch to the last."""
        times = [point.t for stroke in self.strokes for point in stroke]
        return (max(times) - min(times)) / 1000

    @property
    def length(self) -> float:
        """How far the pen went, in widths of the pad."""
        return sum(hypot(b.x - a.x, (b.y - a.y) * _HIGH) for a, b in self._steps())

    @property
    def written(self) -> bool:
        """Whether it is more than a slip of the finger."""
        points = sum(len(stroke) for stroke in self.strokes)
        return points >= LEAST_POINTS and self.length >= LEAST_LENGTH

    def _steps(self) -> Iterator[tuple[StrokePoint, StrokePoint]]:
        for stroke in self.strokes:
            yield from pairwise(stroke)
