"""Stamping machines on a serial line (``drivers.serial_device.frames``).

Commands: 10 STAMP (x, y in 0.1 mm, rotation in degrees, authorisation) → count; 11 FIND
(authorisation) → count, or nothing. Status: media, ink, cover (each a number in the order of the
contract's enums), count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from drivers.device import Capabilities, Reading, assumed, command, sensed
from drivers.errors import CommandRejected, DeviceError, HardwareFault, OperatorAction, UserFault
from drivers.serial_device.driver import SerialDevice, member
from drivers.serial_device.frames import Fields, HardwareClass, pack
from drivers.serial_device.mask import FieldRules
from drivers.stamping_machine.contract import (
    InkLevel,
    StampCover,
    Stamped,
    StampingMachine,
    StampingMachineCapabilities,
    StampingMachineStatus,
    StampMedia,
    StampPosition,
)

_AUTHORISATION = re.compile(r"[A-Za-z0-9:._-]{1,64}")
_STAMP_S = 10.0


class StampCommand(IntEnum):
    """Commands of the class."""

    STAMP = 0x10
    FIND = 0x11


class StampField(IntEnum):
    """Fields of the class."""

    MEDIA = 0x20
    INK = 0x21
    COVER = 0x22
    COUNT = 0x23
    X = 0x24
    Y = 0x25
    ROTATION = 0x26
    AUTHORISATION = 0x27


class StampRefusal(IntEnum):
    """Refusals of the class."""

    NO_SHEET = 0x10
    JAMMED = 0x11
    INK_OUT = 0x12
    COVER_OPEN = 0x13
    USED = 0x14
    OUT_OF_REACH = 0x15


class SerialStampingMachine(SerialDevice, StampingMachine):
    """See the module."""

    hardware_class = HardwareClass.STAMPING_MACHINE
    refusals: ClassVar[Mapping[int, DeviceError]] = {
        StampRefusal.NO_SHEET: UserFault(
            "stamp-no-sheet", "no sheet lies under the stamp", error_code="noMediaPresent"
        ),
        StampRefusal.JAMMED: HardwareFault(
            "stamp-jammed",
            "a sheet is stuck under the stamp",
            error_code="mediaJammed",
            action=OperatorAction.CLEAR,
        ),
        StampRefusal.INK_OUT: HardwareFault(
            "stamp-ink-out",
            "the stamp has no ink",
            error_code="inkOut",
            action=OperatorAction.CLEAR,
        ),
        StampRefusal.COVER_OPEN: HardwareFault(
            "stamp-cover-open", "the seal's housing is open", action=OperatorAction.CLEAR
        ),
        StampRefusal.USED: CommandRejected(
            "stamp-authorisation-used", "this authorisation made a stamp before"
        ),
        StampRefusal.OUT_OF_REACH: CommandRejected(
            "stamp-position-invalid", "the stamp does not reach there"
        ),
    }

    recorded = FieldRules(frozenset(StampField) - {StampField.AUTHORISATION})

    _media: Reading[StampMedia]
    _ink: Reading[InkLevel]
    _cover: Reading[StampCover]
    _count: Reading[int | None]

    def status(self) -> StampingMachineStatus:
        """See ``Driver.status``."""
        return StampingMachineStatus(self._device, self._media, self._ink, self._cover, self._count)

    def capabilities(self) -> StampingMachineCapabilities:
        """See ``Driver.capabilities``."""
        known: Capabilities = self._identity
        return StampingMachineCapabilities(
            known.vendor, known.model, known.serial_number, known.firmware
        )

    @command(deadline_s=30.0)
    def stamp(self, position: StampPosition, authorisation: str) -> Stamped:
        """See ``StampingMachine.stamp``. Not to be withdrawn once it is asked for."""
        payload = pack(
            {
                StampField.X: _tenths(position.x_mm),
                StampField.Y: _tenths(position.y_mm),
                StampField.ROTATION: position.rotation_deg % 360,
                StampField.AUTHORISATION: _authorisation(authorisation),
            }
        )
        with self._truthful():
            answer = self._ask(StampCommand.STAMP, payload, work_s=_STAMP_S, withdrawable=False)
            count = answer.number(StampField.COUNT)
        self._count = sensed(count)
        return Stamped(authorisation, count)

    @command(deadline_s=15.0)
    def find_stamp(self, authorisation: str) -> Stamped | None:
        """See ``StampingMachine.find_stamp``."""
        payload = pack({StampField.AUTHORISATION: _authorisation(authorisation)})
        with self._truthful():
            answer = self._ask(StampCommand.FIND, payload)
            if StampField.COUNT not in answer:
                return None
            return Stamped(authorisation, answer.number(StampField.COUNT))

    @command(deadline_s=15.0)
    def stamp_count(self) -> int:
        """See ``StampingMachine.stamp_count``."""
        with self._truthful():
            self._ask_status()
        if self._count.value is None:
            raise HardwareFault("device-failed", "the machine does not count its stamps")
        return self._count.value

    def _learn(self, fields: Fields) -> None:
        media = member(StampMedia, fields.number(StampField.MEDIA))
        ink = member(InkLevel, fields.number(StampField.INK))
        cover = member(StampCover, fields.number(StampField.COVER))
        self._count = sensed(fields.number(StampField.COUNT))
        self._media, self._ink, self._cover = sensed(media), sensed(ink), sensed(cover)

    def _forget(self) -> None:
        self._media = assumed(StampMedia.UNKNOWN)
        self._ink = assumed(InkLevel.UNKNOWN)
        self._cover = assumed(StampCover.UNKNOWN)
        self._count = assumed(None)

    def _measured(self) -> dict[str, str | int | float | bool]:
        count = self._count.value
        return {
            "stamps": -1 if count is None else count,
            "ink": self._ink.value.value,
            "cover": self._cover.value.value,
        }


def _tenths(millimetres: float) -> int:
    if not 0 <= millimetres <= 1000:
        raise CommandRejected("stamp-position-invalid", "the stamp does not reach there")
    return round(millimetres * 10)


def _authorisation(text: str) -> str:
    if not _AUTHORISATION.fullmatch(text):
        raise CommandRejected(
            "stamp-authorisation-invalid", "a stamp needs an authorisation's number"
        )
    return text
