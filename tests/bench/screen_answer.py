"""From an answer on a screen to the next screen, where the step between does no work of its own.

Through real HTTP and server-sent events, against a service in a process of its own. What is
measured starts before the answer is sent and ends when the whole next frame has arrived.
"""

from __future__ import annotations

import statistics
import time

from tests.bench.entry import Measured, at_most
from tests.bench.local_service import Frame, LocalService, local_service

_ROUNDS = 60
_WARM_UP = 5
_LIMIT_MS = 10.0


def run() -> dict[str, Measured]:
    """Measure the 95th percentile, in milliseconds."""
    with local_service() as service:
        times = [step for _ in range(_ROUNDS + _WARM_UP) for step in journey(service)]
    measured = sorted(times[2 * _WARM_UP :])
    p95 = statistics.quantiles(measured, n=20)[-1]
    peers = {"limit": _LIMIT_MS, "our median": statistics.median(measured)}
    return {"screen-answer": at_most(p95, _LIMIT_MS, 1.0, peers)}


def journey(service: LocalService) -> list[float]:
    """Start an errand and leave it again; return the milliseconds of both answers."""
    _, welcome = service.next_frame("welcome")
    tile = next(tile for tile in welcome["screen"]["tiles"] if tile["available"])
    start = {"action": "start", "service": tile["service"]}
    started, identify = answer(service, welcome, start, "identify")
    left, _ = answer(service, identify, {"action": "leave"}, "welcome", "goodbye")
    return [started, left]


def answer(service: LocalService, frame: Frame, body: Frame, *kinds: str) -> tuple[float, Frame]:
    """Answer a screen; return the milliseconds until the next one has arrived, and that one."""
    sent = time.perf_counter()
    service.post("/api/citizen/answers", {"screen": frame["screen"]["id"], **body})
    arrived, following = service.next_frame(*kinds)
    return (arrived - sent) * 1000, following
