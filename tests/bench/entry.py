"""What a benchmark tells: our figure, its peers' figures in the same run, and the goal."""

from __future__ import annotations

from typing import TypedDict


class Entry(TypedDict):
    """One line of ``bench.json``.

    ``ours_ms`` and ``peers`` are milliseconds unless ``unit`` says otherwise. ``ratio`` is what is
    held against ``goal``: a peer's time over ours where more is better, ours over a peer's or over
    the limit where less is better; ``met`` tells which.
    """

    ours_ms: float
    peers: dict[str, float]
    ratio: float
    goal: float
    met: bool


class Measured(Entry, total=False):
    """An entry in another unit: ``ours_ms`` then holds that unit's figure."""

    unit: str


def at_most(ours: float, against: float, goal: float, peers: dict[str, float]) -> Measured:
    """An entry whose ratio, ours over ``against``, may be ``goal`` at most."""
    ratio = ours / against
    return Measured(
        ours_ms=round(ours, 2),
        peers={name: round(value, 2) for name, value in peers.items()},
        ratio=round(ratio, 3),
        goal=goal,
        met=ratio <= goal,
    )
