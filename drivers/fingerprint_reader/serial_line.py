"""Fingerprint readers on a serial line (``drivers.serial_device.frames``).

Commands: 10 CAPTURE (wait in ms) → template; 11 WAIT_REMOVED (wait in ms) → removed, 0 or 1.
Events of CAPTURE: 10, a finger is there. Status: subject, scanner (each a number in the order of
the contract's enums). Nothing of a finger is kept or logged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from pydantic import Field as SettingsField

from drivers.device import Capabilities, DeviceEvent, Reading, assumed, command, concluded, sensed
from drivers.errors import DeviceError, HardwareFault, OperatorAction, UserFault
from drivers.fingerprint_reader.contract import (
    Fingerprint,
    FingerprintReader,
    FingerprintReaderCapabilities,
    FingerprintReaderStatus,
    FingerScanner,
    Subject,
)
from drivers.fingerprint_reader.minutiae import made_up, quality_of
from drivers.serial_device.driver import (
    LONGEST_WAIT_S,
    SerialDevice,
    SerialDeviceSettings,
    member,
)
from drivers.serial_device.frames import Field, Fields, HardwareClass, Refusal, pack
from drivers.serial_device.mask import FieldRules


class FingerCommand(IntEnum):
    """Commands of the class."""

    CAPTURE = 0x10
    WAIT_REMOVED = 0x11


class FingerField(IntEnum):
    """Fields of the class."""

    SUBJECT = 0x20
    SCANNER = 0x21
    TEMPLATE = 0x22
    REMOVED = 0x23


class FingerEvent(IntEnum):
    """Events of the class."""

    DETECTED = 0x10


class FingerRefusal(IntEnum):
    """Refusals of the class."""

    MOVED = 0x10
    WET = 0x11
    GLASS_DIRTY = 0x12


class FingerprintReaderSettings(SerialDeviceSettings):
    """A fingerprint reader on a serial port."""

    quality_min: int = SettingsField(
        default=40,
        title="Least quality",
        description="A finger that scans worse is asked for again.",
        ge=0,
        le=100,
        json_schema_extra={"unit": "%"},
    )


class SerialFingerprintReader(SerialDevice, FingerprintReader):
    """See the module."""

    settings_type = FingerprintReaderSettings
    hardware_class = HardwareClass.FINGERPRINT_READER
    refusals: ClassVar[Mapping[int, DeviceError]] = {
        Refusal.TIMED_OUT: UserFault("finger-timeout", "no finger was put on the glass"),
        FingerRefusal.MOVED: UserFault("finger-moved", "the finger left while it was scanned"),
        FingerRefusal.WET: UserFault("finger-wet", "the finger is too wet to be scanned"),
        FingerRefusal.GLASS_DIRTY: HardwareFault(
            "finger-glass-dirty", "the glass must be cleaned", action=OperatorAction.CLEAR
        ),
    }

    recorded = FieldRules(
        frozenset({FingerField.SUBJECT, FingerField.SCANNER, FingerField.REMOVED}),
        made_up={FingerField.TEMPLATE: made_up},
    )

    _subject: Reading[Subject]
    _scanner: Reading[FingerScanner]

    def status(self) -> FingerprintReaderStatus:
        """See ``Driver.status``."""
        return FingerprintReaderStatus(self._device, self._subject, self._scanner)

    def capabilities(self) -> FingerprintReaderCapabilities:
        """See ``Driver.capabilities``."""
        known: Capabilities = self._identity
        return FingerprintReaderCapabilities(
            known.vendor, known.model, known.serial_number, known.firmware
        )

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def capture(self, wait_s: float) -> Fingerprint:
        """See ``FingerprintReader.capture``."""
        with self._truthful():
            answer = self._wait(FingerCommand.CAPTURE, wait_s)
            template = answer.data(FingerField.TEMPLATE)
            quality = quality_of(template)
        if quality < self._quality_min():
            raise UserFault("finger-poor", "the finger could not be scanned well enough")
        return Fingerprint(template, quality)

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def wait_removed(self, wait_s: float) -> bool:
        """See ``FingerprintReader.wait_removed``."""
        with self._truthful():
            answer = self._wait(FingerCommand.WAIT_REMOVED, wait_s)
            removed = answer.number(FingerField.REMOVED) == 1
        if removed:
            self._subject = concluded(Subject.NOT_PRESENT)
            self.emit(DeviceEvent("SubjectRemovedEvent"))
        return removed

    def _wait(self, code: FingerCommand, wait_s: float) -> Fields:
        bounded_s = max(0.0, min(wait_s, LONGEST_WAIT_S))
        payload = pack({Field.WAIT_MS: round(bounded_s * 1000)})
        return self._ask(code, payload, work_s=bounded_s)

    def _quality_min(self) -> int:
        settings = self._settings
        return settings.quality_min if isinstance(settings, FingerprintReaderSettings) else 0

    def _happened(self, event: int, fields: Fields) -> None:
        if event == FingerEvent.DETECTED:
            self._subject = sensed(Subject.PRESENT)
            self.emit(DeviceEvent("SubjectDetectedEvent"))

    def _learn(self, fields: Fields) -> None:
        subject = member(Subject, fields.number(FingerField.SUBJECT))
        self._scanner = sensed(member(FingerScanner, fields.number(FingerField.SCANNER)))
        self._subject = sensed(subject)

    def _forget(self) -> None:
        self._subject = assumed(Subject.UNKNOWN)
        self._scanner = assumed(FingerScanner.UNKNOWN)

    def _measured(self) -> dict[str, str | int | float | bool]:
        return {"finger_scanner": self._scanner.value.value, "subject": self._subject.value.value}
