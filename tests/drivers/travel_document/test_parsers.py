"""Parsers of what comes from a chip: any bytes give a value or a ``DeviceError``, nothing else."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.errors import DeviceError
from drivers.travel_document import (
    card_access,
    data_groups,
    face,
    reading,
    security_object,
    tlv,
)
from drivers.travel_document.apdu import Command
from drivers.travel_document.face import Face, FaceFormat
from drivers.travel_document.trust import TrustStore
from drivers.virtual import emrtd_files
from drivers.virtual.emrtd_chip import OFFERED, Access
from tests.drivers.travel_document.chips import COUNTRY, HOME_RETURN, chip, store

APPLICATION = emrtd_files.application(HOME_RETURN, COUNTRY)
SOD = APPLICATION[0x1D]
GROUPS = {number: APPLICATION[number] for number in (1, 2, 11)}
SMALL_FACE = emrtd_files.dg2(b"\xff\xd8\xff\xe0 and no more", jpeg_2000=False)


def judge_sod(data: bytes) -> None:
    TrustStore().judge(security_object.parse(data), GROUPS)


def face_of(data: bytes) -> None:
    found = face.parse(data)
    if found is not None:
        face.to_png(found)


def objects(data: bytes) -> None:
    list(tlv.objects(data))


PARSERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "tlv": (objects, APPLICATION[1]),
    "com": (data_groups.parse_com, APPLICATION[0x1E]),
    "dg1": (data_groups.parse_dg1, APPLICATION[1]),
    "dg2": (face_of, SMALL_FACE),
    "dg11": (data_groups.parse_dg11, APPLICATION[11]),
    "sod": (judge_sod, SOD),
    "card-access": (card_access.parse, card_access.encode(OFFERED[Access.PACE_NIST])),
    "atr-info": (card_access.longest_answer, bytes.fromhex("7F6608020207FF02024000")),
    "apdu": (Command.decode, Command(0, 0xB1, 0, 0, bytes(300), 60_000).encode()),
}


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_bytes_and_any_damage(name: str, data: st.DataObject) -> None:
    parse, good = PARSERS[name]
    spoiled = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(spoiled) - 1))
        spoiled[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(good)))
    for each in (bytes(spoiled), good[:cut], good + bytes(cut), data.draw(st.binary(max_size=80))):
        with contextlib.suppress(DeviceError):
            parse(each)


@given(st.lists(st.tuples(st.sampled_from([0x5C, 0x60, 0x5F1F, 0x7F61]), st.binary(max_size=300))))
def test_objects_come_back_as_they_were(parts: list[tuple[int, bytes]]) -> None:
    assert list(tlv.objects(b"".join(tlv.encode(*part) for part in parts))) == parts


@given(
    st.builds(
        Command,
        st.just(0),
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 255),
        st.binary(max_size=600),
        st.sampled_from([0, 1, 255, 256, 257, 65_535, 65_536]),
    )
)
def test_commands_come_back_as_they_were(command: Command) -> None:
    assert Command.decode(command.encode()) == command


def test_too_many_objects_are_not_counted_out() -> None:
    with pytest.raises(DeviceError, match="too many"):
        list(tlv.objects(bytes(100_000)))


def test_nested_lengths_do_not_recurse() -> None:
    deep = b"\x30\x80" * 20_000
    with pytest.raises(DeviceError):
        security_object.parse(tlv.encode(0x77, deep))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("区<<样仁", "区样仁"),
        ("欧阳<<小<明", "欧阳小 明"),
        ("SAMPLE<<ANNA<MARIA", "SAMPLE ANNA MARIA"),
        ("", ""),
    ],
)
def test_names_of_dg11(name: str, expected: str) -> None:
    assert data_groups.parse_dg11(emrtd_files.dg11(name)) == expected


@pytest.mark.parametrize("value", [b"\xff\xfe", "名\n字".encode(), b"A\0B"])
def test_names_that_are_no_names(value: bytes) -> None:
    with pytest.raises(DeviceError, match="document-data-invalid"):
        data_groups.parse_dg11(tlv.encode(0x6B, tlv.encode(0x5F0E, value)))


def test_a_face_in_another_format_is_a_missing_face() -> None:
    assert face.parse(SMALL_FACE.replace(b"FAC\0", b"XYZ\0")) is None
    assert face.parse(SMALL_FACE) == Face(FaceFormat.JPEG, b"\xff\xd8\xff\xe0 and no more")


def test_a_face_that_is_too_large_is_not_unpacked() -> None:
    output = io.BytesIO()
    Image.new("1", (16, 16)).save(output, "PNG")
    small = io.BytesIO()
    Image.new("L", (16, 16)).save(small, "JPEG")
    frame = small.getvalue()
    start = frame.index(b"\xff\xc0")
    bomb = frame[: start + 5] + struct.pack(">HH", 60_000, 60_000) + frame[start + 9 :]
    for data in (bomb, output.getvalue(), b""):
        with pytest.raises(DeviceError, match="document-data-invalid"):
            face.to_png(Face(FaceFormat.JPEG, data))


QUARTERS = ((30, 60, 200), (200, 10, 10), (10, 160, 30), (240, 240, 240))


def jpeg_2000(size: tuple[int, int], **options: Any) -> bytes:
    """A picture of four fields of colour."""
    fields = Image.frombytes("RGB", (2, 2), bytes(value for each in QUARTERS for value in each))
    output = io.BytesIO()
    fields.resize(size, Image.Resampling.NEAREST).save(output, "JPEG2000", **options)
    return output.getvalue()


@pytest.mark.parametrize("bare", [False, True], ids=["jp2", "codestream"])
def test_a_face_in_jpeg_2000_becomes_pixels(bare: bool) -> None:
    data = jpeg_2000((360, 480), no_jp2=bare)
    assert data.startswith(b"\xff\x4f\xff\x51" if bare else b"\0\0\0\x0cjP  ")
    found = face.parse(emrtd_files.dg2(data, jpeg_2000=True))
    assert found == Face(FaceFormat.JPEG_2000, data)
    with Image.open(io.BytesIO(face.to_png(found))) as png:
        assert (png.format, png.mode, png.size) == ("PNG", "RGB", (360, 480))
        fields = [png.getpixel(place) for place in ((90, 120), (270, 120), (90, 360), (270, 360))]
    assert fields == [pytest.approx(colour, abs=3) for colour in QUARTERS]


def test_a_face_in_jpeg_2000_that_is_cut_short_is_none() -> None:
    data = jpeg_2000((360, 480))
    for end in (*range(160), *range(160, len(data) - 2, 97)):
        with pytest.raises(DeviceError, match="document-data-invalid"):
            face.to_png(Face(FaceFormat.JPEG_2000, data[:end]))


def test_a_face_in_jpeg_2000_that_is_too_large_is_not_unpacked() -> None:
    """The size is what its header says (ISO/IEC 15444-1, A.5.1): 60,000 by 60,000 are 10 GiB."""
    data = jpeg_2000((16, 16), no_jp2=True)
    siz = struct.pack(">II", 16, 16)
    assert data[8:16] == siz
    bomb = data[:8] + data[8:].replace(siz, struct.pack(">II", 60_000, 60_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DeviceError, match="document-data-invalid"):
        face.to_png(Face(FaceFormat.JPEG_2000, bomb))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_large_face_is_made_smaller() -> None:
    output = io.BytesIO()
    Image.new("RGB", (1200, 1600), (200, 10, 10)).save(output, "JPEG2000")
    with Image.open(io.BytesIO(face.to_png(Face(FaceFormat.JPEG_2000, output.getvalue())))) as png:
        assert png.size == (480, 640)
        assert png.getpixel((240, 320)) == pytest.approx((200, 10, 10), abs=3)


@pytest.mark.parametrize("access", Access)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_chip_of_which_one_answer_is_damaged(access: Access, data: st.DataObject) -> None:
    """The document is read as it is, or not at all."""
    spoiled_at, count = data.draw(st.integers(0, 20)), 0
    of = chip(HOME_RETURN, access, application=APPLICATION)

    def transmit(command: bytes) -> bytes:
        nonlocal count
        answer = bytearray(of.answer(command))
        count += 1
        if count - 1 != spoiled_at:
            return bytes(answer)
        match data.draw(st.sampled_from(["flip", "cut", "other"])):
            case "flip":
                answer[data.draw(st.integers(0, len(answer) - 1))] ^= data.draw(st.integers(1, 255))
                return bytes(answer)
            case "cut":
                return bytes(answer[: data.draw(st.integers(0, len(answer) - 1))])
            case _:
                return data.draw(st.binary(max_size=300))

    try:
        session = reading.open_chip(transmit, HOME_RETURN.key)
        document = reading.read_document(session)
        record = reading.judged_record(document, HOME_RETURN.key, store(COUNTRY))
    except DeviceError:
        return
    assert record.number == HOME_RETURN.number
    assert document.groups[2] == APPLICATION[2]
