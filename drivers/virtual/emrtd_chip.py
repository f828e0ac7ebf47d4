"""A travel document's chip: LDS1 behind BAC or PACE (ICAO Doc 9303-10, 9303-11), as APDUs see it.

It is the other side of each protocol: it makes the challenges, holds the rights, and drops its
session when anything is wrong.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivers.errors import DeviceError
from drivers.travel_document import bac, files, pace, tlv
from drivers.travel_document.apdu import LONGEST_SHORT, OK, Command
from drivers.travel_document.card_access import PaceInfo
from drivers.travel_document.ciphers import MAC_LENGTH, CipherKind, Suite
from drivers.travel_document.contract import CardAccessNumber, ChipKey, MrzKey
from drivers.travel_document.elliptic import Point
from drivers.travel_document.secure_messaging import (
    DATA_AS_IS,
    DATA_WITH_PADDING_MARK,
    EXPECTED,
    MAC,
    SECURED,
    STATUS,
    data_object,
)

ATR = bytes.fromhex("3B8A80014A434F503331563233327A")
"""A contactless chip behind a reader that speaks T=0 and T=1 (PC/SC part 3, 3.1.3.2.3)."""
LONGEST_ANSWER = 16_384
_END_OF_FILE = 0x6282
_KEY_REFUSED, _DENIED, _NO_CONDITIONS = 0x6300, 0x6982, 0x6985
_SM_MISSING, _SM_WRONG = 0x6987, 0x6988
_WRONG_DATA, _NO_FILE, _OUTSIDE, _WRONG_P1P2 = 0x6A80, 0x6A82, 0x6B00, 0x6A86
_NO_REFERENCE = 0x6A88
_UNKNOWN_INS, _WRONG_LENGTH = 0x6D00, 0x6700
_DYNAMIC = 0x7C
_MASTER_FILE = bytes.fromhex("3F00")


class Access(StrEnum):
    """How the chip is opened; the values are those of ``place``."""

    BAC = "bac"
    PACE_BRAINPOOL = "pace-brainpool"
    PACE_NIST = "pace-nist"


OFFERED: dict[Access, tuple[PaceInfo, ...]] = {
    Access.BAC: (),
    Access.PACE_BRAINPOOL: (PaceInfo(CipherKind.AES_128, 13),),
    Access.PACE_NIST: (PaceInfo(CipherKind.AES_256, 12),),
}


class Refused(Exception):
    """A status word other than 9000, and what comes with it."""

    def __init__(self, status: int, data: bytes = b"") -> None:
        super().__init__(status)
        self.status = status
        self.data = data


@dataclass(slots=True)
class _Session:
    suite: Suite
    counter: int

    def count(self) -> bytes:
        self.counter += 1
        return self.counter.to_bytes(self.suite.block, "big")


class EmrtdChip:
    """One chip. Fulfils ``VirtualCard``.

    ``master`` and ``application``: files by short identifier, before and behind access. ``random``
    gives that many random bytes; a benchmark gives the same ones at each start.
    ``access_number``: opens it by PACE beside ``key``.
    """

    def __init__(
        self,
        key: MrzKey,
        offered: tuple[PaceInfo, ...],
        master: Mapping[int, bytes],
        application: Mapping[int, bytes],
        random: Callable[[int], bytes] = secrets.token_bytes,
        atr: bytes = ATR,
        access_number: CardAccessNumber | None = None,
    ) -> None:
        self.atr = atr
        keys = (key, access_number) if access_number is not None else (key,)
        self._keys: dict[bytes, ChipKey] = {pace.password_reference(each): each for each in keys}
        self._offered = offered
        self._master = dict(master)
        self._application = dict(application)
        self._random = random
        self._access = CipherKind.TRIPLE_DES.suite(bac.key_seed(key))
        self.extended = True
        """Whether commands of extended length are taken."""
        self.power_on()

    def power_on(self) -> None:
        """See ``VirtualCard.power_on``."""
        self._files: Mapping[int, bytes] = self._master
        self._current: bytes | None = None
        self._session: _Session | None = None
        self._challenge: bytes | None = None
        self._pace: _PaceSide | None = None

    def answer(self, command: bytes) -> bytes:
        """See ``VirtualCard.answer``."""
        if not self.extended and len(command) > 5 and command[4] == 0:
            return _response(b"", _WRONG_LENGTH)
        try:
            asked = Command.decode(command)
            if asked.cla & SECURED == SECURED:
                return self._secured(asked)
            # A plain command ends secure messaging, and the rights with it (9.8.3).
            if self._session is not None:
                self._session, self._files = None, self._master
            return _response(self._carry_out(asked), OK)
        except Refused as refusal:
            return _response(refusal.data, refusal.status)
        except DeviceError:
            return _response(b"", _WRONG_DATA)

    def _secured(self, command: Command) -> bytes:
        session = self._session
        if session is None:
            raise Refused(_SM_MISSING)
        try:
            plain = _unprotected(session, command)
        except (DeviceError, Refused):
            self._session, self._files = None, self._master
            raise Refused(_SM_WRONG) from None
        try:
            data, status = self._carry_out(plain), OK
        except Refused as refusal:
            data, status = refusal.data, refusal.status
        protected = _protected(session, plain.ins, data, status)
        if len(protected) > min(command.expected, LONGEST_ANSWER - 2):
            self._session, self._files = None, self._master
            raise Refused(_WRONG_LENGTH)
        return _response(protected, status)

    def _carry_out(self, command: Command) -> bytes:
        match command.ins:
            case 0xA4:
                return self._select(command)
            case 0xB0 | 0xB1:
                return self._read_binary(command)
            case 0x84:
                self._challenge = self._random(8)
                return self._challenge
            case 0x82:
                return self._external_authenticate(command)
            case 0x22 if self._offered:
                return self._set_environment(command)
            case 0x86 if self._pace is not None:
                return self._general_authenticate(command, self._pace)
            case _:
                raise Refused(_UNKNOWN_INS)

    def _select(self, command: Command) -> bytes:
        self._current = None
        if command.p1 == 0x04 and command.data == files.APPLICATION:
            self._files = self._application
        elif command.p1 == 0x00 and command.data in (b"", _MASTER_FILE):
            self._files = self._master
        elif command.p1 == 0x02 and len(command.data) == 2:
            short_id = command.data[1]
            if command.data[0] != 0x01 or short_id not in self._files:
                raise Refused(_NO_FILE)
            self._current = self._opened(short_id)
        else:
            raise Refused(_NO_FILE)
        return b""

    def _read_binary(self, command: Command) -> bytes:
        offset = command.p1 << 8 | command.p2
        if command.ins & 1:
            where = tlv.need(command.data, 0x54)
            offset = int.from_bytes(where, "big")
        elif command.p1 & 0x80:
            self._current, offset = self._opened(command.p1 & 0x1F), command.p2
        if self._current is None:
            raise Refused(_NO_CONDITIONS)
        if offset > len(self._current):
            raise Refused(_OUTSIDE)
        portion = self._current[offset : offset + command.expected]
        if command.ins & 1:
            # Room for the data object's own header is part of Le.
            room = command.expected - (2 if command.expected <= 0x81 else 3)
            room -= command.expected > 0x102
            return tlv.encode(0x53, portion[:room])
        if len(portion) < command.expected < LONGEST_SHORT:
            raise Refused(_END_OF_FILE, portion)
        return portion

    def _opened(self, short_id: int) -> bytes:
        if self._files is self._application and self._session is None:
            raise Refused(_DENIED)
        try:
            return self._files[short_id]
        except KeyError:
            raise Refused(_NO_FILE) from None

    def _external_authenticate(self, command: Command) -> bytes:
        challenge, self._challenge = self._challenge, None
        if self._files is not self._application or challenge is None:
            raise Refused(_NO_CONDITIONS)
        sealed, mac = command.data[:-MAC_LENGTH], command.data[-MAC_LENGTH:]
        access = self._access
        if len(sealed) != 32 or not hmac.compare_digest(mac, access.mac(access.pad(sealed))):
            raise Refused(_KEY_REFUSED)
        plain = access.decrypt(sealed, b"")
        theirs, echoed, secret = plain[:8], plain[8:16], plain[16:]
        if echoed != challenge:
            raise Refused(_KEY_REFUSED)
        ours = self._random(16)
        sealed = access.encrypt(challenge + theirs + ours, b"")
        shared = bytes(one ^ other for one, other in zip(secret, ours, strict=True))
        self._begin(CipherKind.TRIPLE_DES.suite(shared), challenge[-4:] + theirs[-4:])
        return sealed + access.mac(access.pad(sealed))

    def _set_environment(self, command: Command) -> bytes:
        if (command.p1, command.p2) != (0xC1, 0xA4):
            raise Refused(_WRONG_P1P2)
        oid = tlv.find(command.data, 0x80)
        info = next((each for each in self._offered if each.oid == oid), None)
        if info is None:
            raise Refused(_WRONG_DATA)
        key = self._keys.get(tlv.find(command.data, 0x83) or b"")
        if key is None:
            raise Refused(_NO_REFERENCE)
        self._pace = _PaceSide(info, key)
        return b""

    def _general_authenticate(self, command: Command, side: _PaceSide) -> bytes:
        sent = dict(tlv.objects(tlv.need(command.data, _DYNAMIC)))
        tag, value = side.step(sent)
        if tag == 0x86:
            self._begin(side.suite, bytes(side.suite.block))
            self._pace = None
        return tlv.encode(_DYNAMIC, tlv.encode(tag, value))

    def _begin(self, suite: Suite, counter: bytes) -> None:
        self._session = _Session(suite, int.from_bytes(counter, "big"))


class _PaceSide:
    """The chip's part of one PACE."""

    def __init__(self, info: PaceInfo, key: ChipKey) -> None:
        self._info = info
        self._password_key = pace.password_key(info.cipher, key)
        self._nonce = secrets.token_bytes(16)
        self._generator: Point | None = None
        self._public: Point | None = None
        self._theirs: Point | None = None
        self.suite: Suite = info.cipher.suite(b"")

    def step(self, sent: Mapping[int, bytes]) -> tuple[int, bytes]:
        """What the chip answers to one data object."""
        curve = self._info.curve
        if not sent:
            return 0x80, self._info.cipher.encrypt_nonce(self._password_key, self._nonce)
        if 0x81 in sent:
            secret = pace.fresh_secret(curve)
            shared = curve.multiply(secret, curve.decode(sent[0x81]))
            self._generator = pace.mapped(curve, self._nonce, shared)
            return 0x82, curve.encode(curve.base_multiple(secret))
        if 0x83 in sent and self._generator is not None:
            secret = pace.fresh_secret(curve)
            self._theirs = curve.decode(sent[0x83])
            self._public = curve.multiply(secret, self._generator)
            self.suite = self._info.cipher.suite(curve.agree(secret, self._theirs))
            return 0x84, curve.encode(self._public)
        if 0x85 in sent and self._public is not None and self._theirs is not None:
            if not hmac.compare_digest(
                sent[0x85], pace.token(self._info, self.suite, self._public)
            ):
                raise Refused(_KEY_REFUSED)
            return 0x86, pace.token(self._info, self.suite, self._theirs)
        raise Refused(_NO_CONDITIONS)


