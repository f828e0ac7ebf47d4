"""What every set of guiding lights does (XFS4IoT Lights)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status


class LightName(StrEnum):
    """Lights of XFS4IoT that a service terminal can have."""

    CARD_READER = "cardReader"
    CONTACTLESS = "contactless"
    DOCUMENT_PRINTER = "documentPrinter"
    RECEIPT_PRINTER = "receiptPrinter"
    SCANNER = "scanner"
    FASCIA = "fasciaLight"
    STATUS_GOOD = "statusGood"
    STATUS_WARNING = "statusWarning"
    STATUS_BAD = "statusBad"
    STATUS_SUPERVISOR = "statusSupervisor"
    STATUS_IN_SERVICE = "statusInService"


class FlashRate(StrEnum):
    """XFS4IoT ``flashRate``. Never faster than twice a second: from three flashes a second on,
    light may bring on a seizure (WCAG 2.2, 2.3.1)."""

    OFF = "off"
    SLOW = "slow"
    """Once in two seconds."""
    MEDIUM = "medium"
    """Once a second."""
    QUICK = "quick"
    """Twice a second."""
    CONTINUOUS = "continuous"


class LightColor(StrEnum):
    """XFS4IoT ``color``."""

    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"
    BLUE = "blue"
    CYAN = "cyan"
    MAGENTA = "magenta"
    WHITE = "white"


@dataclass(frozen=True, slots=True)
class LightsStatus(Status):
    """``lights``: flash rate by light, as it was set. ``relays``: whether each relay is on, by
    the board's own answer; ``None`` where it has given none. ``stuck``: the lights whose relay
    does not do as it is told, by that answer; then ``device`` is ``hardwareError``."""

    lights: Reading[dict[str, str]]
    relays: Reading[dict[str, bool] | None]
    stuck: Reading[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LightsCapabilities(Capabilities):
    """``lights``: those that are there, each with the one colour it has."""

    lights: tuple[tuple[LightName, LightColor], ...] = ()


class Lights(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``lights-absent``, ``lights-port-busy``, ``lights-port-denied``, ``lights-silent``,
    ``lights-garbled``, ``light-stuck`` (``lightError``: the board says that a relay does not do as
    it is told), ``light-unknown`` (``invalidLight``: there is no such light here, or not in that
    colour).
    """

    device_class = "lights"

    @abstractmethod
    def set_light(
        self, name: LightName, flash_rate: FlashRate, color: LightColor | None = None
    ) -> None:
        """Switch one light; it goes on flashing until it is set otherwise."""

    @abstractmethod
    def all_off(self) -> None:
        """Switch all lights off."""

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Switch each light on and back, and tell of each whether its relay did so.

        ``confirmed``: whether the board itself said so; if not, somebody must look.
        """
