"""What the terminal lends to interop, by shape: nothing here imports what stands above."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

Busy = Callable[[str], bool]
"""Whether a citizen's journey or print holds the device of a role."""


Record = Callable[[str, str], Awaitable[None]]
"""Write into the audit log that a program was handed what may be personal: by which service, and
by which command. When that cannot be written, it raises, and nothing is handed out."""


class Rules(Protocol):
    """Who may ask; ``kiosk_app.api.guard.Rules`` is one."""

    @property
    def origin(self) -> str:
        """The page's own origin."""
        ...

    @property
    def token(self) -> str:
        """The token of this launch."""
        ...


class VendorMode(Protocol):
    """Maintenance mode; ``kiosk_app.workbench.maintenance.Maintenance`` is one."""

    @property
    def mode(self) -> str:
        """``inactive``, ``enterPending``, ``active`` or ``exitPending``."""
        ...

    def set(self, on: bool) -> object:
        """Ask for maintenance, or end it."""
        ...
