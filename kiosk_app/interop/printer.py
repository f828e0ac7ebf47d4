"""Printer: what may be printed past the journal, and what paper and toner say.

The document printer prints papers that are worth something, each numbered and issued once. So
``PrintRaw`` is the receipt printer's alone, and ``PrintNative`` prints on the document printer in
maintenance only, as a technician's page that is no issuance. Both tell the truth about paper: a
page counts when the printer's own counter and its job report agree.
"""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from drivers.device import Capabilities, Status
from drivers.document_printer.contract import (
    DocumentPrinterStatus,
    PrintEvidence,
    PrintJob,
    PrintOptions,
    StateReason,
)
from drivers.errors import CompletionCode, HardwareFault, OperatorAction
from kiosk_app.devices import Slot
from kiosk_app.interop.hooks import VendorMode
from kiosk_app.interop.messages import Wire
from kiosk_app.interop.payloads import (
    ControlMedia,
    MediaReset,
    Nothing,
    PrintNative,
    PrintRaw,
)
from kiosk_app.interop.service import Call, Offer, Operation, Refused, said_by

_LOOK_EVERY_S = 0.3
_PDF = b"%PDF-"
_ERROR_CODES = {
    "paper-jam": "paperJammed",
    "paper-out": "paperOut",
    "toner-out": "tonerOut",
    "output-full": "stackerFull",
    "wrong-paper": "sourceInvalid",
    "cover-open": None,
}
"""PrintNative's error code for each hindrance, the most urgent first."""
_PRINT_EVENTS = ("MediaPresentedEvent",)
THRESHOLD_EVENTS = (
    "Printer.PaperThresholdEvent",
    "Printer.TonerThresholdEvent",
    "Printer.InkThresholdEvent",
    "Printer.MediaTakenEvent",
)
"""What ``thresholds`` may give."""


class PaperThreshold(Wire):
    """Printer.PaperThresholdEvent."""

    paper_source: str
    threshold: str


class Threshold(Wire):
    """Printer.TonerThresholdEvent and InkThresholdEvent."""

    state: str


def need_eject(wanted: MediaReset) -> None:
    """Refuse a reset that shall take paper back: no device here has a way for that."""
    if wanted.media_control not in (None, "eject"):
        raise Refused(CompletionCode.UNSUPPORTED_DATA, "paper leaves by the way out alone")


class Printer:
    """One printer's commands. ``raw``: whether it may be sent bytes as they are."""

    def __init__(self, slot: Slot, vendor_mode: VendorMode, *, raw: bool) -> None:
        self._slot = slot
        self._vendor_mode = vendor_mode
        self._raw = raw
        self._job: PrintJob | None = None

    def offer(self) -> Offer:
        """See ``Offer``."""
        commands = {
            "Printer.PrintNative": Operation(
                PrintNative, self._print_native, version="3.0", needs="submit", events=_PRINT_EVENTS
            ),
            "Printer.PrintRaw": Operation(
                PrintRaw, self._print_raw, version="3.0", needs="print_raw"
            ),
            "Printer.ControlMedia": Operation(
                ControlMedia, self._control_media, version="3.0", needs="control_media"
            ),
            "Printer.RetractMedia": Operation(
                MediaReset, self._retract, version="3.0", needs="retract_media"
            ),
            "Printer.Reset": Operation(
                MediaReset, self._reset, version="3.0", needs="reset" if self._raw else "cancel_job"
            ),
        }
        return Offer(
            commands, "printer", printer_status, _capabilities, thresholds, THRESHOLD_EVENTS
        )

    async def _print_native(self, call: Call) -> BaseModel:
        """Print one PDF in maintenance."""
        self._need_maintenance()
        wanted: PrintNative = call.payload
        if not wanted.data.startswith(_PDF):
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "the data is no PDF")
        with tempfile.TemporaryDirectory(prefix="yimen-interop-") as folder:
            document = Path(folder, "page.pdf")
            await asyncio.to_thread(document.write_bytes, wanted.data)
            self._job = job = await self._submit(document)
            await self._await_paper(job)
        call.tell("MediaPresentedEvent", Nothing())
        return Nothing()

    async def _submit(self, document: Path) -> PrintJob:
        try:
            job: PrintJob = await self._slot.call("submit", document, _job_name(), PrintOptions())
        except HardwareFault as error:
            raise hindered(self._reasons()) or _clearable(error) from None
        return job

    async def _await_paper(self, job: PrintJob) -> None:
        """Wait until the job has ended and paper is proved; cancel it when nobody waits more."""
        try:
            evidence: PrintEvidence = await self._slot.call("evidence", job)
            while not evidence.job_state.final:
                await asyncio.sleep(_LOOK_EVERY_S)
                evidence = await self._slot.call("evidence", job)
        except asyncio.CancelledError:
            await asyncio.shield(self._slot.call("cancel_job", job))
            raise
        if not evidence.agreed_sheets:
            raise hindered((*evidence.reasons, *self._reasons())) or HardwareFault(
                "print-unproved", "nothing proves that paper came out"
            )

    async def _print_raw(self, call: Call) -> BaseModel:
        """Send bytes to the receipt printer."""
        if not self._raw:
            raise _journal_alone()
        wanted: PrintRaw = call.payload
        if wanted.input_data == "yes":
            raise Refused(
                CompletionCode.UNSUPPORTED_DATA, "the printer's answers are not given out"
            )
        await self._slot.call("print_raw", wanted.data)
        return Nothing()

    async def _control_media(self, call: Call) -> BaseModel:
        wanted: ControlMedia = call.payload
        await self._slot.call("control_media", wanted.media_control.model_dump())
        return Nothing()

    async def _retract(self, call: Call) -> BaseModel:
        await self._slot.call("retract_media")
        return Nothing()

    async def _reset(self, call: Call) -> BaseModel:
        """On the document printer, put an end to what interop printed, in maintenance: the papers
        of the journal are not interop's to touch."""
        need_eject(call.payload)
        if self._raw:
            await self._slot.call("reset")
            return Nothing()
        self._need_maintenance()
        job, self._job = self._job, None
        if job is not None:
            await self._slot.call("cancel_job", job)
        return Nothing()

    def _reasons(self) -> tuple[StateReason, ...]:
        """What the printer complains of, as far as it is known."""
        status = self._slot.status()
        return (status.reasons.value or ()) if isinstance(status, DocumentPrinterStatus) else ()

    def _need_maintenance(self) -> None:
        if self._vendor_mode.mode != "active":
            raise Refused(
                CompletionCode.SEQUENCE_ERROR, "the document printer is free in vendor mode only"
            )


