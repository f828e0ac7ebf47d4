"""A power supply that is not there: NUT's own server and its ``dummy-ups`` driver, privately.

    driver --Unix socket--> relay --TCP--> upsd <--Unix socket-- dummy-ups <-- a file

``upsd`` listens on TCP alone, and its port is not to be seen outside the room's network, so a
relay leads there. Both programs keep everything in a runtime folder of their own and never touch
the system's ``/etc/nut`` or ``/run/nut``.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.child_process import end, spawn
from drivers.errors import DeviceNotReady, DeviceTimeout, OperatorAction
from drivers.runtime_folder import (
    publish,
    remove_runtime_folder,
    runtime_folder,
    runtime_path,
)
from drivers.ups.nut import NutSettings
from drivers.virtual.peer import FaultSwitch, SwitchedPeer

NAME = "yimen"
_ON_BATTERY = "ups-on-battery"
_LOW_BATTERY = "ups-low-battery"
_SILENT = "ups-silent"
_GONE = "ups-gone"
_PROGRAMS = Path("/lib/nut")
"""The programs themselves; the ones on the path ask the system's configuration first."""
_START_S = 10.0
_LOOK_S = 0.05
_CHUNK = 4096
_FULL, _ON, _LOW = (98, 1800), (61, 900), (8, 70)
"""Charge in per cent and seconds left: on line, on battery, battery low."""


