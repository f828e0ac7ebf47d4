"""What a card's driver needs of whatever carries its commands (ISO/IEC 7816-3 and 7816-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.errors import ProtocolError

STATUS_BYTES = 2
_MORE_WAITS = 0x61
_WRONG_LENGTH = 0x6C
_GET_RESPONSE = 0xC0
_READERS_OWN = 0xFF
_LONGEST_CHAIN = 256
"""Portions after which a card that always has more is not believed (64 KiB)."""


class CardChannel(Protocol):
    """A way to one powered card."""

    def transmit(self, command: bytes) -> bytes:
        """Send a whole command APDU; return the whole response APDU with SW1 SW2 at its end.

        Raises ``UserFault`` ``card-pulled`` when the card has gone, ``ProtocolError``
        ``card-garbled`` when what came is no response, ``DeviceTimeout`` ``card-silent``,
        ``DeviceNotReady`` ``reader-absent`` or ``pcsc-down``.
        """
        ...


def complete(send: Callable[[bytes], bytes], command: bytes) -> bytes:
    """Send a command and see its answer through (ISO/IEC 7816-4 5.3.4).

    ``6Cxx`` has the command sent again with the length that the card names; ``61xx`` has the rest
    fetched with GET RESPONSE, in the class of the command. ``send`` carries one APDU; a response
    of less than two bytes is ``ProtocolError`` ``card-garbled``.
    """
    answer = _checked(send(command))
    if answer[-2] not in (_MORE_WAITS, _WRONG_LENGTH):
        return answer
    if answer[-2] == _WRONG_LENGTH:
        answer = _checked(send(_with_length(command, answer[-1])))
    whole = bytearray(answer[:-2])
    for _ in range(_LONGEST_CHAIN):
        if answer[-2] != _MORE_WAITS:
            return bytes(whole + answer[-2:])
        answer = _checked(send(bytes((_plain_class(command[0]), _GET_RESPONSE, 0, 0, answer[-1]))))
        whole += answer[:-2]
    raise ProtocolError("card-garbled", "the card never comes to the end of its answer")


def _with_length(command: bytes, length: int) -> bytes:
    """The short command with another Le; the card has told that its last byte was wrong."""
    carries_data = len(command) > 5 and len(command) == 5 + command[4]
    return (command if carries_data or len(command) == 4 else command[:-1]) + bytes((length,))


def _plain_class(first: int) -> int:
    """The class byte for GET RESPONSE: the same logical channel, neither chained nor secured
    (ISO/IEC 7816-4 5.4.1); FF stays the reader's own; other private classes have the plain one."""
    if first < 0x40:
        return first & 0x03
    if first < 0x80:
        return first & 0x4F
    return first if first == _READERS_OWN else 0x00


def _checked(answer: bytes) -> bytes:
    if len(answer) < STATUS_BYTES:
        raise ProtocolError("card-garbled", "the card's answer has no status")
    return answer
