"""The room that holds the virtual devices: one process, in namespaces of its own.

``python -m drivers.virtual.room --run-dir DIR`` keeps the devices until it is told to end; it says
``ready`` on its output when they can be used. Inside a private network and mount namespace no port
of theirs is open on the machine; where namespaces are refused it runs without, and says so.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from drivers.errors import DeviceError, DeviceNotReady
from drivers.parent_death import die_with
from drivers.runtime_folder import publish, remove_runtime_folder, runtime_folder
from drivers.virtual.control import SOCKET, Binding, ControlServer, RoomClient
from drivers.virtual.namespace import NAMESPACES, NAMESPACES_REFUSED, bring_loopback_up
from drivers.virtual.peer import FaultSwitch, VirtualPeer

PEERS: dict[str, tuple[str, str]] = {
    "id-card-reader": ("drivers.virtual.id_card_reader", "VirtualIdCardReader"),
    "document-printer": ("drivers.virtual.document_printer", "VirtualDocumentPrinter"),
    "social-security-card-reader": (
        "drivers.virtual.social_security_card",
        "VirtualSocialSecurityCardReader",
    ),
    "travel-document-reader": ("drivers.virtual.travel_document", "VirtualTravelDocumentReader"),
    "camera": ("drivers.virtual.camera", "VirtualCamera"),
    "document-camera": ("drivers.virtual.document_camera", "VirtualDocumentCamera"),
    "document-scanner": ("drivers.virtual.document_scanner", "VirtualDocumentScanner"),
    "code-scanner": ("drivers.virtual.code_scanner", "VirtualCodeScanner"),
    "receipt-printer": ("drivers.virtual.receipt_printer", "VirtualReceiptPrinter"),
    "stamping-machine": ("drivers.virtual.stamping_machine", "VirtualStampingMachine"),
    "fingerprint-reader": ("drivers.virtual.fingerprint_reader", "VirtualFingerprintReader"),
    "password-keypad": ("drivers.virtual.password_keypad", "VirtualPasswordKeypad"),
    "film-laminator": ("drivers.virtual.film_laminator", "VirtualFilmLaminator"),
    "ups": ("drivers.virtual.ups", "VirtualUps"),
    "lights": ("drivers.virtual.lights", "VirtualLights"),
    "speaker": ("drivers.virtual.speaker", "VirtualSpeaker"),
}
"""Role -> (module, class) of the virtual device that plays it."""
ERRAND = ("id-card-reader", "document-printer")
"""What one certificate needs; the room that nobody asks more of."""
_READY = b"ready\n"
_START_S = 60.0
_STOP_S = 15.0


class RoomFailed(Exception):
    """The room could not be started; the message says what its process said."""


class Room:
    """A room that this process started."""

    def __init__(
        self, process: asyncio.subprocess.Process, socket_path: Path, private: bool
    ) -> None:
        self._process = process
        self.socket_path = socket_path
        self.client = RoomClient(socket_path)
        self.private = private
        """Whether the devices' ports are hidden in a namespace."""

    @property
    def pid(self) -> int:
        """The room's process id."""
        return self._process.pid

    async def stop(self) -> None:
        """End the room and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOP_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def start_room(run_dir: Path, roles: Sequence[str] = ERRAND) -> Room:
    """Start a room and wait until its devices can be used. It ends with this process.

    Raises ``RoomFailed``.
    """
    namespace = await _namespace()
    process = await asyncio.create_subprocess_exec(
        *namespace,
        *_command(run_dir, roles, private=bool(namespace)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,
    )
    room = Room(process, run_dir / SOCKET, bool(namespace))
    try:
        async with asyncio.timeout(_START_S):
            await _await_ready(process)
    except TimeoutError:
        await room.stop()
        raise RoomFailed("the virtual hardware did not start in time") from None
    except BaseException:
        await room.stop()
        raise
    return room


def _command(run_dir: Path, roles: Sequence[str], *, private: bool) -> list[str]:
    run_dir.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-P", "-m", "drivers.virtual.room"]
    command += ["--run-dir", str(run_dir.absolute()), "--parent", str(os.getpid())]
    command += [f"--role={role}" for role in roles]
    return [*command, "--private"] if private else command


async def _await_ready(process: asyncio.subprocess.Process) -> None:
    said = await process.stdout.readline() if process.stdout is not None else b""
    if said != _READY:
        raise RoomFailed(said.decode(errors="replace").strip() or "the virtual hardware ended")


async def _namespace() -> tuple[str, ...]:
    """The command that gives a program namespaces of its own; empty where none is granted."""
    for command in NAMESPACES if shutil.which("unshare") else ():
        probe = await asyncio.create_subprocess_exec(
            *command, "true", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if await probe.wait() == 0:
            return command
    return ()


def switches(roles: Sequence[str]) -> dict[str, tuple[FaultSwitch, ...]]:
    """The fault switches of some devices by role; none is started for it."""
    return {role: _peer(role).switches for role in roles}


def _peer(role: str) -> type[VirtualPeer]:
    """A device's class. Its module is loaded only when wanted."""
    module, attribute = PEERS[role]
    found: type[VirtualPeer] = getattr(import_module(module), attribute)
    return found


