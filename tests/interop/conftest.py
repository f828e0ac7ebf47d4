"""One room of virtual devices and one terminal's devices, served to clients over a real socket."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.virtual.room import Room, start_room
from kiosk_app.api.guard import Rules
from kiosk_app.devices import Devices
from kiosk_app.interop.door import Door
from kiosk_app.interop.settings import ROOT, InteropSettings

TOKEN = "the-token-of-this-launch"
ORIGIN = "http://127.0.0.1:8086"
ROLES = (
    "id-card-reader",
    "social-security-card-reader",
    "document-printer",
    "receipt-printer",
    "camera",
    "code-scanner",
    "document-scanner",
    "lights",
    "travel-document-reader",
)

VERSIONS = dict.fromkeys(
    (
        "CardReader.ChipIO",
        "Lights.SetLight",
        "Printer.ControlMedia",
        "Printer.PrintNative",
        "Printer.PrintRaw",
        "Printer.ReadImage",
        "Printer.Reset",
        "Printer.RetractMedia",
    ),
    "3.0",
)
"""Of the messages that are not of version 2.0 (KAL XFS4IoT SP-Dev)."""


@dataclass
class Maintenance:
    mode: str = "inactive"

    def set(self, on: bool) -> None:
        self.mode = "active" if on else "inactive"


class Client:
    """A client of one service."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.unsolicited: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)

    async def send(self, name: str, payload: Any = None, **header: Any) -> int:
        number: int = header.pop("requestId", None) or next(self._numbers)
        version = VERSIONS.get(name, "2.0")
        head = {"name": name, "requestId": number, "type": "command", "version": version, **header}
        await self.socket.send(json.dumps({"header": head, "payload": payload or {}}))
        return number

    async def receive(self) -> dict[str, Any]:
        """The next message that belongs to a request."""
        while True:
            message: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), 20))
            if message["header"]["type"] != "unsolicited":
                return message
            self.unsolicited.append(message)

    async def answer(self, number: int) -> list[dict[str, Any]]:
        """The messages of one request, until its completion."""
        found: list[dict[str, Any]] = []
        while not found or found[-1]["header"]["type"] != "completion":
            message = await self.receive()
            if message["header"]["requestId"] == number:
                found.append(message)
        return found

    async def ask(self, name: str, payload: Any = None, **header: Any) -> dict[str, Any]:
        """The completion of a command, after its acknowledge."""
        messages = await self.answer(await self.send(name, payload, **header))
        assert messages[0]["header"]["type"] == "acknowledge"
        assert "status" not in messages[0]["header"]
        return messages[-1]

    async def code(self, name: str, payload: Any = None, **header: Any) -> str:
        """How a command ended; its error code where it has one."""
        done = await self.ask(name, payload, **header)
        code: str = done["header"]["completionCode"]
        return str(done["payload"]["errorCode"]) if code == "commandErrorCode" else code

    async def told(self, name: str, **wanted: Any) -> dict[str, Any]:
        """The payload of an unsolicited message that has what is wanted, now or soon."""
        async with asyncio.timeout(20):
            while True:
                while self.unsolicited:
                    message = self.unsolicited.pop(0)
                    payload: dict[str, Any] = message["payload"]
                    found = {key: payload.get(key) for key in wanted} == wanted
                    if message["header"]["name"] == name and found:
                        return payload
                self.unsolicited.append(json.loads(await self.socket.recv()))


@dataclass
class Interop:
    """What serves, and what it serves."""

    port: int
    devices: Devices
    room: Room
    held: set[str]
    """Roles that a citizen holds."""
    maintenance: Maintenance = field(default_factory=Maintenance)
    recorded: list[tuple[str, str]] = field(default_factory=list)
    """What the audit log was told of."""

    async def record(self, service: str, command: str) -> None:
        self.recorded.append((service, command))

    def door(self) -> Door:
        return Door(
            Rules(ORIGIN, TOKEN),
            self.devices,
            self.held.__contains__,
            self.maintenance,
            self.record,
        )

    def uri(self, service: str) -> str:
        return f"ws://127.0.0.1:{self.port}{ROOT}{service}"

    @asynccontextmanager
    async def client(self, service: str) -> AsyncIterator[Client]:
        headers = {"X-Yimen-Token": TOKEN}
        async with connect(self.uri(service), additional_headers=headers) as socket:
            yield Client(socket)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def serving(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Interop]:
    folder: Path = tmp_path_factory.mktemp("interop")
    room = await start_room(folder, ROLES)
    devices = Devices()
    try:
        for role, binding in (await room.client.bindings()).items():
            await devices.bind(role, binding.driver, binding.settings)
        await asyncio.gather(*(devices.ready(role, 30) for role in ROLES))
        interop = Interop(0, devices, room, set())
        door = interop.door()
        door.turn(InteropSettings(enabled=True, port=0, identities=True))
        async with door.tended():
            await door.settled(10)
            assert door.port is not None
            interop.port = door.port
            yield interop
    finally:
        await devices.release()
        await room.stop()


@pytest_asyncio.fixture(loop_scope="package")
async def interop(serving: Interop) -> AsyncIterator[Interop]:
    """The server: nobody there, no fault, nothing in any reader."""
    yield serving
    serving.held.clear()
    serving.recorded.clear()
    serving.maintenance.mode = "inactive"
    for fault in await serving.room.client.faults():
        if fault.on:
            await serving.room.client.set_fault(fault.name, on=False)
    await serving.room.client.act("id-card-reader", "remove", {})
    for _ in range(400):
        if not hindrances(serving.devices):
            break
        await asyncio.sleep(0.05)


def hindrances(devices: Devices) -> object:
    """What the document printer is known to complain of."""
    status = devices.slot("document-printer").status()
    return status.reasons.value if isinstance(status, DocumentPrinterStatus) else None
