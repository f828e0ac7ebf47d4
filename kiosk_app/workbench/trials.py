"""The test buttons: each device does once what it is for, and what is told was measured."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from drivers.device import SelfTest
from drivers.document_printer.contract import PrintEvidence, PrintJob, PrintOptions
from drivers.errors import DeviceError
from drivers.id_card.contract import IdentityRecord
from drivers.lights.contract import FlashRate, LightsCapabilities, LightsStatus
from drivers.travel_document.contract import TravelDocumentRecord
from kiosk_app.devices import (
    DOCUMENT_CAMERA,
    GRACE_S,
    PRINTER,
    READER,
    SOCIAL,
    TRAVEL,
    Devices,
    Slot,
)
from kiosk_app.privacy.masking import mask_id_number, mask_name
from kiosk_app.workbench import scans
from kiosk_app.workbench.trial_page import trial_page

if TYPE_CHECKING:
    from drivers.social_security_card.contract import SocialSecurityRecord

READ_CARD, READ_DOCUMENT, RESET, TEST_PAGE, SELF_TEST, PICTURE, LIGHT_UP = (
    "read-card",
    "read-document",
    "reset",
    "test-page",
    "self-test",
    "picture",
    "light-up",
)
CARD_WAIT_S = 15.0
SHEET_WAIT_S = 60.0
LIGHT_S = 1.0
"""How long each light is lit, one after the other."""
SHEET_LOOK_S = 0.5
SETTLE_S = 8.0
"""How long the witnesses of a sheet may take to agree after its job has ended."""
MADE_KEPT = 4
"""Pictures and documents that tests made and that can still be looked at."""
MADE_KEPT_S = 600.0
JOB = "test"


class TestUnknown(KeyError):
    """The device has no such test."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a device did. ``values``: what was measured, by plain names; ``error``: a code."""

    ok: bool
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = 0.0
    picture: str | None = None
    """Key of the picture that was taken."""
    document: str | None = None
    """Key of the PDF that was made."""
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the command line."""
        values = [{"label": name, "value": value} for name, value in self.values.items()]
        return {"ok": self.ok, "seconds": self.seconds, "values": values, "error": self.error}


class Trials:
    """Tries devices. ``folder``: where a page lies until the queue has it."""

    def __init__(
        self, devices: Devices, folder: Path, terminal: str, now: Callable[[], datetime]
    ) -> None:
        self._devices = devices
        self._folder = folder
        self._terminal = terminal
        self._now = now
        self._made: dict[str, bytes] = {}
        self._end: asyncio.TimerHandle | None = None
        self._scans = scans.Scans()
        self._tests: dict[str, Callable[[Slot], Awaitable[tuple[bool, dict[str, str]]]]] = {
            READ_CARD: self._read_card,
            READ_DOCUMENT: self._read_document,
            RESET: _reset,
            TEST_PAGE: self._print_page,
            SELF_TEST: _self_test,
            LIGHT_UP: _light_up,
        }

    def names(self, role: str, commands: frozenset[str]) -> list[str]:
        """The tests of a role's device, whose driver has these commands: first what a repair ends
        with."""
        found = []
        if role in _ON_CARD and "read_card" in commands:
            found.append(READ_CARD)
        if role == PRINTER and "submit" in commands:
            found.append(TEST_PAGE)
        if "take_picture" in commands:
            found.append(PICTURE)
        if "self_test" in commands:
            found.append(SELF_TEST)
        if role == TRAVEL and "read_document" in commands and self._reads_pages:
            found.append(READ_DOCUMENT)
        if "set_light" in commands:
            found.append(LIGHT_UP)
        if {"scan_page", "scan_document"} <= commands:
            found += scans.NAMES
        if "reset" in commands:
            found.append(RESET)
        return found

    def made(self, key: str) -> bytes | None:
        """A picture (JPEG) or a document (PDF) that a test made lately."""
        return self._made.get(key)

    def forget(self) -> None:
        """Keep nothing that tests made; it may be somebody's paper."""
        self._made.clear()
        self._scans.forget()

    async def run(self, role: str, test: str) -> Outcome:
        """Run one test. Raises ``TestUnknown``; what the device says is in the outcome."""
        if test not in (PICTURE, *scans.NAMES, *self._tests):
            raise TestUnknown(test)
        slot, began = self._devices.slot(role), time.monotonic()
        try:
            if test == PICTURE:
                outcome = await self._take_picture(slot)
            elif test in scans.NAMES:
                outcome = await self._scan(slot, test)
            else:
                outcome = Outcome(*await self._tests[test](slot))
        except DeviceError as error:
            outcome = Outcome(False, error=error.code)
        return replace(outcome, seconds=round(time.monotonic() - began, 2))

    async def _read_card(self, slot: Slot) -> tuple[bool, dict[str, str]]:
        record = await slot.call("read_card", CARD_WAIT_S, deadline_s=CARD_WAIT_S + GRACE_S)
        return True, _ON_CARD[slot.role](record)

    @property
    def _reads_pages(self) -> bool:
        """Whether a document camera can say what opens a travel document."""
        return "read_document_key" in self._devices.slot(DOCUMENT_CAMERA).commands()

    async def _read_document(self, slot: Slot) -> tuple[bool, dict[str, str]]:
        """The data page is read first, as a citizen's is: it opens the chip."""
        key = await self._devices.read_document_key()
        deadline_s = CARD_WAIT_S + GRACE_S
        found = await slot.call("read_document", key, CARD_WAIT_S, deadline_s=deadline_s)
        return True, _on_document(found)

    async def _print_page(self, slot: Slot) -> tuple[bool, dict[str, str]]:
        job = await self._submit(slot)
        found = await _follow(slot, job)
        sheets = found.agreed_sheets
        values = {
            "sheets": _known(sheets),
            "job": str(found.job_state),
            "counter_before": _known(found.counter_before),
            "counter_after": _known(found.counter_after),
            "device_impressions": _known(found.device_impressions),
            "reasons": ", ".join(each.keyword for each in found.reasons) or "none",
        }
        return sheets == 1, values

    async def _submit(self, slot: Slot) -> PrintJob:
        name = uuid.uuid4().hex
        path = self._folder / f"{name}.pdf"
        content = trial_page(self._terminal, self._now())
        try:
            await asyncio.to_thread(_write, path, content)
            submitted = await slot.call("submit", path, f"{JOB}:{name}", PrintOptions())
            return cast(PrintJob, submitted)
        finally:
            path.unlink(missing_ok=True)

    async def _take_picture(self, slot: Slot) -> Outcome:
        taken: Any = await slot.call("take_picture")
        values = {"width": str(taken.width), "height": str(taken.height)}
        picture = self._keep(taken.jpeg)
        tested = await slot.call("self_test")
        return Outcome(tested.ok, {**values, **_texts(tested)}, picture=picture)

    async def _scan(self, slot: Slot, test: str) -> Outcome:
        found = await self._scans.run(slot, test)
        document = self._keep(found.pdf) if found.pdf is not None else None
        return Outcome(True, found.values, picture=self._keep(found.page), document=document)

    def _keep(self, content: bytes) -> str:
        """Let a picture or a document be looked at for a while; returns its key."""
        key = uuid.uuid4().hex
        while len(self._made) >= MADE_KEPT:
            self._made.pop(next(iter(self._made)))
        self._made[key] = content
        if self._end is not None:
            self._end.cancel()
        self._end = asyncio.get_running_loop().call_later(MADE_KEPT_S, self.forget)
        return key


