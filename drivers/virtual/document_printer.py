r"""A document printer that is not there: a private CUPS queue that prints to ``ippeveprinter``.

    driver --pycups--> cupsd --IPP--> ippeveprinter --command--> engine --> tray
       \------IPP over a Unix socket--> panel --IPP--/              (counter, sensors)

CUPS and the driver meet a real IPP Everywhere printer and cannot tell. ``ippeveprinter`` wants a
D-Bus to talk to (even with its announcements off) and IPv6 on the loopback interface; it gets a
bus of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from drivers.child_process import end, program, spawn
from drivers.document_printer.cups import COUNTER, CupsSettings
from drivers.document_printer.ipp import Group, Tag
from drivers.document_printer.scheduler import PrivateScheduler
from drivers.errors import DeviceNotReady
from drivers.runtime_folder import (
    publish,
    remove_runtime_folder,
    runtime_folder,
    runtime_path,
)
from drivers.virtual import print_command
from drivers.virtual.peer import FaultSwitch, VirtualPeer
from drivers.virtual.printer_engine import MISHAPS, SENSORS, PrintEngine, stops
from drivers.virtual.printer_panel import PrinterPanel

QUEUE = "document-printer"

_WIRE = ("printer-offline", "printer-silent", "printer-garbled", "printer-swapped")
_QUEUE_FAULTS = ("printer-queue-absent", "printer-scheduler-down")
_PRINTING = ("printer-swallowed", "printer-double", "printer-slow", "printer-unplugged-mid-print")
_ONCE = ("printer-counter-reset", "printer-scheduler-killed-after-sheet")

_UUID = "urn:uuid:5f0d6b0a-3c1e-5d49-9a35-6a1f6d3f0001"
_OTHER_UUID = "urn:uuid:5f0d6b0a-3c1e-5d49-9a35-6a1f6d3f0002"
_OTHER_COUNT = 90_210
_STOPPED = 5
_TONER_LEFT = {"toner-low-warning": 8, "toner-empty-error": 0}
"""Percent that goes with a reason; without one it is what ``ippeveprinter`` itself tells."""
_TONER = b"index=1;class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=%d;"
_START_DEADLINE_S = 10.0

_BUS_CONFIG = """\
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
  </policy>
