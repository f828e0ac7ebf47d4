"""Command and response APDUs (ISO/IEC 7816-4, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.errors import ProtocolError

OK = 0x9000
END_OF_FILE = 0x6282
"""End of the file reached before Le bytes were read."""
LONGEST_SHORT = 256
LONGEST_EXTENDED = 65_536
_NO_SW1 = 0x60


@dataclass(frozen=True, slots=True)
class Command:
    """A command before it is put on the wire. ``repr`` hides its data."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    expected: int = 0
    """How many bytes the answer may have (Ne); 0 for none."""

    @property
    def header(self) -> bytes:
        """CLA INS P1 P2."""
        return bytes((self.cla, self.ins, self.p1, self.p2))

    def encode(self) -> bytes:
        """The command on the wire: short where that serves, extended otherwise."""
        size, expected = len(self.data), self.expected
        if size < LONGEST_SHORT and expected <= LONGEST_SHORT:
            lc = bytes((size,)) if size else b""
            le = bytes((expected % LONGEST_SHORT,)) if expected else b""
            return self.header + lc + self.data + le
        lc = b"\0" + size.to_bytes(2, "big") if size else b""
        le = (expected % LONGEST_EXTENDED).to_bytes(2, "big") if expected else b""
        return self.header + lc + self.data + (le if size else b"\0" + le)

    @classmethod
    def decode(cls, raw: bytes) -> Command:
        """The command of its bytes. Raises ``ProtocolError`` ``command-malformed``."""
        body = raw[4:]
        if len(raw) < 4:
            raise _malformed()
        header = (raw[0], raw[1], raw[2], raw[3])
        if len(body) <= 1:
            return cls(*header, expected=_expected(body, LONGEST_SHORT))
        if body[0]:
            size, at, most, le = body[0], 1, LONGEST_SHORT, 1
        elif len(body) == 3:
            return cls(*header, expected=_expected(body[1:], LONGEST_EXTENDED))
        else:
            size, at, most, le = int.from_bytes(body[1:3], "big"), 3, LONGEST_EXTENDED, 2
        rest = body[at + size :]
        if len(body) < at + size or len(rest) not in (0, le):
            raise _malformed()
        return cls(*header, body[at : at + size], _expected(rest, most))


def split(answer: bytes) -> tuple[bytes, int]:
    """The data and the status word of a response. Raises ``ProtocolError`` ``card-garbled`` when
    there is none (SW1 is 61 to 6F or 90 to 9F, ISO/IEC 7816-3, 10.3.3)."""
    if len(answer) < 2 or answer[-2] >> 4 not in (6, 9) or answer[-2] == _NO_SW1:
        raise ProtocolError("card-garbled", "the chip's answer has no status")
    return answer[:-2], int.from_bytes(answer[-2:], "big")


def _expected(le: bytes, most: int) -> int:
    return (int.from_bytes(le, "big") or most) if le else 0


def _malformed() -> ProtocolError:
    return ProtocolError("command-malformed", "the bytes are no command APDU")
