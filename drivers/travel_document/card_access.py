"""EF.CardAccess: what access the chip offers besides BAC (ICAO Doc 9303-11, 9.2; Doc 9303-10,
3.11.3), and EF.ATR/INFO: how long its answers may be (Doc 9303-10, 3.11.2)."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.travel_document import tlv
from drivers.travel_document.ciphers import CipherKind
from drivers.travel_document.elliptic import STANDARDISED, Curve

_PACE = bytes.fromhex("04007F0007020204")
"""id-PACE, 0.4.0.127.0.7.2.2.4 (BSI TR-03110-3, A.1.1.1)."""
_ECDH_GM = _PACE + b"\x02"
"""id-PACE-ECDH-GM; one more arc names the cipher."""
_VERSION = 2
_SET, _SEQUENCE, _OID, _INTEGER = 0x31, 0x30, 0x06, 0x02
_EXTENDED_LENGTH = 0x7F66
_STRONGEST_FIRST = (
    CipherKind.AES_256,
    CipherKind.AES_192,
    CipherKind.AES_128,
    CipherKind.TRIPLE_DES,
)


@dataclass(frozen=True, slots=True)
class PaceInfo:
    """One way to open a chip by PACE with generic mapping."""

    cipher: CipherKind
    parameter: int
    """Number of the standardised domain parameters."""
    several: bool = False
    """Whether the chip offers more than one set of them, so that its number must be said."""

    @property
    def oid(self) -> bytes:
        """The protocol's object identifier, its value without tag and length."""
        return _ECDH_GM + bytes((self.cipher,))

    @property
    def curve(self) -> Curve:
        """The curve of the parameters."""
        return STANDARDISED[self.parameter]

    def encode(self) -> bytes:
        """The SecurityInfo of EF.CardAccess."""
        numbers = (bytes((_VERSION,)), bytes((self.parameter,)))
        parts = b"".join(tlv.encode(_INTEGER, each) for each in numbers)
        return tlv.encode(_SEQUENCE, tlv.encode(_OID, self.oid) + parts)


def encode(infos: tuple[PaceInfo, ...]) -> bytes:
    """EF.CardAccess that offers ``infos``."""
    return tlv.encode(_SET, b"".join(each.encode() for each in infos))


def parse(data: bytes) -> PaceInfo | None:
    """The strongest PACE that can be spoken here; ``None`` when the chip offers none such.

    Raises ``DocumentDataInvalid`` when the file is broken.
    """
    offered: list[tuple[CipherKind, int]] = []
    parameter_sets: set[int] = set()
    for tag, info in tlv.objects(tlv.need(data, _SET)):
        parts = list(tlv.objects(info)) if tag == _SEQUENCE else []
        if len(parts) < 3 or not parts[0][1].startswith(_PACE):
            continue
        (_, oid), (_, version), (_, number) = parts[:3]
        parameter = int.from_bytes(number[:2], "big")
        parameter_sets.add(parameter)
        known = oid[:-1] == _ECDH_GM and oid[-1] in set(CipherKind) and parameter in STANDARDISED
        if known and version == bytes((_VERSION,)):
            offered.append((CipherKind(oid[-1]), parameter))
    if not offered:
        return None
    cipher, parameter = min(offered, key=lambda each: _STRONGEST_FIRST.index(each[0]))
    return PaceInfo(cipher, parameter, len(parameter_sets) > 1)


def longest_answer(atr_info: bytes) -> int | None:
    """Bytes of the chip's longest answer APDU with extended length; ``None`` when EF.ATR/INFO
    speaks of none. Raises ``DocumentDataInvalid``."""
    lengths = tlv.find(atr_info, _EXTENDED_LENGTH)
    if lengths is None:
        return None
    found = [int.from_bytes(value, "big") for tag, value in tlv.objects(lengths) if tag == _INTEGER]
    return found[1] if len(found) == 2 else None
