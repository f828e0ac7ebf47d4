"""From an answer on a screen to the next screen, where the step between does no work of its own.

Through real HTTP and server-sent events, against a service in a process of its own. What is
measured starts before the answer is sent and ends when the whole next frame has arrived.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from tests.bench.entry import Entry, at_most
from tests.bench.local_service import Frame, LocalService, local_service

_ROUNDS = 60
_WARM_UP = 5
_LIMIT_MS = 10.0


def run() -> Entry:
    """Measure the 95th percentile, in milliseconds."""
    with local_service() as service:
        times = [step for pair in journeys(service, _WARM_UP + _ROUNDS) for step in pair]
    measured = times[2 * _WARM_UP :]
    p95 = statistics.quantiles(measured, n=20)[-1]
    peers = {"limit": _LIMIT_MS, "our median": statistics.median(measured)}
    return at_most(p95, _LIMIT_MS, 1.0, peers)


def journeys(service: LocalService, count: int) -> Iterator[tuple[float, float]]:
    """Start errands and leave them again; yield the milliseconds of both answers."""
    welcome, errand = first_screen_with_an_errand(service)
    for _ in range(count):
        start = {"action": "start", "service": errand}
        started, identify = answer(service, welcome, start, "identify")
        left, welcome = answer(service, identify, {"action": "leave"}, "welcome")
        clean = {"storage_entries": 0, "object_urls": 0, "filled_inputs": 0}
        service.post("/api/citizen/wiped", {"journey": identify["journey"], **clean})
        yield started, left


def first_screen_with_an_errand(service: LocalService) -> tuple[Frame, str]:
    """Wait until the devices are there and a service is offered; return the screen and it."""
    while True:
        _, frame = service.next_frame("welcome")
        for tile in frame["screen"]["tiles"]:
            if tile["available"]:
                return frame, tile["service"]


def answer(service: LocalService, frame: Frame, body: Frame, *kinds: str) -> tuple[float, Frame]:
    """Answer a screen; return the milliseconds until the next one has arrived, and that one."""
    sent = time.perf_counter()
    service.post("/api/citizen/answers", {"screen": frame["screen"]["id"], **body})
    arrived, following = service.next_frame(*kinds)
    return (arrived - sent) * 1000, following
