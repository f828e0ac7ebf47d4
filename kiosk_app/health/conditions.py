"""What a device's readings mean for the people who look after it: one condition, the worst.

A condition is a kind (``paper-jam``), how weighty it is, and the reading that tells of it, so that
its source and age can be shown. Unknown is no fault: silence is told as silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from drivers.device import DeviceState, Reading, Status
from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.errors import OperatorAction
from kiosk_app.screens import Tone


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of condition. ``order``: the lower, the more urgent."""

    name: str
    tone: Tone
    action: OperatorAction
    order: int


def _kinds(*rows: tuple[str, Tone, OperatorAction]) -> dict[str, Kind]:
    return {name: Kind(name, tone, act, order) for order, (name, tone, act) in enumerate(rows)}


KINDS = _kinds(
    ("fraud", Tone.STOP, OperatorAction.SUSPEND),
    ("paper-jam", Tone.STOP, OperatorAction.CLEAR),
    ("media-jam", Tone.STOP, OperatorAction.CLEAR),
    ("paper-out", Tone.STOP, OperatorAction.CLEAR),
    ("toner-out", Tone.STOP, OperatorAction.CLEAR),
    ("cover-open", Tone.STOP, OperatorAction.CLEAR),
    ("output-full", Tone.STOP, OperatorAction.CLEAR),
    ("wrong-paper", Tone.STOP, OperatorAction.CLEAR),
    ("absent", Tone.STOP, OperatorAction.MAINTENANCE),
    ("power-off", Tone.STOP, OperatorAction.RESET),
    ("offline", Tone.STOP, OperatorAction.RESET),
    ("broken", Tone.STOP, OperatorAction.MAINTENANCE),
    ("picture-lost", Tone.STOP, OperatorAction.MAINTENANCE),
    ("scanner-off", Tone.STOP, OperatorAction.RESET),
    ("user", Tone.SOON, OperatorAction.CLEAR),
    ("battery-low", Tone.STOP, OperatorAction.SUSPEND),
    ("on-battery", Tone.SOON, OperatorAction.NONE),
    ("paper-low", Tone.SOON, OperatorAction.CLEAR),
    ("toner-low", Tone.SOON, OperatorAction.CLEAR),
    ("starting", Tone.PLAIN, OperatorAction.NONE),
    ("unbound", Tone.PLAIN, OperatorAction.CONFIGURATION),
    ("fine", Tone.GOOD, OperatorAction.NONE),
)
"""Most urgent first. Texts are ``word.<name>`` and, for what is to be mended, ``repair.<name>``."""

_DEVICE = {
    DeviceState.OFFLINE: "offline",
    DeviceState.POWER_OFF: "power-off",
    DeviceState.NO_DEVICE: "absent",
    DeviceState.HARDWARE_ERROR: "broken",
    DeviceState.USER_ERROR: "user",
    DeviceState.FRAUD_ATTEMPT: "fraud",
    DeviceState.POTENTIAL_FRAUD: "fraud",
    DeviceState.STARTING: "starting",
}
_READINGS: dict[tuple[str, object], str] = {
    ("tampered", True): "fraud",
    ("paper", "out"): "paper-out",
    ("paper", "low"): "paper-low",
    ("paper", "jammed"): "paper-jam",
    ("toner", "out"): "toner-out",
    ("toner", "low"): "toner-low",
    ("ink", "out"): "toner-out",
    ("ink", "low"): "toner-low",
    ("film", "out"): "paper-out",
    ("film", "low"): "paper-low",
    ("media", "jammed"): "media-jam",
    ("cover", "open"): "cover-open",
    ("cover_open", "yes"): "cover-open",
    ("cutter_fault", "yes"): "paper-jam",
    ("near_end", "yes"): "paper-low",
    ("cameras", "inoperable"): "picture-lost",
    ("picture", "black"): "picture-lost",
    ("picture", "frozen"): "picture-lost",
    ("picture", "silent"): "picture-lost",
    ("scanner", "inoperative"): "scanner-off",
    ("heater", "overheated"): "broken",
    ("power", "battery"): "on-battery",
    ("battery", "low"): "battery-low",
    ("battery", "failure"): "broken",
}
"""Fields of the device classes' statuses, and the values that somebody must act on."""
_REASONS = {
    "media-empty": "paper-out",
    "media-needed": "wrong-paper",
    "media-jam": "paper-jam",
    "cover-open": "cover-open",
    "door-open": "cover-open",
    "interlock-open": "cover-open",
    "output-area-full": "output-full",
    "toner-empty": "toner-out",
    "marker-supply-empty": "toner-out",
}
"""IPP ``printer-state-reasons`` keywords (RFC 8011 section 5.4.12) that stop a printer."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is the matter with one device now, and by which reading that is known."""

    kind: Kind
    reading: str
    """The field of the status that tells of it (``device``, ``paper``)."""
    known: Reading[Any] | None
    """``None`` where no device is bound."""


def unbound() -> Condition:
    """No device is bound to the role."""
    return Condition(KINDS["unbound"], "", None)


def condition(status: Status) -> Condition:
    """The worst that a status tells, or that the device is fine."""
    found = list(_found(status))
    if not found:
        return Condition(KINDS["fine"], "device", status.device)
    return min(found, key=lambda each: each.kind.order)


def _found(status: Status) -> Iterator[Condition]:
    state = _DEVICE.get(status.device.value)
    if state is not None:
        yield Condition(KINDS[state], "device", status.device)
    if isinstance(status, DocumentPrinterStatus):
        for reason in status.reasons.value:
            if reason.stops and reason.keyword in _REASONS:
                yield Condition(KINDS[_REASONS[reason.keyword]], "reasons", status.reasons)
    for (field, value), kind in _READINGS.items():
        reading = getattr(status, field, None)
        if isinstance(reading, Reading) and _plain(reading.value) == value:
            yield Condition(KINDS[kind], field, reading)


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value
