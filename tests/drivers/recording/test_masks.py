"""What is written of a wire does not hang on what is secret there: two secrets of the same length
leave the same recording, however the stream is cut into portions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.code_scanner.mask import CodeMask
from drivers.film_laminator.serial_line import SerialFilmLaminator
from drivers.fingerprint_reader.minutiae import quality_of
from drivers.fingerprint_reader.serial_line import (
    FingerCommand,
    FingerField,
    SerialFingerprintReader,
)
from drivers.lights import relay_protocol
from drivers.lights.mask import RelayMask
from drivers.password_keypad.serial_line import (
    KeypadCommand,
    KeypadEvent,
    KeypadField,
    SerialKeypad,
)
from drivers.receipt_printer import commands
from drivers.receipt_printer.mask import EscPosMask
from drivers.recording.tap import Mask, Piece
from drivers.serial_device.frames import Command, Field, Frame, FrameParser, Kind, pack
from drivers.serial_device.mask import FrameMask
from drivers.social_security_card.mask import SocialSecurityMask
from drivers.social_security_card.records import SSSE, Tag
from drivers.stamping_machine.serial_line import SerialStampingMachine, StampCommand, StampField
from drivers.travel_document import files
from drivers.travel_document.mask import TravelDocumentMask
from drivers.ups.mask import NutMask
from drivers.virtual.fingerprint_reader import template_of

CUTS = st.lists(st.integers(0, 200), max_size=6)
Step = tuple[str, bytes]
SAID, HEARD = "said", "heard"


def portions(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The data in portions."""
    at = sorted({0, len(data), *(each % (len(data) + 1) for each in cuts)})
    return [data[begin:end] for begin, end in pairwise(at)]


def left(mask: Mask, steps: Sequence[Step], cuts: Iterable[int] = ()) -> list[Piece]:
    """What is written; what is heard comes cut anywhere."""
    cuts = list(cuts)
    found: list[Piece] = []
    for way, data in steps:
        if way == SAID:
            found += mask.said(data)
        else:
            for portion in portions(data, cuts):
                found += mask.heard(portion)
    return found


