"""Every parser that reads what a card, a device or a stranger sends.

A target takes any bytes and may raise ``DeviceError``, which is the parser's way to say no; any
other exception, and more than a moment, is a defect.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Target:
    """``parse``: what is given the bytes. ``modules``: whose branches guide the search."""

    parse: Callable[[bytes], object]
    modules: tuple[str, ...]
    seeds: tuple[bytes, ...] = field(default=(b"",), repr=False)

    def try_out(self, data: bytes) -> None:
        """Parse; a refusal is an answer."""
        try:
            self.parse(data)
        except DeviceError:
            return


def sam_v_frames() -> Target:
    """Frames on a resident identity-card reader's wire, split in two anywhere."""
    from drivers.id_card.frames import Answer, FrameParser, Request

    def parse(data: bytes) -> None:
        parser = FrameParser()
        cut = data[0] if data else 0
        for frame in (*parser.feed(data[:cut]), *parser.feed(data[cut:]), *parser.give_up()):
            frame.answer()
            frame.request()

    seeds = (Request(0x20, 0x01).encode(), Answer(0, 0, 0x90, bytes(8)).encode())
    return Target(parse, ("drivers.id_card.frames",), seeds)


def sam_v_text() -> Target:
    """The text block of a resident card."""
    from drivers.id_card import layouts
    from drivers.virtual import residents

    seeds = tuple(layouts.encode(each.card) for each in residents.RESIDENTS[:4])
    return Target(layouts.decode, ("drivers.id_card.layouts",), seeds)


def apdu_answers() -> Target:
    """Answers of a smart card: 61xx and 6Cxx chains that need not end."""
    from drivers.smart_card.channel import complete

    def parse(data: bytes) -> None:
        answers = [data[at : at + 9] for at in range(0, len(data), 9)] or [b""]
        turn = iter(answers * 300)
        complete(lambda command: next(turn), bytes.fromhex("00a4040000"))

    seeds = (bytes.fromhex("6c10"), bytes.fromhex("6110"), bytes.fromhex("01029000"))
    return Target(parse, ("drivers.smart_card.channel",), seeds)


def serial_device_frames() -> Target:
    """Frames and fields of the smaller serial devices, split in two anywhere."""
    from drivers.serial_device.frames import Fields, Frame, FrameParser, pack

    def parse(data: bytes) -> None:
        parser = FrameParser()
        cut = data[0] if data else 0
        for frame in (*parser.feed(data[:cut]), *parser.feed(data[cut:])):
            Fields(frame.payload)

    seeds = (Frame(1, 0, 1).encode(), Frame(2, 9, 2, pack({7: 0, 3: "x"})).encode())
    return Target(parse, ("drivers.serial_device.frames",), seeds)


def finger_minutiae() -> Target:
    """A finger minutiae record."""
    from drivers.fingerprint_reader.minutiae import MAGIC, quality_of
    from drivers.virtual.fingerprint_reader import template_of

    modules = ("drivers.fingerprint_reader.minutiae",)
    return Target(quality_of, modules, (template_of(2), MAGIC))


def xfs4iot_messages() -> Target:
    """What a client of interop sends."""
    from kiosk_app.interop.messages import NotUnderstood, read_command

    def parse(data: bytes) -> None:
        with contextlib.suppress(NotUnderstood):
            read_command(data.decode("latin-1"))

    seed = b'{"header":{"name":"A.B","requestId":1,"type":"command","version":"2.0"},"payload":{}}'
    return Target(parse, ("kiosk_app.interop.messages",), (seed,))


TARGETS: dict[str, Callable[[], Target]] = {
    "sam-v-frames": sam_v_frames,
    "sam-v-text": sam_v_text,
    "apdu-answers": apdu_answers,
    "serial-device-frames": serial_device_frames,
    "finger-minutiae": finger_minutiae,
    "xfs4iot-messages": xfs4iot_messages,
}
"""By name; a target's parser is loaded only when it is wanted."""
