"""What every film laminator does: a document welded between two films by heat."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, Status


class FilmMedia(StrEnum):
    """Printer.Status ``media``."""

    UNKNOWN = "unknown"
    PRESENT = "present"
    NOT_PRESENT = "notPresent"
    JAMMED = "jammed"


class FilmLevel(StrEnum):
    """How much film is left, in the words of Printer.Status ``paper``."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"


class Heater(StrEnum):
    """What the rollers are doing."""

    UNKNOWN = "unknown"
    OFF = "off"
    HEATING = "heating"
    READY = "ready"
    OVERHEATED = "overheated"


class LaminatorCover(StrEnum):
    """Whether the housing is shut."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class FilmLaminatorStatus(Status):
    """``film_left_mm`` and ``temperature_c`` (of the rollers) are ``None`` until they are heard."""

    media: Reading[FilmMedia]
    film: Reading[FilmLevel]
    film_left_mm: Reading[int | None]
    heater: Reading[Heater]
    temperature_c: Reading[float | None]
    cover: Reading[LaminatorCover]


@dataclass(frozen=True, slots=True)
class FilmLaminatorCapabilities(Capabilities):
    """``working_c``: the temperature at which film is welded."""

    working_c: int = 110


@dataclass(frozen=True, slots=True)
class Laminated:
    """A document that came out in film. ``laminations``: the device's life-time counter after
    it."""

    film_used_mm: int
    film_left_mm: int
    temperature_c: float
    laminations: int


class FilmLaminator(Driver):
    """Commands of the class. Their errors, beside those of the wire (``SerialDevice``):

    ``film-no-document`` (``noMediaPresent``), ``film-jammed`` (``mediaJammed``), ``film-out``,
    ``film-hot`` (overheated, and switched off by itself), ``film-cold`` (it did not get warm),
    ``film-cover-open``.
    """

    device_class = "film-laminator"

    @abstractmethod
    def warm_up(self, wait_s: float) -> float:
        """Heat the rollers; returns their temperature in °C when they are ready.

        Raises ``film-cold`` when they are not after ``wait_s`` seconds.
        """

    @abstractmethod
    def cool_down(self) -> None:
        """Switch the heater off."""

    @abstractmethod
    def laminate(self, wait_s: float) -> Laminated:
        """Weld the document that lies in the inlet, after at most ``wait_s`` seconds of heating.

        Emits ``MediaPresentedEvent`` when the document is out.
        """

    @abstractmethod
    def reset(self) -> None:
        """Switch the heater off and put out what lies in the device."""
