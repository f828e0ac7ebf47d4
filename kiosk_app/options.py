"""How a terminal is to run: what the command line and rehearsals choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk_app.settings import Timers

ROOT = Path(__file__).parents[1]
BESIDE = "rehearsal"
"""Folder below the run folder where a rehearsal keeps its things while a terminal holds that."""
GOODBYE_S = 3.0
"""How long each part of what is under way may take to end."""


class SurroundingsFailed(Exception):
    """The virtual hardware or register did not start; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. ``port`` 0: any free one.

    ``devices``: the roles of the virtual devices; by default those that an errand needs.

    The rest is for rehearsals: other ``timers``; where ``papers`` are kept; an ``occasion`` that
    tells one rehearsal's documents from another's; whether the journal is damaged before the start.
    """

    config: Path = ROOT / "config"
    run_dir: Path = ROOT / ".run"
    pages: Path = ROOT / "web" / "dist"
    virtual: bool = False
    devices: tuple[str, ...] = ()
    port: int = 0
    timers: Timers | None = None
    papers: Path | None = None
    occasion: str = ""
    damage_journal: bool = False
