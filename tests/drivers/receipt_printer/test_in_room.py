"""Printer, lights, speaker and power supply in the room, each under a host of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.device import DeviceEvent
from drivers.errors import DeviceError, DeviceNotReady
from drivers.host import DeviceHost
from drivers.lights.contract import FlashRate, LightName
from drivers.receipt_printer.contract import PrintUnknown
from drivers.virtual.room import Room, start_room
from tests.drivers.receipt_printer.samples import RECEIPT

ROLES = ("receipt-printer", "lights", "speaker", "ups")
UNPLUGGED = {
    "receipt-printer": "receipt-unplugged",
    "lights": "lights-unplugged",
    "speaker": "speaker-absent",
    "ups": "ups-gone",
}


class Hall:
    def __init__(self, room: Room, hosts: dict[str, DeviceHost]) -> None:
        self.room = room
        self.hosts = hosts


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    room = await start_room(tmp_path, ROLES)
    hosts = {
        role: DeviceHost(role, binding.driver, binding.settings)
        for role, binding in (await room.client.bindings()).items()
    }
    try:
        await asyncio.gather(*(host.start() for host in hosts.values()))
        await asyncio.gather(*(host.ready(20) for host in hosts.values()))
        yield Hall(room, hosts)
    finally:
        await asyncio.gather(*(host.stop() for host in hosts.values()))
        await room.stop()


async def test_each_does_its_work_fails_and_comes_back(hall: Hall) -> None:
    await each_does_its_work(hall)
    await a_power_failure_reaches_the_service(hall)
    await a_print_that_is_unknown_reaches_the_caller_as_such(hall)
    await all_come_back_within_ten_seconds(hall)


async def each_does_its_work(hall: Hall) -> None:
    printed = await hall.hosts["receipt-printer"].call("print_receipt", RECEIPT)
    await hall.hosts["lights"].call("set_light", LightName.RECEIPT_PRINTER, FlashRate.CONTINUOUS)
    state = await hall.room.client.state()
    assert printed.proof == "echo"
    assert state["receipt-printer"]["receipts"][0]["length_mm"] > 50
    assert state["lights"]["lights"]["receiptPrinter"]
    for role, host in hall.hosts.items():
        assert (await host.call("self_test")).ok, role
    assert (await hall.room.client.state())["speaker"]["heard_s"] > 0.2


async def a_power_failure_reaches_the_service(hall: Hall) -> None:
    events: asyncio.Queue[DeviceEvent] = asyncio.Queue()
    stop_listening = hall.hosts["ups"].subscribe(events.put_nowait)
    for action, name in (("unplug", "PowerLostEvent"), ("plug", "PowerBackEvent")):
        await hall.room.client.act("ups", action)
        async with asyncio.timeout(30):
            assert (await events.get()).name == name
    stop_listening()


async def a_print_that_is_unknown_reaches_the_caller_as_such(hall: Hall) -> None:
    await hall.room.client.set_fault("receipt-unplugged-mid-print", on=True)
    with pytest.raises(PrintUnknown):
        await hall.hosts["receipt-printer"].call("print_receipt", RECEIPT)


async def all_come_back_within_ten_seconds(hall: Hall) -> None:
    for fault in UNPLUGGED.values():
        await hall.room.client.set_fault(fault, on=True)
    await asyncio.gather(*(lost(host) for host in hall.hosts.values()))
    for fault in UNPLUGGED.values():
        await hall.room.client.set_fault(fault, on=False)
    async with asyncio.timeout(10):
        await asyncio.gather(*(host.ready(10) for host in hall.hosts.values()))


async def lost(host: DeviceHost) -> None:
    """Return when the host's device is known to be away."""
    async with asyncio.timeout(15):
        while True:
            try:
                await host.call("self_test")
            except DeviceNotReady:
                return
            except DeviceError:
                await asyncio.sleep(0.1)
            else:
                await asyncio.sleep(0.1)
