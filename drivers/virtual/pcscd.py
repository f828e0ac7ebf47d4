"""A pcscd of our own with virtual readers, hidden from the machine and from the system's pcscd.

pcscd's socket path, its folder of drivers and vpcd's listening on every address are compiled in, so
it runs in a network and mount namespace of its own: there private folders lie over ``/run/pcscd``
and the drivers, and the ports belong to nobody else's network. Outside, ``PCSCLITE_CSOCK_NAME``
names its socket.

``python -m drivers.virtual.pcscd FOLDER``, started inside such namespaces, becomes that pcscd.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

from drivers.child_process import end, program, spawn
from drivers.errors import DeviceError, DeviceNotReady, DeviceTimeout, OperatorAction
from drivers.runtime_folder import remove_runtime_folder, runtime_folder, runtime_path
from drivers.virtual.namespace import NAMESPACES, NAMESPACES_REFUSED, bring_loopback_up
from drivers.virtual.smart_card import CardSlot

LIBRARY = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
READER = "Yimen Virtual Reader"
"""What pcscd calls the reader; its slots add `` 00 00`` and `` 00 01`` to it."""
SLOTS = ("card", "document")
"""The reader's two slots. vpcd keeps its slots by number alone, whichever reader they belong to,
so one pcscd has one virtual reader."""
_PORT = 0x8C7B
"""Where vpcd waits for the card of the first slot; the second's is the next port."""
_ENTRY = f"""\
FRIENDLYNAME "{READER}"
DEVICENAME /dev/null:0x{_PORT:X}
LIBPATH {LIBRARY}
CHANNELID 0x{_PORT:X}
"""
_SOCKET = "run/pcscd.comm"
_START_S = 10.0
_LOOK_S = 0.02
_RESTART_S = 0.5
"""How long whoever keeps a service lets pass before it is started again."""
FOLDERS = ("run", "readers", "drivers", "drivers/serial")
"""What a folder must hold before a pcscd is started in it."""


class VirtualPcscd:
    """One pcscd with one reader, for all the virtual devices under one ``run_dir``.

    Devices share it: it starts with the first ``start`` and ends with the last ``stop``. In
    between, one that dies is started again, as a machine's own is by its keeper of services; only
    ``kill`` keeps it dead.
    """

    _all: ClassVar[dict[Path, VirtualPcscd]] = {}
    _all_lock = threading.Lock()

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.RLock()
        self._users = 0
        self._plugged = True
        self._process: subprocess.Popen[bytes] | None = None
        self.slots = {
            name: CardSlot(_PORT + number, self._keeper) for number, name in enumerate(SLOTS)
        }
        """The slots by name."""

    @classmethod
    def shared(cls, run_dir: Path, name: str = "pcscd") -> VirtualPcscd:
        """The one of that name for ``run_dir``, made at first asking."""
        home = run_dir.absolute() / name
        with cls._all_lock:
            return cls._all.setdefault(home, cls(home))

    @property
    def socket(self) -> Path:
        """What ``PCSCLITE_CSOCK_NAME`` must name, whether pcscd runs or not."""
        return runtime_path(self._home) / _SOCKET

    @staticmethod
    def reader(slot: str) -> str:
        """The name that pcscd gives to a slot."""
        return f"{READER} 00 {SLOTS.index(slot):02d}"

    def start(self) -> None:
        """Have it run for one more device. Raises ``DeviceNotReady`` ``program-missing`` or
        ``namespaces-refused``, ``DeviceTimeout`` ``pcscd-did-not-start``."""
        with self._lock:
            self._users += 1
            if self._process is None:
                self._launch()

    def stop(self) -> None:
        """One device needs it no more."""
        with self._lock:
            self._users = max(0, self._users - 1)
            if self._users:
                return
            self._end()
            self._plugged = True
            for slot in self.slots.values():
                slot.remove()
            remove_runtime_folder(self._home)

    def kill(self) -> None:
        """Let pcscd die as in a crash, and stay dead until ``revive``."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                process.kill()
                process.wait()

    def revive(self) -> None:
        """Start it again if somebody needs it and it does not run."""
        with self._lock:
            if self._users and not self.running:
                self._launch()

    @property
    def running(self) -> bool:
        """Whether pcscd runs."""
        return self._keeper() is not None

    @property
    def pid(self) -> int | None:
        """The process id of pcscd, ``None`` while it does not run."""
        return self._keeper()

    @property
    def plugged(self) -> bool:
        """Whether the reader is there."""
        return self._plugged

    def plug(self, *, plugged: bool) -> None:
        """Take the reader away or bring it back. As pcscd learns of serial readers only when it
        starts, it is started anew."""
        with self._lock:
            before, self._plugged = self._plugged, plugged
            if self._process is not None and before != plugged:
                self._end()
                self._launch()

    def _keeper(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def _end(self) -> None:
        process, self._process = self._process, None
        end(process)

    def _launch(self) -> None:
        if not LIBRARY.is_file():
            raise DeviceNotReady(
                "program-missing",
                "the virtual card reader is not installed; install the package vsmartcard-vpcd",
                action=OperatorAction.CONFIGURATION,
            )
        folder = runtime_folder(self._home)
        for name in FOLDERS:
            (folder / name).mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        (folder / "readers" / "virtual").write_text(_ENTRY if self._plugged else "", "ascii")
        process = spawn(
            [*_namespace(), sys.executable, "-P", "-m", "drivers.virtual.pcscd", str(folder)],
            {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        try:
            _await_socket(self.socket, process)
        except DeviceTimeout:
            end(process)
            raise
        self._process = process
        threading.Thread(
            target=self._keep, args=(process,), name="pcscd keeper", daemon=True
        ).start()

    def _keep(self, process: subprocess.Popen[bytes]) -> None:
        """Start another one when this one ends and nobody here meant it to."""
        process.wait()
        ours = True
        while ours:
            time.sleep(_RESTART_S)
            with self._lock:
                ours = self._process is process
                if ours:
                    with contextlib.suppress(DeviceError):
                        self._launch()


def _namespace() -> tuple[str, ...]:
    for command in NAMESPACES:
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    raise DeviceNotReady(
        NAMESPACES_REFUSED, "a private pcscd needs namespaces, which this machine refuses"
    )


def _await_socket(path: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        if path.exists():
            return
        time.sleep(_LOOK_S)
    raise DeviceTimeout("pcscd-did-not-start", "the private pcscd did not start")


def main(folder: Path) -> None:
    """Become pcscd, inside namespaces made for it."""
    bring_loopback_up()
    mount = program("mount", "mount")
    bound = Path("/run/pcscd")
    if not bound.is_dir():
        # A new layer over /run, in this namespace alone, has room for the folder; what is bound
        # must be named before the layer hides it.
        held = os.open(folder / "run", os.O_PATH)
        subprocess.run([mount, "-t", "tmpfs", "tmpfs", "/run"], check=True)
        bound.mkdir()
        source = f"/proc/{os.getpid()}/fd/{held}"
    else:
        source = str(folder / "run")
    subprocess.run([mount, "--bind", source, str(bound)], check=True)
    # Its folder of drivers is compiled in too. Over it lies one that knows no USB reader: those are
    # the system's.
    drivers = folder / "drivers"
    subprocess.run([mount, "--bind", str(LIBRARY.parent), str(drivers / "serial")], check=True)
    subprocess.run([mount, "--rbind", str(drivers), str(LIBRARY.parent.parent)], check=True)
    daemon = program("pcscd", "pcscd")
    os.execv(  # noqa: S606 - becomes the daemon
        daemon, [daemon, "--foreground", "--config", str(folder / "readers")]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