def hidden_together(pieces: list[Piece]) -> list[Piece]:
    """Lengths that follow one another as one: noise is counted as it comes."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, int) and found and isinstance(found[-1], int):
            found[-1] += piece
        else:
            found.append(piece)
    return found


TWO_CODES = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        *(st.binary(min_size=size, max_size=size).map(_printable) for _ in range(2))
    )
)


def _printable(data: bytes) -> bytes:
    return bytes(0x21 + each % 94 if each < 0x80 else each for each in data)


@given(codes=TWO_CODES, cuts=CUTS, frame=st.sampled_from(((b"", b""), (b"\x02", b"\x03"))))
def test_of_a_code_its_length_is_left(
    codes: tuple[bytes, bytes], cuts: list[int], frame: tuple[bytes, bytes]
) -> None:
    def stream(code: bytes) -> list[Step]:
        whole = frame[0] + code + frame[1] + b"\r\n"
        return [(HEARD, code + b"\r" + whole + whole[: len(whole) // 2])]

    one, other = (
        hidden_together(left(CodeMask(*frame, aim_identifiers=False), stream(code), cuts))
        for code in codes
    )
    assert one == other
    whole = [each for each in one if isinstance(each, bytes) and len(each) > 1]
    assert all(each.startswith(frame[0] + b"YIMEN"[: len(codes[0])]) for each in whole)


def test_a_kind_of_code_stays_where_it_says_nothing_of_its_text() -> None:
    mask = CodeMask(b"", b"", aim_identifiers=True)
    (piece, rest) = left(mask, [(HEARD, b"]Q1445281199001010013\r]C1secret\r")])
    assert piece == b"]Q1YIMEN-SAMPLE-YIMEN\r"
    assert rest == b"YIMEN-SAM\r"


def test_a_code_without_an_end_is_counted() -> None:
    endless = left(CodeMask(b"", b"", aim_identifiers=False), [(HEARD, b"7" * 100_000)] * 3)
    assert all(isinstance(each, int) for each in endless)
    assert sum(each for each in endless if isinstance(each, int)) > 250_000


@given(data=st.binary(max_size=80), cuts=CUTS)
def test_of_a_relay_board_only_its_own_words_are_left(data: bytes, cuts: list[int]) -> None:
    mask = RelayMask({})
    good = b"CH1: ON\r\n"
    pieces = left(mask, [(SAID, data), (HEARD, b"\n" + data + b"\n" + good)], cuts)
    for piece in pieces:
        if isinstance(piece, bytes):
            assert piece == relay_protocol.ASK or piece[:1] == b"\xa0" or piece[:2] == b"CH"
    assert good in pieces


@given(text=st.text(min_size=1, max_size=30), cuts=CUTS)
def test_of_a_receipt_its_length_is_left(text: str, cuts: list[int]) -> None:
    printed = text.encode("gb18030", "replace") + b"\n"
    asks: list[Step] = [(SAID, commands.ask(1)), (HEARD, b"\x12"), (SAID, commands.ECHO)]
    pieces = left(EscPosMask(), [(SAID, printed), *asks, (HEARD, b"\x03")], cuts)
    assert pieces == [len(printed), commands.ask(1), b"\x12", commands.ECHO, b"\x03"]


@given(cuts=CUTS)
def test_what_a_presenter_says_of_its_slot_is_left(cuts: list[int]) -> None:
    said = bytes.fromhex("100f24f3ffff")
    steps: list[Step] = [(SAID, commands.ask(20)), (HEARD, said), (HEARD, said)]
    pieces = left(EscPosMask(), [*steps, (SAID, commands.RETRACT)], cuts)
    assert pieces[:2] == [commands.ask(20), bytes.fromhex("100f24030000")]
    assert said not in pieces[2:], "what was not asked for is not taken at its word"
    assert pieces[-1] == commands.RETRACT


@given(data=st.binary(max_size=60), cuts=CUTS)
def test_a_printer_that_says_what_it_printed_is_not_written_down(
    data: bytes, cuts: list[int]
) -> None:
    said = len(left(EscPosMask(), [(SAID, data)], cuts))
    for piece in left(EscPosMask(), [(SAID, data), (HEARD, data)], cuts)[said:]:
        if isinstance(piece, bytes) and piece not in (b"\x11", b"\x13"):
            first, second, third, fourth = piece
            assert (first & 0x93, second & ~0x68, third & ~0x0F, fourth) == (0x10, 0, 0, 0)
    name = left(EscPosMask(), [(HEARD, b"Anna Kohl 445281199001010013")], cuts)
    assert not [each for each in name if isinstance(each, bytes) and each.strip(b"\x10\0")]


TWO_SECRETS = st.integers(1, 64).flatmap(
    lambda size: st.tuples(*(st.binary(min_size=size, max_size=size) for _ in range(2)))
)
RULES = [
    SerialKeypad.recorded,
    SerialFingerprintReader.recorded,
    SerialStampingMachine.recorded,
    SerialFilmLaminator.recorded,
]


def keypad(secret: bytes) -> list[Step]:
    """Key, account, the keys pressed, the block, and the same in a damaged frame."""
    key = pack({KeypadField.KEY: secret, KeypadField.CHECK_VALUE: secret[:3]})
    read = pack({KeypadField.ACCOUNT: secret, KeypadField.SHORTEST: 6})
    block = Frame(Kind.ANSWER, 2, KeypadCommand.READ_PIN, pack({KeypadField.BLOCK: secret}))
    pressed = pack({Field.EVENT: KeypadEvent.KEY_PRESSED, KeypadField.PRESSED: secret})
    strange = Frame(Kind.ANSWER, 2, Command.STATUS, pack({Field.STATE: 0, 0x77: secret}))
    heard = (
        Frame(Kind.EVENT, 2, KeypadCommand.READ_PIN, pressed).encode(),
        block.encode(),
        strange.encode(),
        Frame(0x99, 2, KeypadCommand.READ_PIN, secret).encode(),
        Frame(Kind.ANSWER, 2, KeypadCommand.READ_PIN, b"\x28\x00\xff" + secret).encode(),
    )
    return [
        (SAID, Frame(Kind.REQUEST, 1, KeypadCommand.LOAD_KEY, key).encode()),
        (SAID, Frame(Kind.REQUEST, 2, KeypadCommand.READ_PIN, read).encode()),
        (HEARD, b"".join(heard)),
    ]


def plain(steps: list[Piece]) -> list[Piece]:
    """Lengths of hidden frames left out: stuffing makes them hang on the octets."""
    return [each for each in steps if isinstance(each, bytes)]


@given(secrets=TWO_SECRETS, cuts=CUTS)
def test_of_a_password_nothing_is_left(secrets: tuple[bytes, bytes], cuts: list[int]) -> None:
    one, other = (
        plain(left(FrameMask(SerialKeypad.recorded), keypad(secret), cuts)) for secret in secrets
    )
    assert one == other
    assert len(one) == 4  # load, read, block and status; no key that was pressed


def test_not_even_the_moments_of_keys_are_left() -> None:
    pressed = pack({Field.EVENT: KeypadEvent.KEY_PRESSED, KeypadField.PRESSED: 0x2A})
    frame = Frame(Kind.EVENT, 1, KeypadCommand.READ_PIN, pressed).encode()
    assert left(FrameMask(SerialKeypad.recorded), [(HEARD, frame * 6)]) == []


@given(secrets=TWO_SECRETS, cuts=CUTS, rules=st.sampled_from(RULES))
def test_fields_that_no_class_calls_harmless_are_blank(
    secrets: tuple[bytes, bytes], cuts: list[int], rules: object
) -> None:
    def steps(secret: bytes) -> list[Step]:
        fields = dict.fromkeys(range(32, 48), secret) | {0x05: secret}
        return [(HEARD, Frame(Kind.ANSWER, 1, 0x10, pack(fields)).encode())]

    if min(map(len, secrets)) > 4:  # numbers of the class are kept, and have four octets at most
        one, other = (left(FrameMask(rules), steps(each), cuts) for each in secrets)  # type: ignore[arg-type]
        assert plain(one) == plain(other)


def test_of_a_finger_a_record_of_nobody_is_left() -> None:
    def heard(finger: int) -> list[Piece]:
        payload = pack({FingerField.TEMPLATE: template_of(finger)})
        frame = Frame(Kind.ANSWER, 1, FingerCommand.CAPTURE, payload).encode()
        return left(FrameMask(SerialFingerprintReader.recorded), [(HEARD, frame)], (7, 40))

    (one,), (other,) = heard(1), heard(7)
    assert one == other
    assert isinstance(one, bytes)
    (frame,) = FrameParser().feed(one)
    assert len(frame.payload) == 3 + len(template_of(1))
    assert quality_of(frame.payload[3:]) == quality_of(template_of(1))


def test_a_device_keeps_its_name_in_whatever_script() -> None:
    names = {Field.MAKER: "一门", Field.MODEL: "盖章机 2"}
    hello = Frame(Kind.ANSWER, 0, Command.HELLO, pack(dict(names.items()))).encode()
    other = Frame(Kind.ANSWER, 0, Command.STATUS, pack(dict(names.items()))).encode()
    kept, blank = left(FrameMask(SerialStampingMachine.recorded), [(HEARD, hello + other)])
    assert kept == hello
    assert isinstance(blank, bytes)
    (frame,) = FrameParser().feed(blank)
    assert frame.payload == pack({Field.MAKER: bytes(6), Field.MODEL: bytes(11)})


def test_of_a_stamp_its_authorisation_is_blank() -> None:
    fields: dict[int, bytes | int | str] = {
        StampField.X: 100,
        StampField.AUTHORISATION: "YM-2026-000123",
    }
    request = Frame(Kind.REQUEST, 3, StampCommand.STAMP, pack(fields)).encode()
    (piece,) = left(FrameMask(SerialStampingMachine.recorded), [(SAID, request)])
    assert (
        piece
        == Frame(
            Kind.REQUEST,
            3,
            StampCommand.STAMP,
            pack({StampField.X: 100, StampField.AUTHORISATION: bytes(14)}),
        ).encode()
    )


WORD = st.text("abcdefghijklmnopqrstuvwxyz张三李四0123456789", min_size=1, max_size=20)


@given(secret=WORD, cuts=CUTS)
def test_of_a_power_supply_names_and_passwords_are_not_left(secret: str, cuts: list[int]) -> None:
    raw = f"{secret}!".encode()
    lines = (
        b"BEGIN LIST VAR u\n",
        b'VAR u device.contact "%s"\n' % raw,
        b'VAR u driver.parameter.secret "%s"\n' % raw,
        b'VAR u battery.charge "%s"\n' % raw,
        b'VAR u ups.%s "12"\n' % raw.replace(b"!", b""),
        b'VAR other ups.model "%s"\n' % raw,
        b"PASSWORD %s\n" % raw,
        b'VAR u battery.charge "98"\n',
        b"END LIST VAR u\n",
    )
    said: list[Step] = [(SAID, b"USERNAME %s\n" % raw), (SAID, b"PASSWORD %s\n" % raw)]
    pieces = left(NutMask("u"), [*said, (SAID, b"LIST VAR u\n"), (HEARD, b"".join(lines))], cuts)
    written = b"".join(each for each in pieces if isinstance(each, bytes))
    assert pieces[:3] == [len(raw) + 10, len(raw) + 10, b"LIST VAR u\n"]
    assert raw not in written
    for kept in (b"LIST VAR u", b"BEGIN ", b"END ", b"VAR u ", b'battery.charge "98"'):
        written = written.replace(kept, b"")
    assert set(written) <= set(b'x "\n')


@pytest.mark.parametrize("name", ["ups.status", "ups.model", "device.mfr", "battery.type"])
@pytest.mark.parametrize("value", ["张伟", "110101199003070011", "OL 13800000000", "a@hall"])
def test_a_persons_data_in_a_power_supplys_own_texts_are_hidden(name: str, value: str) -> None:
    line = f'VAR u {name} "{value}"\n'.encode()
    size = len(value.encode())
    assert left(NutMask("u"), [(HEARD, line)]) == [
        b'VAR u %s "%s"\n' % (b"x" * len(name), b"x" * size)
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("ups.status", "OL"), ("ups.status", "OB DISCHRG LB"), ("device.model", "SMT-1500 (2U)")],
)
def test_what_kind_of_power_supply_it_is_and_how_it_is_stays(name: str, value: str) -> None:
    line = f'VAR u {name} "{value}"\n'.encode()
    assert left(NutMask("u"), [(HEARD, line)]) == [line]


def record_of(tag: int, value: bytes) -> bytes:
    """A record of a social security card."""
    return bytes((tag, len(value))) + value


SELECT = bytes((0, 0xA4, 4, 0, len(SSSE))) + SSSE


@given(secrets=TWO_SECRETS, tag=st.integers(0, 255), number=st.integers(1, 10))
def test_of_a_card_the_form_alone_is_left(
    secrets: tuple[bytes, bytes], tag: int, number: int
) -> None:
    def steps(secret: bytes) -> list[Step]:
        verify = b"\x00\x20\x00\x00" + bytes((len(secret),)) + secret
        return [
            (SAID, SELECT),
            (HEARD, secret + b"\x90\x00"),
            (SAID, bytes((0, 0xB2, number, 0x34, 0))),
            (HEARD, record_of(tag, secret) + b"\x90\x00"),
            (SAID, bytes((0, 0xB2, number, 0x2C, 0))),
            (HEARD, b"\x61\x10"),
            (SAID, b"\x00\xc0\x00\x00\x10"),
            (HEARD, b"\xff\xff" + secret + b"\x90\x00"),
            (SAID, verify),
            (HEARD, secret + b"\x63\xc2"),
            (SAID, b"\x00\xc0\x00\x00\x10"),
            (HEARD, secret + b"\x90\x00"),
            (SAID, b"\x00\xb2\x01\x94\x00"),
            (HEARD, secret + b"\x90\x00"),
        ]

    if tag == Tag.VERSION and {b"1.00", b"2.00", b"3.00"} & set(secrets):
        return
    one, other = (left(SocialSecurityMask(), steps(each)) for each in secrets)
    assert one == other
    assert one[0] == SELECT
    assert [each for each in one if each == b"\x90\x00"] != []


@given(secrets=TWO_SECRETS, ins=st.integers(0, 255), cla=st.integers(0, 255))
def test_of_a_travel_document_nothing_secret_is_left(
    secrets: tuple[bytes, bytes], ins: int, cla: int
) -> None:
    def steps(secret: bytes) -> list[Step]:
        access = b"\x00\xb0\x9c\x00\x08"
        command = bytes((cla, ins, 0, 0, len(secret))) + secret
        return [
            (SAID, files.SELECT_APPLICATION.encode()),
            (HEARD, b"\x90\x00"),
            (SAID, access),
            (HEARD, secret + b"\x90\x00"),
            (SAID, command),
            (HEARD, secret + b"\x90\x00"),
        ]

    one, other = (left(TravelDocumentMask(), steps(each)) for each in secrets)
    assert one == other
    size = len(secrets[0])
    access = b"\x00\xb0\x9c\x00\x08"
    select = files.SELECT_APPLICATION.encode()
    assert one == [select, b"\x90\x00", access, size, b"\x90\x00", 5 + size, size + 2]


@pytest.mark.parametrize("rules", RULES)
@given(noise=st.binary(max_size=60), cuts=CUTS)
@settings(max_examples=30)
def test_noise_on_a_wire_is_counted(rules: object, noise: bytes, cuts: list[int]) -> None:
    mask = FrameMask(rules)  # type: ignore[arg-type]
    for piece in left(mask, [(SAID, noise), (HEARD, noise)], cuts):
        if isinstance(piece, bytes):
            assert len(FrameParser().feed(piece)) == 1
