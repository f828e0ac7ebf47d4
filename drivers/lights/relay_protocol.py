r"""The protocol of common USB relay boards (LCUS-1, -2, -4, -8; a CH340 at 9600 8N1).

    A0  relay from 1  00 off, 01 on  sum of the three      no answer
    FF                                                     "CH1: ON\r\nCH2: OFF\r\n" …

(Sellers' sheets of the LCUS boards. Boards with one relay, and some others, do not answer FF.)
"""

from __future__ import annotations

import re

from drivers.errors import ProtocolError

ASK = b"\xff"
MOST_RELAYS = 16
LONGEST_ANSWER = 512
START = 0xA0
"""First byte of a command that switches."""
COMMAND_LENGTH = 4
_LINE = re.compile(rb"CH(\d{1,2}) ?: ?(ON|OFF) *")


def switch(relay: int, *, on: bool) -> bytes:
    """The command that switches one relay, 1 to 16."""
    if not 1 <= relay <= MOST_RELAYS:
        raise ValueError("a relay's number is 1 to 16")
    body = bytes((START, relay, on))
    return body + bytes((sum(body) & 0xFF,))


def states(answer: bytes) -> dict[int, bool]:
    """Which relays are on, by an answer to ``ASK``.

    Raises ``ProtocolError`` ``lights-garbled`` for anything but whole lines of known relays.
    """
    if len(answer) > LONGEST_ANSWER or not answer.endswith(b"\n"):
        raise _garbled()
    found: dict[int, bool] = {}
    for line in answer.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n"):
        match = _LINE.fullmatch(line)
        relay = int(match[1]) if match is not None else 0
        if match is None or not 1 <= relay <= MOST_RELAYS or relay in found:
            raise _garbled()
        found[relay] = match[2] == b"ON"
    return found


def _garbled() -> ProtocolError:
    return ProtocolError("lights-garbled", "the lights' board sends what is no state of relays")
