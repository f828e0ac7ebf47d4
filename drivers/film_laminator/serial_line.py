"""Film laminators on a serial line (``drivers.serial_device.frames``).

Commands: 10 WARM_UP (wait in ms) → temperature; 11 COOL_DOWN; 12 LAMINATE (wait in ms) → film
used, film left, temperature, laminations. Status: media, film, heater, cover (numbers in the order
of the contract's enums), film left in mm, temperature in 0.1 °C.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar

from drivers.device import Capabilities, DeviceEvent, Reading, assumed, command, sensed
from drivers.errors import DeviceError, HardwareFault, OperatorAction, UserFault
from drivers.film_laminator.contract import (
    FilmLaminator,
    FilmLaminatorCapabilities,
    FilmLaminatorStatus,
    FilmLevel,
    FilmMedia,
    Heater,
    Laminated,
    LaminatorCover,
)
from drivers.serial_device.driver import LONGEST_WAIT_S, SerialDevice, member
from drivers.serial_device.frames import Field, Fields, HardwareClass, Refusal, pack
from drivers.serial_device.mask import FieldRules

_LAMINATE_S = 30.0


class FilmCommand(IntEnum):
    """Commands of the class."""

    WARM_UP = 0x10
    COOL_DOWN = 0x11
    LAMINATE = 0x12


class FilmField(IntEnum):
    """Fields of the class."""

    MEDIA = 0x20
    FILM = 0x21
    FILM_LEFT = 0x22
    HEATER = 0x23
    TEMPERATURE = 0x24
    COVER = 0x25
    FILM_USED = 0x26
    LAMINATIONS = 0x27


class FilmRefusal(IntEnum):
    """Refusals of the class."""

    NO_DOCUMENT = 0x10
    JAMMED = 0x11
    FILM_OUT = 0x12
    OVERHEATED = 0x13
    COVER_OPEN = 0x14


class SerialFilmLaminator(SerialDevice, FilmLaminator):
    """See the module."""

    hardware_class = HardwareClass.FILM_LAMINATOR
    refusals: ClassVar[Mapping[int, DeviceError]] = {
        Refusal.TIMED_OUT: HardwareFault("film-cold", "the rollers do not get warm"),
        FilmRefusal.NO_DOCUMENT: UserFault(
            "film-no-document", "no document lies in the inlet", error_code="noMediaPresent"
        ),
        FilmRefusal.JAMMED: HardwareFault(
            "film-jammed",
            "a document is stuck between the rollers",
            error_code="mediaJammed",
            action=OperatorAction.CLEAR,
        ),
        FilmRefusal.FILM_OUT: HardwareFault(
            "film-out", "the film has run out", action=OperatorAction.CLEAR
        ),
        FilmRefusal.OVERHEATED: HardwareFault("film-hot", "the rollers are too hot"),
        FilmRefusal.COVER_OPEN: HardwareFault(
            "film-cover-open", "the laminator's cover is open", action=OperatorAction.CLEAR
        ),
    }

    recorded = FieldRules(frozenset(FilmField))

    _media: Reading[FilmMedia]
    _film: Reading[FilmLevel]
    _film_left: Reading[int | None]
    _heater: Reading[Heater]
    _temperature: Reading[float | None]
    _cover: Reading[LaminatorCover]

    def status(self) -> FilmLaminatorStatus:
        """See ``Driver.status``."""
        return FilmLaminatorStatus(
            self._device,
            self._media,
            self._film,
            self._film_left,
            self._heater,
            self._temperature,
            self._cover,
        )

    def capabilities(self) -> FilmLaminatorCapabilities:
        """See ``Driver.capabilities``."""
        known: Capabilities = self._identity
        return FilmLaminatorCapabilities(
            known.vendor, known.model, known.serial_number, known.firmware
        )

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def warm_up(self, wait_s: float) -> float:
        """See ``FilmLaminator.warm_up``."""
        with self._truthful():
            answer = self._wait(FilmCommand.WARM_UP, wait_s)
            celsius = answer.number(FilmField.TEMPERATURE) / 10
        self._heater, self._temperature = sensed(Heater.READY), sensed(celsius)
        return celsius

    @command(deadline_s=15.0)
    def cool_down(self) -> None:
        """See ``FilmLaminator.cool_down``."""
        with self._truthful():
            self._ask(FilmCommand.COOL_DOWN)
            self._ask_status()

    @command(deadline_s=LONGEST_WAIT_S + 60)
    def laminate(self, wait_s: float) -> Laminated:
        """See ``FilmLaminator.laminate``. Not to be withdrawn: film that has begun must end."""
        with self._truthful():
            answer = self._wait(FilmCommand.LAMINATE, wait_s, _LAMINATE_S, withdrawable=False)
            done = Laminated(
                answer.number(FilmField.FILM_USED),
                answer.number(FilmField.FILM_LEFT),
                answer.number(FilmField.TEMPERATURE) / 10,
                answer.number(FilmField.LAMINATIONS),
            )
        self._film_left = sensed(done.film_left_mm)
        self.emit(DeviceEvent("MediaPresentedEvent"))
        return done

    def _wait(
        self, code: FilmCommand, wait_s: float, work_s: float = 0.0, *, withdrawable: bool = True
    ) -> Fields:
        bounded_s = max(0.0, min(wait_s, LONGEST_WAIT_S))
        payload = pack({Field.WAIT_MS: round(bounded_s * 1000)})
        return self._ask(code, payload, work_s=bounded_s + work_s, withdrawable=withdrawable)

    def _learn(self, fields: Fields) -> None:
        media = member(FilmMedia, fields.number(FilmField.MEDIA))
        film = member(FilmLevel, fields.number(FilmField.FILM))
        heater = member(Heater, fields.number(FilmField.HEATER))
        cover = member(LaminatorCover, fields.number(FilmField.COVER))
        self._film_left = sensed(fields.number(FilmField.FILM_LEFT))
        self._temperature = sensed(fields.number(FilmField.TEMPERATURE) / 10)
        self._media, self._film = sensed(media), sensed(film)
        self._heater, self._cover = sensed(heater), sensed(cover)

    def _forget(self) -> None:
        self._media = assumed(FilmMedia.UNKNOWN)
        self._film = assumed(FilmLevel.UNKNOWN)
        self._film_left = assumed(None)
        self._heater = assumed(Heater.UNKNOWN)
        self._temperature = assumed(None)
        self._cover = assumed(LaminatorCover.UNKNOWN)

    def _measured(self) -> dict[str, str | int | float | bool]:
        left, celsius = self._film_left.value, self._temperature.value
        return {
            **({} if left is None else {"film_left_mm": left}),
            **({} if celsius is None else {"temperature_c": celsius}),
            "heater": self._heater.value.value,
        }
