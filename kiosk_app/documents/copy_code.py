"""The code on every copy: which document, which copy, and a signature that needs no network.

    YM1.C.PN-WF-20261124-0000317.1.20261124.<facts>.<key>.<signature>

``YM1`` format; ``C`` or ``R`` certificate or record; serial; copy number; day of issue in China;
digest of the facts (16 bytes); key id (first 5 bytes of SHA-256 over the public key's
SubjectPublicKeyInfo); ECDSA P-256 with SHA-256 over all before the last dot, as r and s, 32 bytes
each. Binary fields are Base32 (RFC 4648) without padding.

All characters are of the QR code's alphanumeric set (ISO/IEC 18004), 5.5 bits each: a code of 180
characters fits version 8 at level M, 0.67 mm a module at 33 mm. It is deliberately no web address:
a forged paper could carry an address of its own that says "valid". Who checks goes to their own
page or tool, which has the public key.

A code tells nothing personal, but its digest confirms a guess: keep it out of logs.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from kiosk_app.documents.errors import CodeInvalid
from kiosk_app.documents.papers import SERIAL_PATTERN, Paper, PaperKind
from kiosk_app.documents.public_key import PublicKey, SigningKey
from kiosk_app.local_time import LOCAL

MAX_LENGTH = 256
MAX_COPY = 999
_LETTERS = {PaperKind.CERTIFICATE: "C", PaperKind.RECORD: "R"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_SHAPE = re.compile(
    rf"YM1\.(?P<kind>[CR])\.(?P<serial>{SERIAL_PATTERN})\.(?P<copy>[1-9][0-9]{{0,2}})"
    r"\.(?P<day>[0-9]{8})\.(?P<facts>[A-Z2-7]{26})\.(?P<key>[A-Z2-7]{8})\.(?P<signature>[A-Z2-7]{103})"
)


@dataclass(frozen=True, slots=True)
class CopyCode:
    """A well-formed code. ``verify`` says whether it is genuine."""

    kind: PaperKind
    serial: str
    copy: int
    issued_on: date
    facts_digest: bytes
    key_id: bytes
    signature: bytes = b""

    @classmethod
    def sign(cls, paper: Paper, copy: int, key: SigningKey) -> CopyCode:
        """The code of a copy. A file key signs deterministically (RFC 6979), a token may not."""
        if not 1 <= copy <= MAX_COPY:
            raise CodeInvalid(f"copy number out of range 1 to {MAX_COPY}")
        unsigned = cls(
            kind=paper.kind,
            serial=paper.serial,
            copy=copy,
            issued_on=paper.issued_at.astimezone(LOCAL).date(),
            facts_digest=paper.facts_digest(),
            key_id=key.public.key_id,
        )
        return replace(unsigned, signature=key.sign(unsigned.signed_part))

    @classmethod
    def parse(cls, text: str) -> CopyCode:
        """Read a code as scanned or typed (letter case and outer blanks do not matter).

        Raises ``CodeInvalid`` for anything else; the message does not repeat the input.
        """
        if len(text) > MAX_LENGTH:
            raise CodeInvalid("longer than any code")
        found = _SHAPE.fullmatch(text.strip().upper())
        if found is None or not text.isascii():
            raise CodeInvalid("does not have the form of a code")
        try:
            issued_on = date.fromisoformat(found["day"])
        except ValueError:
            raise CodeInvalid("its day is none of the calendar") from None
        return cls(
            kind=_KINDS[found["kind"]],
            serial=found["serial"],
            copy=int(found["copy"]),
            issued_on=issued_on,
            facts_digest=_from_base32(found["facts"]),
            key_id=_from_base32(found["key"]),
            signature=_from_base32(found["signature"]),
        )

    @property
    def signed_part(self) -> bytes:
        """All before the last dot."""
        fields = (
            "YM1",
            _LETTERS[self.kind],
            self.serial,
            str(self.copy),
            f"{self.issued_on:%Y%m%d}",
            _to_base32(self.facts_digest),
            _to_base32(self.key_id),
        )
        return ".".join(fields).encode("ascii")

    @property
    def text(self) -> str:
        """The code as printed."""
        return f"{self.signed_part.decode('ascii')}.{_to_base32(self.signature)}"

    def verify(self, keys: Mapping[bytes, PublicKey]) -> PublicKey:
        """The key that signed it. Raises ``CodeInvalid`` for a foreign key or a wrong signature.

        ``keys``: trusted public keys by key id.
        """
        key = keys.get(self.key_id)
        if key is None:
            raise CodeInvalid("signed by a key that is not known here")
        if not key.verifies(self.signature, self.signed_part):
            raise CodeInvalid("its signature does not fit")
        return key


def qr_svg(text: str) -> str:
    """A QR code at level M, one unit a module, without the quiet zone (the template leaves it)."""
    import zxingcpp  # 2 MiB that only the workshop needs

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(symbol.to_svg(add_quiet_zones=False))


def _to_base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def _from_base32(text: str) -> bytes:
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise CodeInvalid("a field is not Base32") from None
    if _to_base32(raw) != text:
        raise CodeInvalid("a field has stray bits")
    return raw