def hindered(reasons: Iterable[StateReason]) -> HardwareFault | None:
    """What a person can clear, as PrintNative's error; ``None`` when it is nothing of that kind.

    A cover that is open has no error code of PrintNative's.
    """
    found = {reason.hindrance for reason in reasons}
    first = next((each for each in _ERROR_CODES if each in found), None)
    return None if first is None else _to_clear(first)


def _clearable(error: HardwareFault) -> HardwareFault:
    """The driver may know what hinders the printer before its status tells."""
    found = (name for name, code in _ERROR_CODES.items() if code and code == error.error_code)
    name = next(found, None)
    return error if name is None else _to_clear(name)


def _to_clear(hindrance: str) -> HardwareFault:
    return HardwareFault(
        hindrance,
        "the printer waits for somebody to clear it",
        error_code=_ERROR_CODES[hindrance],
        action=OperatorAction.CLEAR,
    )


def _journal_alone() -> Refused:
    return Refused(CompletionCode.UNSUPPORTED_COMMAND, "papers are issued by the journal alone")


def _job_name() -> str:
    return f"interop:{uuid.uuid4()}"


def printer_status(status: Status) -> dict[str, Any]:
    """Printer.Status, as far as the class of device has it."""
    words: dict[str, Any] = {
        name: said_by(status, name) for name in ("media", "toner", "ink", "lamp")
    }
    paper = said_by(status, "paper")
    words["paper"] = None if paper is None else {"upper": paper}
    return {name: word for name, word in words.items() if word is not None}


def thresholds(before: dict[str, Any], after: dict[str, Any]) -> Iterable[tuple[str, BaseModel]]:
    """The events that a change of a printer's status stands for."""
    paper = after.get("paper", {}).get("upper")
    if paper in ("full", "low", "out") and paper != before.get("paper", {}).get("upper"):
        yield (
            "Printer.PaperThresholdEvent",
            PaperThreshold(paper_source="upper", threshold=paper),
        )
    for name, event in (("toner", "TonerThresholdEvent"), ("ink", "InkThresholdEvent")):
        state = after.get(name)
        if state in ("full", "low", "out") and state != before.get(name):
            yield f"Printer.{event}", Threshold(state=state)
    if before.get("media") == "present" and after.get("media") == "notPresent":
        yield "Printer.MediaTakenEvent", Nothing()


def _capabilities(known: Capabilities) -> dict[str, Any]:
    document = hasattr(known, "printer_uuid")
    return {
        "type": {"document": document, "receipt": not document},
        "mediaTaken": False,
        "mediaPresented": False,
        "autoRetractPeriod": 0,
        "maxRetract": 0,
        "osPrinter": "cups" if document else "",
        "paperSources": {"upper": True},
    }
