"""The file of a recording: what went over a device's wire, one JSON value a line.

The first line is the head: ``{"format": "yimen-recording-2", "protocol", "role", "settings"}``,
where ``settings`` are what a driver must be told to understand the wire. Then one line for each
piece that went by: ``{"at": seconds, "way": "in"|"out", "bytes": hex}``, or ``"hidden": count`` in
place of ``bytes`` for what is not known to be harmless: of that the length alone is kept. ``in`` is
what the host heard, ``out`` what it said.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

FORMAT = "yimen-recording-2"
LONGEST_BYTES = 8 * 1024 * 1024
"""A recording that grows beyond this ends by itself, and none that is longer is read."""
IN, OUT = "in", "out"
_FIRST_FORMAT = "yimen-recording-1"
_LONGEST_NAME = 64
_MOST_SETTINGS = 32

Setting = str | int | bool


@dataclass(frozen=True, slots=True)
class Head:
    """What a recording is of. ``protocol``: the mask's; ``role``: the class of the device."""

    protocol: str
    role: str
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece. ``at``: seconds since the start; ``data``: ``None`` when it was hidden."""

    at: float
    way: str
    data: bytes | None


class RecordingInvalid(ValueError):
    """A file is no recording; the message names the line. ``code``: ``recording-invalid``, or
    ``recording-outdated`` for one that an older program made."""

    code = "recording-invalid"


class RecordingOutdated(RecordingInvalid):
    """A recording of a format that is not read any more."""

    code = "recording-outdated"


class Recording:
    """A file that grows while a device is used."""

    def __init__(self, path: Path, head: Head) -> None:
        """Begin a file, which only this user can read. Raises ``OSError``."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file: TextIO | None = os.fdopen(descriptor, "w", encoding="ascii")
        self._began = time.monotonic()
        self._written = 0
        names = {"format": FORMAT, "protocol": head.protocol, "role": head.role}
        self._line({**names, "settings": dict(head.settings)})

    def close(self) -> None:
        """End it."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):  # what is still to be written when a disk is full
                file.close()

    def note(self, way: str, piece: bytes | int) -> None:
        """One piece; the count alone of bytes that are not known to be harmless."""
        at = round(time.monotonic() - self._began, 4)
        what = {"hidden": piece} if isinstance(piece, int) else {"bytes": piece.hex()}
        self._line({"at": at, "way": way, **what})

    def _line(self, value: dict[str, Any]) -> None:
        if self._file is None:
            return
        line = json.dumps(value) + "\n"
        self._written += len(line)
        if self._written > LONGEST_BYTES:
            self.close()
            return
        try:
            self._file.write(line)
            self._file.flush()
        except OSError:
            self.close()  # a full disk must not keep the device from its work


def read_recording(path: Path) -> tuple[Head, list[Entry]]:
    """What a file holds. Raises ``RecordingInvalid``, ``OSError``. A last line that was cut off is
    left out."""
    with path.open("rb") as file:
        content = file.read(LONGEST_BYTES + 1)
    if len(content) > LONGEST_BYTES:
        raise RecordingInvalid("it is too long to be a recording")
    first, *lines = content.split(b"\n")
    head = _head(_parsed(first, 1))
    return head, [_entry(_parsed(line, at), at) for at, line in enumerate(lines[:-1], start=2)]


def _head(value: dict[str, Any]) -> Head:
    if value.get("format") == _FIRST_FORMAT:
        raise RecordingOutdated("line 1: an older program made it; record the device again")
    protocol, role, settings = (value.get(name) for name in ("protocol", "role", "settings"))
    if (
        value.get("format") != FORMAT
        or not isinstance(protocol, str)
        or not isinstance(role, str)
        or not isinstance(settings, dict)
        or len(settings) > _MOST_SETTINGS
        or not all(_is_short(each) for each in (protocol, role, *settings, *settings.values()))
    ):
        raise RecordingInvalid("line 1: this is no recording")
    return Head(protocol, role, settings)


def _is_short(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and len(value) <= _LONGEST_NAME)


def _entry(value: dict[str, Any], number: int) -> Entry:
    at, way, written, hidden = (value.get(name) for name in ("at", "way", "bytes", "hidden"))
    if not isinstance(at, int | float) or not _is_time(at) or way not in (IN, OUT):
        raise RecordingInvalid(f"line {number}: it has no time or no direction")
    if isinstance(hidden, int) and hidden >= 0 and written is None:
        return Entry(float(at), way, None)
    if not isinstance(written, str):
        raise RecordingInvalid(f"line {number}: it has neither bytes nor their count")
    try:
        return Entry(float(at), way, bytes.fromhex(written))
    except ValueError:
        raise RecordingInvalid(f"line {number}: its bytes are no hexadecimal digits") from None


def _is_time(at: float) -> bool:
    return math.isfinite(at) and 0 <= at < 1e9


def _parsed(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise RecordingInvalid(f"line {number}: it is no JSON") from None
    if not isinstance(value, dict):
        raise RecordingInvalid(f"line {number}: it is no object")
    return value
