"""What of an ESC/POS wire may be written.

Questions, and the few commands that hold nothing of a receipt, pass when they are sent alone;
everything else that is sent, which is the receipt, is hidden. What the printer says passes where
it was asked for it, or where it is a whole status that it sends by itself (ASB): the bits that mean
something, and the others as the protocol has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.receipt_printer import commands
from drivers.receipt_printer.receipt import Cut
from drivers.receipt_printer.status import FULL_BEGINS, PRESENTER, XOFF, XON
from drivers.recording.tap import Mask, Piece

_QUESTIONS = tuple(commands.ask(number) for number in (1, 2, 3, 4))
_HARMLESS = (
    *_QUESTIONS,
    commands.ECHO,
    commands.AUTO_STATUS,
    commands.AUTO_STATUS_OFF,
    commands.INITIALISE,
    commands.CLEAR_ERROR,
    commands.CLEAR_ERROR + commands.INITIALISE,
    commands.cut(Cut.PARTIAL),
    commands.cut(Cut.FULL),
    commands.cut(Cut.PARTIAL) + commands.PRESENT,
    commands.cut(Cut.FULL) + commands.PRESENT,
    commands.RETRACT,
    commands.EXPEL,
    commands.ask(PRESENTER),
)
_REAL_TIME_BITS, _ECHO_BITS = 0x6C, 0x0F
_AUTOMATIC_BITS = (0x6C, 0x68, 0x0F, 0x00)
"""Of the four bytes of ASB: what DLE EOT has too; the errors; the roll; nothing."""
_FULL_BITS = (0xFF, 0xFF, 0x25, 0x03, 0x00, 0x00)
"""Of the six bytes that answer DLE EOT 20: its head; the roll and the slot; the cover."""


class EscPosMask(Mask):
    """See the module."""

    protocol = "esc-pos"

    def __init__(self) -> None:
        self._automatic = b""
        """As much of an ASB as has come."""
        self._questions = 0
        """How many bytes the printer owes to DLE EOT."""
        self._echoes = 0
        """And to GS r."""
        self._fulls = 0
        """How many full statuses it owes to DLE EOT 20."""
        self._full = b""
        """As much of one as has come."""

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``."""
        if data in _QUESTIONS:
            self._questions += 1
        elif data == commands.ask(PRESENTER):
            self._fulls += 1
        elif data == commands.ECHO:
            self._echoes += 1
        yield data if data in _HARMLESS else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``."""
        for byte in data:
            if self._full:
                yield from self._go_on_in_full(byte)
            elif byte in (XON, XOFF):
                yield bytes((byte,))
            elif self._automatic:
                yield from self._go_on(byte)
            elif byte & 0x93 == 0x10:
                self._automatic = bytes((byte & _AUTOMATIC_BITS[0] | 0x10,))
            elif byte & 0x93 == 0x12 and self._questions:
                self._questions -= 1
                yield bytes((0x12 | byte & _REAL_TIME_BITS,))
            elif not byte & 0x90 and self._echoes:
                self._echoes -= 1
                yield bytes((byte & _ECHO_BITS,))
            else:
                yield 1

    def _go_on_in_full(self, byte: int) -> Iterator[Piece]:
        self._full += bytes((byte & _FULL_BITS[len(self._full)],))
        if len(self._full) == len(_FULL_BITS):
            whole, self._full = self._full, b""
            yield whole

    def _go_on(self, byte: int) -> Iterator[Piece]:
        if self._fulls and self._automatic + bytes((byte,)) == FULL_BEGINS:
            self._fulls -= 1
            self._full, self._automatic = FULL_BEGINS, b""
            return
        if byte & 0x90:
            yield len(self._automatic) + 1
            self._automatic = b""
            return
        self._automatic += bytes((byte & _AUTOMATIC_BITS[len(self._automatic)],))
        if len(self._automatic) == len(_AUTOMATIC_BITS):
            whole, self._automatic = self._automatic, b""
            yield whole
