"""What every reader of ICAO travel documents does (ICAO Doc 9303), whichever wire it is on."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status
from drivers.id_card.contract import CardMedia


class TravelDocumentKind(StrEnum):
    """What a document is, told from its code, issuer and number."""

    PASSPORT = "passport"
    HOME_RETURN_PERMIT = "home-return-permit"
    """港澳居民来往内地通行证: issued by CHN, H or M and eight digits."""
    TAIWAN_PASS = "taiwan-pass"  # noqa: S105 - a travel pass, not a secret
    """台湾居民来往大陆通行证: issued by CHN, eight digits."""
    OTHER = "other"


class Access(StrEnum):
    """How a chip was opened (ICAO Doc 9303-11, 4.2)."""

    BAC = "bac"
    PACE = "pace"


class Authenticity(StrEnum):
    """What passive authentication found (ICAO Doc 9303-11, 5.1)."""

    VALID = "valid"
    """Signed by a country whose certificate is in the store, and unchanged since."""
    NO_STORE = "no-store"
    """Unchanged since it was signed; there are no country certificates to ask about the signer."""
    COUNTRY_UNKNOWN = "country-unknown"
    """Unchanged since it was signed; the store lacks the certificate of the signer's country, or
    that of the key which its country used."""
    SIGNER_EXPIRED = "signer-expired"
    """Signed by a known country in good time, but the time of its signer's certificate, or of the
    country's own, is over now."""
    CHAIN_BROKEN = "chain-broken"
    """The country is known, but it did not sign the signer's certificate."""
    SIGNED_OUT_OF_TIME = "signed-out-of-time"
    """The country or the signer signed when its own certificate was not valid."""
    SIGNER_REVOKED = "signer-revoked"
    """The country has revoked the signer's certificate, or its own behind it."""
    ALTERED = "altered"
    """What was read is not what was signed. Never part of a record: reading such a document is
    an error."""

    @property
    def is_unvouched(self) -> bool:
        """Whether nobody vouches for the document, and nothing speaks against it."""
        return self in (
            Authenticity.NO_STORE,
            Authenticity.COUNTRY_UNKNOWN,
            Authenticity.SIGNER_EXPIRED,
        )


@dataclass(frozen=True, slots=True)
class MrzKey:
    """What opens a chip: three entries of the data page. ``mrz.key_typed`` makes one of what a
    person typed. ``repr`` hides all of it."""

    number: str = field(repr=False)
    """Capitals and digits, without fillers."""
    birth: date = field(repr=False)
    expiry: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardAccessNumber:
    """What opens a chip by PACE in place of the zone, where a document prints one: the six digits
    of its CAN (ICAO Doc 9303-11, 4.4.4.1). ``repr`` hides them. ``ValueError`` for other text."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{6}", self.digits):
            raise ValueError("a card access number has six digits")


ChipKey = MrzKey | CardAccessNumber


@dataclass(frozen=True, slots=True)
class TravelDocumentRecord:
    """What one document says. ``repr`` hides all that is personal."""

    kind: TravelDocumentKind
    authenticity: Authenticity
    access: Access
    code: str = field(repr=False)
    """The document code of the MRZ: ``P``, ``CR``, ``CT`` …"""
    issuer: str = field(repr=False)
    """Issuing state or organisation, three letters of the MRZ."""
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    """Latin letters of the MRZ, several names parted by blanks; empty when there are none."""
    sex: str = field(repr=False)
    """GB/T 2261.1: ``1`` male, ``2`` female, ``9`` not stated."""
    birth: date = field(repr=False)
    expiry: date = field(repr=False)
    nationality: str = field(repr=False)
    optional_data: str = field(default="", repr=False)
    name_native: str = field(default="", repr=False)
    """The name in its own script where the chip's DG11 gives it; else empty."""
    photo_png: bytes | None = field(default=None, repr=False)
    """The face, at most 480 x 640 pixels; ``None`` when the chip holds it in a format of
    pictures other than JPEG and JPEG 2000."""

    @property
    def name(self) -> str:
        """The name in its own script, or the Latin one with the surname first."""
        return self.name_native or f"{self.surname} {self.given_names}".strip()


@dataclass(frozen=True, slots=True)
class TravelDocumentReaderStatus(Status):
    """CardReader.Status, as far as a reader of chips knows it."""

    media: Reading[CardMedia]


@dataclass(frozen=True, slots=True)
class TravelDocumentReaderCapabilities(Capabilities):
    """``certificates``: how many country certificates are in the store;
    ``revocation_lists``: how many countries' lists of what they revoked."""

    chip_protocols: tuple[str, ...] = ("chipTypeAPart4", "chipTypeB")
    """Chips of travel documents are contactless, of either type (ICAO Doc 9303-10)."""
    accesses: tuple[Access, ...] = (Access.BAC, Access.PACE)
    certificates: int = 0
    revocation_lists: int = 0


class TravelDocumentReader(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``card-timeout`` (no document came), ``card-pulled`` (it left while it was read),
    ``card-unsupported`` (no travel document's chip, or one that opens in no known way with a key
    of this kind), ``key-wrong`` (the chip refused the key), ``document-altered`` (what was read
    is not what was signed), ``document-data-invalid`` (readable, but broken inside),
    ``card-garbled`` (answers that follow no protocol, or a wrong checksum), ``card-silent``,
    ``reader-absent``, ``pcsc-down``.
    """

    device_class = "travel-document-reader"

    @abstractmethod
    def read_document(self, key: ChipKey, wait_s: float) -> TravelDocumentRecord:
        """Wait up to ``wait_s`` seconds for a document, open its chip with ``key``, read it and
        check that it is genuine.

        Emits ``MediaInsertedEvent`` when a chip is found (before it is read).
        Never returns a partial or altered document.
        """

    @abstractmethod
    def wait_removed(self, wait_s: float) -> bool:
        """Wait until the document is away; ``False`` when it still lies there after ``wait_s``.

        Emits ``MediaRemovedEvent`` when it goes.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget the document at hand and begin anew with the reader."""

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Ask the reader how it is, and the chip on it for its answer to reset where one lies
        there. Reads nothing personal."""

    @abstractmethod
    def chip_power(self, action: str) -> bytes:
        """CardReader.ChipPower: ``cold`` or ``warm`` starts the chip and keeps it for
        ``chip_io``; its answer to reset. ``off`` gives it back; empty."""

    @abstractmethod
    def chip_io(self, data: bytes) -> bytes:
        """CardReader.ChipIO: one command APDU, its response APDU as it comes.

        Raises ``CommandRejected`` ``chip-not-powered`` (``atrNotObtained``) before
        ``chip_power``.
        """
