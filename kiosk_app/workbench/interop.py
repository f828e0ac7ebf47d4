"""Interop as one more thing that versions bind: switched on and off, proved, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from kiosk_app.devices import ROLES
from kiosk_app.interop.door import Door
from kiosk_app.interop.settings import InteropSettings
from kiosk_app.settings import DeviceBinding

INTEROP = "interop"
"""Its name among the bindings, beside the devices' roles."""
PROTOCOL = "xfs4iot"
"""What stands in the place of its driver."""
BOUND = (*ROLES, INTEROP)
"""All that a version binds."""


def as_binding(settings: InteropSettings) -> DeviceBinding:
    """The settings as a version keeps them."""
    return DeviceBinding(driver=PROTOCOL, settings=settings.model_dump())


def as_settings(binding: DeviceBinding | None) -> InteropSettings:
    """The settings that a version kept; switched off where it kept none that hold."""
    if binding is None:
        return InteropSettings()
    try:
        return InteropSettings.model_validate(binding.settings)
    except ValidationError:
        return InteropSettings()


def devices_of(bindings: Mapping[str, DeviceBinding]) -> dict[str, DeviceBinding]:
    """The devices among what is bound."""
    return {role: binding for role, binding in bindings.items() if role != INTEROP}


@dataclass(frozen=True)
class InteropSwitch:
    """The door, as versions turn it; see ``kiosk_app.workbench.attached.Attached``."""

    door: Door

    async def become(self, binding: DeviceBinding | None) -> None:
        """Open or close it as a version says."""
        self.door.turn(as_settings(binding))

    @property
    def well(self) -> bool:
        """Whether it is as it was set."""
        return self.door.as_wanted

    @property
    def says(self) -> str:
        """Why it is not."""
        return self.door.error or "interop-starting"
