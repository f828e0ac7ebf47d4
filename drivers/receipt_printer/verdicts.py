"""What a printer's sensors mean for the next receipt."""

from __future__ import annotations

from drivers.device import DeviceState
from drivers.document_printer.contract import PaperLevel
from drivers.errors import DeviceError, DeviceNotReady, HardwareFault, OperatorAction
from drivers.receipt_printer.contract import Answer, PrintUnknown
from drivers.receipt_printer.status import Sensors


def paper_level(found: Sensors) -> PaperLevel:
    """The roll, as far as the sensors tell."""
    if found.paper_out is Answer.YES:
        return PaperLevel.OUT
    if found.near_end is Answer.YES:
        return PaperLevel.LOW
    if found.paper_out is Answer.NO:
        return PaperLevel.FULL
    return PaperLevel.UNKNOWN


def stop_of(found: Sensors) -> DeviceError | None:
    """What keeps the printer from printing. No answer keeps it from nothing."""
    if found.cover_open is Answer.YES:
        return HardwareFault(
            "receipt-cover-open", "the receipt printer's cover is open", action=OperatorAction.CLEAR
        )
    if found.paper_out is Answer.YES:
        return HardwareFault(
            "receipt-paper-out",
            "the receipt printer has no paper",
            error_code="paperOut",
            action=OperatorAction.CLEAR,
        )
    if found.cutter_fault is Answer.YES:
        return HardwareFault(
            "receipt-cutter-jammed",
            "the receipt printer's cutter is blocked",
            error_code="paperJammed",
            action=OperatorAction.CLEAR,
        )
    if found.broken is Answer.YES:
        return HardwareFault("receipt-printer-broken", "the receipt printer says it is broken")
    if found.offline is Answer.YES:
        return DeviceNotReady("receipt-printer-offline", "the receipt printer is off-line")
    return None


def state_of(found: Sensors) -> DeviceState:
    """The printer as a whole, while it answers."""
    if found.broken is Answer.YES:
        return DeviceState.HARDWARE_ERROR
    if stop_of(found) is None:
        return DeviceState.ONLINE
    needs_hand = Answer.YES in (found.paper_out, found.cover_open, found.cutter_fault)
    return DeviceState.USER_ERROR if needs_hand else DeviceState.OFFLINE


def print_unknown(cause: DeviceError) -> PrintUnknown:
    """The error of a print whose end is not known, for whatever reason."""
    return PrintUnknown(
        "receipt-print-unknown",
        f"the receipt may have come out whole, in part or not at all ({cause.code})",
        error_code=cause.error_code,
    )
