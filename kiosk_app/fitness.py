"""Whether a device chain is fit for an errand, before a citizen is asked for anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.device import DeviceState, Status
from drivers.document_printer.contract import DocumentPrinterStatus, PaperLevel
from drivers.errors import OperatorAction
from kiosk_app.devices import PRINTER, READER, Devices

STARTING = "starting"
REGISTER = "register"
RECORDS = "records"
MAINTENANCE = "maintenance"
PAPER_OUT = "paper-out"

_FIT = frozenset({DeviceState.ONLINE, DeviceState.DEVICE_BUSY})
_BY_REASON = {
    "media-empty": PAPER_OUT,
    "media-needed": "wrong-paper",
    "media-jam": "paper-jam",
    "cover-open": "cover-open",
    "door-open": "cover-open",
    "interlock-open": "cover-open",
    "output-area-full": "output-full",
}
"""Obstacles that a person can put right, by the IPP state reason that tells of them."""


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
    REGISTER: Closed("HR-DOWN", OperatorAction.NONE),
    MAINTENANCE: Closed("YM-MAINT", OperatorAction.NONE),
    RECORDS: Closed("DB-DOWN", OperatorAction.MAINTENANCE),
}
"""By obstacle. Texts are ``obstacle.<name>`` on a tile and ``out-of-service.<name>``."""


def obstacle(devices: Devices, roles: Iterable[str]) -> str | None:
    """What stands in the way: ``starting`` or a name of ``CLOSED``; ``None`` when nothing does.

    Unknown is no obstacle: only what a device says of itself is held against it.
    """
    status = devices.status()
    for role in roles:
        state = status[role].device.value
        if state is DeviceState.STARTING:
            return STARTING
        if role == PRINTER:
            found = _paper_obstacle(devices.printer.status())
            if found is not None:
                return found
        if state not in _FIT:
            return role
    return None


def _paper_obstacle(printer: Status) -> str | None:
    """What the printer itself says against printing now."""
    if not isinstance(printer, DocumentPrinterStatus):
        return None
    stopping = [reason.keyword for reason in printer.reasons.value if reason.stops]
    for keyword in stopping:
        if keyword in _BY_REASON:
            return _BY_REASON[keyword]
    if printer.paper.value is PaperLevel.OUT:
        return PAPER_OUT
    return PRINTER if stopping else None
