"""Starts the reference server as a process, and turns its fault switches."""

from __future__ import annotations

import http.client
import json
import select
import socket
import subprocess
import sys
from pathlib import Path

from drivers.runtime_folder import remove_runtime_folder, runtime_folder
from kiosk_app.connectors.housing_register.contract import SERIES
from kiosk_app.connectors.housing_register.faults import FAULTS
from kiosk_app.connectors.settings import HttpRegisterSettings, Timeouts

_MODULE = "kiosk_app.connectors.housing_register.reference_server"
_TIMEOUTS = Timeouts(connect=2.0, read=4.0, deadline=8.0)
"""Shorter than for a register at a distance, so that a rehearsal of a fault does not drag on."""
_START_WITHIN_S = 20.0
_STOP_WITHIN_S = 5.0
_CONTROL_WITHIN_S = 5.0


class ReferenceProcessError(Exception):
    """The reference server did not start, or does not answer on its control socket."""


class ReferenceProcess:
    """One reference server. What it keeps lies in ``folder``; its sockets in the stand-in for
    that. ``series``: what the numbers of its papers begin with. It ends with the process that
    started it, however that one ends."""

    def __init__(self, folder: Path, *, terminal: str = "03", series: str = SERIES) -> None:
        self._folder = folder
        self._series = series
        self._terminal = terminal
        self._keys = folder / "keys"
        self._sockets = runtime_folder(folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> HttpRegisterSettings:
        """How a terminal reaches this register."""
        return HttpRegisterSettings(
            url="http://housing-register",
            uds=self._sockets / "data.sock",
            terminal=self._terminal,
            terminal_key=self._keys / "terminal.key",
            register_key=self._keys / "register.pub",
            timeouts=_TIMEOUTS,
        )

    def start(self) -> None:
        """Start it and wait until it listens. Raises ``ReferenceProcessError``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sockets = runtime_folder(self._folder)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", _MODULE, "--until-input-ends"),
                *("--socket", str(self._sockets / "data.sock")),
                *("--control", str(self._sockets / "control.sock")),
                *("--database", str(self._folder / "records.sqlite")),
                *("--keys", str(self._keys)),
                *("--terminal", self._terminal),
                *("--series", self._series),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        if not self._said_ready(self._process):
            self.stop()
            raise ReferenceProcessError("the reference register did not start")

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        remove_runtime_folder(self._folder)

    def set_fault(self, name: str, on: bool) -> None:
        """Turn one switch. ``KeyError`` when there is none of that name."""
        if name not in FAULTS:
            raise KeyError(name)
        self._ask("POST", "/control/fault", {"name": name, "on": on})

    def faults(self) -> tuple[str, ...]:
        """The switches that are on."""
        return self._ask("GET", "/faults", None)

    def _said_ready(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.stdout is not None  # noqa: S101 - asked for above
        readable, _, _ = select.select([process.stdout], [], [], _START_WITHIN_S)
        return bool(readable) and bool(process.stdout.readline())

    def _ask(self, method: str, path: str, message: dict[str, object] | None) -> tuple[str, ...]:
        connection = _UnixConnection(self._sockets / "control.sock")
        try:
            body = json.dumps(message) if message is not None else None
            connection.request(method, path, body)
            response = connection.getresponse()
            answer = json.loads(response.read())
            if response.status != http.client.OK:
                raise ReferenceProcessError(f"the reference register answered {response.status}")
        except (OSError, http.client.HTTPException, ValueError) as problem:
            raise ReferenceProcessError("the reference register does not answer") from problem
        finally:
            connection.close()
        return tuple(answer["faults"])


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_CONTROL_WITHIN_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
