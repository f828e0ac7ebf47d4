"""Start, memory and weight: how soon the first screen is served, and what it costs."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import time
import zlib

from tests.bench.entry import Measured, at_most
from tests.bench.local_service import LocalService, local_service

_ROUNDS = 7
_IMPORTS = [sys.executable, "-c", "import fastapi, uvicorn"]
_RSS_LIMIT_MIB = 120
_PAGE_LIMIT_KIB = 120
_LINKED = re.compile(rb'(?:src|href)="(/[^"]+\.(?:js|css|svg))"')


def run() -> dict[str, Measured]:
    """Measure start against ``import fastapi, uvicorn``, then memory and the page's weight."""
    ours, imports = [], []
    first_start()  # the first run of all writes Python's caches
    for _ in range(_ROUNDS):
        imports.append(time_imports())
        ours.append(first_start())
    peer = statistics.median(imports)
    with local_service() as service:
        service.next_frame("welcome")
        resident, page = service.resident_mib(), page_kib(service)
    return {
        "start": at_most(statistics.median(ours), peer, 2.0, {"import fastapi, uvicorn": peer}),
        "memory": {**at_most(resident, _RSS_LIMIT_MIB, 1.0, {"limit": 120}), "unit": "MiB"},
        "page": {**at_most(page, _PAGE_LIMIT_KIB, 1.0, {"limit": 120}), "unit": "KiB"},
    }


def first_start() -> float:
    """Return the milliseconds from the start of the process to page and first frame received."""
    started = time.perf_counter()
    with local_service() as service:
        service.get("/")
        service.frames.get(timeout=60)
        return (time.perf_counter() - started) * 1000


def time_imports() -> float:
    """Return the milliseconds that a Python process takes to import the web framework."""
    started = time.perf_counter()
    subprocess.run(_IMPORTS, check=True)
    return (time.perf_counter() - started) * 1000


def page_kib(service: LocalService) -> float:
    """Return what the first page weighs with all that it links, compressed, without fonts."""
    page = service.get("/")
    linked = [service.get(path.decode()) for path in sorted(set(_LINKED.findall(page)))]
    return sum(len(zlib.compress(body, 6)) for body in [page, *linked]) / 1024
