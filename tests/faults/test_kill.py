"""The whole terminal is ended with SIGKILL at every edge of issue and print, among real far ends.

``tests/issuing`` does the same to the office alone, with light far ends; here the errand goes over
the real wires: page, reader, register process, print scheduler, printer. Each terminal first
recovers from the death of the one before it, and proves by files and sheets that nothing was lost.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk_app.desk import Outcome
from kiosk_app.issuing.failpoints import EDGES
from tests.faults.attached import Life, far_ends, live, put_right
from tests.faults.invariants import issued_once

ONLY_WITH = {
    "commit-issue-unknown": "register-dropped-answer",
    "authority-receipt": "register-dropped-answer",
    "commit-void": "printer-paper-jam",
    "commit-print-unknown": "printer-swallowed",
    "commit-needs-staff": "printer-double",
    "cancel-job": "printer-slow",
}
"""The fault without which an errand never comes to these edges."""

IN_RECOVERY = {"find-job": "commit-print-intent:after"}
"""What happens only while a terminal recovers, and the death that it recovers from."""

NEVER = {"commit-retracted"}
"""No screen of this terminal puts a sheet away that was not taken."""

REACHED = [edge for edge in EDGES if edge.split(":")[0] not in NEVER]
Start = Callable[[Life], int]


def test_the_loop_is_over_all_edges() -> None:
    assert {edge.split(":")[0] for edge in EDGES} >= ONLY_WITH.keys() | IN_RECOVERY.keys() | NEVER
    assert len(REACHED) == len(EDGES) - 2 * len(NEVER)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run folder whose devices and register are there."""
    folder = tmp_path_factory.mktemp("killed") / "run"
    with far_ends(folder):
        yield folder


@pytest.fixture(scope="module")
def start() -> Start:
    """Runs one terminal to its end; returns how it ended."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.attached"])

    def run(life: Life) -> int:
        process = context.Process(target=live, args=(life,))
        process.start()
        process.join(90)
        assert process.exitcode is not None, "the terminal came to no end"
        return process.exitcode

    return run


@pytest.mark.parametrize("edge", REACHED)
def test_killed_at(folder: Path, start: Start, edge: str) -> None:
    place = edge.split(":")[0]
    if place in IN_RECOVERY:
        before = Life(folder, f"before {edge}", IN_RECOVERY[place])
        assert start(before) == -signal.SIGKILL
    fault = ONLY_WITH.get(place)
    life = Life(
        folder,
        occasion=edge,
        edge=edge,
        in_recovery=place in IN_RECOVERY,
        fault=fault,
        at="review" if fault else None,
    )
    assert start(life) == -signal.SIGKILL, "it was not killed, or did not recover before"
    issued_once(folder)
    put_right(folder)


COMES_AGAIN = ["commit-draft:after", "authority-issue:after", "make:before", "submit:before"]


@pytest.mark.parametrize("edge", COMES_AGAIN)
def test_who_comes_again_gets_the_same_number_on_one_paper(
    folder: Path, start: Start, edge: str
) -> None:
    occasion = f"again {edge}"
    assert start(Life(folder, occasion, edge)) == -signal.SIGKILL
    put_right(folder)
    assert start(Life(folder, occasion, outcome=Outcome.PRINTED)) == 0


def test_a_copy_of_which_nobody_knows_blocks_the_next(folder: Path, start: Start) -> None:
    edge, occasion = "commit-print-unknown:after", "blocked"
    fault = ONLY_WITH["commit-print-unknown"]
    killed = start(Life(folder, occasion, edge, fault=fault, at="review"))
    assert killed == -signal.SIGKILL
    put_right(folder)
    blocked = Life(folder, occasion, outcome=Outcome.NEEDS_STAFF, shows="copy-unsettled")
    assert start(blocked) == 0
