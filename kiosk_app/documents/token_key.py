"""A signing key that never leaves its PKCS#11 token."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pkcs11
from cryptography import x509

from kiosk_app.documents.errors import KeyUnusable
from kiosk_app.documents.key_sources import KeyToken, read_secret
from kiosk_app.documents.public_key import PublicKey


@dataclass(frozen=True)
class TokenKey:
    """A token's key. ``CKM_ECDSA`` over our own digest: every token has it, and it answers r and
    s as they are (PKCS #11 v3.0, section 2.3.1). Tokens draw a random nonce: signing twice gives
    two signatures."""

    public: PublicKey
    _private: Any = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Have the token sign. Raises ``KeyUnusable`` when it was pulled or refuses."""
        try:
            digest = hashlib.sha256(message).digest()
            return bytes(self._private.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as problem:
            raise KeyUnusable(f"the token did not sign: {type(problem).__name__}") from None


def open_token_key(source: KeyToken) -> TokenKey:
    """Log in to the token and find key and certificate by label. Raises ``KeyUnusable``."""
    try:
        token = pkcs11.lib(str(source.module)).get_token(token_label=source.token_label)
        session = token.open(user_pin=read_secret(source.pin_file))
        private = session.get_key(
            object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=source.key_label
        )
        found = session.get_objects(
            {
                pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
                pkcs11.Attribute.LABEL: source.key_label,
            }
        )
        certificates = [x509.load_der_x509_certificate(c[pkcs11.Attribute.VALUE]) for c in found]
    except (pkcs11.PKCS11Error, OSError, RuntimeError, ValueError) as problem:
        reason = type(problem).__name__
        raise KeyUnusable(f"token {source.token_label!r} cannot be used: {reason}") from None
    if len(certificates) != 1:
        raise KeyUnusable(
            f"token {source.token_label!r} has not one certificate {source.key_label!r}"
        )
    key = TokenKey(PublicKey(certificates[0]), private)
    if not key.public.verifies(key.sign(b"certificate fits key"), b"certificate fits key"):
        raise KeyUnusable(f"token {source.token_label!r}: the certificate belongs to another key")
    return key