def _unprotected(session: _Session, command: Command) -> Command:
    """The plain command; ``Refused`` or ``DeviceError`` when it is not protected as it must be."""
    suite, counter = session.suite, session.count()
    checked, mac = command.data[: -2 - MAC_LENGTH], command.data[-MAC_LENGTH:]
    header = bytes((command.cla, command.ins, command.p1, command.p2))
    covered = counter + suite.pad(header) + checked
    expected = suite.mac(suite.pad(covered) if checked else covered)
    if command.data != checked + bytes((MAC, MAC_LENGTH)) + mac:
        raise Refused(_SM_WRONG)
    if not hmac.compare_digest(mac, expected):
        raise Refused(_SM_WRONG)
    found = dict(tlv.objects(checked))
    sealed = found.get(DATA_AS_IS, found.get(DATA_WITH_PADDING_MARK, b"")[1:])
    data = suite.decrypt(sealed, counter).rpartition(b"\x80")[0] if sealed else b""
    le = found.get(EXPECTED)
    most = LONGEST_SHORT if le is None or len(le) == 1 else 65_536
    length = 0 if le is None else int.from_bytes(le, "big") or most
    return Command(command.cla & ~SECURED, command.ins, command.p1, command.p2, data, length)


def _protected(session: _Session, ins: int, data: bytes, status: int) -> bytes:
    suite, counter = session.suite, session.count()
    objects = data_object(ins, suite.encrypt(suite.pad(data), counter)) if data else b""
    objects += tlv.encode(STATUS, status.to_bytes(2, "big"))
    return objects + tlv.encode(MAC, suite.mac(suite.pad(counter + objects)))


def _response(data: bytes, status: int) -> bytes:
    return data + status.to_bytes(2, "big")
