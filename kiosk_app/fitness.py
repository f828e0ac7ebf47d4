"""Whether a device chain is fit for an errand, before a citizen is asked for anything."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from drivers.device import DeviceState, Status
from drivers.document_printer.contract import DocumentPrinterStatus, PaperLevel
from drivers.errors import OperatorAction
from kiosk_app.devices import PRINTER, READER, Devices

STARTING = "starting"
REGISTER = "register"
RECORDS = "records"
MAINTENANCE = "maintenance"
DEVICE = "device"
POWER = "power"
STOPPING = "stopping"
PAPER_OUT = "paper-out"

_FIT = frozenset({DeviceState.ONLINE, DeviceState.DEVICE_BUSY})


@dataclass(frozen=True, slots=True)
class Closed:
    """How a closed terminal is told to staff: the reference on its screen, and what to do."""

    reference: str
    action: OperatorAction


CLOSED = {
    READER: Closed("ID-DOWN", OperatorAction.MAINTENANCE),
    PRINTER: Closed("DP-DOWN", OperatorAction.MAINTENANCE),
    PAPER_OUT: Closed("DP-EMPTY", OperatorAction.CLEAR),
    "wrong-paper": Closed("DP-MEDIA", OperatorAction.CLEAR),
    "paper-jam": Closed("DP-JAM", OperatorAction.CLEAR),
    "cover-open": Closed("DP-COVER", OperatorAction.CLEAR),
    "output-full": Closed("DP-OUTFULL", OperatorAction.CLEAR),
    "toner-out": Closed("DP-TONER", OperatorAction.CLEAR),
    REGISTER: Closed("HR-DOWN", OperatorAction.NONE),
    POWER: Closed("PW-OUT", OperatorAction.NONE),
    DEVICE: Closed("DV-DOWN", OperatorAction.MAINTENANCE),
    MAINTENANCE: Closed("YM-MAINT", OperatorAction.NONE),
    STOPPING: Closed("YM-STOP", OperatorAction.NONE),
    RECORDS: Closed("DB-DOWN", OperatorAction.MAINTENANCE),
}
"""By obstacle. Texts are ``obstacle.<name>`` on a tile and ``out-of-service.<name>``; a device that
has none of its own has those of ``device``."""


def closed(reason: str) -> Closed:
    """How a terminal that is closed for a reason is told to staff."""
    return CLOSED.get(reason, CLOSED[DEVICE])


@dataclass(frozen=True, slots=True)
class Chain:
    """What an errand needs. ``roles``: every one of them; ``readers``: any one of them, the first
    being the one that is told of when there is none; ``sheets``: how much paper."""

    roles: tuple[str, ...]
    readers: tuple[str, ...] = ()
    sheets: int = 1

    def uses(self, role: str) -> bool:
        """Whether a role's device serves the errand."""
        return role in self.roles or role in self.readers

    def stops_without(self, role: str, bound: Container[str]) -> bool:
        """Whether the errand cannot be done when a role loses its device. ``bound``: the roles that
        have one."""
        others = (each for each in self.readers if each != role)
        last = role in self.readers and not any(each in bound for each in others)
        return role in self.roles or last


def obstacle(
    devices: Devices, chain: Chain, left: Callable[[str], int | None] = lambda role: None
) -> str | None:
    """What stands in the way: ``starting`` or a name of ``CLOSED``; ``None`` when nothing does.

    Unknown is no obstacle: only what a device says of itself is held against it. ``left``: the
    sheets in a printer's tray, as far as they are counted.
    """
    for role in chain.roles:
        found = role_obstacle(devices, role)
        if found is not None:
            return found
    if PRINTER in chain.roles and _too_few(devices, chain.sheets, left(PRINTER)):
        return PAPER_OUT
    readers = [role_obstacle(devices, role) for role in chain.readers]
    if not readers or None in readers:
        return None
    return STARTING if STARTING in readers else readers[0]


def role_obstacle(devices: Devices, role: str) -> str | None:
    """What keeps one role's device from being used."""
    slot = devices.slot(role)
    if not slot.driver:
        return role
    state = slot.status().device.value
    if state is DeviceState.STARTING:
        return STARTING
    if role == PRINTER:
        found = _paper_obstacle(devices.printer.status())
        if found is not None:
            return found
    return None if state in _FIT else role


def _too_few(devices: Devices, sheets: int, left: int | None) -> bool:
    """Whether the printer itself says that paper is low, and too little is counted."""
    status: Status = devices.printer.status()
    low = isinstance(status, DocumentPrinterStatus) and status.paper.value is PaperLevel.LOW
    return low and left is not None and left < sheets


def _paper_obstacle(printer: Status) -> str | None:
    """What the printer itself says against printing now."""
    if not isinstance(printer, DocumentPrinterStatus):
        return None
    stopping = [reason for reason in printer.reasons.value if reason.stops]
    for reason in stopping:
        if reason.hindrance is not None:
            return reason.hindrance
    if printer.paper.value is PaperLevel.OUT:
        return PAPER_OUT
    return PRINTER if stopping else None
