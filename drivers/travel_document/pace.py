"""PACE with ECDH and generic mapping (ICAO Doc 9303-11, 4.4; worked example in its Appendix G)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

from drivers.errors import ProtocolError
from drivers.travel_document import mrz, tlv
from drivers.travel_document.apdu import LONGEST_SHORT, OK, Command, split
from drivers.travel_document.bac import key_wrong, unsupported
from drivers.travel_document.card_access import PaceInfo
from drivers.travel_document.ciphers import CipherKind, Purpose, Suite
from drivers.travel_document.contract import CardAccessNumber, ChipKey
from drivers.travel_document.elliptic import Curve, Point
from drivers.travel_document.secure_messaging import SecureChannel

_DYNAMIC = 0x7C
"""Dynamic authentication data."""
_PUBLIC_KEY = 0x7F49
_OID, _POINT = 0x06, 0x86
_MECHANISM, _PASSWORD, _PARAMETERS = 0x80, 0x83, 0x84
_MRZ, _ACCESS_NUMBER = b"\x01", b"\x02"
"""References of the passwords (Doc 9303-11, 4.4.4.1)."""
_LONGEST_NONCE = 32
_REFUSED = 0x6300


def password_key(cipher: CipherKind, key: ChipKey) -> bytes:
    """Kπ: of the whole SHA-1 of the MRZ information, or of the digits of the card access number
    (Doc 9303-11, 4.4.4.1 and 9.7.3)."""
    if isinstance(key, CardAccessNumber):
        return cipher.derive(key.digits.encode("ascii"), Purpose.PASSWORD)
    shared = hashlib.sha1(mrz.information(key), usedforsecurity=False).digest()
    return cipher.derive(shared, Purpose.PASSWORD)


def password_reference(key: ChipKey) -> bytes:
    """What a chip is told of the kind of key."""
    return _ACCESS_NUMBER if isinstance(key, CardAccessNumber) else _MRZ


def fresh_secret(curve: Curve) -> int:
    """A private key for one exchange."""
    return secrets.randbelow(curve.n - 1) + 1


def mapped(curve: Curve, nonce: bytes, shared: Point) -> Point:
    """The generator of this session: the nonce times the curve's own, plus the shared point."""
    factor = int.from_bytes(nonce, "big") % curve.n
    return curve.add(curve.base_multiple(factor), shared) if factor else shared


def token(info: PaceInfo, suite: Suite, public: Point) -> bytes:
    """What proves the session key: a checksum of the other side's public key (Doc 9303-11,
    4.4.3.4)."""
    of = tlv.encode(
        _PUBLIC_KEY, tlv.encode(_OID, info.oid) + tlv.encode(_POINT, info.curve.encode(public))
    )
    return suite.mac(suite.pad(of) if info.cipher is CipherKind.TRIPLE_DES else of)


def open_session(
    transmit: Callable[[bytes], bytes],
    key: ChipKey,
    info: PaceInfo,
    *,
    secret: Callable[[Curve], int] = fresh_secret,
) -> SecureChannel:
    """Prove the key to the chip and agree on session keys; the master file must be selected.

    Raises ``UserFault`` ``key-wrong`` or ``card-unsupported``, ``ProtocolError`` ``card-garbled``
    or ``session-forged``. ``secret`` gives the private keys of the two exchanges.
    """
    curve, exchange = info.curve, _Exchange(transmit, info, password_reference(key))
    encrypted = exchange.step(None, 0x80)
    if not 0 < len(encrypted) <= _LONGEST_NONCE or len(encrypted) % 16:
        raise ProtocolError("card-garbled", "the chip's nonce is no whole number of blocks")
    nonce = info.cipher.decrypt_nonce(password_key(info.cipher, key), encrypted)

    ours = secret(curve)
    public = curve.base_multiple(ours)
    theirs = curve.decode(exchange.step((0x81, curve.encode(public)), 0x82))
    generator = mapped(curve, nonce, curve.multiply(ours, theirs))

    ours = secret(curve)
    public = curve.multiply(ours, generator)
    theirs = curve.decode(exchange.step((0x83, curve.encode(public)), 0x84))
    if theirs == public:
        raise ProtocolError("session-forged", "the chip sent our own key back")
    suite = info.cipher.suite(curve.agree(ours, theirs))

    proof = exchange.step((0x85, token(info, suite, theirs)), 0x86, last=True)
    if not hmac.compare_digest(proof, token(info, suite, public)):
        raise ProtocolError("session-forged", "the chip does not prove that it knows the key")
    return SecureChannel(transmit, suite, bytes(suite.block))


class _Exchange:
    """The chain of GENERAL AUTHENTICATE commands (Doc 9303-11, 4.4.4.2)."""

    def __init__(self, transmit: Callable[[bytes], bytes], info: PaceInfo, password: bytes) -> None:
        """Sets the chip's security environment first (MSE:Set AT)."""
        self._transmit = transmit
        template = tlv.encode(_MECHANISM, info.oid) + tlv.encode(_PASSWORD, password)
        if info.several:
            template += tlv.encode(_PARAMETERS, bytes((info.parameter,)))
        _, status = split(transmit(Command(0x00, 0x22, 0xC1, 0xA4, template).encode()))
        if status != OK and status & 0xFFF0 != 0x63C0:
            raise unsupported(f"the chip takes no such key for its PACE, status {status:04X}")

    def step(self, sent: tuple[int, bytes] | None, wanted: int, *, last: bool = False) -> bytes:
        """Send one data object, return the value of the one that is wanted."""
        data = tlv.encode(_DYNAMIC, tlv.encode(*sent) if sent else b"")
        command = Command(0x00 if last else 0x10, 0x86, 0, 0, data, expected=LONGEST_SHORT)
        answer, status = split(self._transmit(command.encode()))
        if last and status & 0xFF00 == _REFUSED:
            raise key_wrong()
        if status != OK:
            raise ProtocolError("card-garbled", f"the chip broke PACE off, status {status:04X}")
        value = tlv.find(answer, _DYNAMIC, wanted)
        if value is None:
            raise ProtocolError("card-garbled", "the chip's answer lacks what PACE needs")
        return value
