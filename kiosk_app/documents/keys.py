"""Keys that sign papers.

A key comes from a PKCS#12 file (RFC 7292) or stays inside a PKCS#11 token; both give the same
two acts, ``sign`` and ``public``. On a machine without either, a development key is made once,
whose certificate says so, and whose papers say so.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from kiosk_app.documents.errors import KeyUnusable
from kiosk_app.documents.key_sources import (
    DEVELOPMENT_CERTIFICATE,
    DEVELOPMENT_KEY,
    KeyFile,
    KeyToken,
    read_secret,
)
from kiosk_app.documents.public_key import DEVELOPMENT_UNIT, PublicKey, SigningKey, from_der

_TEN_YEARS = timedelta(days=3652)


@dataclass(frozen=True)
class FileKey:
    """A key held in memory. Signatures are deterministic (RFC 6979)."""

    public: PublicKey
    _private: ec.EllipticCurvePrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign in memory; the same message gives the same bytes."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        return from_der(self._private.sign(message, algorithm))


def open_key(source: KeyFile | KeyToken) -> SigningKey:
    """Open a key. Raises ``KeyUnusable``."""
    if isinstance(source, KeyToken):
        from kiosk_app.documents.token_key import open_token_key

        return open_token_key(source)
    return _open_file(source)


def _open_file(source: KeyFile) -> FileKey:
    secret = read_secret(source.passphrase_file).encode() if source.passphrase_file else None
    try:
        private, certificate, _ = pkcs12.load_key_and_certificates(source.path.read_bytes(), secret)
    except OSError as problem:
        raise KeyUnusable(f"{source.path} cannot be read: {problem.strerror}") from None
    except ValueError:
        raise KeyUnusable(f"{source.path}: no PKCS#12 file, or a wrong passphrase") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or certificate is None:
        raise KeyUnusable(f"{source.path}: holds no P-256 key with its certificate")
    public = PublicKey(certificate)
    if private.public_key() != certificate.public_key():
        raise KeyUnusable(f"{source.path}: its certificate belongs to another key")
    return FileKey(public, private)


def development_key(folder: Path, issuer: str) -> KeyFile:
    """The development key of a folder, made there at the first call (mode 0600).

    ``issuer``: organization in its subject. Beside it lies the certificate, for verifiers.
    """
    path, certificate_path = folder / DEVELOPMENT_KEY, folder / DEVELOPMENT_CERTIFICATE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        private = ec.generate_private_key(ec.SECP256R1())
        certificate = _development_certificate(private, issuer)
        whole = pkcs12.serialize_key_and_certificates(
            b"development", private, certificate, None, serialization.NoEncryption()
        )
        _put_once(path, whole, mode=0o600)
    source = KeyFile(path=path)
    if not certificate_path.exists():
        certificate = _open_file(source).public.certificate
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        _put_once(certificate_path, pem, mode=0o644)
    return source


def load_trusted(paths: Iterable[Path]) -> Mapping[bytes, PublicKey]:
    """Public keys by key id, from PEM or DER certificates. Raises ``KeyUnusable``."""
    trusted = {}
    for path in paths:
        try:
            raw = path.read_bytes()
            pem = raw.lstrip().startswith(b"-----BEGIN")
            found = (
                x509.load_pem_x509_certificates(raw)
                if pem
                else [x509.load_der_x509_certificate(raw)]
            )
        except OSError as problem:
            raise KeyUnusable(f"{path} cannot be read: {problem.strerror}") from None
        except ValueError:
            raise KeyUnusable(f"{path} is no certificate") from None
        for certificate in found:
            key = PublicKey(certificate)
            trusted[key.key_id] = key
    return trusted


def _development_certificate(private: ec.EllipticCurvePrivateKey, issuer: str) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, issuer),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEVELOPMENT_UNIT),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{issuer} DEVELOPMENT"[:64]),
        ]
    )
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
    )


def _put_once(path: Path, content: bytes, mode: int) -> None:
    """Write whole or not at all, and never over what another process has just made."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
