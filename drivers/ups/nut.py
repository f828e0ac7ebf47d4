"""Uninterruptible power supplies behind a NUT server (``upsd``), on the network or on a Unix
socket."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping

from pydantic import Field

from drivers.device import (
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Reading,
    SelfTest,
    assumed,
    command,
    concluded,
    sensed,
    state_after,
)
from drivers.errors import (
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    OperatorAction,
    ProtocolError,
)
from drivers.lines import Lines
from drivers.recording.tap import Recordable
from drivers.runtime_folder import socket_address
from drivers.ups import protocol
from drivers.ups.contract import (
    LOW_BATTERY,
    POWER_BACK,
    POWER_LOST,
    BatteryLevel,
    PowerSource,
    Ups,
    UpsCapabilities,
    UpsStatus,
)
from drivers.ups.mask import NutMask

PORT = 3493
"""IANA's port of NUT."""
_UNIX = "unix:"
_CONNECT_S = 3.0
_ANSWER_S = 3.0
_CHUNK = 4096
_MOST_DISCARDED = 64
"""Portions of late answers that are forgotten at once."""


class NutSettings(DriverSettings):
    """A power supply that a NUT server knows."""

    address: str = Field(
        default=f"127.0.0.1:{PORT}",
        title="Server",
        description="host:port of upsd, or unix:/path of a socket that leads to it.",
        min_length=1,
    )
    ups: str = Field(
        title="Name",
        description="What the server calls the power supply (ups.conf).",
        pattern=r"^[A-Za-z0-9._-]{1,64}$",
    )
    low_charge_percent: float = Field(
        default=20.0,
        title="Low battery",
        description="On battery, less charge than this counts as low even if the device does not "
        "say so.",
        ge=0,
        le=100,
        json_schema_extra={"unit": "%"},
    )
    low_runtime_s: int = Field(
        default=120,
        title="Shortest time left",
        description="On battery, less time than this counts as low.",
        ge=0,
        json_schema_extra={"unit": "s"},
    )


