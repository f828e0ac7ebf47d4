"""Records what goes over a reader's wire, with everything personal taken out before it is written.

A file of JSON lines. The first: ``{"format": "yimen-recording-1", "protocol": "sam-v"}``; then
``{"at": seconds, "way": "in"|"out", "bytes": hex}`` for each frame that went by, or ``"hidden":
count`` in place of ``bytes`` for what is not known to be harmless: of that the length alone is
kept. ``in`` is what the host heard, ``out`` what it said.

What may be written is decided per protocol, and everything else is hidden (default deny). Of
SAM_V, requests pass, status answers pass, and the blocks of a card are replaced by a made-up
person's of the same lengths, with the right check: the recording can be played back, and the
driver reads the made-up card out of it (``drivers.virtual.replay``).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from drivers.errors import CommandRejected
from drivers.id_card import layouts, sam_link
from drivers.id_card.contract import CardKind, IdentityRecord
from drivers.id_card.frames import Answer, FrameParser, Request
from drivers.id_card.sam_codes import Sw3
from drivers.id_card.transport import Transport

FORMAT = "yimen-recording-1"
SAM_V = "sam-v"
LONGEST_BYTES = 8 * 1024 * 1024
"""A recording that grows beyond this ends by itself."""
IN, OUT = "in", "out"

_HARMLESS = (
    sam_link.RESET,
    sam_link.STATUS,
    sam_link.FIND,
    sam_link.SELECT,
    sam_link.READ_TEXT_AND_PHOTO,
    sam_link.READ_NEWEST_ADDRESS,
    sam_link.SAM_ID,
)
"""Requests that hold nothing of anybody."""
SYNTHETIC = IdentityRecord(
    kind=CardKind.RESIDENT,
    name="样张",
    id_number="445281199001010013",
    sex="1",
    nation="01",
    birth=date(1990, 1, 1),
    valid_from=date(2020, 1, 1),
    valid_to=None,
    address="录制样张，不是真人",
    issuer="录制样张",
)
"""Who stands on every card of a recording. Division 445281 is the one of made-up residents."""
_ADDRESS = "录制样张，不是真人"


class Recording:
    """A file that grows while a reader is used."""

    def __init__(self, path: Path) -> None:
        """Begin a file, which only this user can read. Raises ``OSError``."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file: TextIO | None = os.fdopen(descriptor, "w", encoding="ascii")
        self._began = time.monotonic()
        self._written = 0
        self._line({"format": FORMAT, "protocol": SAM_V})

    @property
    def running(self) -> bool:
        """Whether more is written."""
        return self._file is not None

    def close(self) -> None:
        """End it."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def note(self, way: str, known: bytes | None, length: int) -> None:
        """One frame or piece of noise; without its bytes when they are not known to be harmless."""
        at = round(time.monotonic() - self._began, 4)
        what = {"hidden": length} if known is None else {"bytes": known.hex()}
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
            self.close()  # a full disk must not keep the reader from its work


class SamMask:
    """Decides what of a SAM_V wire may be written."""

    @classmethod
    def begin(cls, path: Path) -> SamMask:
        """Write to a new file. Raises ``CommandRejected`` ``recording-refused``."""
        try:
            return cls(Recording(path))
        except OSError as problem:
            raise CommandRejected(
                "recording-refused", f"the file cannot be made: {type(problem).__name__}"
            ) from None

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._asked: Request | None = None
        self._parser = FrameParser()

    def end(self) -> None:
        """Write no more."""
        self._recording.close()

    def said(self, data: bytes) -> None:
        """The host sent one request."""
        self._parser = FrameParser()
        frames = FrameParser().feed(data)
        request = frames[0].request() if len(frames) == 1 else None
        if request is None or request not in _HARMLESS or request.encode() != data:
            self._asked = None
            self._recording.note(OUT, None, len(data))
            return
        self._asked = request
        self._recording.note(OUT, data, len(data))

    def heard(self, data: bytes) -> None:
        """Bytes came from the reader: whole frames are judged, noise is counted."""
        before = self._parser.discarded
        for frame in self._parser.feed(data):
            answer = frame.answer()
            known = masked(self._asked, answer) if answer is not None else None
            length = len(frame.body)
            self._recording.note(IN, known.encode() if known is not None else None, length)
        noise = self._parser.discarded - before
        if noise:
            self._recording.note(IN, None, noise)


def masked(asked: Request | None, answer: Answer) -> Answer | None:
    """The answer without anything personal; ``None`` when that is not known how."""
    if not answer.data:
        return answer
    match asked:
        case sam_link.FIND:
            # A card's identifier would come here; the protocol fills it with zeros or a serial.
            return Answer(answer.sw1, answer.sw2, answer.sw3, bytes(len(answer.data)))
        case sam_link.SELECT | sam_link.SAM_ID:
            return Answer(answer.sw1, answer.sw2, answer.sw3, bytes(len(answer.data)))
        case sam_link.READ_TEXT_AND_PHOTO if answer.sw3 == Sw3.OK:
            return _made_up_card(answer)
        case sam_link.READ_NEWEST_ADDRESS if len(answer.data) == layouts.ADDRESS_LENGTH:
            return Answer(answer.sw1, answer.sw2, answer.sw3, layouts.encode_address(_ADDRESS))
        case _:
            return None


def _made_up_card(answer: Answer) -> Answer | None:
    """Blocks of the same lengths that hold a made-up person and no picture."""
    data = answer.data
    text, photo = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2))
    if text != layouts.TEXT_LENGTH or len(data) != 4 + text + photo:
        return None
    blocks = layouts.encode(SYNTHETIC) + bytes(photo)
    return Answer(answer.sw1, answer.sw2, answer.sw3, data[:4] + blocks)


class RecordedTransport(Transport):
    """A wire that can be written down while it is used. ``mask``: what writes; ``None``: nobody."""

    def __init__(self, inner: Transport, mask: SamMask | None = None) -> None:
        self._inner = inner
        self.mask = mask

    def close(self) -> None:
        """See ``Transport.close``. A recording goes on: the reader may come back."""
        self._inner.close()

    def write(self, data: bytes) -> None:
        """See ``Transport.write``."""
        if self.mask is not None:
            self.mask.said(data)
        self._inner.write(data)

    def read(self, timeout_s: float) -> bytes:
        """See ``Transport.read``."""
        data = self._inner.read(timeout_s)
        if data and self.mask is not None:
            self.mask.heard(data)
        return data

    def discard_input(self) -> None:
        """See ``Transport.discard_input``."""
        self._inner.discard_input()


class RecordingInvalid(ValueError):
    """A file is no recording; the message names the line."""


def read_recording(path: Path) -> Iterator[tuple[float, str, bytes | None]]:
    """Each entry: seconds since the start, ``in`` or ``out``, and the bytes (``None``: hidden).

    Raises ``RecordingInvalid``, ``OSError``. A last line that was cut off is left out.
    """
    with path.open("rb") as file:
        head = _parsed(file.readline(LONGEST_BYTES), 1)
        if head.get("format") != FORMAT or head.get("protocol") != SAM_V:
            raise RecordingInvalid("line 1: this is no recording that can be played back")
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_BYTES), b""), start=2):
            if not line.endswith(b"\n"):
                return
            yield _entry(_parsed(line, number), number)


def _entry(value: dict[str, Any], number: int) -> tuple[float, str, bytes | None]:
    at, way, written = value.get("at"), value.get("way"), value.get("bytes")
    if not isinstance(at, int | float) or way not in (IN, OUT):
        raise RecordingInvalid(f"line {number}: it has no time or no direction")
    try:
        return float(at), way, bytes.fromhex(written) if written is not None else None
    except (TypeError, ValueError):
        raise RecordingInvalid(f"line {number}: its bytes are no hexadecimal digits") from None


def _parsed(line: bytes, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        raise RecordingInvalid(f"line {number}: it is no JSON") from None
    if not isinstance(value, dict):
        raise RecordingInvalid(f"line {number}: it is no object")
    return value
