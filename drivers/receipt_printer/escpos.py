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
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from drivers.device import (
    DeviceEvent,
    DeviceState,
    Reading,
    SelfTest,
    Source,
    assumed,
    command,
    concluded,
    sensed,
)
from drivers.document_printer.contract import PaperLevel, PrintMedia
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
    Answer,
    PrintedReceipt,
    PrintUnknown,
    Proof,
    ReceiptPrinter,
    ReceiptPrinterCapabilities,
    ReceiptPrinterStatus,
)
from drivers.receipt_printer.mask import EscPosMask
from drivers.receipt_printer.presenter import Presenter
from drivers.receipt_printer.receipt import Cut, Receipt
from drivers.receipt_printer.settings import Connection, EscPosSettings, open_wire
from drivers.receipt_printer.status import (
    ERROR_CAUSE,
    OFFLINE_CAUSE,
    PRESENTER,
    PRINTER,
    ROLL,
    Automatic,
    Echo,
    Full,
    RealTime,
    Report,
    Sensors,
    StatusParser,
    real_time,
)
from drivers.receipt_printer.verdicts import paper_level, print_unknown, state_of, stop_of
from drivers.receipt_printer.wires import TappedWire, Wire, absent
from drivers.recording.tap import Recordable

T = TypeVar("T", Answer, PaperLevel, PrintMedia)

_ANSWER_S = 1.5
"""How long a printer may take for an answer to DLE EOT, which it gives whatever it is doing."""
_STALL_S = 8.0
_SLOWEST_MM_S = 40.0
_END_PATIENCE_S = 4.0
_PORTION = 2048
_NOISE_LIMIT = 512
_STALE_READS = 16
"""What is dropped of an old conversation; a printer that goes on sending is garbled."""
_RAW_ROWS = 8000
"""Of paper that bytes of others are given time for: a metre."""
_QUESTIONS = (PRINTER, OFFLINE_CAUSE, ERROR_CAUSE, ROLL)


