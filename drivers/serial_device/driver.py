"""What all drivers of serial devices share: opening, handshake, state, self-test."""

from __future__ import annotations

import contextlib
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import ClassVar, TypeVar

from pydantic import Field as SettingsField

from drivers.device import (
    FASTEST_BIT_S,
    Capabilities,
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Reading,
    SelfTest,
    assumed,
    command,
    concluded,
    sensed,
)
from drivers.errors import (
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
)
from drivers.recording.tap import Recordable
from drivers.serial_device.frames import VERSION, Command, Field, Fields, HardwareClass, State
from drivers.serial_device.link import Link
from drivers.serial_device.mask import FieldRules, FrameMask

Level = TypeVar("Level", bound=Enum)

_STATES = {
    State.ONLINE: DeviceState.ONLINE,
    State.BROKEN: DeviceState.HARDWARE_ERROR,
    State.NEEDS_PERSON: DeviceState.USER_ERROR,
    State.TAMPERED: DeviceState.FRAUD_ATTEMPT,
}
_SELF_TEST_S = 5.0
LONGEST_WAIT_S = 600.0
"""How long any command may wait for a person."""


class SerialDeviceSettings(DriverSettings):
    """A device that speaks the protocol of ``drivers.serial_device.frames``."""

    port: str = SettingsField(
        title="Serial port",
        description="A stable path: /dev/serial/by-id/… or the virtual device's link.",
        min_length=1,
    )
    baud: int = SettingsField(
        default=115_200,
        title="Speed",
        description="Bits a second.",
        ge=9600,
        le=FASTEST_BIT_S,
        json_schema_extra={"unit": "bit/s"},
    )


class SerialDevice(Recordable):
    """A driver on a serial device's wire. Errors of the wire have these codes, in every class:
    ``device-absent``, ``device-port-busy``, ``device-port-denied``, ``device-other-class`` (another
    kind of device answers there), ``device-silent``, ``device-garbled``, ``device-busy``,
    ``device-failed``, ``device-command-unknown``, ``device-request-invalid``.
    """

    settings_type = SerialDeviceSettings
    refresh_every_s = 2.0
    hardware_class: ClassVar[HardwareClass]
    refusals: ClassVar[Mapping[int, DeviceError]] = {}
    """What the refusals of this class stand for."""
    recorded: ClassVar[FieldRules] = FieldRules()
    """What of the fields of this class may be written down."""

    def __init__(self, settings: SerialDeviceSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._link: Link | None = None
        self._identity = Capabilities()
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._forget()

    @abstractmethod
    def _learn(self, fields: Fields) -> None:
        """Take the class's readings from the fields of a status."""

    @abstractmethod
    def _forget(self) -> None:
        """Let the class's readings claim nothing."""

    @abstractmethod
    def _measured(self) -> dict[str, str | int | float | bool]:
        """The readings that a self-test reports."""

    def _happened(self, event: int, fields: Fields) -> None:
        """Take what the device tells while it works on a request."""

    def open(self) -> None:
        """See ``Driver.open``. A device that says it is broken opens, and its status says so."""
        try:
            with self._truthful():
                self._link = Link(
                    self._settings.port,
                    self._settings.baud,
                    self.refusals,
                    self._check_withdrawn,
                    self._happened,
                    self.tap,
                )
                self._identity = self._introduce()
                self._ask_status()
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message, action=error.action) from None

    def close(self) -> None:
        """See ``Driver.close``."""
        link, self._link = self._link, None
        if link is not None:
            link.close()
        self._forget()

    def refresh(self) -> None:
        """See ``Driver.refresh``. A silent or garbled device stays open, and its status says so."""
        with contextlib.suppress(DeviceTimeout, ProtocolError), self._truthful():
            self._ask_status()

    @command(deadline_s=15.0)
    def reset(self) -> None:
        """Bring the device back to its first state; what lies in it is put out."""
        with self._truthful():
            self._ask(Command.RESET, work_s=_SELF_TEST_S)
            self._ask_status()

    @command(deadline_s=15.0)
    def self_test(self) -> SelfTest:
        """Let the device test itself; ``answer_ms`` is how long a status takes on the wire."""
        with self._truthful():
            good = self._ask(Command.SELF_TEST, work_s=_SELF_TEST_S).number(Field.RESULT) == 1
            began = time.monotonic()
            self._ask_status()
            answer_ms = round((time.monotonic() - began) * 1000, 1)
        return SelfTest(good, {"answer_ms": answer_ms, **self._measured()})

    def new_mask(self) -> FrameMask:
        """See ``Recordable.new_mask``."""
        return FrameMask(self.recorded)

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``. A handshake makes a device forget the requests before it,
        of which none is open."""
        with self._truthful():
            self._introduce()
            self._ask_status()

    def _check_withdrawn(self) -> None:
        """The host renews ``cancellation`` before each command."""
        self.cancellation.check()

    def _ask(
        self, code: int, payload: bytes = b"", *, work_s: float = 0.0, withdrawable: bool = True
    ) -> Fields:
        if self._link is None:
            raise DeviceNotReady("device-absent", "the device is not open")
        return self._link.ask(code, payload, work_s=work_s, withdrawable=withdrawable)

    def _ask_status(self) -> None:
        fields = self._ask(Command.STATUS)
        try:
            state = _STATES[State(fields.number(Field.STATE))]
        except ValueError:
            raise ProtocolError("device-garbled", "the device is in no known state") from None
        self._learn(fields)
        self._device = sensed(state)

    def _introduce(self) -> Capabilities:
        fields = self._ask(Command.HELLO)
        if fields.number(Field.CLASS) != self.hardware_class:
            raise DeviceNotReady("device-other-class", "another kind of device answers on the port")
        if fields.number(Field.PROTOCOL) != VERSION:
            raise DeviceNotReady("device-other-class", "the device speaks another version")
        return Capabilities(
            vendor=fields.text(Field.MAKER),
            model=fields.text(Field.MODEL),
            serial_number=fields.text(Field.NUMBER),
            firmware=fields.text(Field.FIRMWARE),
        )

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says about the device."""
        try:
            yield
        except DeviceError as error:
            state = _state_after(error)
            if state is not None:
                self._device = concluded(state)
                self._forget()
            raise


def member(kind: type[Level], number: int) -> Level:
    """The member of an enum that stands at a number on the wire: the order of its definition.

    Raises ``ProtocolError`` ``device-garbled`` for a number beyond it.
    """
    members = tuple(kind)
    if number >= len(members):
        raise ProtocolError("device-garbled", "the device reports a value of no known meaning")
    return members[number]


def _state_after(error: DeviceError) -> DeviceState | None:
    """What an error says of the device, whose own refusals say nothing against it."""
    match error:
        case DeviceNotReady():
            return DeviceState.NO_DEVICE
        case DeviceTimeout(code="device-silent"):
            return DeviceState.OFFLINE
        case ProtocolError():
            return DeviceState.HARDWARE_ERROR
        case HardwareFault(code="device-failed"):
            return DeviceState.HARDWARE_ERROR
        case _:
            return None
