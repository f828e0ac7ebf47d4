"""A made-up country that issues travel documents: its authority, its signer, their EF.SODs
(ICAO Doc 9303-12). Everything is made anew at each start; nothing of it is trusted anywhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Signer:
    """A document signer under its country's authority."""

    authority: x509.Certificate
    certificate: x509.Certificate
    key: PrivateKey

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
            .sign(root, hashes.SHA256())
        )
        certificate = (
            _certificate(country, _name("Virtual document signer"), key, born, _SIGNER_LIVES)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(root, hashes.SHA256())
        )
        return cls(authority, certificate, key)

    @property
    def authority_der(self) -> bytes:
        """The country certificate for a store."""
        return self.authority.public_bytes(serialization.Encoding.DER)

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
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": [_SECURITY_OBJECT]},
                {"type": "message_digest", "values": [hashlib.sha256(security).digest()]},
            ]
        )
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
