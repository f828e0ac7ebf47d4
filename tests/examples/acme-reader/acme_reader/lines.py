"""Lines on an Acme reader's wire; the README describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import xor

LONGEST = 2048
END = b"\r\n"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``mark`` is ``>`` or ``<``. ``repr`` hides the fields, which may be a person's."""

    mark: str
    word: str
    fields: tuple[str, ...] = field(default=(), repr=False)

    def encode(self) -> bytes:
        """The line as it is sent."""
        words = (self.word, *(text.encode().hex() or "-" for text in self.fields))
        body = " ".join(words).encode("ascii")
        return self.mark.encode() + body + b"*" + _check(body) + END


class LineParser:
    """Finds lines in a stream that may be split, merged, damaged or endless."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.damaged = 0
        """Lines that were none."""

    def feed(self, received: bytes) -> list[Line]:
        """Take the next bytes; return the lines that they complete."""
        self._buffer += received
        *whole, rest = bytes(self._buffer).split(END)
        self._buffer = bytearray(rest[-LONGEST:])
        found = [line for each in whole if (line := decode(each)) is not None]
        self.damaged += len(whole) - len(found) + (len(rest) > LONGEST)
        return found


def _check(body: bytes) -> bytes:
    return b"%02X" % reduce(xor, body, 0)


def decode(raw: bytes) -> Line | None:
    """The line of these bytes, without their end; ``None`` when they are none."""
    mark, body, check = raw[:1], raw[1:-3], raw[-3:]
    if mark not in (b"<", b">") or len(raw) > LONGEST or check != b"*" + _check(body):
        return None
    try:
        word, *fields = body.decode("ascii").split(" ")
        texts = tuple("" if text == "-" else bytes.fromhex(text).decode() for text in fields)
    except ValueError:
        return None
    return Line(mark.decode(), word, texts) if word else None
