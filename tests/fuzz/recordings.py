"""What reads recordings, and the masks that make them: a stranger brings the one along, and a
device says what it likes to the other."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.target import Target

_PROTOCOLS = {
    "sam-v": "id-card-reader",
    "code-lines": "code-scanner",
    "input-events": "code-scanner",
    "relay-board": "lights",
    "esc-pos": "receipt-printer",
    "serial-device": "stamping-machine",
    "nut": "ups",
    "social-security-card": "social-security-card-reader",
}


def recording_files() -> Target:
    """The file of a recording, and what is played of it."""
    from drivers.recording.file import FORMAT, RecordingInvalid
    from drivers.virtual.replay import staged

    held = os.memfd_create("recording")
    path = Path(f"/proc/self/fd/{held}")

    def parse(data: bytes) -> None:
        os.ftruncate(held, 0)
        os.pwrite(held, data, 0)
        with contextlib.suppress(RecordingInvalid):
            player = staged(path).player
            list(player.heard(b"\xa0\x01\x01\xa2\xff\x10\x04\x01LIST VAR u\n"))

    said = '{"at": 1, "way": "out", "bytes": "ff"}\n{"at": 2, "way": "in", "bytes": "12"}\n'
    seeds = tuple(
        f"{json.dumps({'format': FORMAT, 'protocol': name, 'role': role, 'settings': {}})}\n{said}"
        for name, role in _PROTOCOLS.items()
    )
    players = ("drivers.virtual.replay_players", "drivers.virtual.replay")
    modules = ("drivers.recording.file", *players)
    return Target(parse, modules, tuple(each.encode() for each in seeds))


def masks() -> Target:
    """Every mask, told the same bytes as said and as heard; the first byte says where they are
    cut."""
    from drivers.code_scanner.key_mask import KeyMask
    from drivers.code_scanner.keys import keystrokes
    from drivers.code_scanner.mask import CodeMask
    from drivers.id_card.mask import SamMask
    from drivers.lights.mask import RelayMask
    from drivers.password_keypad.serial_line import SerialKeypad
    from drivers.receipt_printer.mask import EscPosMask
    from drivers.recording.tap import Mask
    from drivers.serial_device.mask import FrameMask
    from drivers.social_security_card.mask import SocialSecurityMask
    from drivers.travel_document.mask import TravelDocumentMask
    from drivers.ups.mask import NutMask

    def all_masks() -> tuple[Mask, ...]:
        return (
            CodeMask(b"\x02", b"\x03", aim_identifiers=True),
            KeyMask(),
            SamMask(),
            RelayMask({}),
            EscPosMask(),
            FrameMask(SerialKeypad.recorded),
            SocialSecurityMask(),
            TravelDocumentMask(),
            NutMask("u"),
        )

    def parse(data: bytes) -> None:
        cut = data[0] if data else 0
        for mask in all_masks():
            written = [*mask.said(data), *mask.heard(data[:cut]), *mask.heard(data[cut:])]
            written += mask.unfinished()
            assert all(isinstance(each, bytes | int) for each in written)

    seeds = (
        bytes.fromhex("aaaaaa96690003") + b"\x11\xff\xed",
        bytes.fromhex("7e020001010004000000030200040000000103"),
        b'BEGIN LIST VAR u\nVAR u battery.charge "98"\nEND LIST VAR u\n',
        bytes.fromhex("00b2013400"),
        b"\x02]Q1445281\x03\r\nCH1: ON\r\n",
        keystrokes("A1"),
    )
    names = ("code_scanner", "id_card", "lights", "receipt_printer", "serial_device", "ups")
    modules = (*(f"drivers.{each}.mask" for each in names), "drivers.code_scanner.key_mask")
    return Target(parse, modules, seeds)


RECORDING_TARGETS: dict[str, Callable[[], Target]] = {
    "recording-files": recording_files,
    "recording-masks": masks,
}
"""By name."""
