"""The parsers of a travel document's chip."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from tests.fuzz.target import Target, each

_SPECIMEN = "passport"


def machine_readable_zone() -> Target:
    """The zone as DG1 holds it."""
    from drivers.travel_document import mrz
    from drivers.virtual.emrtd_people import HOLDERS

    seeds = tuple("".join(each.lines).encode() for each in HOLDERS)
    return Target(mrz.parse, ("drivers.travel_document.mrz",), seeds)


def zone_read_by_light() -> Target:
    """The zone as it was read off a picture."""
    from drivers.travel_document.mrz_text import key_in
    from drivers.virtual.emrtd_people import HOLDERS

    def parse(data: bytes) -> None:
        key_in(data.decode("latin-1"), date(2026, 11, 24))

    seeds = tuple("\n".join(each.lines).encode() for each in HOLDERS)
    return Target(parse, ("drivers.travel_document.mrz_text",), seeds)


def tag_length_value() -> Target:
    """BER-TLV objects."""
    from drivers.travel_document import tlv

    def parse(data: bytes) -> None:
        all_objects, one = partial(tlv.objects, data), partial(tlv.find, data, 0x7F61, 0x7F60)
        each(lambda: list(all_objects()), one, partial(tlv.header, data))

    seed = tlv.encode(0x7F61, tlv.encode(0x7F60, tlv.encode(0x5F2E, bytes(200))))
    return Target(parse, ("drivers.travel_document.tlv",), (seed,))


def data_groups() -> Target:
    """EF.COM, DG1 and DG11."""
    from drivers.travel_document import data_groups as groups
    from drivers.virtual import emrtd_files
    from drivers.virtual.emrtd_people import holder

    def parse(data: bytes) -> None:
        kinds = (groups.parse_com, groups.parse_dg1, groups.parse_dg11)
        kinds[data[0] % len(kinds) if data else 0](data[1:])

    seeds = (
        b"\x01" + emrtd_files.dg1(holder(_SPECIMEN)),
        b"\x02" + emrtd_files.dg11("林<<秀兰"),
    )
    names = ("data_groups", "mrz", "tlv")
    modules = tuple(f"drivers.travel_document.{name}" for name in names)
    return Target(parse, modules, seeds)


def face() -> Target:
    """DG2 and the header of its face; the picture itself is Pillow's."""
    from drivers.travel_document import face as faces
    from drivers.virtual import emrtd_files

    seed = emrtd_files.dg2(bytes.fromhex("ffd8ffe0ffd9"), jpeg_2000=False)
    modules = ("drivers.travel_document.face", "drivers.travel_document.tlv")
    return Target(faces.parse, modules, (seed,))


def security_object() -> Target:
    """EF.SOD: a CMS structure with the hashes of the data groups."""
    from drivers.travel_document import security_object as objects
    from drivers.travel_document.files import File
    from drivers.virtual import emrtd_files
    from drivers.virtual.emrtd_people import holder
    from drivers.virtual.emrtd_signing import Signer

    files = emrtd_files.application(holder(_SPECIMEN), Signer.create())
    seed = files[File.SOD.value.short_id]
    return Target(objects.parse, ("drivers.travel_document.security_object",), (seed,))


def card_access() -> Target:
    """EF.CardAccess and the chip's own word on lengths."""
    from drivers.travel_document import card_access as access
    from drivers.virtual.emrtd_chip import OFFERED, Access

    def parse(data: bytes) -> None:
        each(partial(access.longest_answer, data), partial(access.parse, data))

    seed = access.encode(OFFERED[Access.PACE_BRAINPOOL])
    return Target(parse, ("drivers.travel_document.card_access",), (seed,))


TRAVEL_DOCUMENT_TARGETS: dict[str, Callable[[], Target]] = {
    "mrz": machine_readable_zone,
    "mrz-by-light": zone_read_by_light,
    "tlv": tag_length_value,
    "data-groups": data_groups,
    "dg2": face,
    "sod": security_object,
    "card-access": card_access,
}
"""By name."""
