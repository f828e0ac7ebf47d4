"""How a terminal is to run: what the command line and rehearsals choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk_app.settings import Timers

ROOT = Path(__file__).parents[1]
GOODBYE_S = 3.0
"""How long each part of what is under way may take to end."""


class SurroundingsFailed(Exception):
    """The virtual hardware or register did not start; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. ``port`` 0: any free one.

    ``all_devices``: every virtual device there is, and not only those that an errand needs.

    The rest is for rehearsals: other ``timers``; where ``papers`` are kept; an ``occasion`` that
    tells one rehearsal's documents from another's; whether the journal is damaged before the start.
    """

    config: Path = ROOT / "config"
    run_dir: Path = ROOT / ".run"
    pages: Path = ROOT / "web" / "dist"
    virtual: bool = False
    all_devices: bool = False
    port: int = 0
    timers: Timers | None = None
    papers: Path | None = None
    occasion: str = ""
    damage_journal: bool = False
