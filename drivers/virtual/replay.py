"""A reader that says again what one said while it was recorded (``drivers.recording``).

Each request is answered as it was at its next occasion in the recording, and as at its last one
when there is no further: a driver that asks more often, or less, than the one before gets along.
``python -m drivers.virtual.replay FILE`` has the recording's driver read a card out of it and
prints what came of that as one JSON line.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

from drivers.errors import DeviceError
from drivers.id_card.frames import Answer, FrameParser, Request
from drivers.id_card.sam_codes import Sw3
from drivers.id_card.sam_v import SamVSerialReader, SamVSettings
from drivers.recording import OUT, SYNTHETIC, RecordingInvalid, read_recording
from drivers.virtual.serial_line import SerialLine

BAUD = 115_200
CARD_WAIT_S = 10.0
_MOST_ANSWERS = 10_000


class ReplayedReader:
    """Speaks on a pseudo-terminal at ``port`` what a recording holds."""

    def __init__(self, recording: Path, port: Path) -> None:
        """Read the file. Raises ``RecordingInvalid``, ``OSError``."""
        self._answers = _answers(recording)
        self._parser = FrameParser()
        self._line = SerialLine(port, BAUD, self._received)

    def start(self) -> None:
        """Put the port in place."""
        self._line.plug()

    def stop(self) -> None:
        """Take it away."""
        self._line.unplug()

    def _received(self, data: bytes) -> None:
        for frame in self._parser.feed(data):
            request = frame.request()
            self._line.send(self._answer(request) if request is not None else b"")

    def _answer(self, request: Request) -> bytes:
        left = self._answers.get(request)
        if left is None:
            return Answer(0, 0, Sw3.BAD_COMMAND).encode()
        return left.popleft() if len(left) > 1 else left[0]


def _answers(recording: Path) -> dict[Request, deque[bytes]]:
    """What was said to each request, in order. What was hidden is silence."""
    answers: dict[Request, deque[bytes]] = {}
    asked: Request | None = None
    for count, (_, way, data) in enumerate(read_recording(recording)):
        if count > _MOST_ANSWERS:
            raise RecordingInvalid(f"line {count}: the recording is too long to be played back")
        if way == OUT:
            frames = FrameParser().feed(data or b"")
            asked = frames[0].request() if frames else None
        elif asked is not None:
            answers.setdefault(asked, deque()).append(data or b"")
    return answers


def play(recording: Path) -> dict[str, Any]:
    """Read a card out of a recording with the driver that was recorded.

    ``ok`` when the made-up person came out whole; ``error`` is the driver's code otherwise.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yimen-") as folder:
        port = Path(folder) / "reader"
        try:
            reader = ReplayedReader(recording, port)
        except (RecordingInvalid, OSError) as problem:
            return {"ok": False, "seconds": 0.0, "values": {}, "error": _said(problem)}
        reader.start()
        try:
            ok, values, error = _read(port)
        finally:
            reader.stop()
    return {
        "ok": ok,
        "seconds": round(time.monotonic() - began, 2),
        "values": values,
        "error": error,
    }


def _read(port: Path) -> tuple[bool, dict[str, str], str | None]:
    driver = SamVSerialReader(SamVSettings(port=str(port)), lambda event: None)
    try:
        driver.open()
        try:
            found = driver.read_card(CARD_WAIT_S)
        finally:
            driver.close()
    except DeviceError as error:
        return False, {}, error.code
    if (found.name, found.id_number) != (SYNTHETIC.name, SYNTHETIC.id_number):
        return False, {}, "recording-not-masked"
    return True, {"kind": str(found.kind), "card": "made-up"}, None


def _said(problem: Exception) -> str:
    return "recording-invalid" if isinstance(problem, RecordingInvalid) else "recording-unreadable"


def main(arguments: list[str]) -> int:
    """See the module."""
    outcome = play(Path(arguments[0]))
    sys.stdout.write(json.dumps(outcome) + "\n")
    return 0 if outcome["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
