"""Asking the register, showing what will be printed, issuing, printing, handing over."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path

from drivers.device import Status
from drivers.document_printer.contract import HINDRANCES, DocumentPrinterStatus
from drivers.errors import DeviceError
from kiosk_app.answers import Go, Rated
from kiosk_app.audit import AuditKind, Entry
from kiosk_app.connectors.housing_register.contract import Answer, Question
from kiosk_app.desk.core import DeskBase, log
from kiosk_app.desk.dossier import Dossier, masked
from kiosk_app.desk.faults import Outcome
from kiosk_app.desk.ways_in import card_thing
from kiosk_app.devices import PRINTER
from kiosk_app.documents.errors import DocumentError
from kiosk_app.documents.papers import PaperKind
from kiosk_app.fitness import role_obstacle
from kiosk_app.issuing.contract import CopyOutcome, Issuance, PrintProgress, PrintStep, Reason
from kiosk_app.issuing.states import CopyState
from kiosk_app.screens import (
    Done,
    Found,
    Icon,
    Option,
    Progress,
    ProgressStep,
    Refused,
    Review,
    Row,
    Take,
    Thing,
    Way,
)
from kiosk_app.texts import Text

PREVIEW_WIDTH = 900
INSISTENCE = 3
"""How often a card that lies there is pointed out before staff are called to it."""

_CAUSES: Mapping[str, str] = {
    "paper-jam": "paper-jammed",
    "paper-out": "paper-out",
    "wrong-paper": "paper-out",
    "toner-out": "toner-out",
    Reason.BLANK: "toner-out",
    "cover-open": "cover-open",
    "output-full": "output-full",
    Reason.TOO_MANY_SHEETS: "print-extra",
}
"""Why a copy failed, by what hinders the printer or by our own reason, to the fault that the
citizen is shown."""


class PaperDesk(DeskBase):
    """The part of the desk that works with register and paper."""

    _asked_at = ""
    """When the register answered, ``HH:MM:SS``."""

    async def query(self, connector: str, question: Question) -> Answer:
        """Ask the register, with a screen that says so. Raises ``RegisterError``."""
        self.journey.show(
            Progress(
                title=self.say("progress.asking"),
                lead=self.say("progress.asking-lead"),
                steps=self.steps,
                acts=(ProgressStep(label=self.say("progress.ask-register"), state="now"),),
                fraction=0.3,
                can_leave=False,
            )
        )
        with self.timed("query"):
            answer = await self.parts.registers[connector].query(question)
        self._asked_at = f"{self.today():%H:%M:%S}"
        return answer

    async def refuse(
        self,
        *,
        title: Text,
        lead: Text,
        found: tuple[Found, ...],
        note: Text,
        ways: tuple[Way, ...],
    ) -> bool:
        """Say that there is no such certificate, and why; whether the record is to be printed.

        Raises ``WentBack`` when the citizen wants to change what was asked.
        """
        self.report.outcome = Outcome.REFUSED
        answer = await self.journey.ask(
            Refused(
                title=title,
                lead=lead,
                steps=self.steps,
                found=found,
                note=note,
                ways=ways,
                can_go_back=True,
            )
        )
        return isinstance(answer, Go) and answer.way == "print-record"

    async def review(self, dossier: Dossier, rows: tuple[Row, ...], says: Text) -> str | None:
        """Show the paper and what it says; ``None`` to print, else what is to be changed.

        ``says``: the picture of the paper in words. Raises ``WentBack``, ``DocumentError``.
        """
        draft = dossier.draft
        with self.timed("preview"):
            png = await self.parts.workshop.preview(
                self._template(dossier), masked(draft), PREVIEW_WIDTH
            )
        title = "review.title-record" if draft.kind is PaperKind.RECORD else "review.title"
        answer = await self.journey.ask(
            Review(
                title=self.say(title),
                steps=self.steps,
                preview=self.journey.add_picture(png),
                preview_says=says,
                rows=rows,
                note=self.say("review.note"),
                confirm=self.say("review.confirm"),
                can_go_back=True,
            )
        )
        if not isinstance(answer, Go):
            raise TypeError(f"no answer of that kind belongs to review: {type(answer).__name__}")
        return None if answer.way == "print" else answer.way

    async def issue(self, connector: str, dossier: Dossier, daily_limit: int) -> Issuance:
        """Have the document issued, once. Stops before that when it could not be printed.

        Raises ``IssuingError``, ``RegisterError``, ``StoreError``.
        """
        if role_obstacle(self.parts.devices, PRINTER) is not None:
            await self.stop("printer-not-ready")
        self._show_progress(_Reached.ISSUING)
        with self.timed("issue"):
            order = await self.office.open(
                dossier.errand(self.parts.occasion),
                dossier.to_bytes(),
                day=self.today().date(),
                daily_limit=daily_limit,
            )
            request = Dossier.from_bytes(order.payload).request
            register = self.parts.registers[connector]
            issuance = await self.office.issue(order, register, request)
        self.report.serial = issuance.serial
        return issuance

    async def print(self, issuance: Issuance) -> CopyOutcome:
        """Print the next copy, and tell the truth about the paper.

        Returns only when the sheet is out. Raises ``Stopped`` after the citizen was told otherwise.
        """

        def progress(step: PrintProgress) -> None:
            self._show_progress(_AFTER[step.step], issuance.serial)

        self._show_progress(_Reached.SENDING, issuance.serial)
        with self.timed("print"):
            try:
                copy = await self.office.print_copy(
                    issuance, self.parts.maker, self.parts.devices.printer, progress
                )
            except (DeviceError, DocumentError) as error:
                # The number stands, and nothing was sent: whoever broke, no paper came out.
                log.warning("no copy", code=error.code)
                await self.stop("print-not-sent")
        self._report_copy(copy)
        if copy.state is not CopyState.PRESENTED:
            await self.stop(self._failure(copy))
        granted = issuance.kind == PaperKind.CERTIFICATE
        self.report.outcome = Outcome.PRINTED if granted else Outcome.REFUSED
        return copy

    async def hand_over(self, copy: CopyOutcome, kind: PaperKind) -> None:
        """See the sheet and the card off the machine, and thank the citizen."""
        self.at_stage(len(self.steps))
        with self.timed("take"):
            things = await self._see_off(copy, kind)
        await self._thank(copy.serial, things)

    async def _see_off(self, copy: CopyOutcome, kind: PaperKind) -> tuple[Thing, ...]:
        """Wait until both are taken. The card is watched, the sheet is asked about."""
        sheet = Thing(
            kind="paper",
            icon=Icon.FILE_CHECK,
            label=self.say(f"take.{kind}"),
            place=self.parts.terminal.places.output,
        )
        card = card_thing(self.parts, self.card_on)
        insisted = 0
        while True:
            answer = await self._ask_to_take((sheet, card), insisted > 0)
            if answer is True:
                card = card.model_copy(update={"taken": True})
            elif isinstance(answer, Go) and answer.way == "missing":
                self._report_copy(await self.office.mark_missing(copy))
                await self.stop("paper-missing")
            elif isinstance(answer, Go):
                sheet = sheet.model_copy(update={"taken": True})
                self._report_copy(await self.office.mark_taken(copy))
            elif card.taken:
                return sheet, card  # nobody there any more; the sheet stays presented
            if sheet.taken and card.taken:
                return sheet, card
            if answer is False:
                insisted += 1
            if insisted > INSISTENCE:
                self.parts.devices.card_reader(self.card_on).pointed_out = True
                await self.stop("card-left", self.card_on)

    async def _ask_to_take(self, things: tuple[Thing, ...], insist: bool) -> object:
        """``True`` when the card went away, ``False`` when it still lies there, or an answer."""
        sheet, card = things
        ways = () if sheet.taken else (self.way("taken", best=True), self.way("missing"))
        screen = Take(
            title=self.say("take.title"),
            lead=self.say(_take_words(things, insist), card=card.label, place=card.place),
            steps=self.steps,
            things=things,
            ways=ways,
            insist=insist and not card.taken,
            can_leave=False,
        )
        timers = self.parts.terminal.timers
        if card.taken:
            return await self.journey.ask(screen, within=timers.done)
        reader = self.parts.devices.card_reader(self.card_on)
        try:
            return await self.journey.ask_while(screen, reader.wait_removed(timers.card_removal))
        except DeviceError:
            # A reader that cannot tell any more must not keep the citizen here.
            return True

    async def _thank(self, serial: str, things: tuple[Thing, ...]) -> None:
        seconds = round(self.parts.terminal.timers.done)
        answer = await self.journey.ask(
            Done(
                title=self.say("done.title"),
                lead=self.say("done.lead", serial=serial),
                steps=self.steps,
                things=things,
                rating=tuple(
                    Option(value=str(score), label=self.say(f"rate.{score}"))
                    for score in range(5, 0, -1)
                ),
                rating_title=self.say("done.rating"),
                ways=(self.way("finish", label=self.say("done.finish"), best=True),),
                seconds=seconds,
                can_leave=False,
            ),
            within=seconds,
        )
        if isinstance(answer, Rated):
            self.parts.audit.append(Entry(AuditKind.RATING, {"score": answer.score}))

    def _show_progress(self, reached: _Reached, serial: str = "") -> None:
        """The acts so far, the present one as it truly is."""
        place = self.parts.terminal.places.output
        signed = reached > _Reached.ISSUING
        acts = (
            (self.say("progress.asked"), self.say("progress.time", time=self._asked_at)),
            (
                self.say("progress.signed" if signed else "progress.sign"),
                self.say("progress.serial", serial=serial) if signed else None,
            ),
            (self.say(_PAPER_WORDS[reached]), self.say("progress.output", place=place)),
            (self.say("progress.take"), None),
        )
        now = {_Reached.ISSUING: 1, _Reached.OUT: 3}.get(reached, 2)
        self.journey.show(
            Progress(
                title=self.say("progress.title"),
                lead=self.say("progress.lead"),
                steps=self.steps,
                acts=tuple(
                    ProgressStep(
                        label=label,
                        detail=detail,
                        state="done" if n < now else "now" if n == now else "next",
                    )
                    for n, (label, detail) in enumerate(acts)
                ),
                fraction=_FRACTIONS[reached],
                can_leave=False,
            )
        )

    def _failure(self, copy: CopyOutcome) -> str:
        """The fault to show for a copy that is not in the tray as it should be."""
        if copy.state is CopyState.PRINT_UNKNOWN:
            return "print-unknown"
        status: Status = self.parts.devices.printer.status()
        now = status.reasons.value if isinstance(status, DocumentPrinterStatus) else ()
        hindrances = (reason.hindrance or "" for reason in now)
        causes = (HINDRANCES.get(copy.reason, copy.reason), *hindrances)
        return next((_CAUSES[each] for each in causes if each in _CAUSES), "print-failed")

    def _report_copy(self, copy: CopyOutcome) -> None:
        entry = {"number": copy.number, "state": str(copy.state), "sheets": copy.sheets}
        others = [each for each in self.report.copies if each["number"] != copy.number]
        self.report.copies = [*others, entry]

    def _template(self, dossier: Dossier) -> Path:
        return self.parts.maker.templates[dossier.request.service, dossier.request.kind]


class _Reached(IntEnum):
    """How far issuing and printing is."""

    ISSUING = 1
    SENDING = 2
    PRINTING = 3
    OUT = 4


_AFTER = {
    PrintStep.INTENT: _Reached.SENDING,
    PrintStep.SPOOLED: _Reached.SENDING,
    PrintStep.PRINTING: _Reached.PRINTING,
    PrintStep.SHEET_OUT: _Reached.OUT,
}
_PAPER_WORDS = {
    _Reached.ISSUING: "progress.print",
    _Reached.SENDING: "progress.sending",
    _Reached.PRINTING: "progress.printing",
    _Reached.OUT: "progress.printed",
}
_FRACTIONS = {
    _Reached.ISSUING: 0.35,
    _Reached.SENDING: 0.55,
    _Reached.PRINTING: 0.75,
    _Reached.OUT: 0.95,
}


def _take_words(things: tuple[Thing, ...], insist: bool) -> str:
    """What to say above the things that are still to be taken."""
    sheet, card = things
    if card.taken:
        return "take.sheet-left"
    if insist or sheet.taken:
        return "take.card-left"
    return "take.lead"
