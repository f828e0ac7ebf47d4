"""What every uninterruptible power supply tells."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status

POWER_LOST = "PowerLostEvent"
POWER_BACK = "PowerBackEvent"
LOW_BATTERY = "LowBatteryEvent"


class PowerSource(StrEnum):
    """Where the current comes from."""

    UNKNOWN = "unknown"
    LINE = "line"
    BATTERY = "battery"


class BatteryLevel(StrEnum):
    """XFS4IoT PowerManagement.Status ``batteryStatus``."""

    UNKNOWN = "unknown"
    OPERATIONAL = "operational"
    LOW = "low"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class UpsStatus(Status):
    """``charge_percent``: 0 to 100; ``runtime_s``: seconds that the battery will last; ``None``
    where the device does not tell."""

    power: Reading[PowerSource]
    battery: Reading[BatteryLevel]
    charge_percent: Reading[float | None]
    runtime_s: Reading[int | None]


@dataclass(frozen=True, slots=True)
class UpsCapabilities(Capabilities):
    """Who made it, as it says itself."""


class Ups(Driver):
    """Errors of the class: ``ups-absent`` (nothing answers at the address, or it refuses),
    ``ups-unknown`` (the server knows no device of that name), ``ups-silent``, ``ups-garbled``,
    ``ups-unplugged`` (the server has lost its device).

    Events: ``PowerLostEvent`` when it runs on its battery, at the first look too;
    ``PowerBackEvent``; ``LowBatteryEvent`` when there is only time for a clean stop. Each carries
    ``charge_percent`` and ``runtime_s`` as far as they are known. A device that is silent causes
    none: no answer is not a power failure.
    """

    device_class = "ups"

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Ask the device how it is, and how long it takes to say so. The load is not switched."""
