"""The devices of a terminal that does not run: its versions on the disk, and what is plugged in."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from kiosk_app.api.technician_view import history
from kiosk_app.commands.common import CommandFailed, plainly
from kiosk_app.commands.device_desk import (
    BOUND_SO,
    NEEDS_TERMINAL,
    SAME_AS_NOW,
    known_role,
    recording_path,
    settings_refused,
)
from kiosk_app.devices import ROLES
from kiosk_app.interop.settings import publisher_address
from kiosk_app.settings import DeviceBinding, Settings
from kiosk_app.texts import Texts, TextsError
from kiosk_app.workbench.bench import binding_store
from kiosk_app.workbench.bindings import (
    SET_UP,
    TERMINAL,
    ChangedMeanwhile,
    Reason,
    ReasonCode,
    VersionUnknown,
    require_unchanged,
)
from kiosk_app.workbench.catalogue import DriverCatalogue, SettingsRefused
from kiosk_app.workbench.children import ChildFailed
from kiosk_app.workbench.differences import address, changed_roles
from kiosk_app.workbench.finding import find
from kiosk_app.workbench.interop import INTEROP, as_binding, as_settings, devices_of
from kiosk_app.workbench.recordings import listed
from kiosk_app.workbench.refusals import in_words

T = TypeVar("T")
NOBODY_ASKED = "no terminal is running here: no device was asked; this is how they are bound"
STARTS_WITH_IT = "the terminal tries it at its next start"


class Files:
    """See ``kiosk_app.commands.device_desk.Desk``."""

    def __init__(self, settings: Settings, *, virtual: bool) -> None:
        self._settings = settings
        self._virtual = virtual
        self._store = binding_store(settings.run_dir, virtual=virtual)
        # Where the virtual room does not run, what it would bind is what it bound last.
        devices = self._store.last_seed if virtual else settings.terminal.devices
        self._seed = {**devices, INTEROP: as_binding(settings.terminal.interop)}
        self._catalogue = DriverCatalogue()

    def devices(self) -> list[dict[str, Any]]:
        """Each role with driver and id. Nothing is known of a device that nobody asks, which is
        said."""
        print(NOBODY_ASKED, file=sys.stderr)
        bound = self._bound
        return [
            {
                "role": role,
                "driver": bound[role].driver if role in bound else "",
                "id": address(bound.get(role)),
                "model": "",
                "error": None,
                "restarts": 0,
                "status": {},
                "tests": [],
            }
            for role in ROLES
        ]

    def discover(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        return self._await(find(devices_of(self._bound), ROLES, None))

    def history(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        words = self._words()
        same = self._store.same(self._bound, self._seed)
        back = self._store.ways_back(self._bound, self._seed)
        versions = history(self._store.history(), same, back, words)
        return [each.model_dump(mode="json") for each in versions]

    def binding(self, role: str) -> dict[str, Any] | None:
        """See ``Desk``."""
        found, history = self._bound.get(known_role(role)), self._store.history()
        if found is None:
            return None
        version = history[0].number if history else 0
        return {**found.model_dump(mode="json"), "version": version}

    def bind(
        self,
        role: str,
        driver: str,
        settings: dict[str, Any],
        uri: str | None,
        note: str,
        since: int | None = None,
    ) -> dict[str, Any]:
        """See ``Desk``."""
        binding = DeviceBinding(driver=driver, settings=settings, uri=uri)
        now = self._bound.get(known_role(role))
        checked = self._catalogue.checked(role, binding, virtual=self._virtual, now=now)
        bound = self._await(checked)
        with plainly(ChangedMeanwhile):
            require_unchanged(self._store.history(), role, since)
        return self._add({**self._bound, role: bound}, note=note)

    def unbind(self, role: str, since: int | None = None) -> dict[str, Any]:
        """See ``Desk``."""
        away = known_role(role)
        with plainly(ChangedMeanwhile):
            require_unchanged(self._store.history(), away, since)
        wanted = {each: bound for each, bound in self._bound.items() if each != away}
        return self._add(wanted)

    def roll_back(self, version: int) -> dict[str, Any]:
        """See ``Desk``."""
        try:
            wanted = self._store.at(version, self._seed)
        except VersionUnknown:
            raise CommandFailed(f"there is no version {version}") from None
        reason = Reason(code=ReasonCode.BACK_TO, number=version)
        return self._add(wanted, reason=reason, takes_back=self._store.history()[0].number)

    def test(self, role: str, test: str | None) -> dict[str, Any]:
        """Devices are tried where they run."""
        known_role(role)
        raise CommandFailed(NEEDS_TERMINAL)

    def made(self, address: str) -> bytes:
        """As ``test``."""
        raise CommandFailed(NEEDS_TERMINAL)

    def fault(self, name: str, on: bool) -> dict[str, Any]:
        """Virtual hardware is there while a terminal runs."""
        raise CommandFailed(NEEDS_TERMINAL)

    def faults(self) -> list[dict[str, Any]]:
        """As ``fault``."""
        raise CommandFailed(NEEDS_TERMINAL)

    def controls(self, role: str) -> list[dict[str, Any]]:
        """A device is set while it runs."""
        known_role(role)
        raise CommandFailed(NEEDS_TERMINAL)

    def set_control(self, role: str, name: str, value: int) -> dict[str, Any]:
        """As ``controls``."""
        known_role(role)
        raise CommandFailed(NEEDS_TERMINAL)

    def keep_controls(self, role: str) -> dict[str, Any]:
        """As ``controls``."""
        known_role(role)
        raise CommandFailed(NEEDS_TERMINAL)

    def interop(self) -> dict[str, Any]:
        """See ``Desk``. Nothing is open where no terminal runs."""
        wanted = as_settings(self._bound.get(INTEROP))
        return {
            "on": wanted.enabled,
            "open": False,
            "identities": wanted.identities,
            "port": wanted.port,
            "address": publisher_address(wanted.port),
            "error": None,
        }

    def turn_interop(
        self, on: bool, port: int | None, identities: bool | None, note: str
    ) -> dict[str, Any]:
        """See ``Desk``."""
        wanted = as_settings(self._bound.get(INTEROP)).turned(on, port, identities)
        made = self._add({**self._bound, INTEROP: as_binding(wanted)}, note=note)
        return {**made, **self.interop()}

    def record(self, role: str, on: bool) -> dict[str, Any]:
        """A wire is recorded while it is used."""
        raise CommandFailed(NEEDS_TERMINAL)

    def recordings(self) -> list[dict[str, Any]]:
        """See ``Desk``."""
        return [
            {
                "id": each.id,
                "role": each.role,
                "at": each.at.isoformat(),
                "seconds": each.seconds,
                "bytes": each.bytes,
            }
            for each in listed(self._recordings)
        ]

    def replay(self, recording: str) -> dict[str, Any]:
        """See ``Desk``."""
        from kiosk_app.workbench.replays import replay

        return self._await(replay(recording_path(recording, self._recordings))).as_json()

    def _words(self) -> Texts:
        with plainly(TextsError):
            return Texts.load(self._settings.config / "texts" / "technician")

    @property
    def _recordings(self) -> Path:
        return self._settings.run_dir / "recordings"

    @property
    def _bound(self) -> dict[str, DeviceBinding]:
        return self._store.active(self._seed)

    def _add(
        self,
        wanted: Mapping[str, DeviceBinding],
        *,
        note: str = "",
        reason: Reason | None = None,
        takes_back: int | None = None,
    ) -> dict[str, Any]:
        before = self._bound
        if not changed_roles(before, wanted):
            raise CommandFailed(SAME_AS_NOW if reason else BOUND_SO)
        with plainly(OSError):
            if not self._store.history():
                self._store.add(before, self._seed, author=TERMINAL, reason=SET_UP, proved=True)
            number = self._store.add(
                wanted,
                self._seed,
                author=getpass.getuser(),
                note=note,
                reason=reason,
                takes_back=takes_back,
            )
        return {"version": number, "says": STARTS_WITH_IT}

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            with plainly(ChildFailed):
                return asyncio.run(work)
        except SettingsRefused as refused:
            words = self._words()
            raise settings_refused([in_words(each, words) for each in refused.places]) from None
