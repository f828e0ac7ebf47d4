"""Short-lived helper processes: what needs heavy libraries stays out of the service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

ANSWER_S = 60.0
_SAID = (0, 1)
"""Exit statuses of a helper that came to its end."""


class ChildFailed(Exception):
    """A helper process did not answer; ``code`` is ``helper-silent`` or ``helper-failed``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


async def ask_child(module: str, arguments: Sequence[str], question: Any = None) -> list[Any]:
    """Run ``python -m MODULE`` with a JSON value as its input; returns the JSON lines it says.

    Raises ``ChildFailed``.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        async with asyncio.timeout(ANSWER_S):
            said, _ = await process.communicate(json.dumps(question).encode())
    except TimeoutError:
        raise ChildFailed("helper-silent", f"{module} does not answer") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        lines = [json.loads(line) for line in said.splitlines()]
    except ValueError:
        lines = []
    if process.returncode not in _SAID or not (lines or process.returncode == 0):
        raise ChildFailed("helper-failed", f"{module} ended with {process.returncode}")
    return lines
