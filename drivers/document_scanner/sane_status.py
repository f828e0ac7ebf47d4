"""What SANE's status texts mean. python-sane hands over the text alone
(``sane_strstatus``, SANE Standard 1.06, table 1)."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.errors import (
    CommandRejected,
    DeviceBusy,
    DeviceCancelled,
    DeviceError,
    DeviceNotReady,
    HardwareFault,
    OperatorAction,
    UserFault,
)

JAMMED = "Document feeder jammed"
NO_DOCS = "Document feeder out of documents"
COVER_OPEN = "Scanner cover is open"
BUSY = "Device busy"
DENIED = "Access to resource has been denied"
INVALID = "Invalid argument"
CANCELLED = "Operation was cancelled"
IO_ERROR = "Error during device I/O"


def error_for(text: str, *, opening: bool) -> DeviceError:
    """The error that a status text stands for; ``opening``: the scanner was not open yet, so an
    unknown name or a dead line means that it is not there."""
    if opening and text in (INVALID, IO_ERROR):
        return DeviceNotReady("scanner-absent", "the scanner is not there")
    made = _ERRORS.get(text)
    if made is None:
        return HardwareFault("scanner-failed", "the scanner reports a fault of its own")
    kind, code, message, error_code, action = made
    return kind(code, message, error_code=error_code, action=action)


_ERRORS: Mapping[
    str, tuple[type[DeviceError], str, str, str | None, OperatorAction | None]
] = {
    JAMMED: (
        HardwareFault, "paper-jammed", "paper is stuck in the scanner", "mediaJammed",
        OperatorAction.CLEAR,
    ),
    NO_DOCS: (UserFault, "feeder-empty", "no paper lies in the feeder", "noMediaPresent", None),
    COVER_OPEN: (
        UserFault, "cover-open", "the scanner's cover is open", None, OperatorAction.CLEAR,
    ),
    BUSY: (DeviceBusy, "scanner-busy", "another program has the scanner", None, None),
    DENIED: (
        DeviceNotReady, "scanner-denied", "this process may not open the scanner", None,
        OperatorAction.CONFIGURATION,
    ),
    INVALID: (
        CommandRejected, "scanner-settings-refused", "the scanner takes no such setting", None,
        None,
    ),
    CANCELLED: (DeviceCancelled, "cancelled", "the scan was withdrawn", None, None),
}  # fmt: skip
