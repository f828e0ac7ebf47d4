"""Asks a serial port whether one of our serial devices is on it."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.errors import CommandRejected, DeviceTimeout, ProtocolError
from drivers.serial_device.frames import Command, Field, HardwareClass
from drivers.serial_device.link import Link

_ROLES = {
    HardwareClass.STAMPING_MACHINE: "stamping-machine",
    HardwareClass.FINGERPRINT_READER: "fingerprint-reader",
    HardwareClass.PASSWORD_KEYPAD: "password-keypad",
    HardwareClass.FILM_LAMINATOR: "film-laminator",
}


@dataclass(frozen=True, slots=True)
class Introduced:
    """A device that said what it is. ``role`` is the name of its driver too."""

    role: str
    model: str
    number: str


def probe(port: str, baud: int = 115_200) -> Introduced | None:
    """Shake hands with what is on a port; ``None`` when it does not speak the protocol.

    Takes up to two seconds where nothing answers. Raises ``DeviceNotReady`` when the port cannot be
    opened (``device-absent``, ``device-port-busy``, ``device-port-denied``).
    """
    link = Link(port, baud, {}, lambda: None, lambda event, fields: None)
    try:
        fields = link.ask(Command.HELLO)
        role = _ROLES[HardwareClass(fields.number(Field.CLASS))]
        return Introduced(role, fields.text(Field.MODEL), fields.text(Field.NUMBER))
    except (DeviceTimeout, ProtocolError, CommandRejected, ValueError):
        return None
    finally:
        link.close()
