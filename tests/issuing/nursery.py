"""Starts terminals quickly: each is a fork of a process that has loaded all but the office.

    python -m tests.issuing.nursery

One JSON line on standard input starts a terminal: the edge it is to die at, and its arguments.
One JSON line on standard output tells how it ended: exit code as of ``subprocess``, what it said.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

import cryptography.hazmat.primitives.ciphers.aead
import cryptography.hazmat.primitives.kdf.hkdf  # noqa: F401 - loaded for the forks

import kiosk_app.audit
import kiosk_app.connectors.housing_register.contract  # noqa: F401 - loaded for the forks


def start(edge: str, arguments: list[str]) -> tuple[int, str]:
    """Run one terminal to its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, sys.stdout.fileno())
        os._exit(live(edge, arguments))
    os.close(writing)
    with os.fdopen(reading) as said:
        words = said.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), words


def live(edge: str, arguments: list[Any]) -> int:
    """The life of the fork. The failpoints are read when the office is loaded: now."""
    os.environ["YIMEN_FAILPOINT"] = edge
    try:
        from tests.issuing import terminal

        terminal.run(*arguments)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    assert "kiosk_app.issuing.failpoints" not in sys.modules
    for line in sys.stdin:
        sys.stdout.write(json.dumps(start(*json.loads(line))) + "\n")
        sys.stdout.flush()
