"""The door of interop: opened, closed and moved to another port while the terminal runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from kiosk_app.devices import Devices
from kiosk_app.interop.hooks import Busy, Record, Rules, VendorMode
from kiosk_app.interop.settings import InteropSettings

log = structlog.get_logger(__name__)
PORT_TAKEN = "interop-port-taken"
AGAIN_S = 3.0
"""How long a port that is taken is left alone before it is tried again."""


class Door:
    """Whether programs of this machine can come in, and where.

    ``busy``: whether a citizen's journey or print holds the device of a role. ``record``: told of
    what may be personal before it is handed out.
    """

    def __init__(
        self, rules: Rules, devices: Devices, busy: Busy, mode: VendorMode, record: Record
    ) -> None:
        self._lent = (rules, devices, busy, mode, record)
        self._turned = asyncio.Event()
        self._settled = asyncio.Event()
        self.wanted = InteropSettings()
        """How it is set; closed at first."""
        self.port: int | None = None
        """Where it is open now; ``None`` while it is closed."""
        self.error: str | None = None
        """Why it is not open: ``interop-port-taken``."""

    @property
    def as_wanted(self) -> bool:
        """Whether it is open or closed as it is set."""
        return self._settled.is_set() and self.error is None

    def turn(self, settings: InteropSettings) -> None:
        """Set it; it follows at once while it is tended."""
        if settings != self.wanted:
            self.wanted, self.error = settings, None
            self._settled.clear()
            self._turned.set()

    async def settled(self, within_s: float) -> None:
        """Wait until it is as wanted, or is known not to become so, or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._settled.wait(), within_s)

    @asynccontextmanager
    async def tended(self) -> AsyncIterator[None]:
        """Open and close it as it is set while the block lasts; closed afterwards."""
        task = asyncio.create_task(self._tend())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _tend(self) -> None:
        while True:
            self._turned.clear()
            if self.wanted.enabled:
                await self._stand_open(self.wanted)
            else:
                self._settle(None)
                await self._turned.wait()

    async def _stand_open(self, wanted: InteropSettings) -> None:
        """Serve until it is turned; a port that is taken is tried again after a while."""
        # Only where it is switched on does the server weigh on the terminal's memory.
        server = await asyncio.to_thread(_fetch_server)
        try:
            async with server.serving(wanted, *self._lent) as self.port:
                self._settle(None)
                log.info("interop open", port=self.port)
                await self._turned.wait()
        except OSError:
            if self.error is None:
                log.error("interop cannot open", code=PORT_TAKEN, port=wanted.port)  # noqa: TRY400 - the code says it all
            self._settle(PORT_TAKEN)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._turned.wait(), AGAIN_S)
        finally:
            self.port = None

    def _settle(self, error: str | None) -> None:
        """It stands as it stands, unless it was turned again meanwhile."""
        if not self._turned.is_set():
            self.error = error
            self._settled.set()


def _fetch_server() -> Any:
    from kiosk_app.interop import server

    return server
