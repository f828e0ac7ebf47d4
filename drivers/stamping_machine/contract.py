"""What every stamping machine does: an official seal put on paper, each time counted."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, Status


class StampMedia(StrEnum):
    """Printer.Status ``media``: is a sheet under the stamp?"""

    UNKNOWN = "unknown"
    PRESENT = "present"
    NOT_PRESENT = "notPresent"
    JAMMED = "jammed"


class InkLevel(StrEnum):
    """Printer.Status ``ink``."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"


class StampCover(StrEnum):
    """Whether the seal's housing is shut; as Check.Status ``shutter``."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class StampingMachineStatus(Status):
    """Printer.Status as far as a stamp has it. ``stamp_count``: stamps in the machine's life,
    counted by the machine; ``None`` when it was not heard."""

    media: Reading[StampMedia]
    ink: Reading[InkLevel]
    cover: Reading[StampCover]
    stamp_count: Reading[int | None]


@dataclass(frozen=True, slots=True)
class StampingMachineCapabilities(Capabilities):
    """``width_mm``, ``height_mm``: the area that the stamp reaches."""

    width_mm: int = 210
    height_mm: int = 297


@dataclass(frozen=True, slots=True)
class StampPosition:
    """Where the middle of the seal goes: millimetres from the sheet's top left corner, and degrees
    clockwise."""

    x_mm: float
    y_mm: float
    rotation_deg: int = 0


@dataclass(frozen=True, slots=True)
class Stamped:
    """A stamp that the machine made. ``count``: its life-time counter after it."""

    authorisation: str
    count: int


class StampingMachine(Driver):
    """Commands of the class. Their errors, beside those of the wire (``SerialDevice``):

    ``stamp-authorisation-invalid``, ``stamp-authorisation-used`` (it made a stamp before),
    ``stamp-position-invalid``, ``stamp-no-sheet`` (``noMediaPresent``), ``stamp-jammed``
    (``mediaJammed``), ``stamp-ink-out`` (``inkOut``), ``stamp-cover-open``.
    After ``device-silent``, ``device-garbled`` or ``device-absent`` from ``stamp`` it is unknown
    whether the stamp was made: ask ``find_stamp``.
    """

    device_class = "stamping-machine"

    @abstractmethod
    def stamp(self, position: StampPosition, authorisation: str) -> Stamped:
        """Put the seal on the sheet that lies in the machine, once.

        ``authorisation``: who may stamp what, as a number of the caller's records (1 to 64 of
        ``A-Z a-z 0-9 : . _ -``). The machine keeps it with the count, and makes one stamp for one
        authorisation.
        """

    @abstractmethod
    def find_stamp(self, authorisation: str) -> Stamped | None:
        """The stamp that the machine made for an authorisation; ``None`` when it made none, as far
        as its memory of at least 256 stamps goes."""

    @abstractmethod
    def stamp_count(self) -> int:
        """The machine's life-time counter, asked now."""

    @abstractmethod
    def reset(self) -> None:
        """Bring the machine back to its first state; a sheet in it is put out."""
