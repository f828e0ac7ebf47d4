"""Rehearses an errand beside the terminal, on virtual hardware of its own, as ``yimen rehearse``
does: neither the citizen's page nor a real device has a part in it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from kiosk_app.desk.ways_in import KINDS
from kiosk_app.options import BESIDE
from kiosk_app.screens import CardName
from kiosk_app.workbench.children import ChildFailed

LONGEST_S = 150.0
DocumentName = Literal["home-return", "passport", "taiwan-pass"]
CARDS: dict[CardName, str] = {name: role for role, name in KINDS.items()}
"""What a citizen may show, and the role of the reader that reads it."""
DOCUMENTS: tuple[DocumentName, ...] = get_args(DocumentName)
"""Which travel document that may be; the first where none is named."""


class RehearsalRuns(Exception):
    """One at a time."""


class ScriptRefused(Exception):
    """That cannot be rehearsed; ``what`` names the part of the script: ``service`` …"""

    def __init__(self, what: str) -> None:
        super().__init__(f"the rehearsal has no such {what}")
        self.what = what


@dataclass(frozen=True, slots=True)
class Script:
    """What is rehearsed. ``resident``: a number in the drawer of cards."""

    service: str
    resident: int = 1
    card: CardName = "id-card"
    document: DocumentName | None = None
    fault: str | None = None

    def arguments(self) -> list[str]:
        """For ``yimen rehearse``."""
        words = ["--resident", str(self.resident), "--card", self.card]
        if self.document is not None:
            words += ["--document", self.document]
        if self.fault is not None:
            words += ["--fault", self.fault]
        return [*words, "--", self.service]


class Rehearsals:
    """One rehearsal at a time."""

    def __init__(self, config: Path, run_dir: Path) -> None:
        self._config = config
        self._run_dir = run_dir / BESIDE
        self._offered: dict[str, Any] | None = None
        self._looking = asyncio.Lock()
        self._running = False

    @property
    def running(self) -> bool:
        """Whether one runs now."""
        return self._running

    async def offered(self) -> dict[str, Any]:
        """What can be rehearsed: what ``yimen rehearse --list --json`` prints. The virtual devices
        know their faults, and weigh more than this process may. Raises ``ChildFailed``."""
        async with self._looking:
            if self._offered is None:
                self._offered = await self._said(["--list"])
        return self._offered

    async def play(self, script: Script) -> dict[str, Any]:
        """Play one errand; what ``yimen rehearse --json`` prints.

        Raises ``ScriptRefused``, ``RehearsalRuns``, ``ChildFailed``.
        """
        _check(script, await self.offered())
        if self._running:
            raise RehearsalRuns
        self._running = True
        try:
            return await self._said(script.arguments())
        finally:
            self._running = False

    async def _said(self, arguments: list[str]) -> dict[str, Any]:
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


def _check(script: Script, offered: dict[str, Any]) -> None:
    card = next(each for each in offered["cards"] if each["name"] == script.card)
    if script.service not in offered["services"]:
        raise ScriptRefused("service")
    # Travel documents are nobody's of the drawer.
    if card["residents"] and script.resident not in card["residents"]:
        raise ScriptRefused("resident")
    if script.document is not None and script.document not in card["documents"]:
        raise ScriptRefused("document")
    if script.fault is not None and script.fault not in card["faults"]:
        raise ScriptRefused("fault")
