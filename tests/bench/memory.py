"""Resident memory of the service's own process, without the device hosts, after some errands."""

from __future__ import annotations

from tests.bench.entry import Entry, within_limit
from tests.bench.local_service import local_service
from tests.bench.screen_answer import errands_to_the_last_question

_ERRANDS = 5
_LIMIT_MIB = 120


def run() -> Entry:
    """Measure the resident set size in MiB."""
    with local_service() as service:
        list(errands_to_the_last_question(service, _ERRANDS))
        return within_limit(service.resident_mib(), _LIMIT_MIB, "MiB")