def _peers(run_dir: Path, roles: Sequence[str]) -> dict[str, VirtualPeer]:
    """The devices by role. Every one of them is made with its folder alone."""
    return {role: _peer(role)(run_dir) for role in roles}  # type: ignore[call-arg]  # as said


def _binding(peer: VirtualPeer) -> Binding:
    return Binding(peer.driver, peer.settings.model_dump(mode="json"))


async def _keep(run_dir: Path, roles: Sequence[str]) -> None:
    """Hold the devices until SIGTERM."""
    told_to_end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_end.set)
    peers = _peers(run_dir, roles)
    home = runtime_folder(run_dir / "room")
    server: ControlServer | None = None
    try:
        started = await asyncio.gather(*(_started(role, peer) for role, peer in peers.items()))
        there = {role: peers[role] for role in filter(None, started)}
        bindings = {role: _binding(peer) for role, peer in there.items()}
        server = ControlServer(there, bindings, home / SOCKET)
        await server.start()
        publish(run_dir / SOCKET, home / SOCKET)
        _say(_READY)
        await told_to_end.wait()
    finally:
        if server is not None:
            server.stop()
        (run_dir / SOCKET).unlink(missing_ok=True)
        await asyncio.gather(*(asyncio.to_thread(peer.stop) for peer in peers.values()))
        remove_runtime_folder(run_dir / "room")


async def _started(role: str, peer: VirtualPeer) -> str | None:
    """Start a device; ``None``, with a word about it, for one that cannot be had without a
    namespace where none is granted."""
    try:
        await asyncio.to_thread(peer.start)
    except DeviceNotReady as error:
        if error.code != NAMESPACES_REFUSED:
            raise
        sys.stderr.write(f"virtual hardware: no {role} here, {error.message}\n")
        return None
    return role


def _say(line: bytes) -> None:
    os.write(sys.stdout.fileno(), line)


def main() -> int:
    """Keep a room, as the module says."""
    parser = argparse.ArgumentParser(prog="python -m drivers.virtual.room", description=__doc__)
    parser.add_argument("--run-dir", type=Path, required=True, help="where the devices appear")
    parser.add_argument("--role", action="append", choices=sorted(PEERS), help="only this device")
    parser.add_argument("--parent", type=int, help="end when this process is gone")
    parser.add_argument("--private", action="store_true", help="runs in namespaces of its own")
    options = parser.parse_args()
    if options.parent is not None:
        die_with(options.parent, signal.SIGTERM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if options.private:
        bring_loopback_up()
    else:
        sys.stderr.write("virtual hardware: no namespace here, its ports are open on this host\n")
    try:
        asyncio.run(_keep(options.run_dir, options.role or ERRAND))
    except (OSError, DeviceError) as error:
        _say(f"{error}\n".encode())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
