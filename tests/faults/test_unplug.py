"""Every device, unplugged at every moment: it is told truthfully, and it is back within seconds of
being plugged in again.

The drivers run as they do in a terminal, each in a process of its own, against the far ends of
their wires. What a citizen sees of it is in ``test_faults.py`` and ``test_unplug_in_errand.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from drivers.device import DeviceState
from drivers.errors import DeviceError
from drivers.host import DeviceHost
from drivers.virtual.room import PEERS, Room, start_room

BACK_S = 10.0
NOTICED_S = 12.0
HERE = frozenset({DeviceState.ONLINE, DeviceState.DEVICE_BUSY})


@dataclass(frozen=True)
class Case:
    """``switch`` takes the device away; ``command`` is what it is in the middle of."""

    switch: str
    command: str
    arguments: tuple[Any, ...] = ()


CASES = {
    "id-card-reader": Case("reader-unplugged", "read_card", (8.0,)),
    "social-security-card-reader": Case("ssc-unplugged", "read_card", (8.0,)),
    "travel-document-reader": Case("travel-document-unplugged", "wait_removed", (8.0,)),
    "document-printer": Case("printer-offline", "page_counter"),
    "receipt-printer": Case("receipt-unplugged", "self_test"),
    "camera": Case("camera-unplugged", "self_test"),
    "document-camera": Case("document-camera-unplugged", "self_test"),
    "document-scanner": Case("document-scanner-unplugged", "self_test"),
    "code-scanner": Case("code-scanner-unplugged", "read", ((), 8.0)),
    "lights": Case("lights-unplugged", "self_test"),
    "speaker": Case("speaker-absent", "self_test"),
    "ups": Case("ups-gone", "self_test"),
    "stamping-machine": Case("stamp-unplugged", "self_test"),
    "fingerprint-reader": Case("fingerprint-unplugged", "self_test"),
    "password-keypad": Case("keypad-unplugged", "self_test"),
    "film-laminator": Case("laminator-unplugged", "self_test"),
}


def test_every_virtual_device_is_tried() -> None:
    assert CASES.keys() == PEERS.keys()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def room(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    room = runner.run(start_room(tmp_path_factory.mktemp("room"), tuple(PEERS)))
    yield room
    runner.run(room.stop())


@contextlib.asynccontextmanager
async def hosted(room: Room, role: str) -> AsyncIterator[DeviceHost]:
    binding = (await room.client.bindings())[role]
    host = DeviceHost(role, binding.driver, binding.settings)
    await host.start()
    try:
        yield host
    finally:
        await host.stop()
        await room.client.set_fault(CASES[role].switch, on=False)


async def back(host: DeviceHost) -> None:
    """Wait until the device says that it is there. Fails after ``BACK_S``."""
    began = time.monotonic()
    await host.ready(BACK_S)
    while host.status().device.value not in HERE:
        assert time.monotonic() < began + BACK_S, host.status()
        await asyncio.sleep(0.05)


async def gone(host: DeviceHost) -> None:
    """Wait until the status tells that the device is away."""
    began = time.monotonic()
    while host.status().device.value in HERE:
        assert time.monotonic() < began + NOTICED_S, "nobody noticed that it has gone"
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("role", CASES)
def test_it_was_not_there_at_boot(runner: asyncio.Runner, room: Room, role: str) -> None:
    async def play() -> None:
        await room.client.set_fault(CASES[role].switch, on=True)
        async with hosted(room, role) as host:
            with contextlib.suppress(DeviceError):
                await host.ready(1.0)
            assert host.status().device.value not in HERE
            await room.client.set_fault(CASES[role].switch, on=False)
            await back(host)
            assert host.restarts == 0

    runner.run(play())


@pytest.mark.parametrize("role", CASES)
def test_it_goes_while_nobody_uses_it(runner: asyncio.Runner, room: Room, role: str) -> None:
    async def play() -> None:
        async with hosted(room, role) as host:
            await back(host)
            await room.client.set_fault(CASES[role].switch, on=True)
            await gone(host)
            await room.client.set_fault(CASES[role].switch, on=False)
            await back(host)
            assert host.restarts == 0

    runner.run(play())


@pytest.mark.parametrize("role", CASES)
def test_it_goes_in_the_middle_of_a_command(runner: asyncio.Runner, room: Room, role: str) -> None:
    case = CASES[role]

    async def play() -> None:
        async with hosted(room, role) as host:
            await back(host)
            command = asyncio.create_task(host.call(case.command, *case.arguments, deadline_s=25.0))
            await asyncio.sleep(0.05)
            await room.client.set_fault(case.switch, on=True)
            # Done before the cable was out, or told as what a device can be: nothing else.
            with contextlib.suppress(DeviceError):
                await command
            await gone(host)
            await room.client.set_fault(case.switch, on=False)
            await back(host)
            assert host.restarts == 0

    runner.run(play())
