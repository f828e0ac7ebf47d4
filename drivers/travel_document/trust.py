"""The store of country certificates, and what it says of a document (ICAO Doc 9303-11, 5.1;
Doc 9303-12).

The store is a folder of certificates (``.cer``, ``.crt``, ``.der``, ``.pem``) of Country Signing
Certification Authorities, which the hall gets from an authority that it trusts. None comes along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import pem, x509  # type: ignore[import-untyped]

from drivers.travel_document.contract import Authenticity
from drivers.travel_document.security_object import SecurityObject
from drivers.travel_document.signatures import certificate_signed_by

_SUFFIXES = (".cer", ".crt", ".der", ".pem")
_LONGEST = 64 * 1024
_MOST = 5_000
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class TrustStore:
    """Country certificates by subject."""

    by_subject: Mapping[bytes, tuple[x509.Certificate, ...]] = field(default_factory=dict)
    unusable: int = 0
    """Files of the folder that hold no country certificate."""

    def __len__(self) -> int:
        return sum(len(each) for each in self.by_subject.values())

    @classmethod
    def load(cls, folder: Path | None) -> TrustStore:
        """The certificates of a folder. A folder that is not there is an empty store, and a file
        that is no certificate of an authority is counted and left out."""
        found: list[x509.Certificate] = []
        unusable = 0
        for path in _files(folder):
            try:
                found.append(_authority(path.read_bytes()[: _LONGEST + 1]))
            except (OSError, *_BROKEN):
                unusable += 1
        return cls.of(found, unusable)

    @classmethod
    def of(cls, certificates: Iterable[x509.Certificate], unusable: int = 0) -> TrustStore:
        """A store of these certificates."""
        store: dict[bytes, tuple[x509.Certificate, ...]] = {}
        for certificate in certificates:
            subject = _name(certificate.subject)
            store[subject] = (*store.get(subject, ()), certificate)
        return cls(store, unusable)

    def vouches_for(self, signer: x509.Certificate, now: datetime) -> bool:
        """Whether a country's authority issued this document signer's certificate, while its own
        was valid, and the signer's is valid now."""
        try:
            known = self.by_subject.get(_name(signer.issuer), ())
            begin, end = _validity(signer)
            return begin <= now <= end and any(
                _within(begin, authority) and certificate_signed_by(signer, authority)
                for authority in known
            )
        except _BROKEN:
            return False

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
        if self.vouches_for(security.signer, now or datetime.now(UTC)):
            return Authenticity.VALID
        return Authenticity.UNTRUSTED


def _files(folder: Path | None) -> Iterator[Path]:
    if folder is None or not folder.is_dir():
        return
    named = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES)
    for _, path in zip(range(_MOST), named, strict=False):
        yield path


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


def _name(name: x509.Name) -> bytes:
    return bytes(name.hashable.encode())


def _validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    return certificate.not_valid_before, certificate.not_valid_after


def _within(moment: datetime, authority: x509.Certificate) -> bool:
    begin, end = _validity(authority)
    return begin <= moment <= end
