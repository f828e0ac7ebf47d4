"""What a receipt printer sends: bytes that are told apart by their fixed bits.

    DLE EOT n    0..1..10     one byte; which n it answers only the order tells
    ASB          0..1..00     and three bytes 0..0.... (GS a)
    GS r         0..0....     one byte
    DLE EOT 20   10 0F        and four bytes of any bits; from printers with a presenter alone
    XON, XOFF    00010001, 00010011

(Citizen, Command Reference, "Identification of Send Status"; Epson, DLE EOT, GS a, GS r; Pyramid
Technologies, ESC/POS Command Set, "Real Time Status", n = 20.)
All functions are pure; for bytes of any content they raise nothing but ``ProtocolError``
``receipt-printer-garbled``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from drivers.errors import ProtocolError
from drivers.receipt_printer.contract import Answer

PRINTER, OFFLINE_CAUSE, ERROR_CAUSE, ROLL, PRESENTER = 1, 2, 3, 4, 20
"""The four questions of DLE EOT, and the one that presenter printers have besides."""
XON, XOFF = 0x11, 0x13
_ASB_LENGTH = 4
_ASB_ONLINE_BIT = 0x08
FULL_BEGINS = b"\x10\x0f"
"""How the answer to DLE EOT 20 begins."""
_FULL_LENGTH = 6
_TICKET_BIT = 0x20


@dataclass(frozen=True, slots=True)
class Sensors:
    """What is known of the printer, each as it answered."""

    paper_out: Answer = Answer.NO_ANSWER
    near_end: Answer = Answer.NO_ANSWER
    cover_open: Answer = Answer.NO_ANSWER
    cutter_fault: Answer = Answer.NO_ANSWER
    broken: Answer = Answer.NO_ANSWER
    """An error that switching off and on may mend, or nothing."""
    offline: Answer = Answer.NO_ANSWER
    presented: Answer = Answer.NO_ANSWER
    """Whether a receipt waits at the slot."""

    def updated(self, other: Sensors) -> Sensors:
        """These, with whatever the other has an answer for."""
        known = {each.name: getattr(other, each.name) for each in fields(other)}
        return replace(
            self, **{name: each for name, each in known.items() if each is not Answer.NO_ANSWER}
        )


@dataclass(frozen=True, slots=True)
class RealTime:
    """An answer to DLE EOT; ``byte`` is read by ``real_time`` for the question asked."""

    byte: int


@dataclass(frozen=True, slots=True)
class Echo:
    """An answer to GS r 1."""

    sensors: Sensors


@dataclass(frozen=True, slots=True)
class Automatic:
    """A status that the printer sent by itself (ASB)."""

    sensors: Sensors


@dataclass(frozen=True, slots=True)
class Full:
    """An answer to DLE EOT 20."""

    sensors: Sensors


Report = RealTime | Echo | Automatic | Full


class StatusParser:
    """Takes bytes in whatever portions they come, and gives the reports in them. ``presenter``:
    whether the printer has one, and what begins like its full status is one."""

    def __init__(self, *, presenter: bool = False) -> None:
        self._presenter = presenter
        self._automatic = b""

    def feed(self, data: bytes) -> tuple[Report, ...]:
        """The reports that end in ``data``. Raises ``ProtocolError`` ``receipt-printer-garbled``
        for a byte that is none, and forgets what came with it."""
        try:
            return tuple(self._reports(data))
        except ProtocolError:
            self._automatic = b""
            raise

    def _reports(self, data: bytes) -> Iterable[Report]:
        for byte in data:
            if byte in (XON, XOFF) and not self._in_full:
                continue
            report = self._automatic_byte(byte) if self._automatic else self._first_byte(byte)
            if report is not None:
                yield report

    def _first_byte(self, byte: int) -> Report | None:
        if byte & 0x93 == 0x12:
            return RealTime(byte)
        if byte & 0x93 == 0x10:
            self._automatic = bytes((byte,))
            return None
        if byte & 0x90 == 0x00:
            return Echo(roll_in_echo(byte))
        raise _garbled()

    @property
    def _in_full(self) -> bool:
        return self._presenter and self._automatic.startswith(FULL_BEGINS)

    def _automatic_byte(self, byte: int) -> Report | None:
        if self._in_full:
            return self._full_byte(byte)
        if byte & 0x90 != 0x00:
            raise _garbled()
        self._automatic += bytes((byte,))
        if len(self._automatic) < _ASB_LENGTH:
            return None
        whole, self._automatic = self._automatic, b""
        return Automatic(automatic(whole))

    def _full_byte(self, byte: int) -> Report | None:
        self._automatic += bytes((byte,))
        if len(self._automatic) < _FULL_LENGTH:
            return None
        whole, self._automatic = self._automatic, b""
        return Full(Sensors(presented=_says(whole[2] & _TICKET_BIT)))


def real_time(question: int, byte: int) -> Sensors:
    """The answer to DLE EOT ``question``, 1 to 4."""
    if byte & 0x93 != 0x12:
        raise _garbled()
    match question:
        case 1:
            return Sensors(offline=_says(byte & 0x08))
        case 2:
            paper_out = Answer.YES if byte & 0x20 else Answer.NO_ANSWER
            return Sensors(cover_open=_says(byte & 0x04), paper_out=paper_out)
        case 3:
            return Sensors(cutter_fault=_says(byte & 0x08), broken=_says(byte & 0x20))
        case 4:
            return Sensors(near_end=_says(byte & 0x0C), paper_out=_says(byte & 0x60))
        case _:
            raise _garbled()


def automatic(four: bytes) -> Sensors:
    """The four bytes of a basic ASB."""
    if len(four) != _ASB_LENGTH or four[0] & 0x93 != 0x10 or any(each & 0x90 for each in four[1:]):
        raise _garbled()
    first, second, third, _ = four
    return Sensors(
        paper_out=_says(third & 0x0C),
        near_end=_says(third & 0x03),
        cover_open=_says(first & 0x20),
        cutter_fault=_says(second & 0x08),
        broken=_says(second & 0x20),
        offline=_says(first & _ASB_ONLINE_BIT),
    )


def roll_in_echo(byte: int) -> Sensors:
    """The answer to GS r 1. A printer without paper gives none, so that it never says "out"."""
    if byte & 0x90:
        raise _garbled()
    return Sensors(near_end=_says(byte & 0x03))


def _says(bits: int) -> Answer:
    return Answer.YES if bits else Answer.NO


def _garbled() -> ProtocolError:
    return ProtocolError("receipt-printer-garbled", "the receipt printer sends what is no status")
