"""A PC/SC slot as a driver of cards sees it: what its status says, how it waits, and what every
such driver does with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from drivers.device import (
    Cancellation,
    DeviceEvent,
    DeviceState,
    Reading,
    SelfTest,
    Source,
    assumed,
    command,
)
from drivers.errors import CommandRejected, DeviceError, UserFault
from drivers.id_card.contract import CardMedia
from drivers.recording.tap import Recordable, Tap
from drivers.smart_card.names import is_contactless
from drivers.smart_card.pcsc_channel import PcscChannel
from drivers.smart_card.service import PcscService, Slot
from drivers.smart_card.settings import PcscSettings

LONGEST_WAIT_S = 600.0
_POWER_ACTIONS = ("cold", "warm", "off")
INSERTED = "MediaInsertedEvent"
REMOVED = "MediaRemovedEvent"
CONTACT_PROTOCOLS = ("chipT0", "chipT1")
CONTACTLESS_PROTOCOLS = ("chipTypeAPart4", "chipTypeB")
"""ISO/IEC 14443-4 over either modulation; which one a card has is the reader's to find out."""
READER_CHANGED = "ReaderChangedEvent"
"""Reader or pcscd came or went: the status is worth a look."""


class SlotReader:
    """Shared by the drivers whose cards come through PC/SC.

    Emits ``MediaInsertedEvent`` and ``MediaRemovedEvent`` the moment pcscd tells of a card, and
    ``ReaderChangedEvent`` when it tells of the reader or goes itself.
    """

    def __init__(
        self,
        settings: PcscSettings,
        emit: Callable[[DeviceEvent], None],
        tap: Tap | None = None,
    ) -> None:
        """``tap`` is told each command and answer of every connection."""
        self._emit = emit
        self._tap = tap or Tap()
        self._service = PcscService(settings, self._changed)
        self._before = Slot()
        self._opened = False
        self._seen_at = 0.0

    def open(self) -> None:
        """Begin to watch. Raises ``DeviceNotReady`` ``pcsc-down`` or ``reader-absent``."""
        self._before = Slot()
        self._service.start()
        try:
            self.refresh()
        except DeviceError:
            self.close()
            raise
        self._opened = True

    def close(self) -> None:
        """Watch no more. Does not raise."""
        self._opened = False
        self._service.stop()

    def refresh(self) -> None:
        """Raise ``DeviceNotReady`` when reader or pcscd has gone for more than a restart."""
        self._service.settled()
        self._seen_at = time.monotonic()

    @property
    def device(self) -> Reading[DeviceState]:
        """Whether the reader is there, as pcscd says."""
        if not self._opened:
            return assumed(DeviceState.STARTING)
        slot = self._service.slot
        there = slot.running and slot.reader is not None
        return self._reading(DeviceState.ONLINE if there else DeviceState.NO_DEVICE, slot)

    @property
    def media(self) -> Reading[CardMedia]:
        """Whether a card is in the slot, as pcscd says."""
        slot = self._service.slot
        if not self._opened or slot.reader is None:
            return assumed(CardMedia.UNKNOWN)
        return self._reading(CardMedia.PRESENT if slot.present else CardMedia.NOT_PRESENT, slot)

    @property
    def name(self) -> str:
        """The reader's full name; empty while it is away."""
        return self._service.slot.reader or ""

    @property
    def chip_protocols(self) -> tuple[str, ...]:
        """CardReader.Capabilities ``chipProtocols`` of a reader called so."""
        return CONTACTLESS_PROTOCOLS if is_contactless(self.name) else CONTACT_PROTOCOLS

    @property
    def atr(self) -> bytes:
        """The answer to reset of the card that is in the slot; empty when there is none."""
        return self._service.slot.atr

    def await_card(self, wait_s: float, cancellation: Cancellation) -> None:
        """Wait until a card is there, also while pcscd is started anew. One that is there already
        is told of again.

        Raises ``UserFault`` ``card-timeout``, ``DeviceNotReady``, ``DeviceCancelled``.
        """
        end = time.monotonic() + _bounded(wait_s)
        if self._service.settled(cancellation.check).present:
            self._emit(DeviceEvent(INSERTED))
            return
        while self._service.wait(_taken, end - time.monotonic(), cancellation.check):
            if self._service.settled(cancellation.check).present:
                return
        raise UserFault("card-timeout", "no card was put in", error_code="noMedia")

    def await_removed(self, wait_s: float, cancellation: Cancellation) -> bool:
        """Wait until no card is there; ``False`` when one still is, or may be, after ``wait_s``."""
        end = time.monotonic() + _bounded(wait_s)
        while self._service.wait(_empty, end - time.monotonic(), cancellation.check):
            if self._service.settled(cancellation.check).surely_empty:
                return True
        return False

    def connect(self, *, exclusive: bool = True) -> PcscChannel:
        """See ``PcscService.connect``."""
        channel = self._service.connect(exclusive=exclusive)
        channel.tap = self._tap
        return channel

    def self_test(self) -> SelfTest:
        """Start the card in the slot, if there is one, and say how long that took.

        Of the answer to reset only the interface bytes are told: the historical bytes that follow
        may be one person's card's own (ISO/IEC 7816-3 8.2).
        """
        slot = self._service.settled()
        if not slot.present:
            return SelfTest(ok=True, values={"reader": self.name, "card": False})
        with self.connect() as channel:
            started = time.monotonic()
            channel.reset()
            reset_ms = (time.monotonic() - started) * 1000
            return SelfTest(
                ok=True,
                values={
                    "reader": self.name,
                    "card": True,
                    "answer_to_reset": interface_bytes(slot.atr).hex(" ").upper(),
                    "protocol": channel.protocol,
                    "connect_ms": round(channel.connected_in_s * 1000, 2),
                    "reset_ms": round(reset_ms, 2),
                },
            )

    def _reading(self, value: DeviceState | CardMedia, slot: Slot) -> Reading[Any]:
        return Reading(value, Source.DRIVER, max(slot.at, self._seen_at))

    def _changed(self, slot: Slot) -> None:
        """On the watching thread."""
        before, self._before = self._before, slot
        swapped = before.present and slot.present and before.count != slot.count
        if before.present and (swapped or not slot.present):
            self._emit(DeviceEvent(REMOVED))
        if slot.present and (swapped or not before.present):
            self._emit(DeviceEvent(INSERTED))
        if before.reader != slot.reader:
            self._emit(DeviceEvent(READER_CHANGED))


