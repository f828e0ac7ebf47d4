"""From the start of the process to the first screen, beside the import of the web framework."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from tests.bench.entry import Entry, at_most
from tests.bench.local_service import local_service

_ROUNDS = 9
_GOAL = 2.0
_IMPORTS = [sys.executable, "-c", "import fastapi, uvicorn"]


def run() -> Entry:
    """Measure the median of both in turns, in milliseconds."""
    first_screen()  # the first run of all writes Python's caches
    ours, imports = [], []
    for _ in range(_ROUNDS):
        imports.append(time_imports())
        ours.append(first_screen())
    peer = statistics.median(imports)
    return at_most(statistics.median(ours), peer, _GOAL, {"import fastapi, uvicorn": peer})


def first_screen() -> float:
    """Return the milliseconds from the start of the process to page and first frame received."""
    started = time.perf_counter()
    with local_service() as service:
        service.get("/")
        arrived, _ = service.frames.get(timeout=60)
        return (arrived - started) * 1000


def time_imports() -> float:
    """Return the milliseconds that a Python process takes to import the web framework."""
    started = time.perf_counter()
    subprocess.run(_IMPORTS, check=True)
    return (time.perf_counter() - started) * 1000