</busconfig>
"""


class VirtualDocumentPrinter(VirtualPeer):
    """Scheduler, queue and printer, with everything they keep under ``run_dir``.

    ``page_s``: seconds that a page takes. The printer's port is a free one of the loopback
    interface; in a network namespace of its own nobody else can see it.
    """

    role = "document-printer"
    driver = "cups"
    switches = tuple(
        FaultSwitch(name, once=name in _ONCE)
        for name in (*SENSORS, *MISHAPS, *_PRINTING, *_WIRE, *_QUEUE_FAULTS, *_ONCE)
    )

    def __init__(self, run_dir: Path, page_s: float = 0.4) -> None:
        self._run_dir = run_dir
        self._on: set[str] = set()
        self.scheduler = PrivateScheduler(run_dir)
        self._engine = PrintEngine(run_dir, page_s, self._on.__contains__, self._strike)
        self._port = 0
        """Stays the same when the printer is plugged in again, as its queue goes by it."""
        self._bus: subprocess.Popen[bytes] | None = None
        self._printer: subprocess.Popen[bytes] | None = None
        self._panel: PrinterPanel | None = None
        self._engine_socket: socket.socket | None = None
        self._wiring = threading.RLock()
        """Held while programs are started and ended."""

    @property
    def settings(self) -> CupsSettings:
        """What a driver of this printer is to be given."""
        return CupsSettings(
            server=self.scheduler.socket,
            queue=QUEUE,
            printer_uri=f"unix://{self._run_dir.absolute() / 'printer.sock'}",
            answer_timeout_s=2.0,
        )

    def start(self) -> None:
        """Plug the printer in and set up its queue; returns when a driver can use it."""
        with self._wiring:
            self._run_dir.mkdir(parents=True, exist_ok=True)
            remove_runtime_folder(self._home_key)
            runtime_folder(self._home_key)
            self._port = _free_port()
            self._start_bus()
            self._listen_to_commands()
            self._reconcile()

    def stop(self) -> None:
        """End printer and scheduler; the tray keeps its papers."""
        with self._wiring:
            self.scheduler.stop()
            self._unplug()
            end(self._bus)
            self._bus = None
            if self._engine_socket is not None:
                self._engine_socket.close()
                self._engine_socket = None
            (self._run_dir / "printer.sock").unlink(missing_ok=True)
            remove_runtime_folder(self._home_key)

    def set_fault(self, name: str, on: bool) -> None:
        """Turn one switch; returns when its effect is there."""
        if name not in {switch.name for switch in self.switches}:
            raise KeyError(name)
        if on:
            self._on.add(name)
        else:
            self._on.discard(name)
            self._engine.settle(name)
        self._reconcile()

    def faults(self) -> tuple[str, ...]:
        """The switches that are on, sorted."""
        return tuple(sorted(self._on))

    def state(self) -> dict[str, Any]:
        """``plugged``, ``reasons``, ``counter``, ``tray`` and ``taken`` (lists of sheets)."""
        return {
            "plugged": self._printer is not None,
            "scheduler": self.scheduler.pid is not None,
            "reasons": list(self._engine.reasons()),
            "counter": self._engine.counter,
            "tray": self._engine.tray(),
            "taken": self._engine.taken(),
        }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``take`` {``sheet``: id, or nothing for all}, ``refill`` (paper), ``clear`` (a jam)."""
        if action == "take":
            taken = self._engine.take(arguments.get("sheet"))
            self._put_right("printer-output-full")
            return {"taken": taken}
        if action == "refill":
            self._put_right("printer-paper-out", "printer-paper-low", "printer-paper-runs-out")
            return {}
        if action == "clear":
            self._put_right("printer-paper-jam")
            return {}
        raise KeyError(action)

    def _put_right(self, *faults: str) -> None:
        for fault in faults:
            if fault in self._on:
                self.set_fault(fault, on=False)

    def _strike(self, fault: str) -> None:
        """Carry out what a fault does beyond the paper path, in the midst of printing."""
        if fault == "printer-unplugged-mid-print":
            with self._wiring:
                self._unplug()
            return
        self._on.discard(fault)
        if fault == "printer-scheduler-killed-after-sheet":
            with self._wiring:
                self.scheduler.kill()
            self._reconcile()

    def _reconcile(self) -> None:
        """Make programs and queue be as the switches say."""
        with self._wiring:
            if "printer-offline" in self._on:
                self._unplug()
            elif self._printer is None and "printer-unplugged-mid-print" not in self._on:
                self._plug_in()
            if "printer-scheduler-down" in self._on:
                self.scheduler.stop()
            else:
                self.scheduler.start()
                self._reconcile_queue()

    def _reconcile_queue(self) -> None:
        if "printer-queue-absent" in self._on:
            self.scheduler.remove_queue(QUEUE)
        elif self._printer is not None and QUEUE not in self.scheduler.queues():
            self.scheduler.add_queue(QUEUE, f"ipp://localhost:{self._port}/ipp/print")

    @property
    def _home_key(self) -> Path:
        return self._run_dir / "printer"

    @property
    def _home(self) -> Path:
        return runtime_path(self._home_key)

    def _start_bus(self) -> None:
        config, address = self._home / "bus.conf", self._home / "bus.sock"
        config.write_text(_BUS_CONFIG.format(socket=address), encoding="utf-8")
        self._bus = spawn(
            [
                program("dbus-daemon", "dbus-daemon"),
                f"--config-file={config}",
                "--nofork",
                "--nopidfile",
            ]
        )
        _wait_until(address.exists, "the bus of the virtual printer did not start")

    def _plug_in(self) -> None:
        spool = self._home / "spool"
        shutil.rmtree(spool, ignore_errors=True)
        spool.mkdir()
        command = [
            program("ippeveprinter", "cups-ipp-utils"),
            "-r",
            "off",
            "-n",
            "localhost",
            "-p",
            str(self._port),
        ]
        command += ["-d", str(spool), "-K", str(self._home), "-c", str(self._command_file())]
        command += ["-M", "Yimen", "-m", "Virtual Printer", "-f", "application/pdf", "-2", QUEUE]
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self._home / 'bus.sock'}",
        }
        self._printer = spawn(command, environment)
        _wait_until(self._answers, "ippeveprinter did not start; is there IPv6 on the loopback?")
        path = self._home / "panel.sock"
        self._panel = PrinterPanel(path, self._port, self._describe, self._on.__contains__)
        publish(self._run_dir / "printer.sock", path)

    def _unplug(self) -> None:
        if self._panel is not None:
            self._panel.close()
            self._panel = None
        end(self._printer)
        self._printer = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("localhost", self._port), 1):
            return True
        return False

    def _describe(self, group: Group) -> None:
        """Write what sensors and counter say into the printer's answer."""
        swapped = "printer-swapped" in self._on
        reasons = self._engine.reasons()
        media = "na_letter_8.5x11in" if "printer-wrong-paper" in self._on else "iso_a4_210x297mm"
        group.put_strings("printer-state-reasons", Tag.KEYWORD, *(reasons or ("none",)))
        if stops(reasons):
            group.put_integers("printer-state", Tag.ENUM, _STOPPED)
        group.put_strings("media-ready", Tag.KEYWORD, media)
        group.put_strings("printer-uuid", Tag.URI, _OTHER_UUID if swapped else _UUID)
        for reason, percent in _TONER_LEFT.items():
            if reason in reasons:
                group.put_octets("printer-supply", _TONER % percent)
        counter = self._engine.counter + (_OTHER_COUNT if swapped else 0)
        group.put_integers(COUNTER, Tag.INTEGER, counter)

    def _command_file(self) -> Path:
        """The one file that ``ippeveprinter -c`` may name: it takes no arguments."""
        path = self._home / "print-command"
        engine = self._home / "engine.sock"
        path.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -I "{print_command.__file__}" "{engine}" "$1"\n',
            encoding="utf-8",
        )
        path.chmod(0o700)
        return path

    def _listen_to_commands(self) -> None:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._home / "engine.sock"))
        listener.listen()
        self._engine_socket = listener
        threading.Thread(
            target=self._serve_commands, args=(listener,), name="printer-engine", daemon=True
        ).start()

    def _serve_commands(self, listener: socket.socket) -> None:
        for connection in _connections(listener):
            # The command ends with the printer that ran it, when that is unplugged.
            with contextlib.suppress(OSError), connection, connection.makefile("rb") as stream:
                document = Path(os.fsdecode(stream.readline().rstrip(b"\n")))
                status = self._engine.run(document, partial(_say, connection))
                # A printer forgets what it printed; ippeveprinter would keep its last job.
                document.unlink(missing_ok=True)
                _say(connection, f"{print_command.EXIT}{status}")


def _say(connection: socket.socket, line: str) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(f"{line}\n".encode())


def _connections(listener: socket.socket) -> Iterator[socket.socket]:
    """Each connection until the listener is closed."""
    with contextlib.suppress(OSError):
        while True:
            yield listener.accept()[0]


def _wait_until(condition: Callable[[], bool], failure: str) -> None:
    deadline = time.monotonic() + _START_DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise DeviceNotReady("printer-offline", failure)
        time.sleep(0.02)


def _free_port() -> int:
    with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as probe:
        return int(probe.getsockname()[1])
