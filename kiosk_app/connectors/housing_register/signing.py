"""Who speaks, proved: Ed25519 (RFC 8032) signatures over calls and replies.

A call is signed by the terminal over protocol, method, path, terminal, time, nonce and the body's
SHA-256; the reply by the register over protocol, status, the call's nonce and the body's SHA-256.
A reply therefore fits one call only, and a call is good once, for a short time. The signed text is
the parts joined by line feeds; no part can hold one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from kiosk_app.connectors.housing_register.wire import Rejection

TERMINAL_HEADER = "yimen-terminal"
TIME_HEADER = "yimen-time"
NONCE_HEADER = "yimen-nonce"
SIGNATURE_HEADER = "yimen-signature"
WINDOW_S = 120
"""How far the two clocks may be apart, in seconds."""

_TERMINAL = re.compile(r"[A-Za-z0-9-]{1,32}")
_TIME = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[0-9a-f]{32}")


class KeyFileError(Exception):
    """A key file is missing or holds no Ed25519 key; the message names the file."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What goes with a call's body to prove where it comes from, as header values."""

    terminal: str
    time: str
    nonce: str
    signature: str

    def headers(self) -> dict[str, str]:
        """As HTTP headers."""
        return {
            TERMINAL_HEADER: self.terminal,
            TIME_HEADER: self.time,
            NONCE_HEADER: self.nonce,
            SIGNATURE_HEADER: self.signature,
        }


def stamp_call(
    key: Ed25519PrivateKey, terminal: str, path: str, body: bytes, *, at: float
) -> Stamp:
    """Sign one call with a nonce of its own. ``at``: seconds since the epoch."""
    moment, nonce = str(int(at)), secrets.token_hex(16)
    signature = key.sign(_call_text(path, terminal, moment, nonce, body))
    return Stamp(terminal, moment, nonce, base64.b64encode(signature).decode())


def sign_reply(key: Ed25519PrivateKey, nonce: str, status: int, body: bytes) -> str:
    """The value of ``SIGNATURE_HEADER`` of a reply to the call with this nonce."""
    return base64.b64encode(key.sign(_reply_text(nonce, status, body))).decode()


def reply_is_signed(
    key: Ed25519PublicKey, signature: str, nonce: str, status: int, body: bytes
) -> bool:
    """Whether the register signed this reply to the call with this nonce."""
    return _verifies(key, signature, _reply_text(nonce, status, body))


class CallChecker:
    """The register's doorkeeper: knows the terminals' keys and the nonces of the last minutes.

    A restart forgets the nonces. A call repeated across it changes nothing, since acts with
    effect are bound to their idempotency keys.
    """

    def __init__(
        self,
        terminals: Mapping[str, Ed25519PublicKey],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._terminals = terminals
        self._clock = clock
        self._used: dict[str, float] = {}

    def check(self, path: str, body: bytes, headers: Mapping[str, str]) -> Rejection | None:
        """Why a call is not accepted; ``None`` when it is. Header names in lower case."""
        stamp = _stamp_in(headers)
        if stamp is None:
            return Rejection.MALFORMED
        key = self._terminals.get(stamp.terminal)
        text = _call_text(path, stamp.terminal, stamp.time, stamp.nonce, body)
        if key is None or not _verifies(key, stamp.signature, text):
            return Rejection.SIGNATURE
        now = self._clock()
        if abs(now - int(stamp.time)) > WINDOW_S:
            return Rejection.CLOCK_SKEW
        self._used = {nonce: until for nonce, until in self._used.items() if until >= now}
        if stamp.nonce in self._used:
            return Rejection.REPLAY
        self._used[stamp.nonce] = int(stamp.time) + WINDOW_S
        return None


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """A PKCS#8 PEM file without a passphrase. Raises ``KeyFileError``."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise KeyFileError(f"{path} cannot be read as a private key: {problem}") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is no Ed25519 private key")
    return key


def load_public_key(path: Path) -> Ed25519PublicKey:
    """A SubjectPublicKeyInfo PEM file. Raises ``KeyFileError``."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as problem:
        raise KeyFileError(f"{path} cannot be read as a public key: {problem}") from problem
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{path} is no Ed25519 public key")
    return key


def make_key_pair(folder: Path, name: str) -> None:
    """Make ``name.key`` (for the owner alone) and ``name.pub`` unless the key is there."""
    private_path = folder / f"{name}.key"
    if private_path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    (folder / f"{name}.pub").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    private_path.touch(mode=0o600)
    private_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _call_text(path: str, terminal: str, moment: str, nonce: str, body: bytes) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    text = f"yimen-register-1 call\nPOST\n{path}\n{terminal}\n{moment}\n{nonce}\n{digest}"
    return text.encode()


def _reply_text(nonce: str, status: int, body: bytes) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return f"yimen-register-1 reply\n{status}\n{nonce}\n{digest}".encode()


def _stamp_in(headers: Mapping[str, str]) -> Stamp | None:
    stamp = Stamp(
        headers.get(TERMINAL_HEADER, ""),
        headers.get(TIME_HEADER, ""),
        headers.get(NONCE_HEADER, ""),
        headers.get(SIGNATURE_HEADER, ""),
    )
    whole = (
        _TERMINAL.fullmatch(stamp.terminal)
        and _TIME.fullmatch(stamp.time)
        and _NONCE.fullmatch(stamp.nonce)
    )
    return stamp if whole else None


def _verifies(key: Ed25519PublicKey, signature: str, text: bytes) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), text)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