class VirtualUps(SwitchedPeer):
    """Answers NUT's network protocol on the Unix socket ``<run_dir>/ups``.

    ``ups-gone``: its cable is out, and the server says so. ``ups-silent``: the server takes
    questions and answers none.
    """

    role = "ups"
    driver = "ups"
    switches = tuple(FaultSwitch(name) for name in (_ON_BATTERY, _LOW_BATTERY, _SILENT, _GONE))

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self.socket = run_dir / self.role
        """Where a driver finds the server."""
        self._home_key = run_dir / "ups-home"
        self._port = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._device: subprocess.Popen[bytes] | None = None
        self._relay: _Relay | None = None
        self._written_at = 0

    @property
    def settings(self) -> NutSettings:
        """What a driver of this power supply is to be given."""
        return NutSettings(address=f"unix:{self.socket.absolute()}", ups=NAME)

    def start(self) -> None:
        """See ``VirtualPeer.start``. Raises ``DeviceNotReady`` ``program-missing``,
        ``DeviceTimeout`` ``ups-did-not-start``."""
        with self._lock:
            home = runtime_folder(self._home_key)
            self._port = _free_port()
            self._configure(home)
            super().start()
            self._await_device(home / f"dummy-ups-{NAME}")
            self._server = spawn(
                [_program("upsd", "nut-server"), "-F", "-u", _account()], self._environment
            )
            self._relay = _Relay(home / "ups.sock", self._port, self._is_silent)
            publish(self.socket, home / "ups.sock")
            self._await_answer()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        with self._lock:
            self.socket.unlink(missing_ok=True)
            relay, self._relay = self._relay, None
            if relay is not None:
                relay.close()
            end(self._server)
            self._server = None
            super().stop()
            remove_runtime_folder(self._home_key)

    def state(self) -> dict[str, Any]:
        """``light`` (``off``, ``line``, ``battery``, ``low``), ``charge_percent``, ``runtime_s``,
        ``socket``."""
        with self._lock:
            flags, (charge, runtime) = self._condition()
            light = "low" if "LB" in flags else "battery" if "OB" in flags else "line"
            return {
                "light": "off" if _GONE in self._on else light,
                "charge_percent": charge,
                "runtime_s": runtime,
                "socket": str(self.socket),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``unplug`` pulls the mains plug, ``plug`` puts it back. Both return the new state."""
        if action == "unplug":
            self.set_fault(_ON_BATTERY, on=True)
        elif action == "plug":
            self.set_fault(_ON_BATTERY, on=False)
            self.set_fault(_LOW_BATTERY, on=False)
        else:
            raise KeyError(action)
        return self.state()

    def _condition(self) -> tuple[str, tuple[int, int]]:
        if _LOW_BATTERY in self._on:
            return "OB DISCHRG LB", _LOW
        if _ON_BATTERY in self._on:
            return "OB DISCHRG", _ON
        return "OL CHRG", _FULL

    def _configure(self, home: Path) -> None:
        values = home / f"{NAME}.dev"
        files = {
            "ups.conf": f"pollinterval = 1\n[{NAME}]\n driver = dummy-ups\n port = {values}\n",
            "upsd.conf": f"LISTEN 127.0.0.1 {self._port}\n",
            "upsd.users": "",
        }
        for name, text in files.items():
            (home / name).write_text(text, "ascii")
            (home / name).chmod(0o600)

    def _write_values(self) -> None:
        """dummy-ups reads the file anew when its time has changed, of which it looks at the whole
        seconds; so each file is a second newer than the last, whatever the clock says."""
        flags, (charge, runtime) = self._condition()
        values = runtime_path(self._home_key) / f"{NAME}.dev"
        fresh = values.with_suffix(".new")
        fresh.write_text(
            f"ups.status: {flags}\nbattery.charge: {charge}\nbattery.runtime: {runtime}\n"
            "ups.mfr: Yimen virtual hardware\nups.model: V-UPS 600\nups.serial: V-0006\n",
            "ascii",
        )
        self._written_at = max(self._written_at + 1, int(time.time()))
        os.utime(fresh, (self._written_at, self._written_at))
        fresh.replace(values)

    def _reconcile(self) -> None:
        with self._lock:
            if self._started:
                self._write_values()
            if not self._started or _GONE in self._on:
                device, self._device = self._device, None
                end(device)
            elif self._device is None:
                self._device = spawn(
                    [_program("dummy-ups", "nut-server"), "-a", NAME, "-F", "-u", _account()],
                    self._environment,
                )

    @property
    def _environment(self) -> dict[str, str]:
        home = str(runtime_path(self._home_key))
        names = ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH")
        return {**os.environ, **dict.fromkeys(names, home)}

    def _is_silent(self) -> bool:
        return _SILENT in self._on

    def _await_device(self, its_socket: Path) -> None:
        """The server looks for its device at once, and then not again for seconds."""
        deadline = time.monotonic() + _START_S
        while _GONE not in self._on and not its_socket.exists() and time.monotonic() < deadline:
            time.sleep(_LOOK_S)

    def _await_answer(self) -> None:
        """Return when the server has the device's values (or its device is out)."""
        deadline = time.monotonic() + _START_S
        wanted = b"ERR" if _GONE in self._on else b"VAR"
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port), 1.0) as probe,
            ):
                probe.sendall(f"GET VAR {NAME} ups.status\n".encode())
                answer = probe.recv(_CHUNK)
                if answer.startswith(wanted) and b"WAIT" not in answer:
                    return
            time.sleep(_LOOK_S)
        self.stop()
        raise DeviceTimeout("ups-did-not-start", "the virtual power supply did not start")


class _Relay:
    """Leads each connection to a Unix socket on to a TCP port of this network."""

    def __init__(self, path: Path, port: int, silent: Callable[[], bool]) -> None:
        self._silent = silent
        self._port = port
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen()
        threading.Thread(target=self._accept, name="ups relay", daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those that are open end with the server."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with (
            near,
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._port), 1.0) as far,
        ):
            far.settimeout(None)
            while self._carry_once(near, far):
                pass

    def _carry_once(self, near: socket.socket, far: socket.socket) -> bool:
        for source in select.select((near, far), (), ())[0]:
            data = source.recv(_CHUNK)
            if not data:
                return False
            if source is near:
                far.sendall(data)
            elif not self._silent():
                near.sendall(data)
        return True


def _program(name: str, package: str) -> str:
    path = _PROGRAMS / name
    if not path.is_file():
        raise DeviceNotReady(
            "program-missing",
            f"{name} is not installed; install the package {package}",
            action=OperatorAction.CONFIGURATION,
        )
    return str(path)


def _account() -> str:
    """Both programs would give up root for an account that cannot read the runtime folder."""
    return pwd.getpwuid(os.geteuid()).pw_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
