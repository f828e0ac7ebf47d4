"""What a device's readings mean for the people who look after it: its conditions, the worst first.

A condition is a kind (``paper-jam``), how weighty it is, and the reading that tells of it, so that
its source and age can be shown. Unknown is no fault: silence is told as silence. What one reading
says better, another does not say again: a jammed printer is no "broken device" beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from drivers.camera.contract import CameraStatus
from drivers.device import DeviceState, Reading, Source, Status
from drivers.document_printer.contract import DocumentPrinterStatus
from drivers.errors import OperatorAction
from drivers.lights.contract import LightsStatus
from drivers.receipt_printer.contract import ReceiptPrinterStatus
from kiosk_app.screens import Tone


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of condition. ``order``: the lower, the more urgent."""

    name: str
    tone: Tone
    action: OperatorAction
    order: int

    @property
    def calls(self) -> bool:
        """Whether somebody is called to it: it becomes a repair when it lasts."""
        return self.tone in (Tone.STOP, Tone.SOON)

    @property
    def supply(self) -> str | None:
        """What has run out or soon will (``paper``), for kinds that say so."""
        supply, _, how = self.name.rpartition("-")
        return supply if how in ("out", "low") and supply != "battery" else None

    @property
    def out_of_reach(self) -> bool:
        """Whether the device says nothing about itself now."""
        return self.name in _OUT_OF_REACH


def _kinds(*rows: tuple[str, Tone, OperatorAction]) -> dict[str, Kind]:
    return {name: Kind(name, tone, act, order) for order, (name, tone, act) in enumerate(rows)}


