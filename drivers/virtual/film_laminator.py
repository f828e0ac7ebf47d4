"""A film laminator at the far end of a pseudo-terminal, with rollers that warm and cool."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from drivers.film_laminator.contract import FilmLevel, FilmMedia, Heater, LaminatorCover
from drivers.film_laminator.serial_line import FilmCommand, FilmField, FilmRefusal
from drivers.serial_device.frames import Fields, HardwareClass, State
from drivers.virtual.serial_peer import (
    Handler,
    Refuse,
    Values,
    VirtualSerialDevice,
    Work,
    switches,
    while_waiting,
)

_ROOM_C, _WORKING_C, _TOO_HOT_C = 23.0, 110.0, 165.0
_WARMING_C_S = 300.0
"""Degrees a second: quicker than any real laminator, whose minutes nobody wants to rehearse."""
_ROLL_MM, _LOW_MM, _DOCUMENT_MM = 20_000, 2_000, 310
_PASS_S = 0.35


class VirtualFilmLaminator(VirtualSerialDevice):
    """Actions: ``feed`` lays a document into the inlet, ``take`` takes the welded one, ``refill``
    puts a new roll in."""

    role = "film-laminator"
    driver = "film-laminator"
    prefix = "laminator"
    hardware_class = HardwareClass.FILM_LAMINATOR
    model = "Virtual laminator"
    switches = switches("laminator", ("jam", "film-low", "film-out", "hot", "cold", "cover-open"))

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__(run_dir, baud)
        self._left_mm = _ROLL_MM
        self._laminations = 311
        self._document = False
        self._welded = 0
        self._heating_since: float | None = None

    def _seen(self) -> dict[str, Any]:
        return {
            "document": self._document,
            "welded": self._welded,
            "film_left_mm": self._film_left(),
            "temperature_c": round(self._celsius(), 1),
        }

    def _do(self, action: str, arguments: dict[str, Any]) -> None:
        if action == "feed":
            self._document = True
        elif action == "take":
            self._document, self._welded = False, 0
        elif action == "refill":
            self._left_mm = _ROLL_MM
        else:
            raise KeyError(action)

    def _handlers(self) -> Mapping[int, Handler]:
        return {
            FilmCommand.WARM_UP: self._warm_up,
            FilmCommand.COOL_DOWN: self._cool_down,
            FilmCommand.LAMINATE: self._laminate,
        }

    def _condition(self) -> State:
        if "hot" in self._on:
            return State.BROKEN
        if self._on & {"jam", "cover-open"} or self._film_left() < _DOCUMENT_MM:
            return State.NEEDS_PERSON
        return State.ONLINE

    def _status(self) -> Values:
        left_mm = self._film_left()
        film = FilmLevel.FULL if left_mm > _LOW_MM else FilmLevel.LOW
        if left_mm < _DOCUMENT_MM:
            film = FilmLevel.OUT
        media = FilmMedia.PRESENT if self._document else FilmMedia.NOT_PRESENT
        if "jam" in self._on:
            media = FilmMedia.JAMMED
        cover = LaminatorCover.OPEN if "cover-open" in self._on else LaminatorCover.CLOSED
        return {
            FilmField.MEDIA: tuple(FilmMedia).index(media),
            FilmField.FILM: tuple(FilmLevel).index(film),
            FilmField.FILM_LEFT: left_mm,
            FilmField.HEATER: tuple(Heater).index(self._heater()),
            FilmField.TEMPERATURE: round(self._celsius() * 10),
            FilmField.COVER: tuple(LaminatorCover).index(cover),
        }

    def _reset(self) -> None:
        self._heating_since = None
        self._document = False

    def _film_left(self) -> int:
        if "film-out" in self._on:
            return 0
        return min(self._left_mm, _LOW_MM - 1) if "film-low" in self._on else self._left_mm

    def _celsius(self) -> float:
        if "hot" in self._on:
            return _TOO_HOT_C
        if self._heating_since is None or "cold" in self._on:
            return _ROOM_C
        warmed = _WARMING_C_S * (time.monotonic() - self._heating_since)
        return min(_WORKING_C, _ROOM_C + warmed)

    def _heater(self) -> Heater:
        if "hot" in self._on:
            return Heater.OVERHEATED
        if self._heating_since is None:
            return Heater.OFF
        return Heater.READY if self._celsius() >= _WORKING_C else Heater.HEATING

    def _check_fit(self) -> None:
        for fault, reason in (
            ("cover-open", FilmRefusal.COVER_OPEN),
            ("hot", FilmRefusal.OVERHEATED),
            ("jam", FilmRefusal.JAMMED),
        ):
            if fault in self._on:
                self._heating_since = None
                raise Refuse(reason)

    def _heat(self, fields: Fields) -> Generator[float, None, None]:
        if self._heating_since is None:
            self._heating_since = time.monotonic()
        waiting = while_waiting(fields)
        while self._celsius() < _WORKING_C:
            self._check_fit()
            yield next(waiting)

    def _warm_up(self, fields: Fields) -> Work:
        self._check_fit()
        yield from self._heat(fields)
        return {FilmField.TEMPERATURE: round(self._celsius() * 10)}

    def _cool_down(self, fields: Fields) -> Work:
        yield from ()
        self._heating_since = None
        return {}

    def _laminate(self, fields: Fields) -> Work:
        self._check_fit()
        if not self._document:
            raise Refuse(FilmRefusal.NO_DOCUMENT)
        if self._film_left() < _DOCUMENT_MM:
            raise Refuse(FilmRefusal.FILM_OUT)
        yield from self._heat(fields)
        yield _PASS_S
        self._check_fit()
        self._left_mm -= _DOCUMENT_MM
        self._laminations += 1
        self._document = False
        self._welded += 1
        return {
            FilmField.FILM_USED: _DOCUMENT_MM,
            FilmField.FILM_LEFT: self._film_left(),
            FilmField.TEMPERATURE: round(self._celsius() * 10),
            FilmField.LAMINATIONS: self._laminations,
        }
