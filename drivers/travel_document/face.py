"""The face in DG2: a CBEFF template around an ISO/IEC 19794-5:2005 record around a JPEG or a
JPEG 2000 (ICAO Doc 9303-10, 4.7.2; Doc 9303-9)."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from enum import IntEnum

from PIL import Image, UnidentifiedImageError

from drivers.travel_document import tlv
from drivers.travel_document.tlv import invalid

LARGEST = (480, 640)
"""Pixels of a picture that is handed on; a larger one is made smaller."""
_MOST_PIXELS = 4_000_000
_DG2, _GROUP, _INSTANCE = 0x75, 0x7F61, 0x7F60
_RECORDS = (0x5F2E, 0x7F2E)
_FORMAT = b"FAC\x00010\x00"
_HEADER = struct.Struct(">8sIH")
_FACE = struct.Struct(">IH14x")
"""Length of the record, number of feature points, and what is not used here."""
_FEATURE_POINT = 8
_IMAGE = struct.Struct(">BBHHBBHH")


class FaceFormat(IntEnum):
    """Image data type (ISO/IEC 19794-5, 5.7.2)."""

    JPEG = 0
    JPEG_2000 = 1


@dataclass(frozen=True, slots=True)
class Face:
    """One picture as it is on the chip."""

    format: FaceFormat
    data: bytes = field(repr=False)


def parse(data: bytes) -> Face | None:
    """The first face of DG2; ``None`` when it is in a format that is not known here (ISO/IEC
    39794-5 among them). Raises ``DocumentDataInvalid``."""
    template = tlv.need(data, _DG2, _GROUP, _INSTANCE)
    record = next((value for tag, value in tlv.objects(template) if tag in _RECORDS), None)
    if record is None:
        raise invalid("DG2 holds no face")
    if record[:4] != _FORMAT[:4]:
        return None
    try:
        mark, length, count = _HEADER.unpack_from(record)
        at = _HEADER.size
        face_length, points = _FACE.unpack_from(record, at)
        image_at = at + _FACE.size + points * _FEATURE_POINT
        kind = _IMAGE.unpack_from(record, image_at)[1]
    except struct.error:
        raise invalid("the face in DG2 ends in its header") from None
    end = at + face_length
    start = image_at + _IMAGE.size
    if mark != _FORMAT or not count or length > len(record) or not start < end <= len(record):
        raise invalid("the face in DG2 does not fit its record")
    if kind not in set(FaceFormat):
        return None
    return Face(FaceFormat(kind), record[start:end])


def to_png(face: Face) -> bytes:
    """The picture as PNG, at most 480 x 640 pixels. Raises ``DocumentDataInvalid`` when it is no
    picture of its format or has more than 4 million pixels."""
    formats = ("JPEG",) if face.format is FaceFormat.JPEG else ("JPEG2000",)
    try:
        with Image.open(io.BytesIO(face.data), formats=formats) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise invalid("the face in DG2 has too many pixels")
            picture.draft("RGB", LARGEST)
            plain = picture.convert("RGB")
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        MemoryError,
        struct.error,
        Image.DecompressionBombError,
    ):
        raise invalid("the face in DG2 is no picture of its format") from None
    plain.thumbnail(LARGEST)
    output = io.BytesIO()
    plain.save(output, "PNG", compress_level=1)
    return output.getvalue()
