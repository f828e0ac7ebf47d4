"""A terminal that runs, as those see it who started it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kiosk_app.instance import Address
from kiosk_app.settings import Settings
from kiosk_app.terminal import Terminal

if TYPE_CHECKING:
    from kiosk_app.health.roll_up import Health
    from kiosk_app.stagehand import Stagehand
    from kiosk_app.verification import Verifier
    from kiosk_app.workbench.bench import Workbench


@dataclass(slots=True)
class Running:
    """A terminal that serves its page.

    ``ready`` is done when devices and register are there; it raises what kept them away.
    ``stagehand``, ``verifier``, ``health`` and ``workbench`` are there from then on, as far as
    there are any, until the terminal ends.
    """

    address: Address
    terminal: Terminal
    settings: Settings
    ready: asyncio.Future[str | None] = field(repr=False)
    stagehand: Stagehand | None = None
    verifier: Verifier | None = None
    health: Health | None = None
    workbench: Workbench | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set when the terminal must end by itself: the power fails."""

    def withdraw(self) -> None:
        """Offer nothing any more that is about to be closed; pages that still ask are told so."""
        self.stagehand = self.verifier = self.health = self.workbench = None
