"""Plays recordings back, in a process of its own."""

from __future__ import annotations

from pathlib import Path

from kiosk_app.workbench.children import ChildFailed, ask_child
from kiosk_app.workbench.trials import Outcome

REPLAY = "drivers.virtual.replay"


async def replay(recording: Path) -> Outcome:
    """Have the driver read a recording as if it were the device. Raises ``ChildFailed``."""
    said = await ask_child(REPLAY, (str(recording),))
    if not said:
        raise ChildFailed("helper-failed", "the recording was not played back")
    return Outcome(said[0]["ok"], said[0]["seconds"], said[0]["values"], error=said[0]["error"])
