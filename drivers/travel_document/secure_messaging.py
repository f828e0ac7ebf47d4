"""Secure messaging with 3DES and AES (ICAO Doc 9303-11, 9.8)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from drivers.errors import ProtocolError
from drivers.travel_document import tlv
from drivers.travel_document.apdu import LONGEST_EXTENDED, LONGEST_SHORT, Command, split
from drivers.travel_document.ciphers import MAC_LENGTH, Suite

SECURED = 0x0C
DATA_WITH_PADDING_MARK, DATA_AS_IS, EXPECTED, STATUS, MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
_PADDED = b"\x01"
_MAC_HEAD = bytes((MAC, MAC_LENGTH))
_JUDGE = ThreadPoolExecutor(1, "judge")


class SecureChannel:
    """One session with a chip. A single wrong answer ends it for good, and forgets its keys."""

    def __init__(self, transmit: Callable[[bytes], bytes], suite: Suite, counter: bytes) -> None:
        """``counter``: the send sequence counter before the first command, a block long."""
        self._transmit = transmit
        self._suite: Suite | None = suite
        self._counter = int.from_bytes(counter, "big")
        self._asked: Future[tuple[bytes, int]] | None = None

    def send(self, command: Command) -> tuple[bytes, int]:
        """The data and the status word of the answer to a plain ``command``.

        Raises ``ProtocolError`` ``card-garbled`` (the chip answered without protection),
        ``session-forged`` (a checksum is wrong), ``session-ended`` (it was before), and what
        ``transmit`` raises.
        """
        return self._judged(*self._exchanged(command))

    def ask(self, command: Command) -> Callable[[], tuple[bytes, int]]:
        """Like ``send``, but the answer is judged by another thread; what is returned waits for it.

        Further commands may be sent meanwhile, as none of them depends on an answer that nobody
        has seen. A wrong one ends the session all the same: the next command tells why.
        """
        self._asked = _JUDGE.submit(self._judged, *self._exchanged(command))
        return self._asked.result

    def _exchanged(self, command: Command) -> tuple[Suite, bytes, bytes]:
        """The answer to a command as it came, and what to judge it with."""
        suite = self._suite
        if suite is None:
            if self._asked is not None:
                self._asked.result()
            raise ProtocolError("session-ended", "the session with the chip has ended")
        try:
            answer = self._transmit(self._protect(suite, command))
        except BaseException:
            self._suite = None
            raise
        return suite, self._count(suite), answer

    def _judged(self, suite: Suite, counter: bytes, answer: bytes) -> tuple[bytes, int]:
        try:
            return self._unprotect(suite, counter, answer)
        except BaseException:
            self._suite = None
            raise

    def _protect(self, suite: Suite, command: Command) -> bytes:
        counter = self._count(suite)
        header = bytes((command.cla | SECURED, command.ins, command.p1, command.p2))
        objects = b""
        if command.data:
            objects = data_object(command.ins, suite.encrypt(suite.pad(command.data), counter))
        if command.expected:
            objects += tlv.encode(EXPECTED, expected_bytes(command.expected))
        checked = counter + suite.pad(header) + objects
        objects += tlv.encode(MAC, suite.mac(suite.pad(checked) if objects else checked))
        extended = len(objects) >= LONGEST_SHORT or command.expected > LONGEST_SHORT
        protected = replace(
            command,
            cla=header[0],
            data=objects,
            expected=LONGEST_EXTENDED if extended else LONGEST_SHORT,
        )
        return protected.encode()

    @classmethod
    def _unprotect(cls, suite: Suite, counter: bytes, answer: bytes) -> tuple[bytes, int]:
        secured, outer = split(answer)
        if not secured:
            raise ProtocolError("card-garbled", f"the chip ended the session, status {outer:04X}")
        checked, mac = secured[: -len(_MAC_HEAD) - MAC_LENGTH], secured[-MAC_LENGTH:]
        if secured != checked + _MAC_HEAD + mac or not hmac.compare_digest(
            mac, suite.mac(suite.pad(counter + checked))
        ):
            raise ProtocolError("session-forged", "the checksum of the chip's answer is wrong")
        found = dict(tlv.objects(checked))
        status = found.get(STATUS, b"")
        if len(status) != 2:
            raise ProtocolError(
                "session-forged", "the chip's answer has no status under protection"
            )
        return cls._plain(suite, found, counter), int.from_bytes(status, "big")

    @staticmethod
    def _plain(suite: Suite, found: dict[int, bytes], counter: bytes) -> bytes:
        value = found.get(DATA_AS_IS)
        if value is None:
            value = found.get(DATA_WITH_PADDING_MARK)
            if value is None:
                return b""
            if value[:1] != _PADDED:
                raise ProtocolError("session-forged", "the chip's data are padded in no known way")
            value = value[1:]
        if not value or len(value) % suite.block:
            raise ProtocolError("session-forged", "the chip's data are no whole blocks")
        plain, mark, rest = suite.decrypt(value, counter).rpartition(b"\x80")
        if not mark or rest.strip(b"\0"):
            raise ProtocolError("session-forged", "the chip's data have no padding")
        return plain

    def _count(self, suite: Suite) -> bytes:
        self._counter = (self._counter + 1) % (1 << (8 * suite.block))
        return self._counter.to_bytes(suite.block, "big")


def data_object(ins: int, encrypted: bytes) -> bytes:
    """DO 87 with its mark of padding; DO 85 for an odd instruction (ISO/IEC 7816-4, 10.4)."""
    if ins & 1:
        return tlv.encode(DATA_AS_IS, encrypted)
    return tlv.encode(DATA_WITH_PADDING_MARK, _PADDED + encrypted)


def expected_bytes(expected: int) -> bytes:
    """The value of DO 97 for Ne: one byte up to 256, two beyond."""
    if expected <= LONGEST_SHORT:
        return bytes((expected % LONGEST_SHORT,))
    return (expected % LONGEST_EXTENDED).to_bytes(2, "big")
