"""Which drivers there are, for which roles, and what each wants to be set."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kiosk_app.devices import PRINTER
from kiosk_app.settings import DeviceBinding
from kiosk_app.workbench.children import ChildFailed, ask_child

DESCRIBE = "drivers.describe"
SUPPLIED = ("server", "queue", "printer_uri")
"""Settings of a print queue that come with the printer's address."""


@dataclass(frozen=True, slots=True)
class DriverDescription:
    """One driver. ``schema``: JSON Schema of its settings."""

    driver: str
    device_class: str
    title: str
    schema: Mapping[str, Any]
    commands: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """One setting that a driver does not take. ``kind``: pydantic's name of the error, or one of
    ours; ``limits``: what pydantic compared with; ``says``: in the driver's own words."""

    field: str
    kind: str
    says: str
    limits: Mapping[str, str | int | float] | None = None


class SettingsRefused(Exception):
    """The driver does not take these settings; ``places`` says where."""

    def __init__(self, places: tuple[Place, ...]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.says}" for each in places))
        self.places = places


@dataclass
class DriverCatalogue:
    """Asks the drivers once, when first needed. Its methods raise ``ChildFailed``."""

    _known: dict[str, DriverDescription] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ahead: asyncio.Task[None] | None = None

    def look_ahead(self) -> None:
        """Begin to ask, since somebody is about to need it: the drivers load slowly."""
        if not self._known and self._ahead is None:
            self._ahead = asyncio.create_task(self._look_ahead())

    async def _look_ahead(self) -> None:
        with suppress(ChildFailed):  # whoever needs it asks again, and is told
            await self.all()

    async def all(self) -> Mapping[str, DriverDescription]:
        """Every driver that loads, by name."""
        async with self._turn:
            if not self._known:
                said = await ask_child(DESCRIBE, ())
                self._known = {
                    each["driver"]: DriverDescription(
                        each["driver"],
                        each["device_class"],
                        each["title"],
                        each["schema"],
                        frozenset(each["commands"]),
                    )
                    for each in said
                    if "error" not in each
                }
        return self._known

    async def fitting(self, role: str) -> list[DriverDescription]:
        """The drivers for a role."""
        known = await self.all()
        return [each for each in known.values() if each.device_class == role]

    async def commands(self, driver: str) -> frozenset[str]:
        """What a driver can be told to do; nothing for one that does not load."""
        found = (await self.all()).get(driver)
        return found.commands if found is not None else frozenset()

    async def check(self, role: str, driver: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """The settings as the driver takes them. Raises ``SettingsRefused``."""
        (said,) = await ask_child(DESCRIBE, (driver, role), dict(settings))
        if "places" in said:
            raise SettingsRefused(tuple(Place(**each) for each in said["places"]))
        taken: dict[str, Any] = said["settings"]
        return taken

    async def checked(
        self, role: str, binding: DeviceBinding, *, virtual: bool, now: DeviceBinding | None = None
    ) -> DeviceBinding:
        """The binding as the driver takes it. A real printer is bound by its address, from which
        its queue follows. ``now``: what the role is bound to; a setting that stands at its default
        is written down as it was there. Raises ``SettingsRefused``."""
        settings, supplied = dict(binding.settings), supplied_by_address(role, virtual=virtual)
        if supplied:
            if not binding.uri:
                raise SettingsRefused((Place("uri", "address-missing", "the address is missing"),))
            settings = {"server": "queue", "printer_uri": binding.uri, **settings}
        elif binding.uri is not None:
            raise SettingsRefused(
                (Place("uri", "address-elsewhere", "this driver has an address of its own"),)
            )
        taken = await self.check(role, binding.driver, settings)
        same = now is not None and now.driver == binding.driver
        written = now.settings if now is not None and same else {}
        defaults = await self._defaults(binding.driver)
        return DeviceBinding(
            driver=binding.driver,
            settings={
                name: value
                for name, value in as_written(taken, written, defaults).items()
                if name not in supplied
            },
            uri=binding.uri,
        )

    async def _defaults(self, driver: str) -> dict[str, Any]:
        """What the driver takes for a setting that is not there."""
        found = (await self.all()).get(driver)
        fields = found.schema.get("properties", {}) if found is not None else {}
        return {name: each["default"] for name, each in fields.items() if "default" in each}


def as_written(
    taken: Mapping[str, Any], written: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """Settings that mean what ``taken`` means and differ from ``written`` only where that does."""
    found = {}
    for name in {**written, **taken}:
        default = defaults.get(name)
        if taken.get(name, default) == written.get(name, default):
            if name in written:
                found[name] = written[name]
        elif name in taken:
            found[name] = taken[name]
    return found


def supplied_by_address(role: str, *, virtual: bool) -> tuple[str, ...]:
    """Settings of a role's driver that follow from its address."""
    return SUPPLIED if role == PRINTER and not virtual else ()
