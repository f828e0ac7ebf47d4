"""Plays recordings back, in a process of its own."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from kiosk_app.workbench.children import ask_child
from kiosk_app.workbench.trials import Outcome

REPLAY = "drivers.virtual.replay"


async def replay(recording: Path) -> Outcome:
    """Have the driver read a recording as if it were the device. Raises ``ChildFailed``."""
    (said,) = await ask_child(REPLAY, (str(recording),))
    return Outcome(said["ok"], said["values"], said["seconds"], error=said["error"])


async def replay_content(content: bytes) -> Outcome:
    """The same for a recording that lies elsewhere. What is none is told as
    ``recording-invalid``. Raises ``ChildFailed``, ``OSError``."""
    with tempfile.TemporaryDirectory(prefix="yimen-") as folder:
        path = Path(folder) / "recording.jsonl"
        await asyncio.to_thread(path.write_bytes, content)
        return await replay(path)
