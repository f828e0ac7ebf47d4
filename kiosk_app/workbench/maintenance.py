"""Maintenance, as the vendor mode of XFS4IoT: entered when the citizen has gone, left at once."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from kiosk_app.fitness import CLOSED, MAINTENANCE
from kiosk_app.screens import OutOfService
from kiosk_app.stage import Stage


class VendorMode(StrEnum):
    """VendorMode.Status ``service`` (CEN CWA 17852)."""

    INACTIVE = "inactive"
    ENTER_PENDING = "enterPending"
    """A citizen is at the machine, and is served to the end."""
    ACTIVE = "active"
    EXIT_PENDING = "exitPending"
    """The screen for citizens is on its way back."""


class Closable(Protocol):
    """What maintenance needs of the terminal."""

    closed_for: str | None
    stage: Stage


class Maintenance:
    """Closes the terminal to citizens while somebody works at it."""

    def __init__(self, terminal: Closable) -> None:
        self._terminal = terminal

    @property
    def mode(self) -> VendorMode:
        """Where it stands now."""
        wanted = self._terminal.closed_for == MAINTENANCE
        if self._shown:
            return VendorMode.ACTIVE if wanted else VendorMode.EXIT_PENDING
        return VendorMode.ENTER_PENDING if wanted else VendorMode.INACTIVE

    def set(self, on: bool) -> VendorMode:
        """Ask for it, or end it."""
        if on:
            self._terminal.closed_for = MAINTENANCE
        elif self._terminal.closed_for == MAINTENANCE:
            self._terminal.closed_for = None
        return self.mode

    @property
    def _shown(self) -> bool:
        frame = self._terminal.stage.frame
        screen = frame.screen if frame is not None else None
        return isinstance(screen, OutOfService) and screen.code == CLOSED[MAINTENANCE].reference
