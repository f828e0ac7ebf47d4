"""A stamping machine at the far end of a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.serial_device.frames import Fields, HardwareClass, State
from drivers.stamping_machine.contract import InkLevel, StampCover, StampMedia
from drivers.stamping_machine.serial_line import StampCommand, StampField, StampRefusal
from drivers.virtual.serial_peer import (
    Handler,
    Refuse,
    Values,
    VirtualSerialDevice,
    Work,
    switches,
)

_MEMORY = 256
_STAMP_S = 0.35
"""Down, press, up."""


class VirtualStampingMachine(VirtualSerialDevice):
    """Actions: ``feed`` lays a sheet under the stamp, ``take`` takes it away with its stamps."""

    role = "stamping-machine"
    driver = "stamping-machine"
    prefix = "stamp"
    hardware_class = HardwareClass.STAMPING_MACHINE
    model = "Virtual stamp"
    switches = switches("stamp", ("jam", "ink-low", "ink-out", "cover-open"))

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__(run_dir, baud)
        self._count = 1204
        self._made: dict[str, int] = {}
        self._sheet = False
        self._on_sheet: list[dict[str, int]] = []

    def _seen(self) -> dict[str, Any]:
        return {"count": self._count, "sheet": self._sheet, "stamps": list(self._on_sheet)}

    def _do(self, action: str, arguments: dict[str, Any]) -> None:
        if action not in ("feed", "take"):
            raise KeyError(action)
        self._sheet = action == "feed"
        self._on_sheet = []

    def _handlers(self) -> Mapping[int, Handler]:
        return {StampCommand.STAMP: self._stamp, StampCommand.FIND: self._find}

    def _condition(self) -> State:
        if self._on & {"jam", "ink-out", "cover-open"}:
            return State.NEEDS_PERSON
        return State.ONLINE

    def _status(self) -> Values:
        on = self._on
        ink = InkLevel.OUT if "ink-out" in on else InkLevel.FULL
        if "ink-low" in on and "ink-out" not in on:
            ink = InkLevel.LOW
        media = StampMedia.PRESENT if self._sheet else StampMedia.NOT_PRESENT
        if "jam" in on:
            media = StampMedia.JAMMED
        cover = StampCover.OPEN if "cover-open" in on else StampCover.CLOSED
        return {
            StampField.MEDIA: tuple(StampMedia).index(media),
            StampField.INK: tuple(InkLevel).index(ink),
            StampField.COVER: tuple(StampCover).index(cover),
            StampField.COUNT: self._count,
        }

    def _reset(self) -> None:
        self._sheet = False
        self._on_sheet = []

    def _stamp(self, fields: Fields) -> Work:
        place = {
            "x_mm10": fields.number(StampField.X),
            "y_mm10": fields.number(StampField.Y),
            "rotation": fields.number(StampField.ROTATION),
        }
        authorisation = fields.text(StampField.AUTHORISATION)
        if place["x_mm10"] > 2100 or place["y_mm10"] > 2970:
            raise Refuse(StampRefusal.OUT_OF_REACH)
        if authorisation in self._made:
            raise Refuse(StampRefusal.USED)
        self._check_fit()
        yield _STAMP_S
        self._check_fit()
        self._count += 1
        self._made[authorisation] = self._count
        while len(self._made) > _MEMORY:
            del self._made[next(iter(self._made))]
        self._on_sheet.append(place)
        return {StampField.COUNT: self._count}

    def _check_fit(self) -> None:
        for fault, reason in (
            ("cover-open", StampRefusal.COVER_OPEN),
            ("jam", StampRefusal.JAMMED),
            ("ink-out", StampRefusal.INK_OUT),
        ):
            if fault in self._on:
                raise Refuse(reason)
        if not self._sheet:
            raise Refuse(StampRefusal.NO_SHEET)

    def _find(self, fields: Fields) -> Work:
        yield from ()
        count = self._made.get(fields.text(StampField.AUTHORISATION))
        return {} if count is None else {StampField.COUNT: count}
