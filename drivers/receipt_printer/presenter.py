"""The slot of a receipt printer that holds each receipt until it is taken, and can take it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drivers.device import DeviceEvent
from drivers.document_printer.contract import PrintMedia
from drivers.errors import CommandRejected, HardwareFault, OperatorAction
from drivers.receipt_printer import commands
from drivers.receipt_printer.contract import Answer

_MOVES_S = 4.0
"""How long a presenter may take to draw in or throw out a receipt."""
_LOOK_EVERY_S = 0.2
_MEDIA = {
    Answer.YES: PrintMedia.PRESENT,
    Answer.NO: PrintMedia.NOT_PRESENT,
    Answer.NO_ANSWER: PrintMedia.UNKNOWN,
}


class Presenter:
    """What is known of the slot, and the ways out of it. ``send`` sends to the printer; ``look``
    asks it and says whether a receipt waits. A printer without a presenter refuses every move."""

    def __init__(
        self,
        emit: Callable[[DeviceEvent], None],
        send: Callable[[bytes], None],
        look: Callable[[], Answer],
    ) -> None:
        self.there = False
        """Whether the printer has one, and its answers reach the driver."""
        self.media = PrintMedia.UNKNOWN
        self._emit = emit
        self._send = send
        self._look = look
        self._moving = False

    @property
    def bring_out(self) -> bytes:
        """What brings a receipt out to be taken, where the cut alone does not."""
        return commands.PRESENT if self.there else b""

    def learn(self, presented: Answer) -> None:
        """Take what the sensor says now, and tell of a receipt that came or was taken."""
        before, now = self.media, _MEDIA[presented]
        if self._moving or (before is PrintMedia.RETRACTED and now is PrintMedia.NOT_PRESENT):
            return
        self.media = now
        if now is PrintMedia.PRESENT and before in (PrintMedia.NOT_PRESENT, PrintMedia.RETRACTED):
            self._emit(DeviceEvent("MediaPresentedEvent"))
        elif now is PrintMedia.NOT_PRESENT and before is PrintMedia.PRESENT:
            self._emit(DeviceEvent("MediaTakenEvent"))

    def forget(self) -> None:
        """The printer is out of reach."""
        self.media = PrintMedia.UNKNOWN

    def next_comes(self) -> None:
        """A receipt is printed: the printer clears its slot for it, as it is set to."""
        if self.media is PrintMedia.PRESENT:
            self.media = PrintMedia.NOT_PRESENT

    def take_back(self) -> None:
        """Draw the receipt at the slot into the bin. Raises ``CommandRejected``
        ``media-control-unknown`` or ``receipt-not-there``, ``HardwareFault`` ``receipt-stuck``."""
        self._need_receipt()
        self._clear(commands.RETRACT, PrintMedia.RETRACTED)

    def move(self, way: object) -> bool:
        """Printer.ControlMedia's ``retract`` or ``expel``; ``False`` for what is neither."""
        moves = {"retract": self.take_back, "expel": self._throw_out}
        if way not in moves:
            return False
        moves[str(way)]()
        return True

    def _need_receipt(self) -> None:
        if not self.there:
            raise CommandRejected("media-control-unknown", "this printer has no presenter")
        if self._look() is not Answer.YES:
            raise CommandRejected(
                "receipt-not-there", "no receipt waits at the slot", error_code="noMediaPresent"
            )

    def _clear(self, command: bytes, afterwards: PrintMedia) -> None:
        with self._moved(afterwards):
            self._send(command)
            end = time.monotonic() + _MOVES_S
            while self._look() is not Answer.NO:
                if time.monotonic() > end:
                    raise HardwareFault(
                        "receipt-stuck",
                        "the receipt is still at the slot",
                        error_code="mediaJammed",
                        action=OperatorAction.CLEAR,
                    )
                time.sleep(_LOOK_EVERY_S)

    def _throw_out(self) -> None:
        self._need_receipt()
        self._clear(commands.EXPEL, PrintMedia.NOT_PRESENT)

    @contextmanager
    def _moved(self, afterwards: PrintMedia) -> Iterator[None]:
        """Nobody takes what the printer itself moves."""
        self._moving = True
        try:
            yield
            self.media = afterwards
        finally:
            self._moving = False
