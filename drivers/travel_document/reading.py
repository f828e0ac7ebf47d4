"""One document, from its first command to a whole record: access, data groups, authenticity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from drivers.errors import ProtocolError, UserFault
from drivers.travel_document import (
    bac,
    card_access,
    data_groups,
    face,
    files,
    mrz,
    pace,
    security_object,
)
from drivers.travel_document.apdu import END_OF_FILE, OK, Command, split
from drivers.travel_document.bac import unsupported
from drivers.travel_document.card_access import PaceInfo
from drivers.travel_document.contract import (
    Access,
    Authenticity,
    CardAccessNumber,
    ChipKey,
    MrzKey,
    TravelDocumentRecord,
)
from drivers.travel_document.data_groups import DG1, DG2, DG11
from drivers.travel_document.files import File
from drivers.travel_document.mrz import Mrz
from drivers.travel_document.secure_messaging import SecureChannel
from drivers.travel_document.tlv import DocumentDataInvalid, invalid
from drivers.travel_document.trust import TrustStore

_NO_APPLICATION = (0x6982, 0x6985, 0x6999, 0x6A81, 0x6A82, 0x6A86, 0x6D00, 0x6E00)
"""How other chips answer to the name of LDS1, and those that want an access unknown here."""
Transmit = Callable[[bytes], bytes]
_Read = TypeVar("_Read", bytes, files.Whole)


@dataclass(frozen=True, slots=True)
class Session:
    """A chip that has been opened."""

    channel: SecureChannel
    access: Access
    block: int
    """How many bytes to read with one command."""

    def read(self, file: File) -> bytes | None:
        """A whole file; ``None`` where there is none such. See ``files.read``."""
        return files.read(self.channel.send, file, self.block)

    def begin(self, file: File) -> files.Whole | None:
        """A whole file, to be had later; ``None`` where there is none such. See ``files.begin``."""
        return files.begin(self.channel, file, self.block)


@dataclass(frozen=True, slots=True)
class Document:
    """The files of a chip as they were read. ``repr`` hides them."""

    access: Access
    groups: Mapping[int, bytes] = field(repr=False)
    """Whole data groups by number."""
    sod: bytes = field(repr=False)


def open_chip(transmit: Transmit, key: ChipKey, *, extended: bool = True) -> Session:
    """Open a chip by the best way that it offers: PACE, or else BAC (Doc 9303-11, 4.2).

    ``extended``: whether the reader carries commands of extended length. Raises ``UserFault``
    ``key-wrong`` or ``card-unsupported``, ``ProtocolError``, and what ``transmit`` raises.
    """
    plain = _plain(transmit)
    plain(files.SELECT_MASTER_FILE)
    pace_info = _pace_offered(plain)
    block = files.block_size(_longest_answer(plain) if extended else None)
    if pace_info is not None:
        channel = pace.open_session(transmit, key, pace_info)
        _select(channel.send)
        return Session(channel, Access.PACE, block)
    _select(plain)
    if isinstance(key, CardAccessNumber):
        raise unsupported("the chip offers no PACE: it opens with the zone of its data page alone")
    return Session(bac.open_session(transmit, key), Access.BAC, block)


def read_document(session: Session) -> Document:
    """Read the data groups and the security object; no signature is judged yet.

    The picture, which is most of the document, comes first: its checksum is reckoned while the
    other files are on their way. Raises ``DocumentDataInvalid`` when the chip lacks a file that
    each must have.
    """
    picture = _needed(session.begin, File.DG2)
    present = data_groups.parse_com(_needed(session.read, File.COM))
    groups = {DG1: _needed(session.read, File.DG1)}
    if DG11 in present and (names := _optional(session, File.DG11)) is not None:
        groups[DG11] = names
    security = _needed(session.read, File.SOD)
    return Document(session.access, groups | {DG2: picture()}, security)


def judged_record(document: Document, key: ChipKey, store: TrustStore) -> TravelDocumentRecord:
    """The record of a document, when it is whole and what was signed.

    Raises ``UserFault`` ``document-altered``, ``DocumentDataInvalid``.
    """
    security = security_object.parse(document.sod)
    authenticity = store.judge(security, document.groups)
    if authenticity is Authenticity.ALTERED:
        raise UserFault("document-altered", "what the chip holds is not what was signed")
    zone = data_groups.parse_dg1(document.groups[DG1])
    if isinstance(key, MrzKey) and mrz.information(zone.key) != mrz.information(key):
        raise invalid("the chip's MRZ is another than the one it was opened with")
    names = document.groups.get(DG11)
    return _record(
        zone,
        authenticity,
        document.access,
        data_groups.parse_dg11(names) if names is not None else "",
        _photo(document.groups[DG2]),
    )


def _record(
    zone: Mrz, authenticity: Authenticity, access: Access, native: str, photo: bytes | None
) -> TravelDocumentRecord:
    return TravelDocumentRecord(
        kind=zone.kind,
        authenticity=authenticity,
        access=access,
        code=zone.code,
        issuer=zone.issuer,
        number=zone.number,
        surname=zone.surname,
        given_names=zone.given_names,
        sex=zone.sex,
        birth=zone.birth,
        expiry=zone.expiry,
        nationality=zone.nationality,
        optional_data=zone.optional_data,
        name_native=native,
        photo_png=photo,
    )


def _photo(dg2: bytes) -> bytes | None:
    picture = face.parse(dg2)
    return face.to_png(picture) if picture is not None else None


def _plain(transmit: Transmit) -> files.Send:
    def send(command: Command) -> tuple[bytes, int]:
        return split(transmit(command.encode()))

    return send


def _select(send: files.Send) -> None:
    _, status = send(files.SELECT_APPLICATION)
    if status in _NO_APPLICATION:
        raise unsupported(f"the chip holds no travel document, status {status:04X}")
    if status != OK:
        raise ProtocolError("card-garbled", f"the chip opens no application, status {status:04X}")


def _pace_offered(plain: files.Send) -> PaceInfo | None:
    """A chip of before PACE has no EF.CardAccess, or lets nothing be read before BAC."""
    try:
        data = files.read(plain, File.CARD_ACCESS)
    except files.AccessRefused:
        return None
    return card_access.parse(data) if data is not None else None


def _longest_answer(plain: files.Send) -> int | None:
    """A chip need not have EF.ATR/INFO; a broken one only costs the longer answers."""
    data, status = plain(files.READ_ATR_INFO)
    if status not in (OK, END_OF_FILE):
        return None
    try:
        return card_access.longest_answer(data)
    except DocumentDataInvalid:
        return None


def _optional(session: Session, file: File) -> bytes | None:
    """A file that the chip may lack or keep to itself."""
    try:
        return session.read(file)
    except files.AccessRefused:
        return None


def _needed(read: Callable[[File], _Read | None], file: File) -> _Read:
    try:
        data = read(file)
    except files.AccessRefused as error:
        raise ProtocolError("card-garbled", error.message) from None
    if data is None:
        raise invalid(f"the chip lacks {file.name}")
    return data
