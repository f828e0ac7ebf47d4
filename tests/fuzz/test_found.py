"""Every seed in pieces, and what fuzzing has found, again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

FOUND = Path(__file__).parent / "found"


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_takes_its_seeds_their_pieces_and_what_was_found(name: str) -> None:
    target = TARGETS[name]()
    assert target.seeds
    for seed in target.seeds:
        for cut in range(0, len(seed) + 1, max(1, len(seed) // 50)):
            target.try_out(seed[:cut])
            target.try_out(seed[cut:])
    for path in sorted((FOUND / name).glob("*")):
        target.try_out(path.read_bytes())
