"""Lights on a serial relay board (``drivers.lights.relay_protocol``)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from pydantic import Field

from drivers.byte_stream import ByteStream
from drivers.device import (
    FASTEST_BIT_S,
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
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
)
from drivers.lights import relay_protocol
from drivers.lights.contract import (
    FlashRate,
    LightColor,
    LightName,
    Lights,
    LightsCapabilities,
    LightsStatus,
)
from drivers.lights.mask import RelayMask
from drivers.recording.tap import Recordable, TappedStream
from drivers.serial_port import SerialPort

_ANSWER_S = 0.8
_QUIET_S = 0.06
"""No further byte for so long: the answer is whole. A line of it takes 10 ms at 9600 baud."""
_SEEN_S = 0.4
_HALF_PERIOD_S = {FlashRate.SLOW: 1.0, FlashRate.MEDIUM: 0.5, FlashRate.QUICK: 0.25}
_STEADY = {FlashRate.OFF: False, FlashRate.CONTINUOUS: True}
_COLORS = {
    LightName.STATUS_GOOD: LightColor.GREEN,
    LightName.STATUS_IN_SERVICE: LightColor.GREEN,
    LightName.STATUS_WARNING: LightColor.YELLOW,
    LightName.STATUS_BAD: LightColor.RED,
    LightName.STATUS_SUPERVISOR: LightColor.BLUE,
}
"""The colours of lights that are not white."""


def _relay(title: str) -> int:
    field: int = Field(
        default=0,
        title=title,
        description="Number of its relay, 0 when there is no such light.",
        ge=0,
        le=relay_protocol.MOST_RELAYS,
    )
    return field


class RelayBoardSettings(DriverSettings):
    """Which light hangs on which relay."""

    port: str = Field(
        title="Serial port", description="A stable path: /dev/serial/by-id/…", min_length=1
    )
    baud: int = Field(
        default=9600, title="Speed", ge=1200, le=FASTEST_BIT_S, json_schema_extra={"unit": "bit/s"}
    )
    read_back: bool = Field(
        default=True,
        title="Answers questions",
        description="Off for boards that do not tell which relays are on.",
    )
    card_reader: int = _relay("Card reader")
    contactless: int = _relay("Contactless reader")
    document_printer: int = _relay("Document printer")
    receipt_printer: int = _relay("Receipt printer")
    scanner: int = _relay("Scanner")
    fascia_light: int = _relay("Front lighting")
    status_good: int = _relay("All is well (green)")
    status_warning: int = _relay("Needs attention (yellow)")
    status_bad: int = _relay("Out of order (red)")
    status_supervisor: int = _relay("Staff at work (blue)")
    status_in_service: int = _relay("In service (green)")

    @property
    def relays(self) -> dict[LightName, int]:
        """The relay of each light that is there."""
        found = {name: getattr(self, _field_of(name)) for name in LightName}
        return {name: relay for name, relay in found.items() if relay}


def _field_of(name: LightName) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name.value)


class RelayBoard(Recordable, Lights):
    """See the module and ``Lights``. Flashing is done here, by a thread of the driver's own."""

    settings_type = RelayBoardSettings
    refresh_every_s = 1.1
    """No multiple of a flash, so that looks fall into its light and its dark half."""

    def __init__(self, settings: RelayBoardSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._relays = settings.relays
        self._wire: ByteStream | None = None
        self._turn = threading.RLock()
        """Held while the wire is used, or what the lights are to do changes."""
        self._rates = dict.fromkeys(self._relays, FlashRate.OFF)
        self._told: dict[int, bool] = {}
        """What each relay was told last."""
        self._stuck: dict[int, bool] = {}
        """Where relays stand that did not do as they were told, until they are seen to turn."""
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._flasher: threading.Thread | None = None
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._seen: Reading[dict[str, bool] | None] = assumed(None)
        self._unmoved: Reading[tuple[str, ...]] = assumed(())

    def open(self) -> None:
        """See ``Driver.open``: all lights go out."""
        try:
            port = SerialPort(self._settings.port, self._settings.baud, "lights")
            self._wire = TappedStream(port, self.tap)
            self._rates = dict.fromkeys(self._relays, FlashRate.OFF)
            self._stuck.clear()
            with self._truthful():
                for relay in self._relays.values():
                    self._switch(relay, on=False)
            self.refresh()
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message, action=error.action) from None
        self._closing.clear()
        self._flasher = threading.Thread(target=self._flash, name="flasher", daemon=True)
        self._flasher.start()

    def close(self) -> None:
        """See ``Driver.close``: all lights go out, as far as the board is there."""
        flasher, self._flasher = self._flasher, None
        self._closing.set()
        self._changed.set()
        if flasher is not None:
            flasher.join()
        with self._turn:
            if self._wire is not None:
                with contextlib.suppress(DeviceError):
                    for relay in self._relays.values():
                        self._switch(relay, on=False)
                self._wire.close()
            self._wire = None
            self._seen, self._unmoved = assumed(None), assumed(())

    def refresh(self) -> None:
        """See ``Driver.refresh``. A board that is silent, garbled or stuck stays open, and its
        status says so."""
        with contextlib.suppress(DeviceTimeout, ProtocolError), self._turn, self._truthful():
            if self._settings.read_back:
                self._compare()
            elif self._wire is None:
                raise _absent()
            else:
                for name, rate in self._rates.items():
                    if rate in _STEADY:
                        self._switch(self._relays[name], on=_STEADY[rate])
                self._device = assumed(DeviceState.ONLINE)

    def status(self) -> LightsStatus:
        """See ``Driver.status``."""
        rates = {name.value: rate.value for name, rate in self._rates.items()}
        return LightsStatus(self._device, concluded(rates), self._seen, self._unmoved)

    def capabilities(self) -> LightsCapabilities:
        """See ``Driver.capabilities``."""
        return LightsCapabilities(lights=tuple((each, _color(each)) for each in self._relays))

    @command(deadline_s=10.0)
    def set_light(
        self, name: LightName, flash_rate: FlashRate, color: LightColor | None = None
    ) -> None:
        """See ``Lights.set_light``."""
        if name not in self._relays or color not in (None, _color(name)):
            raise CommandRejected(
                "light-unknown", "there is no such light in that colour", error_code="invalidLight"
            )
        with self._turn, self._truthful():
            self._rates[LightName(name)] = FlashRate(flash_rate)
            self._switch(self._relays[name], on=flash_rate != FlashRate.OFF)
            reads = flash_rate in _STEADY and self._settings.read_back
            if reads and self._relays[name] in self._compare():
                raise _stuck()
        self._changed.set()

    @command(deadline_s=10.0)
    def all_off(self) -> None:
        """See ``Lights.all_off``."""
        with self._turn, self._truthful():
            for name, relay in self._relays.items():
                self._rates[name] = FlashRate.OFF
                self._switch(relay, on=False)
            if self._settings.read_back and self._compare():
                raise _stuck()
        self._changed.set()

    def new_mask(self) -> RelayMask:
        """See ``Recordable.new_mask``."""
        return RelayMask(self._settings.model_dump(exclude={"port", "baud"}))

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``. Lights that do not flash are told once more."""
        with self._turn, self._truthful():
            for name, rate in self._rates.items():
                if rate in _STEADY:
                    self._switch(self._relays[name], on=_STEADY[rate])
            if self._settings.read_back:
                self._compare()

    @command(deadline_s=30.0)
    def self_test(self) -> SelfTest:
        """See ``Lights.self_test``."""
        with self._turn, self._truthful():
            good = {name: self._is_good(relay) for name, relay in self._relays.items()}
            if self._settings.read_back:
                stuck = (self._relays[name] for name, moves in good.items() if not moves)
                self._stuck = {relay: self._told[relay] for relay in stuck}
                self._conclude()
        values = {name.value: moves for name, moves in good.items()}
        return SelfTest(all(good.values()), {**values, "confirmed": self._settings.read_back})

    def _is_good(self, relay: int) -> bool:
        """Whether a relay goes on and off; then it stands again as it was told."""
        told = self._told.get(relay, False)
        try:
            return all(self._obeys(relay, on=on) for on in (True, False))
        finally:
            self._switch(relay, on=told)

    def _obeys(self, relay: int, *, on: bool) -> bool:
        """Whether the relay does as it is told; of a board that never tells, only the eye knows."""
        self._switch(relay, on=on)
        if self._settings.read_back:
            return self._ask().get(relay) == on
        self.cancellation.sleep(_SEEN_S)
        return True

    def _compare(self) -> dict[int, bool]:
        """Hold the board's answer against what its relays were told, those of flashing lights too;
        tell it once more what it missed, and look again. Returns where the relays stand that then
        do not stand as they were told.

        A relay that was stuck where it is to be now is tried at each look.
        """
        if astray := self._astray():
            for relay in astray:
                self._switch(relay, on=self._told[relay])
            astray = self._astray()
        unmoved = {each: at for each, at in self._stuck.items() if self._told[each] == at}
        self._stuck = astray | {each: at for each, at in unmoved.items() if not self._is_good(each)}
        self._conclude()
        return astray

    def _astray(self) -> dict[int, bool]:
        """Where the relays stand that do not stand as they were told."""
        found = self._ask()
        return {relay: not on for relay, on in self._told.items() if found.get(relay) != on}

    def _conclude(self) -> None:
        """Let the status tell what the board's answers show."""
        stuck = (name.value for name, relay in self._relays.items() if relay in self._stuck)
        self._unmoved = sensed(tuple(stuck))
        self._device = sensed(DeviceState.HARDWARE_ERROR if self._stuck else DeviceState.ONLINE)

    def _ask(self) -> dict[int, bool]:
        wire = self._opened()
        wire.discard_input()
        wire.write(relay_protocol.ASK)
        answer, end = b"", time.monotonic() + _ANSWER_S
        while (left := end - time.monotonic()) > 0 and len(answer) <= relay_protocol.LONGEST_ANSWER:
            received = wire.read(min(left, _QUIET_S) if answer else left)
            if not received and answer.endswith(b"\n") and self._tells_all(answer):
                break
            answer += received
        if not answer:
            raise DeviceTimeout("lights-silent", "the lights' board does not answer")
        found = relay_protocol.states(answer)
        self._seen = sensed({f"CH{relay}": on for relay, on in found.items()})
        return found

    def _tells_all(self, answer: bytes) -> bool:
        """Whether a pause is the answer's end; a slow wire pauses between two lines too."""
        return self._told.keys() <= relay_protocol.states(answer).keys()

    def _switch(self, relay: int, *, on: bool) -> None:
        with self._turn:
            self._opened().write(relay_protocol.switch(relay, on=on))
            self._told[relay] = on

    def _opened(self) -> ByteStream:
        if self._wire is None:
            raise _absent()
        return self._wire

    def _flash(self) -> None:
        """Until closing: turn each flashing light at its half periods, all in step."""
        lit: dict[LightName, bool] = {}
        began = time.monotonic()
        while not self._closing.is_set():
            elapsed = time.monotonic() - began
            with self._turn:
                halves = {
                    name: _HALF_PERIOD_S[rate]
                    for name, rate in self._rates.items()
                    if rate in _HALF_PERIOD_S
                }
                now = {name: int(elapsed / half) % 2 == 0 for name, half in halves.items()}
                with contextlib.suppress(DeviceError):
                    for name in now.keys() - {each for each in now if lit.get(each) == now[each]}:
                        self._switch(self._relays[name], on=now[name])
                lit = now
            self._changed.wait(_next_turn(elapsed, halves.values()))
            self._changed.clear()

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says of the board."""
        try:
            yield
        except DeviceNotReady:
            self._forget(DeviceState.NO_DEVICE)
            raise
        except DeviceTimeout:
            self._forget(DeviceState.OFFLINE)
            raise
        except ProtocolError:
            self._forget(DeviceState.HARDWARE_ERROR)
            raise

    def _forget(self, state: DeviceState) -> None:
        """Claim nothing of what the board's answers showed."""
        self._device = concluded(state)
        self._seen, self._unmoved = assumed(None), assumed(())


def _next_turn(elapsed: float, halves: Iterable[float]) -> float | None:
    """Seconds until the first of the flashing lights turns; ``None`` when none flashes."""
    return min((half - elapsed % half for half in halves), default=None)


def _color(name: LightName) -> LightColor:
    return _COLORS.get(name, LightColor.WHITE)


def _absent() -> DeviceNotReady:
    return DeviceNotReady("lights-absent", "the lights' board is not there")


def _stuck() -> HardwareFault:
    return HardwareFault(
        "light-stuck", "a relay of the lights does not do as it is told", error_code="lightError"
    )
