"""The keys of the journal: they lie outside the database, in files that only the service reads.

Each use has a key of its own, derived by HKDF (RFC 5869) from one of two secrets:
``hall.key`` names people and errands without telling them, ``journal.key`` seals and authenticates
records. Sealing is AES-256-GCM (NIST SP 800-38D) with the record's id as associated data, so a
sealed part moved to another record does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kiosk_app.issuing.errors import KeyUnusable, RecordUnreadable

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class Keys:
    """The keys of one terminal's journal."""

    def __init__(self, hall: bytes, journal: bytes) -> None:
        self._naming = _derive(hall, b"naming")
        self._seal = AESGCM(_derive(journal, b"sealing"))
        self._marking = _derive(journal, b"marking")

    @classmethod
    def load(cls, folder: Path) -> Keys:
        """Read ``hall.key`` and ``journal.key``; make those that are absent, with mode 0600.

        Raises ``KeyUnusable`` when a file has another length or is open to other users.
        """
        return cls(_secret(folder / "hall.key"), _secret(folder / "journal.key"))

    def name(self, *parts: str | Sequence[str]) -> str:
        """A keyed hash of some values, 64 hexadecimal digits; different values never collide."""
        return hmac.digest(self._naming, _canonical(parts), hashlib.sha256).hex()

    def mark(self, *parts: object) -> bytes:
        """The authentication code of a record's plain columns, 32 bytes."""
        return hmac.digest(self._marking, _canonical(parts), hashlib.sha256)

    def seal(self, record: str, plain: bytes) -> bytes:
        """Encrypt what is personal in a record."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, plain, record.encode())

    def unseal(self, record: str, sealed: bytes) -> bytes:
        """Open what ``seal`` closed. Raises ``RecordUnreadable``."""
        try:
            return self._seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], record.encode())
        except (InvalidTag, ValueError) as problem:
            raise RecordUnreadable(f"record {record} does not open") from problem

    def __repr__(self) -> str:
        return "Keys(…)"


def _canonical(parts: object) -> bytes:
    def hexadecimal(value: object) -> str:
        if isinstance(value, bytes):
            return value.hex()
        raise TypeError(type(value).__name__)

    return json.dumps(parts, default=hexadecimal, separators=(",", ":")).encode()


def _derive(secret: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"yimen " + use).derive(
        secret
    )


def _secret(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as problem:
        raise KeyUnusable(f"{path.name} cannot be made: {problem.strerror}") from problem
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        secret = path.read_bytes()
    except OSError as problem:
        raise KeyUnusable(f"{path.name} cannot be read: {problem.strerror}") from problem
    if mode & 0o077:
        raise KeyUnusable(f"{path.name} is open to other users (mode {mode:o})")
    if len(secret) != _KEY_BYTES:
        raise KeyUnusable(f"{path.name} has {len(secret)} bytes, not {_KEY_BYTES}")
    return secret
