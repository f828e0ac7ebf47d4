"""Short-lived helper processes: what needs heavy libraries stays out of the service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

ANSWER_S = 60.0
LONGEST = 4 * 1024 * 1024


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
        return [json.loads(line) for line in said.splitlines()]
    except ValueError:
        raise ChildFailed("helper-failed", f"{module} ended with {process.returncode}") from None