class SlotDriver(Recordable):
    """A driver whose cards come through PC/SC. The class's contract is its second base."""

    refresh_every_s = 5.0
    refresh_after = frozenset({READER_CHANGED})

    def __init__(self, settings: PcscSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._slot = SlotReader(settings, emit, self.tap)
        self._powered: PcscChannel | None = None
        """The chip that is kept between two calls of ``chip_io``."""

    def open(self) -> None:
        """See ``Driver.open``."""
        self._slot.open()

    def close(self) -> None:
        """See ``Driver.close``."""
        self._power_off()
        self._slot.close()

    def refresh(self) -> None:
        """See ``Driver.refresh``; pcscd has told by itself what is new."""
        self._slot.refresh()

    @command(deadline_s=LONGEST_WAIT_S + 30)
    def wait_removed(self, wait_s: float) -> bool:
        """See the contract."""
        self._power_off()
        return self._slot.await_removed(wait_s, self.cancellation)

    @command(deadline_s=30.0)
    def chip_power(self, action: str) -> bytes:
        """See the contract."""
        if action not in _POWER_ACTIONS:
            raise CommandRejected("chip-power-action", "chips know cold, warm and off")
        if action == "warm" and self._powered is not None:
            self._powered.reset()
            return self._slot.atr
        self._power_off()
        if action == "off":
            return b""
        self._powered = self._slot.connect()
        return self._slot.atr

    @command(deadline_s=30.0)
    def chip_io(self, data: bytes) -> bytes:
        """See the contract. The chip stays powered until another command needs it, or it fails."""
        if self._powered is None:
            raise CommandRejected(
                "chip-not-powered", "the chip was not powered", error_code="atrNotObtained"
            )
        try:
            return self._powered.send(data)
        except BaseException:
            self._power_off()
            raise

    @command(deadline_s=10.0)
    def reset(self) -> None:
        """See the contract."""
        self.close()
        self.open()

    @command(deadline_s=30.0)
    def self_test(self) -> SelfTest:
        """See the contract."""
        self._power_off()
        return self._slot.self_test()

    def _power_off(self) -> None:
        channel, self._powered = self._powered, None
        if channel is not None:
            channel.close()


def interface_bytes(atr: bytes) -> bytes:
    """An answer to reset up to its historical bytes (ISO/IEC 7816-3 8.2): TS, T0, and as many
    TA, TB, TC and TD as T0 and each TD announce."""
    at = 1
    while at < len(atr):
        announced = atr[at] >> 4
        if not announced & 0x08:
            return atr[: at + 1 + announced.bit_count()]
        at += announced.bit_count()
    return atr


def _taken(slot: Slot) -> bool:
    """A card, or a reader that can tell no more."""
    return slot.present or slot.reader is None


def _empty(slot: Slot) -> bool:
    """No card, or a reader that can tell no more."""
    return slot.surely_empty or slot.reader is None


def _bounded(wait_s: float) -> float:
    return min(max(0.0, wait_s), LONGEST_WAIT_S)