class NutUps(Recordable, Ups):
    """See the module and ``Ups``."""

    settings_type = NutSettings
    refresh_every_s = 1.0

    _power: Reading[PowerSource]
    _battery: Reading[BatteryLevel]
    _charge: Reading[float | None]
    _runtime: Reading[int | None]

    def __init__(self, settings: NutSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._socket: socket.socket | None = None
        self._identity = UpsCapabilities()
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._told_power = PowerSource.LINE
        self._told_low = False
        self._forget()

    def open(self) -> None:
        """See ``Driver.open``. A server that is silent at first opens, and the status says so."""
        try:
            self._connect()
            with contextlib.suppress(DeviceTimeout, ProtocolError):
                self._ask()
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message, action=error.action) from None

    def close(self) -> None:
        """See ``Driver.close``."""
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()
        self._forget()

    def refresh(self) -> None:
        """See ``Driver.refresh``. After silence or garbage the connection is made anew, as what
        comes late would be taken for the next answer."""
        try:
            if self._socket is None:
                self._connect()
            self._ask()
        except (DeviceTimeout, ProtocolError):
            self.close()
        except CommandRejected as error:
            raise DeviceNotReady(error.code, error.message, action=error.action) from None

    def status(self) -> UpsStatus:
        """See ``Driver.status``."""
        return UpsStatus(self._device, self._power, self._battery, self._charge, self._runtime)

    def capabilities(self) -> UpsCapabilities:
        """See ``Driver.capabilities``."""
        return self._identity

    @command(deadline_s=10.0)
    def self_test(self) -> SelfTest:
        """See ``Ups.self_test``."""
        began = time.monotonic()
        if self._socket is None:
            self._connect()
        self._ask()
        charge, runtime = self._charge.value, self._runtime.value
        return SelfTest(
            self._power.value is not PowerSource.UNKNOWN,
            {
                "answer_ms": round((time.monotonic() - began) * 1000, 1),
                "power": self._power.value.value,
                "battery": self._battery.value.value,
                "charge_percent": -1.0 if charge is None else charge,
                "runtime_s": -1 if runtime is None else runtime,
            },
        )

    def new_mask(self) -> NutMask:
        """See ``Recordable.new_mask``."""
        return NutMask(self._settings.ups)

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``."""
        if self._socket is not None:
            self._ask()

    def _connect(self) -> None:
        try:
            self._socket = _connection(self._settings.address)
        except (OSError, ValueError):
            self._device = concluded(DeviceState.NO_DEVICE)
            raise _absent() from None

    def _ask(self) -> None:
        with self._truthful():
            self._discard_input()
            self._send(f"LIST VAR {self._settings.ups}\n".encode("ascii"))
            found = protocol.variables(self._answer(), self._settings.ups)
            self._learn(found)

    def _learn(self, found: Mapping[str, str]) -> None:
        flags = found.get("ups.status", "")
        charge = protocol.number(found, "battery.charge")
        runtime = protocol.number(found, "battery.runtime")
        power, battery = protocol.power_of(flags), protocol.battery_of(flags)
        low = battery is BatteryLevel.LOW or (
            power is PowerSource.BATTERY and self._nearly_empty(charge, runtime)
        )
        self._device = sensed(DeviceState.ONLINE)
        self._power = sensed(power)
        self._battery = concluded(BatteryLevel.LOW) if low else sensed(battery)
        self._charge = sensed(charge)
        self._runtime = sensed(None if runtime is None else int(runtime))
        self._identity = UpsCapabilities(
            found.get("ups.mfr", found.get("device.mfr", "")),
            found.get("ups.model", found.get("device.model", "")),
            found.get("ups.serial", found.get("device.serial", "")),
            found.get("ups.firmware", ""),
        )
        self._tell(power, low=low and power is PowerSource.BATTERY)

    def _nearly_empty(self, charge: float | None, runtime: float | None) -> bool:
        return (charge is not None and charge < self._settings.low_charge_percent) or (
            runtime is not None and runtime < self._settings.low_runtime_s
        )

    def _tell(self, power: PowerSource, *, low: bool) -> None:
        payload = {"charge_percent": self._charge.value, "runtime_s": self._runtime.value}
        if power is PowerSource.UNKNOWN:
            return
        if power is not self._told_power:
            self._told_power = power
            name = POWER_LOST if power is PowerSource.BATTERY else POWER_BACK
            self.emit(DeviceEvent(name, payload))
        if low and not self._told_low:
            self.emit(DeviceEvent(LOW_BATTERY, payload))
        self._told_low = low

    def _send(self, data: bytes) -> None:
        self.tap.said(data)
        try:
            self._connected.sendall(data)
        except TimeoutError:
            raise _silent() from None
        except OSError:
            raise _absent() from None

    def _answer(self) -> list[bytes]:
        """The lines up to the list's end, or up to a refusal."""
        lines: list[bytes] = []
        for line in self._lines():
            lines.append(line)
            if line.startswith((b"END ", b"ERR")):
                return lines
            if len(lines) > protocol.MOST_VARIABLES + 2:
                raise protocol.garbled("a list without end")
        return lines

    def _lines(self) -> Iterator[bytes]:
        end = time.monotonic() + _ANSWER_S
        lines = Lines(protocol.LONGEST_LINE)
        while True:
            for line in lines.feed(self._receive(end)):
                if isinstance(line, int):
                    raise protocol.garbled("a line without end")
                yield line

    def _discard_input(self) -> None:
        """Forget what came too late to be the answer to an earlier question."""
        connection = self._connected
        for _ in range(_MOST_DISCARDED):
            if not select.select((connection,), (), (), 0)[0]:
                return
            self._receive(time.monotonic() + _ANSWER_S)
        raise protocol.garbled("an answer without end")

    def _receive(self, end: float) -> bytes:
        left = end - time.monotonic()
        if left <= 0:
            raise _silent()
        connection = self._connected
        connection.settimeout(left)
        try:
            received = connection.recv(_CHUNK)
        except TimeoutError:
            raise _silent() from None
        except OSError:
            raise _absent() from None
        finally:
            connection.settimeout(_ANSWER_S)
        if not received:
            raise _absent()
        self.tap.heard(received)
        return received

    @property
    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise _absent()
        return self._socket

    def _forget(self) -> None:
        self._power = assumed(PowerSource.UNKNOWN)
        self._battery = assumed(BatteryLevel.UNKNOWN)
        self._charge = assumed(None)
        self._runtime = assumed(None)

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says of the device."""
        try:
            yield
        except DeviceError as error:
            self._forget()
            self._device = concluded(state_after(error))
            raise


def _connection(address: str) -> socket.socket:
    if address.startswith(_UNIX):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_CONNECT_S)
        try:
            connection.connect(socket_address(address.removeprefix(_UNIX)))
        except OSError:
            connection.close()
            raise
    else:
        host, _, port = address.rpartition(":")
        connection = socket.create_connection((host.strip("[]"), int(port)), _CONNECT_S)
    connection.settimeout(_ANSWER_S)
    return connection


def _absent() -> DeviceNotReady:
    return DeviceNotReady(
        "ups-absent",
        "no power supply's server is at the address",
        action=OperatorAction.CONFIGURATION,
    )


def _silent() -> DeviceTimeout:
    return DeviceTimeout("ups-silent", "the power supply's server does not answer")
