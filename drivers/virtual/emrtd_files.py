"""The files on a synthetic travel document's chip (ICAO Doc 9303-10), and a drawn face."""

from __future__ import annotations

import io
import struct
from functools import cache

from PIL import Image, ImageDraw

from drivers.travel_document import card_access, tlv
from drivers.travel_document.card_access import PaceInfo
from drivers.travel_document.files import File
from drivers.virtual.emrtd_people import Holder
from drivers.virtual.emrtd_signing import Signer

WIDTH, HEIGHT = 360, 480
_JPEG_2000_RATE = 24
_ATR_INFO = 0x01
"""Short identifier of EF.ATR/INFO in the master file."""


def master_file(infos: tuple[PaceInfo, ...], longest_answer: int) -> dict[int, bytes]:
    """Files that are readable before access, by short identifier. ``longest_answer``: bytes of
    an answer with extended length."""
    lengths = b"".join(tlv.encode(0x02, each.to_bytes(2, "big")) for each in (2048, longest_answer))
    files = {_ATR_INFO: tlv.encode(0x7F66, lengths)}
    if infos:
        files[File.CARD_ACCESS.value.short_id] = card_access.encode(infos)
    return files


def application(holder: Holder, signer: Signer) -> dict[int, bytes]:
    """Files of LDS1 by short identifier, signed."""
    groups = {File.DG1: dg1(holder), File.DG2: dg2(face(holder.jpeg_2000), holder.jpeg_2000)}
    if holder.name_native:
        groups[File.DG11] = dg11(holder.name_native)
    signed = {file.value.short_id: data for file, data in groups.items()}
    files = {
        File.COM: com(groups),
        File.SOD: tlv.encode(File.SOD.value.tag, signer.sign(signed)),
        **groups,
    }
    return {file.value.short_id: data for file, data in files.items()}


def com(groups: dict[File, bytes]) -> bytes:
    """EF.COM: versions, and the tags of the data groups."""
    tags = bytes(file.value.tag for file in groups)
    parts = ((0x5F01, b"0107"), (0x5F36, b"040000"), (0x5C, tags))
    return tlv.encode(0x60, b"".join(tlv.encode(*part) for part in parts))


def dg1(holder: Holder) -> bytes:
    """The machine-readable zone."""
    zone = "".join(holder.lines).encode("ascii")
    return tlv.encode(File.DG1.value.tag, tlv.encode(0x5F1F, zone))


def dg11(name: str) -> bytes:
    """The full name in its own script."""
    parts = ((0x5C, bytes.fromhex("5F0E")), (0x5F0E, name.encode()))
    return tlv.encode(File.DG11.value.tag, b"".join(tlv.encode(*part) for part in parts))


def dg2(picture: bytes, jpeg_2000: bool) -> bytes:
    """One face in an ISO/IEC 19794-5:2005 record in a CBEFF template, with one feature point."""
    point = bytes(8)
    image = struct.pack(">BBHHBBHH", 1, int(jpeg_2000), WIDTH, HEIGHT, 1, 2, 0, 0)
    size = 20 + len(point) + len(image) + len(picture)
    record = struct.pack(">IH14x", size, 1) + point + image + picture
    block = b"FAC\x00010\x00" + struct.pack(">IH", 14 + len(record), 1) + record
    # Biometric type, subtype, format owner and format type (Doc 9303-10, 4.7.2.1).
    header = bytes.fromhex("A10E 810102 820100 87020101 88020008".replace(" ", ""))
    instance = tlv.encode(0x7F60, header + tlv.encode(0x5F2E, block))
    group = tlv.encode(0x7F61, tlv.encode(0x02, b"\x01") + instance)
    return tlv.encode(File.DG2.value.tag, group)


@cache
def face(jpeg_2000: bool) -> bytes:
    """A drawn head and shoulders, with the grain that makes a photograph's size."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), (205, 215, 225))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((40, 360, 320, 640), fill=(70, 90, 130))
    draw.rectangle((150, 320, 210, 400), fill=(214, 170, 140))
    draw.ellipse((95, 90, 265, 350), fill=(226, 184, 152))
    draw.pieslice((85, 60, 275, 300), 180, 360, fill=(45, 38, 34))
    for x in (145, 215):
        draw.ellipse((x - 11, 202, x + 11, 216), fill=(250, 250, 250))
        draw.ellipse((x - 6, 202, x + 6, 216), fill=(40, 30, 25))
    draw.line((180, 220, 172, 262, 184, 266), fill=(190, 140, 112), width=4)
    draw.arc((145, 270, 215, 306), 15, 165, fill=(170, 80, 80), width=5)
    grain = Image.effect_noise((WIDTH, HEIGHT), 26).convert("RGB")
    picture = Image.blend(picture, grain, 0.12)
    output = io.BytesIO()
    if jpeg_2000:
        picture.save(
            output, "JPEG2000", no_jp2=False, quality_layers=[_JPEG_2000_RATE], irreversible=True
        )
    else:
        picture.save(output, "JPEG", quality=72)
    return output.getvalue()
