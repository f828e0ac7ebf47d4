"""A made-up country that issues travel documents: its authority, its signer, their EF.SODs
(ICAO Doc 9303-12). Everything is made anew at each start; nothing of it is trusted anywhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms  # type: ignore[import-untyped]
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from drivers.travel_document.security_object import LdsSecurityObject

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_SECURITY_OBJECT = "2.23.136.1.1.1"
_AUTHORITY_LIVES = timedelta(days=365 * 15)
_SIGNER_LIVES = timedelta(days=365 * 10)
_LIST_LIVES = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Signer:
    """A document signer under its country's authority. ``signs_at``: when it says that it signs;
    ``None`` to say nothing of that."""

    authority: x509.Certificate
    authority_key: PrivateKey
    certificate: x509.Certificate
    key: PrivateKey
    signs_at: datetime | None = None

    @classmethod
    def create(
        cls,
        authority_key: PrivateKey | None = None,
        key: PrivateKey | None = None,
        born: datetime | None = None,
    ) -> Signer:
        """A new country. Keys are of NIST P-256 unless given; ``born``: when its certificates
        begin to be valid, by default yesterday."""
        born = born or datetime.now(UTC) - timedelta(days=1)
        root = authority_key or ec.generate_private_key(ec.SECP256R1())
        key = key or ec.generate_private_key(ec.SECP256R1())
        country = _name("Virtual country signing authority")
        authority = (
            _certificate(country, country, root, born, _AUTHORITY_LIVES)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), False)
            .sign(root, hashes.SHA256())
        )
        return cls(authority, root, _signed(authority, root, key, born, _SIGNER_LIVES), key)

    def colleague(self, born: datetime | None = None, lives: timedelta = _SIGNER_LIVES) -> Signer:
        """Another signer of the same country, whose certificate is valid from ``born`` (by default
        as this one's) for so long."""
        key = ec.generate_private_key(ec.SECP256R1())
        born = born or self.certificate.not_valid_before_utc
        certificate = _signed(self.authority, self.authority_key, key, born, lives)
        return replace(self, certificate=certificate, key=key)

    @property
    def authority_der(self) -> bytes:
        """The country certificate for a store."""
        return self.authority.public_bytes(serialization.Encoding.DER)

    def revocation_list(
        self,
        *revoked: x509.Certificate,
        issued: datetime | None = None,
        extension: x509.ExtensionType | None = None,
    ) -> bytes:
        """The country's list of what it revoked, DER; the next one comes after 90 days (Doc
        9303-12, 7.1.4). ``issued``: by default yesterday; ``extension``: one more, marked as
        critical."""
        issued = issued or datetime.now(UTC) - timedelta(days=1)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.authority.subject)
            .last_update(issued)
            .next_update(issued + _LIST_LIVES)
        )
        for each in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(each.serial_number)
                .revocation_date(issued)
                .build()
            )
        if extension is not None:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.authority_key, hashes.SHA256()).public_bytes(
            serialization.Encoding.DER
        )

    def sign(self, groups: Mapping[int, bytes]) -> bytes:
        """A CMS signed security object of whole data groups by number."""
        security = LdsSecurityObject(
            {
                "version": 0,
                "hash_algorithm": {"algorithm": "sha256"},
                "hashes": [
                    {"number": number, "hash": hashlib.sha256(data).digest()}
                    for number, data in sorted(groups.items())
                ],
            }
        ).dump()
        said: list[dict[str, Any]] = [
            {"type": "content_type", "values": [_SECURITY_OBJECT]},
            {"type": "message_digest", "values": [hashlib.sha256(security).digest()]},
        ]
        if self.signs_at is not None:
            said.append({"type": "signing_time", "values": [cms.Time({"utc_time": self.signs_at})]})
        attributes = cms.CMSAttributes(said)
        certificate = asn1_x509.Certificate.load(
            self.certificate.public_bytes(serialization.Encoding.DER)
        )
        signer_info = {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": {
                        "issuer": certificate.issuer,
                        "serial_number": certificate.serial_number,
                    }
                }
            ),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": self._algorithm},
            "signature": self._signature(attributes.dump()),
        }
        signed: Any = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": _SECURITY_OBJECT, "content": security},
                "certificates": [certificate],
                "signer_infos": [signer_info],
            }
        )
        return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())

    @property
    def _algorithm(self) -> str:
        return "sha256_rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "sha256_ecdsa"

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def _signed(
    authority: x509.Certificate,
    authority_key: PrivateKey,
    key: PrivateKey,
    born: datetime,
    lives: timedelta,
) -> x509.Certificate:
    """A document signer's certificate."""
    name = _name("Virtual document signer")
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _certificate(authority.subject, name, key, born, lives)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _certificate(
    issuer: x509.Name, subject: x509.Name, key: PrivateKey, born: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(born)
        .not_valid_after(born + lives)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "UT"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