async def _reset(slot: Slot) -> tuple[bool, dict[str, str]]:
    await slot.call("reset")
    return True, {"device": str(slot.status().device.value)}


async def _light_up(slot: Slot) -> tuple[bool, dict[str, str]]:
    """Each light in turn, for somebody who looks; then all as they were."""
    before = dict(cast(LightsStatus, slot.status()).lights.value)
    lights = [name for name, _ in cast(LightsCapabilities, slot.capabilities()).lights]
    try:
        for name in lights:
            await slot.call("set_light", name, FlashRate.OFF)
        for name in lights:
            await slot.call("set_light", name, FlashRate.CONTINUOUS)
            await asyncio.sleep(LIGHT_S)
            await slot.call("set_light", name, FlashRate.OFF)
    finally:
        for name in lights:
            await slot.call("set_light", name, FlashRate(before.get(name, FlashRate.OFF)))
    return True, dict.fromkeys(lights, "lit")


async def _self_test(slot: Slot) -> tuple[bool, dict[str, str]]:
    tested = cast(SelfTest, await slot.call("self_test"))
    return tested.ok, _texts(tested)


async def _follow(slot: Slot, job: PrintJob) -> PrintEvidence:
    """What is known of a sheet when its witnesses agree, or will not any more."""
    end = time.monotonic() + SHEET_WAIT_S
    while True:
        found = cast(PrintEvidence, await slot.call("evidence", job))
        if found.agreed_sheets or time.monotonic() >= end:
            return found
        if found.job_state.final:
            end = min(end, time.monotonic() + SETTLE_S)
        await asyncio.sleep(SHEET_LOOK_S)


def _on_id_card(found: IdentityRecord) -> dict[str, str]:
    return {
        "kind": str(found.kind),
        "name": mask_name(found.name or found.foreign_name),
        "number": mask_id_number(found.id_number),
        "photo": _text(found.photo_png is not None),
    }


def _on_social_card(found: SocialSecurityRecord) -> dict[str, str]:
    return {
        "generation": str(found.generation),
        "name": mask_name(found.name),
        "number": mask_id_number(found.id_number),
    }


def _on_document(found: TravelDocumentRecord) -> dict[str, str]:
    return {
        "kind": str(found.kind),
        "name": mask_name(found.name),
        "number": mask_id_number(found.number),
        "access": str(found.access),
        "authenticity": str(found.authenticity),
        "photo": _text(found.photo_png is not None),
    }


_ON_CARD: Mapping[str, Callable[[Any], dict[str, str]]] = {
    READER: _on_id_card,
    SOCIAL: _on_social_card,
}
"""What is shown of the card that a role's reader reads."""


def _texts(tested: SelfTest) -> dict[str, str]:
    return {name: _text(value) for name, value in tested.values.items()}


def _text(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _known(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(content)