KINDS = _kinds(
    ("fraud", Tone.STOP, OperatorAction.SUSPEND),
    ("paper-jam", Tone.STOP, OperatorAction.CLEAR),
    ("cutter-jam", Tone.STOP, OperatorAction.CLEAR),
    ("media-jam", Tone.STOP, OperatorAction.CLEAR),
    ("wrong-paper", Tone.STOP, OperatorAction.CLEAR),
    ("paper-out", Tone.STOP, OperatorAction.CLEAR),
    ("roll-out", Tone.STOP, OperatorAction.CLEAR),
    ("film-out", Tone.STOP, OperatorAction.CLEAR),
    ("toner-out", Tone.STOP, OperatorAction.CLEAR),
    ("ink-out", Tone.STOP, OperatorAction.CLEAR),
    ("cover-open", Tone.STOP, OperatorAction.CLEAR),
    ("output-full", Tone.STOP, OperatorAction.CLEAR),
    ("absent", Tone.STOP, OperatorAction.MAINTENANCE),
    ("power-off", Tone.STOP, OperatorAction.RESET),
    ("offline", Tone.STOP, OperatorAction.RESET),
    ("too-hot", Tone.STOP, OperatorAction.RESET),
    ("light-stuck", Tone.STOP, OperatorAction.MAINTENANCE),
    ("picture-lost", Tone.STOP, OperatorAction.MAINTENANCE),
    ("scanner-off", Tone.STOP, OperatorAction.RESET),
    ("garbled", Tone.STOP, OperatorAction.RESET),
    ("security-module", Tone.STOP, OperatorAction.MAINTENANCE),
    ("broken", Tone.STOP, OperatorAction.MAINTENANCE),
    ("user", Tone.SOON, OperatorAction.CLEAR),
    ("battery-low", Tone.STOP, OperatorAction.SUSPEND),
    ("on-battery", Tone.SOON, OperatorAction.NONE),
    ("paper-low", Tone.SOON, OperatorAction.CLEAR),
    ("roll-low", Tone.SOON, OperatorAction.CLEAR),
    ("film-low", Tone.SOON, OperatorAction.CLEAR),
    ("toner-low", Tone.SOON, OperatorAction.CLEAR),
    ("ink-low", Tone.SOON, OperatorAction.CLEAR),
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
_OUT_OF_REACH = frozenset({"absent", "power-off", "offline", "starting"})
_GENERAL = frozenset({"broken", "garbled", "user"})
"""What a device says of itself as a whole; said only where no other reading says why."""
_FOLLOWS: Mapping[str, frozenset[str]] = {
    "picture-lost": _OUT_OF_REACH,
    "scanner-off": _OUT_OF_REACH,
    "paper-out": frozenset({"wrong-paper"}),
}
"""Conditions that only follow from others, and are not said beside them."""

_READINGS: Mapping[tuple[str, object], str] = {
    ("tampered", True): "fraud",
    ("security", "notReady"): "security-module",
    ("paper", "out"): "paper-out",
    ("paper", "low"): "paper-low",
    ("paper", "jammed"): "paper-jam",
    ("toner", "out"): "toner-out",
    ("toner", "low"): "toner-low",
    ("ink", "out"): "ink-out",
    ("ink", "low"): "ink-low",
    ("film", "out"): "film-out",
    ("film", "low"): "film-low",
    ("media", "jammed"): "media-jam",
    ("transport", "inoperative"): "media-jam",
    ("media_feeder", "inoperative"): "media-jam",
    ("cover", "open"): "cover-open",
    ("shutter", "open"): "cover-open",
    ("cameras", "inoperable"): "picture-lost",
    ("picture", "black"): "picture-lost",
    ("picture", "frozen"): "picture-lost",
    ("picture", "silent"): "picture-lost",
    ("picture", "garbled"): "picture-lost",
    ("scanner", "inoperative"): "scanner-off",
    ("front_image_scanner", "inoperative"): "scanner-off",
    ("heater", "overheated"): "too-hot",
    ("power", "battery"): "on-battery",
    ("battery", "low"): "battery-low",
    ("battery", "failure"): "broken",
}
"""Fields of the device classes' statuses, and the values that somebody must act on."""
_OF_A_CLASS: Mapping[type[Status], Mapping[tuple[str, object], str]] = {
    DocumentPrinterStatus: {("media", "jammed"): "paper-jam"},
    ReceiptPrinterStatus: {
        ("paper", "out"): "roll-out",
        ("paper", "low"): "roll-low",
        ("near_end", "yes"): "roll-low",
        ("paper_out", "yes"): "roll-out",
        ("cover_open", "yes"): "cover-open",
        ("cutter_fault", "yes"): "cutter-jam",
    },
}
"""Where a class of devices means something of its own by them."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is the matter with one device now, and by which reading that is known."""

    kind: Kind
    reading: str
    """The field of the status that tells of it (``device``, ``paper``)."""
    known: Reading[Any] | None
    """``None`` where no device is bound."""


def unbound() -> tuple[Condition, ...]:
    """No device is bound to the role."""
    return (Condition(KINDS["unbound"], "", None),)


def conditions(status: Status) -> tuple[Condition, ...]:
    """All that a status tells, each kind once, the worst first; or that the device is fine."""
    found: dict[str, Condition] = {}
    for each in _found(status):
        found.setdefault(each.kind.name, each)
    said = [each for each in found.values() if not _said_better(each, found)]
    said.sort(key=lambda each: each.kind.order)
    return tuple(said) or (Condition(KINDS["fine"], "device", status.device),)


def _said_better(condition: Condition, found: Mapping[str, Condition]) -> bool:
    name = condition.kind.name
    if name in _GENERAL and condition.reading == "device":
        return any(
            each.kind.tone is Tone.STOP and each.reading != "device" for each in found.values()
        )
    return not _FOLLOWS.get(name, frozenset()).isdisjoint(found)


def _found(status: Status) -> Iterator[Condition]:
    state = _DEVICE.get(status.device.value)
    if state == "broken" and status.device.source is Source.DRIVER:
        # The device has not said so: its driver cannot read what it says, or see what it shows.
        state = "picture-lost" if isinstance(status, CameraStatus) else "garbled"
    if state is not None:
        yield Condition(KINDS[state], "device", status.device)
    if isinstance(status, DocumentPrinterStatus):
        for reason in status.reasons.value:
            if reason.hindrance is not None:
                yield Condition(KINDS[reason.hindrance], "reasons", status.reasons)
    if isinstance(status, LightsStatus) and status.stuck.value:
        yield Condition(KINDS["light-stuck"], "stuck", status.stuck)
    for (field, value), kind in _readings_of(status).items():
        reading = getattr(status, field, None)
        if isinstance(reading, Reading) and _plain(reading.value) == value:
            yield Condition(KINDS[kind], field, reading)


def _readings_of(status: Status) -> Mapping[tuple[str, object], str]:
    own = (meanings for kind, meanings in _OF_A_CLASS.items() if isinstance(status, kind))
    return {**_READINGS, **next(own, {})}


def _plain(value: object) -> object:
    return value.value if isinstance(value, StrEnum) else value
