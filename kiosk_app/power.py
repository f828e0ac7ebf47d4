"""When the power fails: nobody new is served, who stands there is served to the end, and the
terminal stops cleanly before the battery is empty."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import structlog

from drivers.device import DeviceEvent, DeviceState, Source, Status
from drivers.ups.contract import PowerSource
from kiosk_app.fitness import POWER

log = structlog.get_logger(__name__)
LOOK_EVERY_S = 1.0
FAREWELL_S = 20.0
"""How long a citizen's errand may still take once the battery is nearly empty."""


class _Event(StrEnum):
    """Events of ``drivers.ups``."""

    LOST = "PowerLostEvent"
    BACK = "PowerBackEvent"
    LOW = "LowBatteryEvent"


class Machine(Protocol):
    """What the watch needs of the terminal."""

    closed_for: str | None

    @property
    def quiet(self) -> bool:
        """Whether nobody is at the machine."""
        ...

    def warn(self, of: str | None) -> None:
        """Tell whoever is at the machine."""
        ...


class PowerWatch:
    """Hears the power supply. ``stop`` is called once, when the terminal must end.

    An event tells at once; ``status`` is looked at too, since a driver that was started anew tells
    nothing of what changed while it was away.
    """

    def __init__(
        self, terminal: Machine, stop: Callable[[], None], status: Callable[[], Status]
    ) -> None:
        self._terminal = terminal
        self._stop = stop
        self._status = status
        self._ending: asyncio.Task[None] | None = None
        self._closed_at = 0.0

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Believe what the power supply measures now; silence and guesses change nothing."""
        status = self._status()
        power = getattr(status, "power", None)
        if status.device.value is not DeviceState.ONLINE or power is None:
            return
        if power.source is not Source.SENSOR:
            return
        if power.value is PowerSource.LINE and power.at > self._closed_at:
            self._reopen()
        elif power.value is PowerSource.BATTERY:
            self._close()

    def hear(self, event: DeviceEvent) -> None:
        """Take in one event of the power supply; others than its own do nothing."""
        match event.name:
            case _Event.LOST:
                self._close()
            case _Event.BACK:
                self._reopen()
            case _Event.LOW if self._ending is None:
                log.warning("battery nearly empty: the terminal stops")
                self._terminal.warn("power-ending")
                self._ending = asyncio.get_running_loop().create_task(self._end())

    def _close(self) -> None:
        if self._terminal.closed_for is None:
            log.warning("power lost")
            self._closed_at = time.monotonic()
            self._terminal.closed_for = POWER
            self._terminal.warn("power-lost")

    def _reopen(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._terminal.warn(None)
        if self._terminal.closed_for == POWER:
            log.warning("power back")
            self._terminal.closed_for = None

    async def _end(self) -> None:
        """Let whoever stands there finish, as long as the battery allows."""
        deadline = time.monotonic() + FAREWELL_S
        while not self._terminal.quiet and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        self._stop()
