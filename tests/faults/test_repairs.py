"""Every fault switch of the room: what lasts opens a repair of its own, and closes it again.

The drivers run as in ``test_unplug.py``. That a condition becomes a repair when it lasts is in
``tests/health/test_repairs.py``, that each kind of repair has words, a picture and a button in
``tests/health/test_report.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from drivers.errors import DeviceError
from drivers.host import DeviceHost
from drivers.virtual.control import Fault
from drivers.virtual.room import PEERS, Room, start_room
from kiosk_app.health.conditions import conditions

WITHIN_S = 25.0

AT_REST = {
    "absent": (
        *("reader-unplugged", "ssc-unplugged", "ssc-pcscd-killed", "travel-document-unplugged"),
        *("printer-queue-absent", "printer-scheduler-down", "receipt-unplugged"),
        *("camera-unplugged", "document-camera-unplugged", "document-scanner-unplugged"),
        *("code-scanner-unplugged", "lights-unplugged", "speaker-absent", "ups-gone"),
        *("stamp-unplugged", "fingerprint-unplugged", "keypad-unplugged", "laminator-unplugged"),
    ),
    "offline": (
        *("reader-silent", "printer-offline", "printer-silent", "printer-garbled"),
        *("receipt-offline", "receipt-silent", "camera-silent", "lights-silent", "ups-silent"),
        *("stamp-silent", "fingerprint-silent", "keypad-silent", "laminator-silent"),
    ),
    "garbled": (
        *("reader-garbage", "reader-half-frame", "reader-bad-checksum", "reader-endless-stream"),
        *("receipt-garbage-status", "stamp-garbage", "stamp-half-frame", "fingerprint-garbage"),
        *("fingerprint-half-frame", "keypad-garbage", "keypad-half-frame", "laminator-garbage"),
        "laminator-half-frame",
    ),
    "security-module": ("reader-not-authorised", "reader-self-test-failed"),
    "picture-lost": (
        *("camera-black", "camera-frozen", "camera-garbage", "camera-half-frame"),
        "document-camera-black",
    ),
    "scanner-off": ("code-scanner-endless", "fingerprint-dirty"),
    "paper-out": ("printer-paper-out",),
    "paper-low": ("printer-paper-low",),
    "wrong-paper": ("printer-wrong-paper",),
    "toner-low": ("printer-toner-low",),
    "output-full": ("printer-output-full",),
    "cover-open": (
        *("printer-cover-open", "receipt-cover-open", "stamp-cover-open", "laminator-cover-open"),
    ),
    "roll-out": ("receipt-paper-out",),
    "roll-low": ("receipt-near-end",),
    "cutter-jam": ("receipt-cutter-jam",),
    "media-jam": ("stamp-jam", "laminator-jam"),
    "ink-out": ("stamp-ink-out",),
    "ink-low": ("stamp-ink-low",),
    "film-out": ("laminator-film-out",),
    "film-low": ("laminator-film-low",),
    "too-hot": ("laminator-hot",),
    "fraud": ("keypad-tampered",),
    "broken": ("keypad-key-stuck",),
    "battery-low": ("ups-low-battery",),
    "on-battery": ("ups-on-battery",),
}
"""What the device or its driver tells by itself, by the kind of repair."""
WHEN_TRIED = {
    "media-jam": ("document-scanner-jammed",),
    "cover-open": ("document-scanner-cover-open",),
    "scanner-off": ("document-scanner-broken",),
    "light-stuck": ("lights-stuck",),
}
"""What shows when the device is used: a scanner tells of itself only while it scans, and a relay
that sticks where it is to be has done nothing wrong."""
TRIED_AGAIN_TO_BE_WELL = {"lights-stuck"}
"""Of these, what somebody must use once more; a scanner is tried by its driver."""
NONE = {
    "heals itself, or is read over": (
        *("reader-noise", "reader-slow", "ssc-slow", "camera-slow", "receipt-short-write"),
        *("stamp-lost-answer", "fingerprint-lost-answer", "keypad-lost-answer"),
        *("laminator-lost-answer", "document-scanner-busy", "printer-slow"),
    ),
    "is the card's, or whoever shows it can put it right": (
        *("reader-two-cards", "reader-unreadable", "reader-auth-failed", "reader-pulled-mid-read"),
        *("ssc-pulled-mid-read", "ssc-upside-down", "ssc-wrong-card", "ssc-silent"),
        *("ssc-garbage", "ssc-short-answer", "ssc-half-record", "ssc-endless-answer"),
        *("travel-document-pulled-mid-read", "travel-document-wrong-mac"),
        *("travel-document-altered-dg", "travel-document-untrusted-signer"),
        *("travel-document-expired-signer", "travel-document-revoked-signer"),
        *("travel-document-garbage", "travel-document-silent"),
        *("document-camera-no-page", "document-camera-blurred", "document-scanner-feeder-empty"),
        *("fingerprint-wet", "fingerprint-poor", "fingerprint-moved"),
    ),
    "befalls a sheet: the copy waits for staff, and the printer says the rest (test_faults)": (
        *("printer-paper-jam", "printer-paper-runs-out", "printer-toner-empty", "printer-double"),
        *("printer-swallowed", "printer-swapped", "printer-counter-reset"),
        *("printer-unplugged-mid-print", "printer-scheduler-killed-after-sheet"),
        "receipt-unplugged-mid-print",
    ),
    "cannot be told from a scanner that nobody uses": (
        *("code-scanner-silent", "code-scanner-garbage", "code-scanner-half"),
    ),
    "is told by the command that waits for it in vain": ("laminator-cold", "receipt-stuck"),
}
"""What calls nobody, and why."""


def by_switch(table: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {switch: kind for kind, switches in table.items() for switch in switches}


KINDS = by_switch(AT_REST) | by_switch(WHEN_TRIED)


def kinds(host: DeviceHost) -> set[str]:
    return {each.kind.name for each in conditions(host.status())}


def shows(host: DeviceHost, kind: str) -> bool:
    return kind in kinds(host)


async def until(host: DeviceHost, switch: str, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < end, (switch, kinds(host), host.last_error)
        await asyncio.sleep(0.1)


async def attempt(host: DeviceHost, switch: str) -> None:
    """Use the device where only that shows how it is."""
    if switch in by_switch(WHEN_TRIED):
        with contextlib.suppress(DeviceError):
            await host.call("self_test")


async def turn_each(room: Room, host: DeviceHost, switches: list[str]) -> None:
    """One after the other, from well to well."""
    for switch in switches:
        await until(host, switch, lambda: kinds(host) == {"fine"})
        await room.client.set_fault(switch, on=True)
        await attempt(host, switch)
        await until(host, switch, partial(shows, host, KINDS[switch]))
        assert kinds(host) <= {KINDS[switch], "on-battery"}, switch
        await room.client.set_fault(switch, on=False)
        with contextlib.suppress(DeviceError):
            await host.ready(WITHIN_S)
        if switch in TRIED_AGAIN_TO_BE_WELL:
            await attempt(host, switch)
        await until(host, switch, lambda: kinds(host) == {"fine"})


async def test_every_fault_that_lasts_has_a_repair_of_its_own(tmp_path: Path) -> None:
    room = await start_room(tmp_path / "room", tuple(PEERS))
    hosts: dict[str, DeviceHost] = {}
    try:
        faults: tuple[Fault, ...] = await room.client.faults()
        assert {each.name for each in faults} == KINDS.keys() | by_switch(NONE).keys()
        for role, binding in (await room.client.bindings()).items():
            hosts[role] = DeviceHost(role, binding.driver, binding.settings)
            await hosts[role].start()
        async with asyncio.TaskGroup() as tasks:
            for role, host in hosts.items():
                own = [each.name for each in faults if each.device == role and each.name in KINDS]
                tasks.create_task(turn_each(room, host, own))
    finally:
        for host in hosts.values():
            await host.stop()
        await room.stop()
