"""The reference register as a process: switches, and an end."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drivers.runtime_folder import remove_runtime_folder
from kiosk_app.connectors.housing_register.faults import FAULTS
from kiosk_app.connectors.housing_register.reference_process import (
    ReferenceProcess,
    ReferenceProcessError,
)


def test_switches_turn_one_by_one(server: ReferenceProcess) -> None:
    for name in FAULTS:
        server.set_fault(name, True)
    assert server.faults() == tuple(sorted(FAULTS))
    for name in FAULTS:
        server.set_fault(name, False)
    assert server.faults() == ()
    with pytest.raises(KeyError):
        server.set_fault("register-on-fire", True)


def test_switches_are_out_of_reach_of_those_who_ask(server: ReferenceProcess) -> None:
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(server.settings.uds))
    connection.request("POST", "/control/fault", json.dumps({"name": "register-down", "on": True}))
    assert connection.getresponse().status == 404
    connection.close()
    assert server.faults() == ()


def test_it_takes_its_sockets_away_and_is_then_out_of_reach(tmp_path: Path) -> None:
    process = ReferenceProcess(tmp_path)
    process.start()
    path = process.settings.uds
    assert path is not None
    assert path.is_socket()
    process.stop()
    process.stop()
    assert not path.parent.exists()
    with pytest.raises(ReferenceProcessError):
        process.faults()


def test_it_ends_with_the_one_who_started_it(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys\n"
        "from kiosk_app.connectors.housing_register.reference_process import ReferenceProcess\n"
        "process = ReferenceProcess(pathlib.Path(sys.argv[1]))\n"
        "process.start()\n"
        "print(process._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    starter = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=False
    )
    assert starter.returncode == -9
    assert wait_until_gone(int(starter.stdout))
    remove_runtime_folder(tmp_path)


def wait_until_gone(pid: int) -> bool:
    for _ in range(100):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False
