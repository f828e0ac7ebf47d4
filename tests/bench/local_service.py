"""A terminal with virtual hardware in a process of its own, and a client that wastes no time."""

from __future__ import annotations

import http.client
import json
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ADDRESS = re.compile(r"http://(127\.0\.0\.1:\d+)/#t=(\S+)")
KEPT_OPEN_S = 3.0
"""How long an idle connection is trusted; the service closes it after 5 s."""

Frame = dict[str, Any]


@dataclass
class LocalService:
    """A running service. ``frames`` holds each frame with the moment it arrived."""

    process: subprocess.Popen[str]
    host: str
    token: str
    frames: queue.SimpleQueue[tuple[float, Frame]] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self._last_use = 0.0
        self._connection = http.client.HTTPConnection(self.host, timeout=60)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def headers(self) -> Mapping[str, str]:
        return {"X-Yimen-Token": self.token, "Content-Type": "application/json"}

    def _listen(self) -> None:
        connection = http.client.HTTPConnection(self.host)
        connection.request("GET", "/api/citizen/frames", headers=dict(self.headers))
        stream = connection.getresponse()
        while line := stream.readline():
            if line.startswith(b"data: "):
                arrived = time.perf_counter()
                self.frames.put((arrived, json.loads(line.removeprefix(b"data: "))))

    def get(self, path: str) -> bytes:
        """Return the body of a page or file."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: Frame) -> None:
        """Post JSON and wait for the answer to it."""
        self._ask("POST", path, json.dumps(body))

    def act(self, role: str, action: str, arguments: Frame) -> None:
        """Do something to the virtual hardware, as the rehearsal page does."""
        body = {"role": role, "action": action, "arguments": arguments}
        self.post("/api/virtual/act", body)

    def _ask(self, method: str, path: str, body: str | None) -> bytes:
        if time.monotonic() - self._last_use > KEPT_OPEN_S:
            self._connection.close()
        self._last_use = time.monotonic()
        self._connection.request(method, path, body, dict(self.headers))
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:200]!r}")
        return answer

    def next_frame(self, *kinds: str) -> tuple[float, Frame]:
        """Wait for a frame whose screen is of one of the kinds."""
        while True:
            arrived, frame = self.frames.get(timeout=60)
            kind = frame["screen"]["kind"]
            if kind in kinds:
                return arrived, frame
            if kind in ("out-of-service", "fault"):
                raise RuntimeError(f"the terminal shows {kind}")

    def resident_mib(self) -> float:
        """Return the resident set size of the service's own process, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        if found is None:
            raise RuntimeError("the service is gone")
        return int(found[1]) / 1024


@contextmanager
def local_service() -> Iterator[LocalService]:
    """Start a terminal in a folder of its own; afterwards nothing of it runs."""
    with tempfile.TemporaryDirectory(prefix="yimen-bench-") as folder:
        command = [sys.executable, "-m", "kiosk_app.cli", "--run-dir", folder]
        process = subprocess.Popen(
            [*command, "run", "--virtual", "--gui", "none", "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        try:
            host, token = _address(process)
            yield LocalService(process, host, token)
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)


def _address(process: subprocess.Popen[str]) -> tuple[str, str]:
    for line in process.stdout or ():
        if found := ADDRESS.search(line):
            return found[1], found[2]
    raise RuntimeError("the terminal did not say where it answers")
