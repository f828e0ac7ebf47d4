"""Chips to read in this process, without a reader."""

from __future__ import annotations

from asn1crypto import x509  # type: ignore[import-untyped]

from drivers.travel_document import reading
from drivers.travel_document.contract import ChipKey, TravelDocumentRecord
from drivers.travel_document.trust import TrustStore
from drivers.virtual import emrtd_files
from drivers.virtual.emrtd_chip import LONGEST_ANSWER, OFFERED, Access, EmrtdChip
from drivers.virtual.emrtd_people import Holder, holder
from drivers.virtual.emrtd_signing import Signer

COUNTRY = Signer.create()
HOME_RETURN, PASSPORT = holder("home-return"), holder("passport")


def store(*countries: Signer) -> TrustStore:
    return TrustStore.of(x509.Certificate.load(each.authority_der) for each in countries)


def chip(
    person: Holder = HOME_RETURN,
    access: Access = Access.BAC,
    *,
    application: dict[int, bytes] | None = None,
    longest: int = LONGEST_ANSWER,
) -> EmrtdChip:
    offered = OFFERED[access]
    return EmrtdChip(
        person.key,
        offered,
        emrtd_files.master_file(offered, longest),
        application or emrtd_files.application(person, COUNTRY),
    )


def read(
    of: EmrtdChip, key: ChipKey, *, extended: bool = True, trust: TrustStore | None = None
) -> TravelDocumentRecord:
    session = reading.open_chip(of.answer, key, extended=extended)
    document = reading.read_document(session)
    return reading.judged_record(document, key, trust if trust is not None else store(COUNTRY))
