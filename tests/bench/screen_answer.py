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

_ERRANDS = 22
_WARM_UP = 2
_LIMIT_MS = 10.0
_READER = "id-card-reader"
_RESIDENT = 1


def run() -> Entry:
    """Measure the 95th percentile, in milliseconds."""
    with local_service() as service:
        errands = list(errands_to_the_last_question(service, _WARM_UP + _ERRANDS))
    steps = [step for errand in errands[_WARM_UP:] for step in errand]
    p95 = statistics.quantiles(steps, n=20)[-1]
    peers = {"limit": _LIMIT_MS, "our median": statistics.median(steps)}
    return at_most(p95, _LIMIT_MS, 1.0, peers)


def errands_to_the_last_question(service: LocalService, count: int) -> Iterator[list[float]]:
    """Begin errands, answer their questions, and leave; yield the milliseconds of each answer.

    Left out are the answers that set work going: the card's reading, the last question (the paper
    is made) and leaving (all is wiped).
    """
    welcome, errand = first_screen_with_an_errand(service)
    for _ in range(count):
        steps: list[float] = []
        took, _ = answer(service, welcome, start(errand), "identify")
        steps.append(took)
        service.act(_READER, "place", {"resident": _RESIDENT})
        _, asked = service.next_frame("choose")
        while asked["screen"]["kind"] == "choose":
            took, following = answer(service, asked, first_choice(asked), "choose", "review")
            if following["screen"]["kind"] == "choose":
                steps.append(took)
            asked = following
        service.act(_READER, "remove", {})
        _, welcome = answer(service, asked, {"action": "leave"}, "welcome")
        clean = {"storage_entries": 0, "object_urls": 0, "filled_inputs": 0}
        service.post("/api/citizen/wiped", {"journey": welcome["journey"], **clean})
        yield steps


def start(errand: str) -> Frame:
    """The answer that begins an errand."""
    return {"action": "start", "service": errand}


def first_choice(frame: Frame) -> Frame:
    """The answer that takes the way of one person and the whole city, else the first option."""
    values = [option["value"] for option in frame["screen"]["options"]]
    short = next((value for value in ("self", "whole") if value in values), values[0])
    return {"action": "chosen", "values": [short]}


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
