"""Rehearses an errand beside the terminal, on virtual hardware of its own, as ``yimen rehearse``
does: neither the citizen's page nor a real device has a part in it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from kiosk_app.options import BESIDE
from kiosk_app.workbench.children import ChildFailed

LONGEST_S = 150.0


class RehearsalRuns(Exception):
    """One at a time."""


class Rehearsals:
    """One rehearsal at a time."""

    def __init__(self, config: Path, run_dir: Path) -> None:
        self._config = config
        self._run_dir = run_dir / BESIDE
        self._running = False

    @property
    def running(self) -> bool:
        """Whether one runs now."""
        return self._running

    async def play(self, service: str, resident: int, fault: str | None) -> dict[str, Any]:
        """Play one errand; what ``yimen rehearse --json`` prints.

        Raises ``RehearsalRuns``, ``ChildFailed``.
        """
        if self._running:
            raise RehearsalRuns
        self._running = True
        try:
            return await self._play(["--resident", str(resident), *_fault(fault), "--", service])
        finally:
            self._running = False

    async def _play(self, arguments: list[str]) -> dict[str, Any]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "kiosk_app.cli"),
            *("--config", str(self._config), "--run-dir", str(self._run_dir)),
            *("rehearse", "--json", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                said, _ = await process.communicate()
            result: dict[str, Any] = json.loads(said)
        except TimeoutError:
            raise ChildFailed("rehearsal-silent", "the rehearsal came to no end") from None
        except ValueError:
            raise ChildFailed(
                "rehearsal-failed", f"the rehearsal ended with {process.returncode}"
            ) from None
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        return result


def _fault(name: str | None) -> list[str]:
    return ["--fault", name] if name is not None else []
