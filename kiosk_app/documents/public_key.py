"""A public key and its certificate, and what any key that signs can do. All are ECDSA on P-256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.x509.oid import NameOID

from kiosk_app.documents.errors import KeyUnusable

DEVELOPMENT_UNIT = "DEVELOPMENT / 开发测试"
"""Organizational unit in the subject of every development certificate."""
KEY_ID_BYTES = 5
_INTEGER = 32


@dataclass(frozen=True)
class PublicKey:
    """A certificate on a P-256 key, and what is asked of it."""

    certificate: x509.Certificate

    def __post_init__(self) -> None:
        _p256(self.certificate)

    @cached_property
    def key_id(self) -> bytes:
        """First 5 bytes of SHA-256 over the SubjectPublicKeyInfo."""
        spki = self._key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return hashlib.sha256(spki).digest()[:KEY_ID_BYTES]

    @cached_property
    def development(self) -> bool:
        """Whether this is a development key, whose papers have no legal effect."""
        units = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        return any(unit.value == DEVELOPMENT_UNIT for unit in units)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` (r and s, 32 bytes each) fits ``message``."""
        if len(signature) != 2 * _INTEGER:
            return False
        try:
            self._key.verify(to_der(signature), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    @cached_property
    def _key(self) -> ec.EllipticCurvePublicKey:
        return _p256(self.certificate)


class SigningKey(Protocol):
    """What can sign: a file's key or a token's."""

    @property
    def public(self) -> PublicKey:
        """The certificate that goes with the key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256: r and s, 32 bytes each. Raises ``KeyUnusable``."""
        ...


def to_der(raw: bytes) -> bytes:
    """The pair r and s, 32 bytes each, as the DER sequence that CMS and X.509 want."""
    r, s = (int.from_bytes(part) for part in (raw[:_INTEGER], raw[_INTEGER:]))
    return encode_dss_signature(r, s)


def from_der(der: bytes) -> bytes:
    """The inverse of ``to_der``."""
    return b"".join(part.to_bytes(_INTEGER) for part in decode_dss_signature(der))


def _p256(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if not (isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)):
        raise KeyUnusable("the certificate is not on a P-256 key")
    return key
