"""Places where a test ends the process with SIGKILL, to show that nothing is lost there.

``YIMEN_FAILPOINT=<edge>`` arms one edge: before or after a commit, before or after an effect.
Unset, ``reach`` is an empty function.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from kiosk_app.issuing.states import CopyState, IssuanceState

COMMITS: Final = (
    *(str(state) for state in IssuanceState),
    *(str(state) for state in CopyState),
    "audited",
)
"""Everything that is committed: each state, and the hand-over to the audit log."""

EFFECTS: Final = (
    "authority-issue",
    "authority-receipt",
    "make",
    "page-counter",
    "spool-write",
    "submit",
    "find-job",
    "evidence",
    "cancel-job",
    "spool-delete",
    "audit-append",
)
"""Everything that is done outside of the journal."""

EDGES: Final = tuple(
    f"{what}:{when}"
    for what in (*(f"commit-{commit}" for commit in COMMITS), *EFFECTS)
    for when in ("before", "after")
)

_armed = os.environ.get("YIMEN_FAILPOINT")


def _nothing(edge: str) -> None:
    """Not armed."""


def _die(edge: str) -> None:
    if edge == _armed:
        os.kill(os.getpid(), signal.SIGKILL)


if _armed is not None and _armed not in EDGES:
    raise ValueError(f"YIMEN_FAILPOINT={_armed} is no edge")

reach: Callable[[str], None] = _nothing if _armed is None else _die
"""Say that the process is at an edge."""


def around(what: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """The two edges of a commit, to be reached before and after it."""
    return lambda: reach(f"{what}:before"), lambda: reach(f"{what}:after")


@contextmanager
def effect(what: str) -> Iterator[None]:
    """The two edges of an effect, which is done in the block."""
    reach(f"{what}:before")
    yield
    reach(f"{what}:after")
