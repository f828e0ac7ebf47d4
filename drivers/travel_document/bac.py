"""Basic Access Control (ICAO Doc 9303-11, 4.3; worked example in its Appendix D)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

from drivers.errors import ProtocolError, UserFault
from drivers.travel_document import mrz
from drivers.travel_document.apdu import OK, Command, split
from drivers.travel_document.ciphers import MAC_LENGTH, CipherKind
from drivers.travel_document.contract import MrzKey
from drivers.travel_document.secure_messaging import SecureChannel

_NONCE, _KEY = 8, 16
_ANSWER = 2 * _NONCE + _KEY + MAC_LENGTH
_GET_CHALLENGE = Command(0x00, 0x84, 0x00, 0x00, expected=_NONCE)
_NOT_OFFERED = (0x6A81, 0x6A82, 0x6A86, 0x6A88, 0x6D00, 0x6E00)
_NO_COUNTER = bytes(8)


def key_wrong() -> UserFault:
    """The chip refused the key."""
    return UserFault("key-wrong", "the chip refused the key; check it against the data page")


def unsupported(what: str) -> UserFault:
    """The chip is none that can be read here."""
    return UserFault("card-unsupported", what, error_code="invalidMedia")


def key_seed(key: MrzKey) -> bytes:
    """``K_seed`` (Doc 9303-11, 9.7.2)."""
    return hashlib.sha1(mrz.information(key), usedforsecurity=False).digest()[:16]


def open_session(
    transmit: Callable[[bytes], bytes],
    key: MrzKey,
    *,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> SecureChannel:
    """Prove the key to the chip and agree on session keys; LDS1 must have been selected.

    Raises ``UserFault`` ``key-wrong`` or ``card-unsupported``, ``ProtocolError`` ``card-garbled``
    or ``session-forged``. ``random`` gives that many random bytes.
    """
    access = CipherKind.TRIPLE_DES.suite(key_seed(key))
    challenge, status = split(transmit(_GET_CHALLENGE.encode()))
    if status != OK or len(challenge) != _NONCE:
        raise unsupported(f"the chip gives no challenge, status {status:04X}")
    ours, secret = random(_NONCE), random(_KEY)
    cryptogram = access.encrypt(ours + challenge + secret, _NO_COUNTER)
    token = cryptogram + access.mac(access.pad(cryptogram))
    command = Command(0x00, 0x82, 0x00, 0x00, token, expected=len(token))
    answer, status = split(transmit(command.encode()))
    if status != OK:
        if status in _NOT_OFFERED:
            raise unsupported(f"the chip knows no basic access control, status {status:04X}")
        raise key_wrong()
    if len(answer) != _ANSWER:
        raise ProtocolError("card-garbled", "the chip's answer to the key has the wrong length")
    sealed, mac = answer[:-MAC_LENGTH], answer[-MAC_LENGTH:]
    plain = access.decrypt(sealed, _NO_COUNTER)
    genuine = hmac.compare_digest(mac, access.mac(access.pad(sealed)))
    if not genuine or plain[: 2 * _NONCE] != challenge + ours:
        raise ProtocolError("session-forged", "the chip does not prove that it knows the key")
    shared = bytes(one ^ other for one, other in zip(secret, plain[2 * _NONCE :], strict=True))
    counter = challenge[-4:] + ours[-4:]
    return SecureChannel(transmit, CipherKind.TRIPLE_DES.suite(shared), counter)
