"""Whether a device chain is fit for an errand, before a citizen is asked for anything."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.device import DeviceState, Status
from drivers.document_printer.contract import DocumentPrinterStatus, PaperLevel
from kiosk_app.devices import PRINTER, Devices

STARTING = "starting"
PAPER_OUT = "paper-out"

_FIT = frozenset({DeviceState.ONLINE, DeviceState.DEVICE_BUSY})


def obstacle(devices: Devices, roles: Iterable[str]) -> str | None:
    """What stands in the way: ``starting``, ``paper-out`` or the role of a device; else ``None``.

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
    if printer.paper.value is PaperLevel.OUT:
        return PAPER_OUT
    return PRINTER if any(reason.stops for reason in printer.reasons.value) else None
