"""What versions bind: each role's device, and whatever else can be set, proved and taken back."""

from __future__ import annotations

from typing import Protocol

import structlog

from drivers.device import DeviceState
from drivers.errors import DeviceError
from kiosk_app.devices import Devices
from kiosk_app.settings import DeviceBinding, Reach, SettingsError

log = structlog.get_logger(__name__)
_WELL = frozenset({DeviceState.ONLINE, DeviceState.DEVICE_BUSY})


class Attached(Protocol):
    """One thing that versions bind."""

    async def become(self, binding: DeviceBinding | None) -> None:
        """Be as this says; nothing where it is ``None``."""
        ...

    @property
    def well(self) -> bool:
        """Whether it is so."""
        ...

    @property
    def says(self) -> str:
        """A code that tells why it is not."""
        ...


class AttachedDevice:
    """The device of a role; see ``Attached``."""

    def __init__(self, devices: Devices, role: str, reach: Reach) -> None:
        self._devices = devices
        self._role = role
        self._reach = reach
        self._slot = devices.slot(role)

    async def become(self, binding: DeviceBinding | None) -> None:
        """Run the device; one that cannot be reached leaves its role empty."""
        if binding is None:
            await self._slot.release()
            return
        try:
            settings = await self._reach(self._role, binding)
            await self._devices.bind(self._role, binding.driver, settings)
        except (DeviceError, SettingsError, OSError, KeyError) as problem:
            kind = type(problem).__name__
            log.error("a device cannot be bound", role=self._role, kind=kind)  # noqa: TRY400
            await self._slot.release()

    @property
    def well(self) -> bool:
        """Whether it is there and can be used."""
        return bool(self._slot.driver) and self._slot.status().device.value in _WELL

    @property
    def says(self) -> str:
        """The driver's error, or how the device is."""
        error = self._slot.last_error
        return error.code if error is not None else str(self._slot.status().device.value)
