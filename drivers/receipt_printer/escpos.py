"""Receipt printers that speak ESC/POS, 58 and 80 mm wide.

Own code, and python-escpos only as the peer that it is measured against, because it

- calls silence "out of paper" (``paper_status()`` returns 0 when no byte comes): here a sensor
  says yes, no, or nothing, and nothing is never taken for no;
- sends GB18030 without ``FS &`` (``.text()``), which a printer in its first state prints as
  half-width rubbish, and writes characters that no printer's font has as four-byte codes: here a
  line with such a character goes out as dots;
- converts a bitmap pixel by pixel, 40 and more times slower for the same bytes.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping

from drivers.device import (
    DeviceEvent,
    SelfTest,
    command,
    concluded,
)
from drivers.errors import (
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
)
from drivers.receipt_printer import commands
from drivers.receipt_printer.compose import Composed, compose, specimen
from drivers.receipt_printer.contract import (
    PrintedReceipt,
    Proof,
    ReceiptPrinter,
    ReceiptPrinterCapabilities,
    ReceiptPrinterStatus,
)
from drivers.receipt_printer.dialogue import Dialogue
from drivers.receipt_printer.mask import EscPosMask
from drivers.receipt_printer.receipt import Cut, Receipt
from drivers.receipt_printer.settings import Connection, EscPosSettings, open_wire
from drivers.receipt_printer.verdicts import print_unknown
from drivers.receipt_printer.wires import TappedWire
from drivers.recording.tap import Recordable

_SLOWEST_MM_S = 40.0
_RAW_ROWS = 8000
"""Of paper that bytes of others are given time for: a metre."""


class EscPosPrinter(Recordable, ReceiptPrinter):
    """See the module and ``ReceiptPrinter``."""

    settings_type = EscPosSettings
    refresh_every_s = 2.0

    def __init__(self, settings: EscPosSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._talk = Dialogue(settings, emit, self._withdrawn)
        self._rows = 0

    def open(self) -> None:
        """See ``Driver.open``. A printer that is silent opens, and its status says so."""
        self._rows = 0
        self._talk.begin(TappedWire(open_wire(self._settings), self.tap))
        try:
            self._talk.ask_to_tell()
            self.refresh()
        except DeviceNotReady:
            self.close()
            raise
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message, action=error.action) from None

    def close(self) -> None:
        """See ``Driver.close``."""
        self._talk.end()

    def refresh(self) -> None:
        """See ``Driver.refresh``. A silent or garbled printer stays open, and its status says
        so."""
        with contextlib.suppress(DeviceTimeout, ProtocolError), self._talk.truthful():
            self._talk.look()

    def status(self) -> ReceiptPrinterStatus:
        """See ``Driver.status``."""
        talk, found = self._talk, self._talk.sensors
        return ReceiptPrinterStatus(
            talk.device,
            paper=talk.known(talk.paper),
            media=talk.known(talk.presenter.media),
            paper_out=talk.known(found.paper_out),
            near_end=talk.known(found.near_end),
            cover_open=talk.known(found.cover_open),
            cutter_fault=talk.known(found.cutter_fault),
            offline=talk.known(found.offline),
            printed_mm=concluded(round(self._rows / self._settings.dots_a_mm)),
        )

    def capabilities(self) -> ReceiptPrinterCapabilities:
        """See ``Driver.capabilities``."""
        paper = self._settings.paper
        return ReceiptPrinterCapabilities(
            dots=paper.dots,
            columns=paper.columns,
            dots_a_mm=paper.dots_a_mm,
            two_way=self._talk.begun and self._talk.answers,
            presenter=self._talk.presenter.there,
        )

    @command(deadline_s=90.0)
    def print_receipt(self, receipt: Receipt) -> PrintedReceipt:
        """See ``ReceiptPrinter.print_receipt``."""
        began = time.monotonic()
        composed = compose(receipt, self._settings.paper)
        with self._talk.truthful():
            self._talk.check_ready()
            self.cancellation.check()
            proof = self._print(composed)
        self._rows += composed.rows
        return PrintedReceipt(
            proof,
            round(composed.rows / self._settings.dots_a_mm),
            receipt.reprint,
            composed.rastered_lines,
            composed.missing_glyphs,
            round(time.monotonic() - began, 3),
        )

    @command(deadline_s=90.0)
    def print_raw(self, data: bytes) -> Proof:
        """See ``ReceiptPrinter.print_raw``."""
        if any(pulse in data for pulse in commands.DRAWER_PULSES):
            raise CommandRejected("receipt-drawer-pulse", "no drawer is opened here")
        with self._talk.truthful():
            self._talk.check_ready()
            self.cancellation.check()
            return self._print(Composed(data, _RAW_ROWS, 0, 0))

    @command(deadline_s=20.0)
    def control_media(self, control: Mapping[str, object]) -> None:
        """See ``ReceiptPrinter.control_media``."""
        how = Cut.PARTIAL if control.get("partial_cut") else Cut.FULL
        with self._talk.truthful():
            if self._talk.presenter.move(control.get("move")):
                return
            if control.get("move") not in (None, "eject") or control.get("alarm"):
                raise CommandRejected("media-control-unknown", "this printer can only cut and feed")
            self._talk.check_ready()
            self._talk.send(commands.cut(how) + self._talk.presenter.bring_out)
            if self._talk.presenter.there:
                self._talk.ask_all()

    @command(deadline_s=20.0)
    def retract_media(self) -> None:
        """See ``ReceiptPrinter.retract_media``."""
        with self._talk.truthful():
            self._talk.presenter.take_back()

    @command(deadline_s=90.0)
    def self_test(self) -> SelfTest:
        """See ``ReceiptPrinter.self_test``."""
        printed = self.print_receipt(specimen(self._settings.paper))
        return SelfTest(
            printed.proof is Proof.ECHO or not self._talk.answers,
            {
                "proof": printed.proof.value,
                "seconds": printed.seconds,
                "length_mm": printed.length_mm,
                "rastered_lines": printed.rastered_lines,
                "paper": self._talk.paper.value,
            },
        )

    @command(deadline_s=20.0)
    def reset(self) -> None:
        """See ``ReceiptPrinter.reset``."""
        with self._talk.truthful():
            self._talk.send(commands.CLEAR_ERROR + commands.INITIALISE)
            if self._talk.answers:
                self._talk.ask_to_tell()
                self._talk.ask_all()

    def new_mask(self) -> EscPosMask:
        """See ``Recordable.new_mask``."""
        if self._settings.connection is Connection.QUEUE:
            raise CommandRejected("recording-through-queue", "a print queue has no wire of ours")
        return EscPosMask()

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``."""
        if self._talk.answers:
            with self._talk.truthful():
                self._talk.ask_to_tell()
                self._talk.ask_all()

    def _withdrawn(self) -> None:
        """Raise ``DeviceCancelled`` when the command of now was withdrawn."""
        self.cancellation.check()

    def _print(self, composed: Composed) -> Proof:
        """Send it all; from the first byte on, every failure leaves the print unknown."""
        try:
            self._talk.presenter.next_comes()
            self._talk.send(composed.data + self._talk.presenter.bring_out)
            if not self._talk.answers:
                return Proof.NONE
            self._talk.await_end(composed.rows / self._settings.dots_a_mm / _SLOWEST_MM_S)
        except DeviceNotReady as error:
            self._talk.lost()
            raise print_unknown(error) from None
        except (DeviceTimeout, ProtocolError) as error:
            raise print_unknown(self._talk.cause() or error) from None
        except HardwareFault as error:
            raise print_unknown(error) from None
        return Proof.ECHO
