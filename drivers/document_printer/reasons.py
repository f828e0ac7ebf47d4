"""What a printer's state reasons mean: for its paper, its toner, and who must do what.

Keywords are those of RFC 8011 section 5.4.12 and PWG 5100.9; a suffix tells the severity. Many
printers leave the suffix away. For keywords that can only warn the severity is then known from
the keyword itself; any other keyword without a suffix is an error, as the RFC demands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.device import DeviceState
from drivers.document_printer.contract import (
    PaperLevel,
    PrintMedia,
    Severity,
    StateReason,
    TonerLevel,
)
from drivers.errors import HardwareFault, OperatorAction

_NOTHING = "none"
_SUFFIXES = frozenset(severity.value for severity in Severity)
_ONLY_REPORT = frozenset(
    {
        "configuration-change",
        "connecting-to-device",
        "identify-printer-requested",
        "moving-to-paused",
        "power-save",
        "resuming",
        "standby",
        "wake-up",
    }
)
_ONLY_WARN = frozenset(
    {
        "developer-low",
        "marker-supply-low",
        "marker-waste-almost-full",
        "media-low",
        "opc-near-eol",
        "output-area-almost-full",
        "toner-low",
    }
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one keyword says when it is an error: the device's state, the XFS4IoT error code of
    PrintNative where there is one, and the operator's action."""

    device: DeviceState
    error_code: str | None
    action: OperatorAction


_JAM = Meaning(DeviceState.HARDWARE_ERROR, "paperJammed", OperatorAction.CLEAR)
_NO_PAPER = Meaning(DeviceState.ONLINE, "paperOut", OperatorAction.MAINTENANCE)
_WRONG_PAPER = Meaning(DeviceState.ONLINE, "sourceInvalid", OperatorAction.MAINTENANCE)
_NO_TONER = Meaning(DeviceState.ONLINE, "tonerOut", OperatorAction.MAINTENANCE)
_OPEN = Meaning(DeviceState.USER_ERROR, None, OperatorAction.CLEAR)
_TRAY_FULL = Meaning(DeviceState.USER_ERROR, "stackerFull", OperatorAction.CLEAR)
_PAUSED = Meaning(DeviceState.OFFLINE, None, OperatorAction.RESET)
_UNKNOWN = Meaning(DeviceState.HARDWARE_ERROR, None, OperatorAction.MAINTENANCE)

_MEANINGS = {
    "cover-open": _OPEN,
    "developer-empty": _NO_TONER,
    "door-open": _OPEN,
    "input-tray-missing": _OPEN,
    "interlock-open": _OPEN,
    "marker-supply-empty": _NO_TONER,
    "media-empty": _NO_PAPER,
    "media-jam": _JAM,
    "media-needed": _WRONG_PAPER,
    "output-area-full": _TRAY_FULL,
    "output-tray-missing": _OPEN,
    "paused": _PAUSED,
    "shutdown": _PAUSED,
    "timed-out": _PAUSED,
    "toner-empty": _NO_TONER,
}


def parse_reason(word: str) -> StateReason | None:
    """One value of ``printer-state-reasons``; ``None`` for ``none``, which is no reason at all."""
    if word == _NOTHING:
        return None
    keyword, dash, suffix = word.rpartition("-")
    if dash and suffix in _SUFFIXES:
        return StateReason(keyword, Severity(suffix))
    if word in _ONLY_REPORT:
        return StateReason(word, Severity.REPORT)
    if word in _ONLY_WARN:
        return StateReason(word, Severity.WARNING)
    return StateReason(word, Severity.ERROR)


def parse_reasons(words: Iterable[str]) -> tuple[StateReason, ...]:
    """Every reason in a list of keywords, in its order."""
    return tuple(reason for word in words if (reason := parse_reason(word)) is not None)


def meaning(reason: StateReason) -> Meaning:
    """What an error reason says; an unknown keyword means a broken printer."""
    return _MEANINGS.get(reason.keyword, _UNKNOWN)


def device_state(reasons: Iterable[StateReason]) -> DeviceState:
    """The worst that the reasons say of the device as a whole."""
    states = {meaning(reason).device for reason in reasons if reason.stops}
    worst_first = (DeviceState.HARDWARE_ERROR, DeviceState.OFFLINE, DeviceState.USER_ERROR)
    return next((state for state in worst_first if state in states), DeviceState.ONLINE)


def paper_level(reasons: Iterable[StateReason]) -> PaperLevel:
    """Printer.Status ``paper``: a printer that complains of nothing has paper."""
    stopping, warning = _keywords(reasons)
    if "media-jam" in stopping:
        return PaperLevel.JAMMED
    if stopping & {"media-empty", "media-needed"}:
        return PaperLevel.OUT
    return PaperLevel.LOW if "media-low" in stopping | warning else PaperLevel.FULL


def print_media(reasons: Iterable[StateReason]) -> PrintMedia:
    """Printer.Status ``media``. IPP has no word for a sheet that waits to be taken, so that a
    printer without complaint leaves it unknown."""
    stopping, _ = _keywords(reasons)
    if "media-jam" in stopping:
        return PrintMedia.JAMMED
    return PrintMedia.PRESENT if "output-area-full" in stopping else PrintMedia.UNKNOWN


def toner_level(reasons: Iterable[StateReason]) -> TonerLevel:
    """Printer.Status ``toner``; ``full`` means that the printer does not complain."""
    stopping, warning = _keywords(reasons)
    if stopping & {"toner-empty", "marker-supply-empty", "developer-empty"}:
        return TonerLevel.OUT
    if (stopping | warning) & {"toner-low", "marker-supply-low", "developer-low"}:
        return TonerLevel.LOW
    return TonerLevel.FULL


def stop_error(reasons: Iterable[StateReason]) -> HardwareFault | None:
    """The error to raise for a printer that cannot print now; ``None`` when nothing stops it."""
    stopping = sorted(
        (reason for reason in reasons if reason.stops),
        key=lambda reason: meaning(reason).error_code is None,
    )
    if not stopping:
        return None
    first = meaning(stopping[0])
    return HardwareFault(
        "printer-stopped",
        f"the printer cannot print: {', '.join(reason.keyword for reason in stopping)}",
        error_code=first.error_code,
        action=first.action,
    )


def _keywords(reasons: Iterable[StateReason]) -> tuple[set[str], set[str]]:
    """The keywords of errors, and those of warnings."""
    stopping, warning = set[str](), set[str]()
    for reason in reasons:
        if reason.severity is Severity.ERROR:
            stopping.add(reason.keyword)
        elif reason.severity is Severity.WARNING:
            warning.add(reason.keyword)
    return stopping, warning
