"""What a benchmark tells: our figure, its peers' figures in the same run, and the goal."""

from __future__ import annotations

from typing import NotRequired, TypedDict

Figure = float | dict[str, float]


class Entry(TypedDict):
    """One line of ``bench.json``.

    ``ours_ms`` and ``peers`` are milliseconds unless ``unit`` says otherwise. ``ratio`` is what is
    held against ``goal``: a peer's time over ours where more is better, ours over a peer's or over
    the limit where less is better; both by peer where each has its own goal.
    """

    ours_ms: float
    peers: dict[str, float]
    ratio: Figure
    goal: Figure
    met: bool
    unit: NotRequired[str]


def at_most(ours: float, against: float, goal: float, peers: dict[str, float]) -> Entry:
    """An entry whose ratio, ours over ``against``, may be ``goal`` at most."""
    ratio = ours / against
    return Entry(
        ours_ms=round(ours, 2),
        peers={name: round(value, 2) for name, value in peers.items()},
        ratio=round(ratio, 3),
        goal=goal,
        met=ratio <= goal,
    )


def within_limit(ours: float, limit: float, unit: str) -> Entry:
    """An entry in another unit than milliseconds, held against a limit in that unit."""
    return {**at_most(ours, limit, 1.0, {"limit": limit}), "unit": unit}
