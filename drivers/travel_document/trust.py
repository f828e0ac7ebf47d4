"""The store of country certificates, and what it says of a document (ICAO Doc 9303-11, 5.1;
Doc 9303-12).

The store is a folder that the hall fills from an authority that it trusts: certificates of Country
Signing Certification Authorities (``.cer``, ``.crt``, ``.der``, ``.pem``), and beside them lists of
what those have revoked (``.crl``). None comes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import pem, x509  # type: ignore[import-untyped]

from drivers.travel_document import revocation
from drivers.travel_document.contract import Authenticity
from drivers.travel_document.revocation import RevocationList, name_key
from drivers.travel_document.security_object import BROKEN, SecurityObject
from drivers.travel_document.signatures import certificate_signed_by

_SUFFIXES = (".cer", ".crt", ".der", ".pem")
_LIST_SUFFIX = ".crl"
_LONGEST = 64 * 1024
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Country certificates by subject, and what they revoked by issuer."""

    by_subject: Mapping[bytes, tuple[x509.Certificate, ...]] = field(default_factory=dict)
    revoked: Mapping[bytes, RevocationList] = field(default_factory=dict)
    unusable: int = 0
    """Files of the folder that hold no country certificate, and no list that one vouches for."""

    def __len__(self) -> int:
        return sum(len(each) for each in self.by_subject.values())

    @classmethod
    def load(cls, folder: Path | None) -> TrustStore:
        """The certificates and lists of a folder. A folder that is not there is an empty store,
        and a file that is of no use is counted and left out."""
        found: list[x509.Certificate] = []
        unusable = 0
        for path in _files(folder, _SUFFIXES):
            try:
                found.append(_authority(_read(path, _LONGEST)))
            except (OSError, *BROKEN):
                unusable += 1
        store = cls.of(found)
        lists: list[RevocationList] = []
        for path in _files(folder, (_LIST_SUFFIX,)):
            try:
                lists.append(revocation.parse(_read(path, revocation.LONGEST), store.named))
            except (OSError, RecursionError, *BROKEN):
                unusable += 1
        return cls.of(found, lists, unusable)

    @classmethod
    def of(
        cls,
        certificates: Iterable[x509.Certificate],
        lists: Iterable[RevocationList] = (),
        unusable: int = 0,
    ) -> TrustStore:
        """A store of these certificates, and of each country's newest list."""
        store: dict[bytes, tuple[x509.Certificate, ...]] = {}
        for certificate in certificates:
            subject = name_key(certificate.subject)
            store[subject] = (*store.get(subject, ()), certificate)
        newest = {each.issuer: each for each in sorted(lists, key=lambda each: each.issued)}
        return cls(store, newest, unusable)

    def stale(self, now: datetime | None = None) -> int:
        """How many lists should have been followed by newer ones by now."""
        now = now or datetime.now(UTC)
        return sum(each.is_stale(now) for each in self.revoked.values())

    def judge(
        self,
        security: SecurityObject,
        groups: Mapping[int, bytes],
        now: datetime | None = None,
    ) -> Authenticity:
        """Passive authentication of whole data groups by number."""
        if not security.is_intact(groups):
            return Authenticity.ALTERED
        if not self.by_subject:
            return Authenticity.NO_STORE
        try:
            return self._judge_signer(security.signer, security.signed_at, now or datetime.now(UTC))
        except BROKEN:
            return Authenticity.CHAIN_BROKEN

    def _judge_signer(
        self, signer: x509.Certificate, signed_at: datetime | None, now: datetime
    ) -> Authenticity:
        """What is known of the document signer, the worst first. ``signed_at``: when the signer
        says that it signed."""
        known = [each for each in self.named(name_key(signer.issuer)) if _may_be_of(signer, each)]
        if not known:
            return Authenticity.COUNTRY_UNKNOWN
        issuers = [each for each in known if certificate_signed_by(signer, each)]
        if not issuers:
            return Authenticity.CHAIN_BROKEN
        if self._is_revoked(signer, issuers):
            return Authenticity.SIGNER_REVOKED
        begin, end = _validity(signer)
        issuers = [each for each in issuers if _within(begin, each)]
        if not issuers or now < begin or not begin <= (signed_at or begin) <= end:
            return Authenticity.SIGNED_OUT_OF_TIME
        if now > end or not any(_within(now, each) for each in issuers):
            return Authenticity.SIGNER_EXPIRED
        return Authenticity.VALID

    def named(self, subject: bytes) -> tuple[x509.Certificate, ...]:
        """The certificates of an authority's name, as ``name_key`` has it."""
        return self.by_subject.get(subject, ())

    def _is_revoked(self, signer: x509.Certificate, issuers: list[x509.Certificate]) -> bool:
        """Whether the country has revoked the signer, or each certificate of its own behind it."""
        found = self.revoked.get(name_key(signer.issuer))
        if found is None:
            return False
        behind = {each.serial_number for each in issuers}
        return signer.serial_number in found.serials or behind <= found.serials


def _files(folder: Path | None, suffixes: tuple[str, ...]) -> Iterator[Path]:
    if folder is None or not folder.is_dir():
        return
    named = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in suffixes)
    for _, path in zip(range(_MOST), named, strict=False):
        yield path


def _read(path: Path, longest: int) -> bytes:
    """One byte more than a usable file has, at most."""
    with path.open("rb") as file:
        return file.read(longest + 1)


def _authority(data: bytes) -> x509.Certificate:
    """Raises ``ValueError`` and its like when the bytes are no certificate of an authority."""
    if len(data) > _LONGEST:
        raise ValueError
    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    certificate = x509.Certificate.load(data, strict=True)
    if not certificate.ca:
        raise ValueError
    _validity(certificate)
    return certificate


def _may_be_of(signer: x509.Certificate, authority: x509.Certificate) -> bool:
    """Whether a signer names this key of its country's, which has another every few years."""
    wanted, own = signer.authority_key_identifier, authority.key_identifier
    return wanted is None or own is None or wanted == own


def _validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    return certificate.not_valid_before, certificate.not_valid_after


def _within(moment: datetime, authority: x509.Certificate) -> bool:
    begin, end = _validity(authority)
    return begin <= moment <= end
