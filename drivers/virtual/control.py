"""How the room of virtual devices is spoken to: JSON lines over a Unix socket.

Request ``{"op": …}``; answer ``{"ok": true, "result": …}`` or ``{"ok": false, "error": {"code": …,
"message": …}}``. Operations: ``state``, ``faults``, ``bindings``, ``fault`` (``name``, ``on``) and
``act`` (``role``, ``action``, ``arguments``).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from drivers.runtime_folder import socket_address
from drivers.virtual.peer import VirtualPeer

SOCKET = "control.sock"
LONGEST_LINE = 65_536
_ANSWER_S = 60.0
_NAME = Field(max_length=64)


class ControlError(Exception):
    """The room did not do what was asked. ``code`` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class RoomUnreachable(ControlError):
    """No room answers on the socket (``room-unreachable``)."""


class BadRequest(ControlError, ValueError):
    """The room does not understand, or what is asked makes no sense (``bad-request``)."""


class UnknownName(ControlError, KeyError):
    """There is no such fault, role or action (``unknown-fault``, ``unknown-role``,
    ``unknown-action``)."""


class ActionFailed(ControlError):
    """The virtual device tried and failed (``action-failed``)."""


_ERRORS: dict[str, type[ControlError]] = {
    "bad-request": BadRequest,
    "unknown-fault": UnknownName,
    "unknown-role": UnknownName,
    "unknown-action": UnknownName,
    "action-failed": ActionFailed,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch of the room and how it stands. ``device`` is the role it belongs to."""

    name: str
    device: str
    once: bool
    on: bool


@dataclass(frozen=True, slots=True)
class Binding:
    """The driver and the settings with which a virtual device is used."""

    driver: str
    settings: dict[str, Any]


class _Op(BaseModel):
    model_config = ConfigDict(extra="forbid")

    op: str = _NAME
    name: str = Field(default="", max_length=64)
    on: bool = False
    role: str = Field(default="", max_length=64)
    action: str = Field(default="", max_length=64)
    arguments: dict[str, Any] = Field(default_factory=dict, max_length=16)


class ControlServer:
    """The room's end. Answers hostile input with an error, and goes on."""

    def __init__(
        self, peers: Mapping[str, VirtualPeer], bindings: Mapping[str, Binding], socket: Path
    ) -> None:
        self._peers = dict(peers)
        self._bindings = dict(bindings)
        self._socket = socket
        self._turns = {role: asyncio.Lock() for role in peers}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Answer on the socket; only this user may use it."""
        self._socket.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            self._serve, self._socket, limit=LONGEST_LINE
        )
        self._socket.chmod(0o600)

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.close()
        self._socket.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._answer_one(reader, writer):
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer the next line; whether there may be another."""
        try:
            line = await reader.readline()
        except ValueError:
            error = BadRequest("bad-request", "the line is too long")
            writer.write(_line({"ok": False, "error": _told(error)}))
            return False
        if not line:
            return False
        try:
            answer = {"ok": True, "result": await self._carry_out(_understood(line))}
        except ControlError as error:
            answer = {"ok": False, "error": _told(error)}
        writer.write(_line(answer))
        return True

    async def _carry_out(self, request: _Op) -> Any:
        match request.op:
            case "state":
                return await self._state()
            case "faults":
                return await asyncio.to_thread(self._faults)
            case "bindings":
                return {role: _FIELDS.dump_python(each) for role, each in self._bindings.items()}
            case "fault":
                return await self._set_fault(request.name, request.on)
            case "act":
                return await self._act(request)
            case _:
                raise BadRequest("bad-request", "there is no such operation")

    async def _state(self) -> dict[str, Any]:
        return {role: await asyncio.to_thread(peer.state) for role, peer in self._peers.items()}

    def _faults(self) -> list[dict[str, Any]]:
        return [
            {
                "name": switch.name,
                "device": role,
                "once": switch.once,
                "on": switch.name in peer.faults(),
            }
            for role, peer in self._peers.items()
            for switch in peer.switches
        ]

    async def _set_fault(self, name: str, on: bool) -> None:
        for role, peer in self._peers.items():
            if any(switch.name == name for switch in peer.switches):
                async with self._turns[role]:
                    try:
                        await asyncio.to_thread(peer.set_fault, name, on)
                    except Exception as error:
                        raise _failed(error) from None
                return
        raise UnknownName("unknown-fault", "no device has that switch")

    async def _act(self, request: _Op) -> dict[str, Any]:
        if request.role not in self._peers:
            raise UnknownName("unknown-role", "there is no such device")
        async with self._turns[request.role]:
            try:
                return await asyncio.to_thread(
                    self._peers[request.role].act, request.action, request.arguments
                )
            except KeyError:
                raise UnknownName("unknown-action", "the device has no such action") from None
            except ValueError as error:
                raise BadRequest("bad-request", str(error)) from None
            except Exception as error:
                raise _failed(error) from None


class RoomClient:
    """Speaks to a room. Each call is a connection of its own and may run beside others.

    All methods raise ``RoomUnreachable`` when no room answers.
    """

    def __init__(self, socket_path: Path) -> None:
        self._socket = socket_path

    async def state(self) -> dict[str, dict[str, Any]]:
        """What a person sees at each device, by role."""
        return dict(await self._ask({"op": "state"}))

    async def faults(self) -> tuple[Fault, ...]:
        """Every switch of every device."""
        return tuple(Fault(**each) for each in await self._ask({"op": "faults"}))

    async def bindings(self) -> dict[str, Binding]:
        """How a service uses the devices, by role."""
        found = await self._ask({"op": "bindings"})
        return {role: Binding(**each) for role, each in found.items()}

    async def set_fault(self, name: str, on: bool) -> None:
        """Turn a switch; returns when it has its effect. Raises ``UnknownName``."""
        await self._ask({"op": "fault", "name": name, "on": on})

    async def act(
        self, role: str, action: str, arguments: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Do with a device what a person would do. Raises ``UnknownName``, ``BadRequest``."""
        request = {"op": "act", "role": role, "action": action, "arguments": dict(arguments or {})}
        return dict(await self._ask(request))

    async def _ask(self, request: dict[str, Any]) -> Any:
        try:
            async with asyncio.timeout(_ANSWER_S):
                line = await self._exchange(_line(request))
            answer = json.loads(line)
        except (OSError, TimeoutError, ValueError):
            raise RoomUnreachable(
                "room-unreachable", "the virtual hardware does not answer"
            ) from None
        if answer["ok"]:
            return answer["result"]
        code = answer["error"]["code"]
        raise _ERRORS.get(code, ControlError)(code, answer["error"]["message"])

    async def _exchange(self, line: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(
            socket_address(self._socket), limit=16 * LONGEST_LINE
        )
        try:
            writer.write(line)
            return await reader.readline()
        finally:
            writer.close()


_FIELDS = TypeAdapter(Binding)


def _understood(line: bytes) -> _Op:
    try:
        return _Op.model_validate_json(line)
    except ValidationError:
        raise BadRequest("bad-request", "the line is no request") from None


def _failed(error: Exception) -> ActionFailed:
    return ActionFailed("action-failed", str(error))


def _told(error: ControlError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
