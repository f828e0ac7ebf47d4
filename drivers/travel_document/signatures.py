"""Signatures of travel documents and of the certificates behind them (ICAO Doc 9303-12, 4.4).

Many states write an elliptic curve out in their certificates in place of its name, as Doc 9303-12
asks. ``cryptography`` takes few such, so the curve is recognised by its prime, and the standardised
one of that prime is used: a generator of somebody's own is of no use to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import crl, x509  # type: ignore[import-untyped]
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

HASHES: dict[str, Callable[..., Any]] = {
    "sha1": hashlib.sha1,
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - documents of before 2010 are signed so
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_SMALLEST_RSA, _LARGEST_RSA = 1024, 8192
_CURVES: tuple[ec.EllipticCurve, ...] = (
    ec.SECP256R1(),
    ec.SECP384R1(),
    ec.SECP521R1(),
    ec.BrainpoolP256R1(),
    ec.BrainpoolP384R1(),
    ec.BrainpoolP512R1(),
    ec.SECP224R1(),
)
_OIDS = {
    "1.2.840.10045.3.1.7": 0,
    "1.3.132.0.34": 1,
    "1.3.132.0.35": 2,
    "1.3.36.3.3.2.8.1.1.7": 3,
    "1.3.36.3.3.2.8.1.1.11": 4,
    "1.3.36.3.3.2.8.1.1.13": 5,
    "1.3.132.0.33": 6,
}
_PRIMES = {
    0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF: 0,
    2**384 - 2**128 - 2**96 + 2**32 - 1: 1,
    2**521 - 1: 2,
    0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377: 3,
    0x8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53: 4,  # noqa: E501
    0xAADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20ED6639CCA703308717D4D9B009BC66842AECDA12AE6A380E62881FF2F2D82C68528AA6056583A48F3: 5,  # noqa: E501
    2**224 - 2**96 + 1: 6,
}
"""Primes of the fields (SEC 2; RFC 5639, 3)."""


class SignatureUnsupported(Exception):
    """A signature, a key or a hash of a kind that is not known here."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and how it was made."""

    kind: str
    """``rsassa_pkcs1v15``, ``rsassa_pss`` or ``ecdsa``."""
    hash_name: str
    value: bytes = field(repr=False)
    salt_length: int = 0

    @classmethod
    def of(cls, algorithm: Any, hash_name: str, value: bytes) -> Signature:
        """A signature of its algorithm's identifier; ``hash_name`` where that names no hash.

        Raises ``SignatureUnsupported``.
        """
        try:
            kind = algorithm.signature_algo
        except ValueError:
            kind = ""
        salt_length = 0
        if kind == "rsassa_pss":
            hash_name = algorithm.hash_algo
            salt_length = int(algorithm["parameters"]["salt_length"].native)
        elif algorithm["algorithm"].native not in ("rsassa_pkcs1v15", "ecdsa"):
            hash_name = algorithm.hash_algo if kind else ""
        if kind not in ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa") or hash_name not in HASHES:
            raise SignatureUnsupported("a signature is of a kind that is not known here")
        return cls(kind, hash_name, value, salt_length)


def signature_fits(signature: Signature, signed: bytes, by: x509.Certificate) -> bool:
    """Whether the holder of a certificate signed these bytes.

    Raises ``SignatureUnsupported`` when its key is of a kind that is not known here.
    """
    algorithm = _ALGORITHMS[signature.hash_name]
    key = _public_key(by)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            if signature.kind != "ecdsa":
                return False
            key.verify(signature.value, signed, ec.ECDSA(algorithm))
        else:
            if signature.kind == "ecdsa":
                return False
            key.verify(signature.value, signed, _padding(signature, algorithm), algorithm)
    except InvalidSignature:
        return False
    return True


def certificate_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the holder of ``issuer`` signed ``certificate``, in a way that is known here."""
    return _signed_by(certificate, "tbs_certificate", "signature_value", issuer)


def list_signed_by(revoked: crl.CertificateList, issuer: x509.Certificate) -> bool:
    """Whether the holder of ``issuer`` signed a list of revoked certificates, in a way that is
    known here."""
    return _signed_by(revoked, "tbs_cert_list", "signature", issuer)


def _signed_by(whole: Any, signed: str, value: str, issuer: x509.Certificate) -> bool:
    """``signed`` and ``value``: the names of what is signed and of the signature."""
    try:
        signature = Signature.of(whole["signature_algorithm"], "", whole[value].native)
        return signature_fits(signature, whole[signed].dump(), issuer)
    except SignatureUnsupported:
        return False


def _padding(
    signature: Signature, algorithm: hashes.HashAlgorithm
) -> padding.PSS | padding.PKCS1v15:
    if signature.kind == "rsassa_pss":
        return padding.PSS(padding.MGF1(algorithm), signature.salt_length)
    return padding.PKCS1v15()


def _public_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """Raises ``SignatureUnsupported``."""
    try:
        info = certificate.public_key
        if info.algorithm == "ec":
            point = bytes(info["public_key"].native)
            return ec.EllipticCurvePublicKey.from_encoded_point(_curve(info), point)
        key = serialization.load_der_public_key(info.dump())
    except (ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise SignatureUnsupported(
            "a certificate's key is of a kind that is not known here"
        ) from None
    if not isinstance(key, rsa.RSAPublicKey) or not _SMALLEST_RSA <= key.key_size <= _LARGEST_RSA:
        raise SignatureUnsupported("a certificate's key is of a kind that is not known here")
    return key


def _curve(info: Any) -> ec.EllipticCurve:
    parameters = info["algorithm"]["parameters"]
    if parameters.name == "named":
        return _CURVES[_OIDS[parameters.chosen.dotted]]
    if parameters.name != "specified":
        raise ValueError
    return _CURVES[_PRIMES[int(parameters.chosen["field_id"]["parameters"].native)]]
