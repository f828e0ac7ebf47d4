"""Other programs that live and die with this one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from drivers.errors import DeviceNotReady, OperatorAction

_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def spawn(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, ended_by: str = "KILL"
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, without input or output.

    The kernel sends it the signal ``ended_by`` when this program is gone, however it went
    (``prctl(2)``, ``PR_SET_PDEATHSIG``). As that counts the thread that started it, all are
    started by one thread that stays until the end.
    """
    return (
        _keeper()
        .submit(
            subprocess.Popen,
            ["setpriv", "--pdeathsig", ended_by, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        .result()
    )


def end(process: subprocess.Popen[bytes] | None, patience_s: float = 5.0) -> None:
    """Ask a program to end, make it end when it has not after ``patience_s``, and wait."""
    if process is None:
        return
    process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def program(name: str, package: str) -> str:
    """The path of an installed program, those for administrators included.

    Raises ``DeviceNotReady`` (``program-missing``) that names the package to install.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}")
    if found is None:
        raise DeviceNotReady(
            "program-missing",
            f"{name} is not installed; install the package {package}",
            action=OperatorAction.CONFIGURATION,
        )
    return found


@cache
def _keeper() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "process-keeper")
