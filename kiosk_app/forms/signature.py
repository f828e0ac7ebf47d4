"""A signature as it was drawn: strokes with place, pressure and time, and a drawing of it.

What is kept is the movement, as ISO/IEC 19794-7 keeps it (X, Y, T, F); the drawing is made of it.
The pad is five wide and two high.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

from kiosk_app.answers import Signed, StrokePoint

WIDTH, HEIGHT = 500, 200
"""Units of the drawing; the pad's proportions."""
THINNEST, THICKEST = 1.6, 5.2
"""Width of the line without and with full pressure, in units of the drawing."""
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
        return sum(hypot(b.x - a.x, (b.y - a.y) * HEIGHT / WIDTH) for a, b in self._steps())

    @property
    def written(self) -> bool:
        """Whether it is more than a slip of the finger."""
        points = sum(len(stroke) for stroke in self.strokes)
        return points >= LEAST_POINTS and self.length >= LEAST_LENGTH

    def as_svg(self) -> str:
        """The drawing, in the pad's proportions: the harder the pen was pressed, the wider."""
        lines = "".join(_line(a, b) for a, b in self._steps())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
            f'<g stroke="#000" stroke-linecap="round" fill="none">{lines}</g></svg>'
        )

    def _steps(self) -> Iterator[tuple[StrokePoint, StrokePoint]]:
        for stroke in self.strokes:
            yield from pairwise(stroke)


def _line(a: StrokePoint, b: StrokePoint) -> str:
    width = THINNEST + (THICKEST - THINNEST) * (a.p + b.p) / 2
    x1, y1, x2, y2 = (f"{v:.1f}" for v in (a.x * WIDTH, a.y * HEIGHT, b.x * WIDTH, b.y * HEIGHT))
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke-width="{width:.1f}"/>'
