"""What a terminal stands among: real devices and a real register, or virtual ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.document_printer.scheduler import PrivateScheduler
from kiosk_app.connectors.alarms import Alarm
from kiosk_app.connectors.housing_register.contract import HousingRegister
from kiosk_app.connectors.registry import open_register
from kiosk_app.devices import PRINTER
from kiosk_app.options import SurroundingsFailed
from kiosk_app.settings import DeviceBinding, Reach, Settings, SettingsError

HOUSING_REGISTER = "housing-register"
AlarmCallback = Callable[[Alarm], None]


async def as_bound(role: str, binding: DeviceBinding) -> dict[str, Any]:
    """The settings of a binding that needs nothing beside its driver."""
    return dict(binding.settings)


@dataclass(frozen=True, slots=True)
class Found:
    """What is there now. ``devices``: what the surroundings would bind to each role."""

    devices: Mapping[str, DeviceBinding]
    registers: Mapping[str, HousingRegister]
    notice: str | None = None
    """What whoever started the terminal should know."""
    reach: Reach = as_bound


class Surroundings(Protocol):
    """Puts in place what devices and register need, and takes it away again."""

    def present(self, alarm: AlarmCallback) -> AbstractAsyncContextManager[Found]:
        """What is there while the block lasts. ``alarm`` hears what staff must know at once."""
        ...


class RealSurroundings:
    """The devices that the settings bind, a print scheduler of our own, the register."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

        self._scheduler = PrivateScheduler(settings.run_dir / "print")
        self._prints_to: str | None = None

    @asynccontextmanager
    async def present(self, alarm: AlarmCallback) -> AsyncIterator[Found]:
        """Keep a purged scheduler with one queue, which comes when the printer does.

        Raises ``SettingsError``.
        """
        terminal, run_dir = self._settings.terminal, self._settings.run_dir
        printer = terminal.devices.get(PRINTER)
        if printer is not None and printer.uri is None:
            raise SettingsError("terminal.toml: devices.document-printer.uri is missing")
        register = open_register(terminal.register_, run_dir=run_dir, alarm=alarm)
        try:
            yield Found(terminal.devices, {HOUSING_REGISTER: register}, reach=self._reach)
        finally:
            await register.close()
            await asyncio.to_thread(self._scheduler.stop)

    async def _reach(self, role: str, binding: DeviceBinding) -> dict[str, Any]:
        """A printer with an address gets a queue of our scheduler."""
        if role != PRINTER or binding.uri is None:
            return dict(binding.settings)
        if self._prints_to != binding.uri:
            self._prints_to = binding.uri
            await asyncio.to_thread(self._scheduler.stop)
            await asyncio.to_thread(self._scheduler.keep, PRINTER, binding.uri)
        where = {"server": str(self._scheduler.socket), "queue": PRINTER}
        return {**where, "printer_uri": binding.uri, **binding.settings}


class VirtualSurroundings:
    """A room of virtual devices, and a register process at the far end of its wire, which numbers
    the papers of a ``rehearsal`` in a series of their own."""

    def __init__(
        self, settings: Settings, devices: tuple[str, ...] = (), *, rehearsal: bool = False
    ) -> None:
        from drivers.virtual.control import SOCKET, RoomClient
        from drivers.virtual.room import ERRAND
        from kiosk_app.connectors.housing_register.contract import REHEARSED, SERIES
        from kiosk_app.connectors.housing_register.reference_process import ReferenceProcess

        run_dir = settings.run_dir
        self._settings = settings
        self._room_dir = run_dir / "virtual"
        self._roles = devices or ERRAND
        self.room = RoomClient(self._room_dir / SOCKET)
        self.register = ReferenceProcess(
            run_dir / "register",
            terminal=settings.terminal.id,
            series=REHEARSED if rehearsal else SERIES,
        )

    @asynccontextmanager
    async def present(self, alarm: AlarmCallback) -> AsyncIterator[Found]:
        """Start room and register. Raises ``SurroundingsFailed``."""
        from drivers.virtual.room import RoomFailed, start_room
        from kiosk_app.connectors.housing_register.reference_process import ReferenceProcessError

        try:
            room, _ = await asyncio.gather(
                start_room(self._room_dir, self._roles), asyncio.to_thread(self.register.start)
            )
        except (RoomFailed, ReferenceProcessError) as problem:
            raise SurroundingsFailed(str(problem)) from problem
        run_dir = self._settings.run_dir
        register = open_register(self.register.settings, run_dir=run_dir, alarm=alarm)
        try:
            bindings = await self.room.bindings()
            devices = {
                role: DeviceBinding(driver=each.driver, settings=each.settings)
                for role, each in bindings.items()
            }
            yield Found(devices, {HOUSING_REGISTER: register}, _notice(room.private))
        finally:
            await register.close()
            await asyncio.gather(room.stop(), asyncio.to_thread(self.register.stop))


def _notice(private: bool) -> str | None:
    if private:
        return None
    return "namespaces are refused here: the virtual devices' ports are open on loopback"
