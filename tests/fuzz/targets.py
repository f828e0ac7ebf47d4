"""Every parser that reads what a card, a device or a stranger sends."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable
from functools import partial

from tests.fuzz.document_printer import DOCUMENT_PRINTER_TARGETS
from tests.fuzz.recordings import RECORDING_TARGETS
from tests.fuzz.target import Target, each
from tests.fuzz.travel_document import TRAVEL_DOCUMENT_TARGETS


def sam_v_frames() -> Target:
    """Frames on a resident identity-card reader's wire, split in two anywhere."""
    from drivers.id_card.frames import Answer, FrameParser, Request

    def parse(data: bytes) -> None:
        parser = FrameParser()
        cut = data[0] if data else 0
        for frame in (*parser.feed(data[:cut]), *parser.feed(data[cut:]), *parser.give_up()):
            each(frame.answer, frame.request)

    seeds = (Request(0x20, 0x01).encode(), Answer(0, 0, 0x90, bytes(8)).encode())
    return Target(parse, ("drivers.id_card.frames",), seeds)


def sam_v_text() -> Target:
    """The text block of a resident card."""
    from drivers.id_card import layouts
    from drivers.virtual import residents

    seeds = tuple(layouts.encode(each.card) for each in residents.RESIDENTS[:4])
    return Target(layouts.decode, ("drivers.id_card.layouts", "drivers.id_card.id_number"), seeds)


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
            each(partial(Fields, frame.payload))
        Fields(data)

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


def social_security_records() -> Target:
    """The records of a social security card's two files, cut by their own lengths."""
    from drivers.social_security_card.records import decode, gather

    def parse(data: bytes) -> None:
        half = data[0] if data else 0
        files = (data[1 : 1 + half], data[1 + half :])
        issuer, holder = (gather(_records(each)) for each in files)
        decode(issuer, holder)

    seed = bytes.fromhex("16 0202 31 0304322e3030 0504 20200101".replace(" ", ""))
    return Target(parse, ("drivers.social_security_card.records",), (seed,))


def _records(file: bytes) -> list[bytes]:
    found, at = [], 0
    while at + 2 <= len(file):
        found.append(file[at : at + 2 + file[at + 1]])
        at += 2 + file[at + 1]
    return found


def receipt_status() -> Target:
    """What a receipt printer says of itself, asked and unasked."""
    from drivers.receipt_printer import status

    def parse(data: bytes) -> None:
        for byte in data[:64]:
            each(*(partial(status.real_time, question, byte) for question in (1, 2, 3, 4)))
            each(partial(status.roll_in_echo, byte))
        parser, cut = status.StatusParser(), data[0] if data else 0
        feeds = (partial(parser.feed, part) for part in (data[:cut], data[cut:]))
        each(partial(status.automatic, data[:4]), *feeds)

    return Target(parse, ("drivers.receipt_printer.status",), (bytes.fromhex("10000000121212"),))


def scanned_codes() -> Target:
    """A code scanner's lines, split in two anywhere, and the codes in them."""
    from drivers.code_scanner import gs1, lines, payload

    def parse(data: bytes) -> None:
        parser = lines.LineParser()
        cut = data[0] if data else 0
        for line in (*parser.feed(data[:cut]), *parser.feed(data[cut:])):
            each(partial(payload.code_of, line))
        gs1.parse(data.decode("latin-1"))

    seeds = (b"]Q3https://example.org\r\n", b"]d2010950600013435217261231\x1d10AB\r", b"]C0A1\n")
    modules = ("drivers.code_scanner.lines", "drivers.code_scanner.payload")
    return Target(parse, (*modules, "drivers.code_scanner.gs1"), seeds)


def key_presses() -> Target:
    """A keyboard wedge's ``input_event`` records, split in two anywhere."""
    from drivers.code_scanner.keys import EventParser, KeyReader, keystrokes

    def parse(data: bytes) -> None:
        parser, reader = EventParser(), KeyReader()
        cut = data[0] if data else 0
        for event in (*parser.feed(data[:cut]), *parser.feed(data[cut:])):
            reader.feed(event)

    return Target(parse, ("drivers.code_scanner.keys",), (keystrokes("A1-b"),))


def power_lines() -> Target:
    """Lines of a NUT server."""
    from drivers.ups import protocol

    def parse(data: bytes) -> None:
        found = protocol.variables(data.split(b"\n"), "ups")
        flags = found.get("ups.status", "")
        each(partial(protocol.power_of, flags), partial(protocol.battery_of, flags))
        protocol.number(found, "battery.charge")

    seed = b'BEGIN LIST VAR ups\nVAR ups ups.status "OL CHRG"\nEND LIST VAR ups'
    return Target(parse, ("drivers.ups.protocol",), (seed, b"ERR UNKNOWN-UPS"))


def camera_stream() -> Target:
    """A camera's stream of JPEG files, split in two anywhere."""
    from drivers.camera.jpeg import MjpegParser

    def parse(data: bytes) -> None:
        parser = MjpegParser(longest=4096)
        cut = data[0] if data else 0
        parser.feed(data[:cut])
        parser.feed(data[cut:])

    seed = bytes.fromhex("ffd8ffe000024a46ffda000311ff00aaffd9")
    return Target(parse, ("drivers.camera.jpeg",), (seed, seed + b"\0" + seed))


def driver_messages() -> Target:
    """What a driver's process says to its host."""
    from drivers.child_messages import unpack_from_child
    from drivers.device import DeviceEvent, DeviceState, Status, sensed
    from drivers.errors import DeviceNotReady
    from drivers.host_wire import Beat, Done, Happened, Hello, Lost, Now, pack

    def parse(data: bytes) -> None:
        with contextlib.suppress(pickle.UnpicklingError):
            unpack_from_child(data)

    said = (
        Hello({"read": 1.0}),
        Beat(0.0),
        Now(Status(sensed(DeviceState.ONLINE))),
        Lost(DeviceNotReady("reader-absent", "it has gone")),
        Happened(DeviceEvent("MediaInsertedEvent", {"slot": 1})),
        Done(1, {"a": (b"x", None, 2.5)}),
    )
    seeds = tuple(pack(message)[4:] for message in said)
    return Target(parse, ("drivers.child_messages",), seeds)


TARGETS: dict[str, Callable[[], Target]] = {
    "sam-v-frames": sam_v_frames,
    "sam-v-text": sam_v_text,
    "apdu-answers": apdu_answers,
    "social-security-records": social_security_records,
    **TRAVEL_DOCUMENT_TARGETS,
    **DOCUMENT_PRINTER_TARGETS,
    "receipt-status": receipt_status,
    "scanned-codes": scanned_codes,
    "key-presses": key_presses,
    "power-lines": power_lines,
    "camera-stream": camera_stream,
    "serial-device-frames": serial_device_frames,
    "finger-minutiae": finger_minutiae,
    "xfs4iot-messages": xfs4iot_messages,
    "driver-messages": driver_messages,
    **RECORDING_TARGETS,
}
"""By name; a target's parser is loaded only when it is wanted."""
