"""What the first page weighs with all that it links, compressed, fonts aside."""

from __future__ import annotations

import re
import zlib

from tests.bench.entry import Entry, within_limit
from tests.bench.local_service import local_service

_LIMIT_KIB = 120
_LINKED = re.compile(rb'(?:src|href)="(/[^"]+\.(?:js|css|svg))"')


def run() -> Entry:
    """Measure the weight in KiB."""
    with local_service() as service:
        page = service.get("/")
        linked = [service.get(path.decode()) for path in sorted(set(_LINKED.findall(page)))]
    weight = sum(len(zlib.compress(body, 6)) for body in [page, *linked]) / 1024
    return within_limit(weight, _LIMIT_KIB, "KiB")
