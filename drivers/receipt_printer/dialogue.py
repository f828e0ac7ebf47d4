"""What is said to a receipt printer and heard from it, and what is known of it since."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from drivers.device import DeviceEvent, DeviceState, Reading, Source, assumed, concluded, sensed
from drivers.document_printer.contract import PaperLevel, PrintMedia
from drivers.errors import DeviceError, DeviceNotReady, DeviceTimeout, ProtocolError
from drivers.receipt_printer import commands
from drivers.receipt_printer.contract import Answer, PrintUnknown
from drivers.receipt_printer.presenter import Presenter
from drivers.receipt_printer.settings import EscPosSettings
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
from drivers.receipt_printer.verdicts import paper_level, state_of, stop_of
from drivers.receipt_printer.wires import Wire, Withdrawn, absent

T = TypeVar("T", Answer, PaperLevel, PrintMedia)

_ANSWER_S = 1.5
"""How long a printer may take for an answer to DLE EOT, which it gives whatever it is doing."""
_STALL_S = 8.0
_END_PATIENCE_S = 4.0
_PORTION = 2048
_NOISE_LIMIT = 512
_STALE_READS = 16
"""What is dropped of an old conversation; a printer that goes on sending is garbled."""
_QUESTIONS = (PRINTER, OFFLINE_CAUSE, ERROR_CAUSE, ROLL)
_UNKNOWN = (Answer.NO_ANSWER, PaperLevel.UNKNOWN, PrintMedia.UNKNOWN)


class Dialogue:
    """One printer, from wire to wire. ``emit`` is told when its roll or its slot changes;
    ``withdrawn`` is called while the printer is waited for."""

    def __init__(
        self,
        settings: EscPosSettings,
        emit: Callable[[DeviceEvent], None],
        withdrawn: Withdrawn,
    ) -> None:
        self._settings = settings
        self._emit = emit
        self._withdrawn = withdrawn
        self._wire: Wire | None = None
        self._parser = StatusParser()
        self._sensed_at = time.monotonic()
        self.device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        """The printer as a whole."""
        self.sensors = Sensors()
        """What each of its sensors said last."""
        self.paper = PaperLevel.UNKNOWN
        self.presenter = Presenter(emit, self.send, self._presented)

    def begin(self, wire: Wire) -> None:
        """Talk over a wire from now on."""
        self._wire = wire
        self._parser = StatusParser()
        self.presenter.there = self._settings.presenter and self.answers

    def end(self) -> None:
        """Close the wire, and know nothing any more."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()
        self._forget()

    @property
    def begun(self) -> bool:
        """Whether there is a wire."""
        return self._wire is not None

    @property
    def answers(self) -> bool:
        """Whether what the printer says reaches us."""
        return self._settings.answers and self._opened.two_way

    def known(self, value: T) -> Reading[T]:
        """Something that a sensor said, or did not say."""
        source = Source.ASSUMED if value in _UNKNOWN else Source.SENSOR
        return Reading(value, source, self._sensed_at)

    def look(self) -> None:
        """Learn how the printer is, as far as it tells."""
        self._opened.check()
        if self.answers:
            self.ask_all()
        else:
            self._opened.receive(0.0)
            self.device = assumed(DeviceState.ONLINE)

    def ask_to_tell(self) -> None:
        """Ask it to tell changes by itself."""
        if self.answers:
            self._opened.send(commands.AUTO_STATUS, _STALL_S, self._withdrawn)

    def check_ready(self) -> None:
        """Raise what stops the printer before anything is sent."""
        if not self.answers:
            self._opened.check()
            return
        self.ask_all()
        fault = stop_of(self.sensors)
        if fault is not None:
            raise fault

    def send(self, data: bytes) -> None:
        """Send, and hear meanwhile what the printer says by itself."""
        if not self._opened.two_way:
            self._opened.send(data, _STALL_S, self._withdrawn)
            return
        for at in range(0, len(data), _PORTION):
            self._opened.send(data[at : at + _PORTION], _STALL_S, self._withdrawn)
            self._hear(0.0)

    def await_end(self, printing_s: float) -> None:
        """Wait until the printer says that all it was sent is on paper. ``printing_s``: how long
        that may take it. Raises ``DeviceTimeout``, ``ProtocolError``, and what stops it."""
        self._opened.send(commands.ECHO, _STALL_S, self._withdrawn)
        self._await_echo(printing_s)
        # A printer that loses its power sends zeros, which look like an echo; it is silent now.
        self.ask_all()

    def cause(self) -> DeviceError | None:
        """Why a print did not end, if the printer tells."""
        with contextlib.suppress(DeviceTimeout, ProtocolError):
            try:
                self.ask_all()
            except DeviceNotReady as error:
                self.lost()
                return error
            return stop_of(self.sensors)
        return None

    def ask_all(self) -> None:
        """Ask the four questions. A question without an answer leaves its sensors unanswered."""
        for _ in range(_STALE_READS):
            if not self._opened.receive(0.0):
                break
        self._parser = StatusParser(presenter=self.presenter.there)
        found = Sensors()
        for question in (*_QUESTIONS, PRESENTER) if self.presenter.there else _QUESTIONS:
            answer = self._ask(question)
            if answer is not None:
                found = found.updated(answer)
            elif question == PRINTER:
                raise DeviceTimeout("receipt-printer-silent", "the receipt printer does not answer")
        self._learn(found)
        self.device = sensed(state_of(found))

    def lost(self) -> None:
        """The printer is gone."""
        self.device = concluded(DeviceState.NO_DEVICE)
        self._forget()

    @contextlib.contextmanager
    def truthful(self) -> Iterator[None]:
        """Let what is known tell what an error says about the printer."""
        try:
            yield
        except PrintUnknown:
            raise
        except DeviceNotReady as error:
            if error.code == "receipt-printer-absent":
                self.lost()
            raise
        except DeviceTimeout:
            self.device = concluded(DeviceState.OFFLINE)
            self._forget()
            raise
        except ProtocolError:
            self.device = concluded(DeviceState.HARDWARE_ERROR)
            self._forget()
            raise

    @property
    def _opened(self) -> Wire:
        if self._wire is None:
            raise absent()
        return self._wire

    def _presented(self) -> Answer:
        """Ask everything; whether a receipt waits at the slot."""
        self.ask_all()
        return self.sensors.presented

    def _await_echo(self, printing_s: float) -> None:
        end = time.monotonic() + printing_s + self._settings.line_s(_PORTION) + _END_PATIENCE_S
        noise = 0
        while (left := end - time.monotonic()) > 0:
            self._withdrawn()
            try:
                reports = self._hear(min(left, 0.25))
            except ProtocolError:
                noise += 1
                if noise > _NOISE_LIMIT:
                    raise
                continue
            if any(isinstance(report, Echo) for report in reports):
                return
            fault = stop_of(self.sensors)
            if fault is not None:
                raise fault
        raise DeviceTimeout("receipt-printer-silent", "the receipt printer did not confirm the end")

    def _ask(self, question: int) -> Sensors | None:
        self._opened.send(commands.ask(question), _ANSWER_S, self._withdrawn)
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
        reports = self._parser.feed(self._opened.receive(timeout_s))
        for report in reports:
            if isinstance(report, (Automatic, Echo)):
                self._learn(self.sensors.updated(report.sensors))
        return reports

    def _learn(self, found: Sensors) -> None:
        self.sensors = found
        self._sensed_at = time.monotonic()
        self.presenter.learn(found.presented)
        before, self.paper = self.paper, paper_level(found)
        if self.paper is not before and PaperLevel.UNKNOWN not in (before, self.paper):
            self._emit(DeviceEvent("PaperThresholdEvent", {"paper": self.paper.value}))

    def _forget(self) -> None:
        self.sensors = Sensors()
        self._sensed_at = time.monotonic()
        self.paper = PaperLevel.UNKNOWN
        self.presenter.forget()