class EscPosPrinter(Recordable, ReceiptPrinter):
    """See the module and ``ReceiptPrinter``."""

    settings_type = EscPosSettings
    refresh_every_s = 2.0

    def __init__(self, settings: EscPosSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._wire: Wire | None = None
        self._parser = StatusParser()
        self._presenter = Presenter(emit, self._send, self._look)
        self._rows = 0
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._sensors = Sensors()
        self._sensed_at = time.monotonic()
        self._paper = PaperLevel.UNKNOWN

    def open(self) -> None:
        """See ``Driver.open``. A printer that is silent opens, and its status says so."""
        self._rows = 0
        self._wire = TappedWire(open_wire(self._settings), self.tap)
        self._parser = StatusParser()
        self._presenter.there = self._settings.presenter and self._answers
        try:
            if self._answers:
                self._opened_wire.send(commands.AUTO_STATUS, _STALL_S)
            self.refresh()
        except DeviceNotReady:
            self.close()
            raise
        except DeviceError as error:
            self.close()
            raise DeviceNotReady(error.code, error.message, action=error.action) from None

    def close(self) -> None:
        """See ``Driver.close``."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
        self._forget()

    def refresh(self) -> None:
        """See ``Driver.refresh``. A silent or garbled printer stays open, and its status says
        so."""
        with contextlib.suppress(DeviceTimeout, ProtocolError), self._truthful():
            self._opened_wire.check()
            if self._answers:
                self._ask_all()
            else:
                self._opened_wire.receive(0.0)
                self._device = assumed(DeviceState.ONLINE)

    def status(self) -> ReceiptPrinterStatus:
        """See ``Driver.status``."""
        found = self._sensors
        return ReceiptPrinterStatus(
            self._device,
            paper=self._reading(self._paper, known=self._paper is not PaperLevel.UNKNOWN),
            media=self._reading(
                self._presenter.media, known=self._presenter.media is not PrintMedia.UNKNOWN
            ),
            paper_out=self._answer(found.paper_out),
            near_end=self._answer(found.near_end),
            cover_open=self._answer(found.cover_open),
            cutter_fault=self._answer(found.cutter_fault),
            offline=self._answer(found.offline),
            printed_mm=concluded(round(self._rows / self._settings.dots_a_mm)),
        )

    def capabilities(self) -> ReceiptPrinterCapabilities:
        """See ``Driver.capabilities``."""
        paper = self._settings.paper
        return ReceiptPrinterCapabilities(
            dots=paper.dots,
            columns=paper.columns,
            dots_a_mm=paper.dots_a_mm,
            two_way=self._wire is not None and self._answers,
            presenter=self._presenter.there,
        )

    @command(deadline_s=90.0)
    def print_receipt(self, receipt: Receipt) -> PrintedReceipt:
        """See ``ReceiptPrinter.print_receipt``."""
        began = time.monotonic()
        composed = compose(receipt, self._settings.paper)
        with self._truthful():
            self._check_ready()
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
        with self._truthful():
            self._check_ready()
            self.cancellation.check()
            return self._print(Composed(data, _RAW_ROWS, 0, 0))

    @command(deadline_s=20.0)
    def control_media(self, control: Mapping[str, object]) -> None:
        """See ``ReceiptPrinter.control_media``."""
        how = Cut.PARTIAL if control.get("partial_cut") else Cut.FULL
        with self._truthful():
            if self._presenter.move(control.get("move")):
                return
            if control.get("move") not in (None, "eject") or control.get("alarm"):
                raise CommandRejected("media-control-unknown", "this printer can only cut and feed")
            self._check_ready()
            self._send(commands.cut(how) + self._presenter.bring_out)
            if self._presenter.there:
                self._ask_all()

    @command(deadline_s=20.0)
    def retract_media(self) -> None:
        """See ``ReceiptPrinter.retract_media``."""
        with self._truthful():
            self._presenter.take_back()

    @command(deadline_s=90.0)
    def self_test(self) -> SelfTest:
        """See ``ReceiptPrinter.self_test``."""
        printed = self.print_receipt(specimen(self._settings.paper))
        return SelfTest(
            printed.proof is Proof.ECHO or not self._answers,
            {
                "proof": printed.proof.value,
                "seconds": printed.seconds,
                "length_mm": printed.length_mm,
                "rastered_lines": printed.rastered_lines,
                "paper": self._paper.value,
            },
        )

    @command(deadline_s=20.0)
    def reset(self) -> None:
        """See ``ReceiptPrinter.reset``."""
        with self._truthful():
            self._send(commands.CLEAR_ERROR + commands.INITIALISE)
            if self._answers:
                self._send(commands.AUTO_STATUS)
                self._ask_all()

    def new_mask(self) -> EscPosMask:
        """See ``Recordable.new_mask``."""
        if self._settings.connection is Connection.QUEUE:
            raise CommandRejected("recording-refused", "a print queue has no wire of ours")
        return EscPosMask()

    def ask_again(self) -> None:
        """See ``Recordable.ask_again``."""
        if self._answers:
            with self._truthful():
                self._opened_wire.send(commands.AUTO_STATUS, _STALL_S)
                self._ask_all()

    @property
    def _answers(self) -> bool:
        return self._settings.answers and self._opened_wire.two_way

    def _look(self) -> Answer:
        """Ask everything; whether a receipt waits at the slot."""
        self._ask_all()
        return self._sensors.presented

    @property
    def _opened_wire(self) -> Wire:
        if self._wire is None:
            raise absent()
        return self._wire

    def _check_ready(self) -> None:
        """Raise what stops the printer before anything is sent."""
        if not self._answers:
            self._opened_wire.check()
            return
        self._ask_all()
        fault = stop_of(self._sensors)
        if fault is not None:
            raise fault

    def _print(self, composed: Composed) -> Proof:
        """Send it all; from the first byte on, every failure leaves the print unknown."""
        try:
            self._presenter.next_comes()
            self._send(composed.data + self._presenter.bring_out)
            if not self._answers:
                return Proof.NONE
            self._opened_wire.send(commands.ECHO, _STALL_S)
            self._await_echo(composed.rows / self._settings.dots_a_mm / _SLOWEST_MM_S)
            # A printer that loses its power sends zeros, which look like an echo; it is silent now.
            self._ask_all()
        except DeviceNotReady as error:
            self._lost()
            raise print_unknown(error) from None
        except (DeviceTimeout, ProtocolError) as error:
            raise print_unknown(self._cause() or error) from None
        except HardwareFault as error:
            raise print_unknown(error) from None
        return Proof.ECHO

    def _send(self, data: bytes) -> None:
        """Send, and hear meanwhile what the printer says by itself."""
        if not self._opened_wire.two_way:
            self._opened_wire.send(data, _STALL_S)
            return
        for at in range(0, len(data), _PORTION):
            self._opened_wire.send(data[at : at + _PORTION], _STALL_S)
            self._hear(0.0)

    def _await_echo(self, printing_s: float) -> None:
        end = time.monotonic() + printing_s + self._settings.line_s(_PORTION) + _END_PATIENCE_S
        noise = 0
        while (left := end - time.monotonic()) > 0:
            try:
                reports = self._hear(min(left, 0.25))
            except ProtocolError:
                noise += 1
                if noise > _NOISE_LIMIT:
                    raise
                continue
            if any(isinstance(report, Echo) for report in reports):
                return
            fault = stop_of(self._sensors)
            if fault is not None:
                raise fault
        raise DeviceTimeout("receipt-printer-silent", "the receipt printer did not confirm the end")

    def _cause(self) -> DeviceError | None:
        """Why a print did not end, if the printer tells."""
        with contextlib.suppress(DeviceTimeout, ProtocolError):
            try:
                self._ask_all()
            except DeviceNotReady as error:
                self._lost()
                return error
            return stop_of(self._sensors)
        return None

    def _ask_all(self) -> None:
        """Ask the four questions. A question without an answer leaves its sensors unanswered."""
        for _ in range(_STALE_READS):
            if not self._opened_wire.receive(0.0):
                break
        self._parser = StatusParser(presenter=self._presenter.there)
        found = Sensors()
        for question in (*_QUESTIONS, PRESENTER) if self._presenter.there else _QUESTIONS:
            answer = self._ask(question)
            if answer is not None:
                found = found.updated(answer)
            elif question == PRINTER:
                raise DeviceTimeout("receipt-printer-silent", "the receipt printer does not answer")
        self._learn(found)
        self._device = sensed(state_of(found))

    def _ask(self, question: int) -> Sensors | None:
        self._opened_wire.send(commands.ask(question), _ANSWER_S)
        end = time.monotonic() + _ANSWER_S
        while (left := end - time.monotonic()) > 0:
            for report in self._hear(left):
                if isinstance(report, Full):
                    return report.sensors
                if isinstance(report, RealTime) and question != PRESENTER:
                    return real_time(question, report.byte)
        return None

    def _hear(self, timeout_s: float) -> tuple[Report, ...]:
        """The reports that came, those that the printer sent by itself already learned."""
        reports = self._parser.feed(self._opened_wire.receive(timeout_s))
        for report in reports:
            if isinstance(report, (Automatic, Echo)):
                self._learn(self._sensors.updated(report.sensors))
        return reports

    def _learn(self, found: Sensors) -> None:
        self._sensors = found
        self._sensed_at = time.monotonic()
        self._presenter.learn(found.presented)
        before, self._paper = self._paper, paper_level(found)
        if self._paper is not before and PaperLevel.UNKNOWN not in (before, self._paper):
            self.emit(DeviceEvent("PaperThresholdEvent", {"paper": self._paper.value}))

    def _forget(self) -> None:
        self._sensors = Sensors()
        self._sensed_at = time.monotonic()
        self._paper = PaperLevel.UNKNOWN
        self._presenter.forget()

    def _lost(self) -> None:
        self._device = concluded(DeviceState.NO_DEVICE)
        self._forget()

    def _answer(self, value: Answer) -> Reading[Answer]:
        return self._reading(value, known=value is not Answer.NO_ANSWER)

    def _reading(self, value: T, *, known: bool) -> Reading[T]:
        return Reading(value, Source.SENSOR if known else Source.ASSUMED, self._sensed_at)

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says about the printer."""
        try:
            yield
        except PrintUnknown:
            raise
        except DeviceNotReady as error:
            if error.code == "receipt-printer-absent":
                self._lost()
            raise
        except DeviceTimeout:
            self._device = concluded(DeviceState.OFFLINE)
            self._forget()
            raise
        except ProtocolError:
            self._device = concluded(DeviceState.HARDWARE_ERROR)
            self._forget()
            raise
