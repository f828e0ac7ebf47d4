"""What is in EF.COM, DG1 and DG11 (ICAO Doc 9303-10, 3.11.1, 4.7.1 and 4.7.11)."""

from __future__ import annotations

from drivers.travel_document import mrz, tlv
from drivers.travel_document.mrz import Mrz
from drivers.travel_document.tlv import invalid

DG1, DG2, DG11 = 1, 2, 11
_COM, _TAG_LIST = 0x60, 0x5C
_TAGS = {0x61: DG1, 0x75: DG2, 0x6B: DG11}
_DG1, _MRZ = 0x61, 0x5F1F
_DG11, _FULL_NAME = 0x6B, 0x5F0E
_LONGEST_NAME = 256


def parse_com(data: bytes) -> frozenset[int]:
    """Which of the data groups 1, 2 and 11 EF.COM says are there. Raises
    ``DocumentDataInvalid``."""
    listed = tlv.need(data, _COM, _TAG_LIST)
    return frozenset(_TAGS[tag] for tag in listed if tag in _TAGS)


def parse_dg1(data: bytes) -> Mrz:
    """The machine-readable zone. Raises ``DocumentDataInvalid``."""
    return mrz.parse(tlv.need(data, _DG1, _MRZ))


def parse_dg11(data: bytes) -> str:
    """The holder's full name in its own script: no fillers, surname first, empty where there is
    none. Raises ``DocumentDataInvalid``."""
    value = tlv.find(data, _DG11, _FULL_NAME)
    if value is None:
        return ""
    try:
        text = value[:_LONGEST_NAME].decode("utf-8").strip()
    except UnicodeDecodeError:
        raise invalid("the full name in DG11 is no UTF-8") from None
    if not text.isprintable():
        raise invalid("the full name in DG11 holds control characters")
    surname, _, given = text.partition("<<")
    parts = (" ".join(part for part in each.split("<") if part) for each in (surname, given))
    # A Chinese name is written without a blank between its parts.
    return ("" if not text.isascii() else " ").join(part for part in parts if part)
