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
from drivers.receipt_printer.contract import ReceiptPrinterCapabilities
from kiosk_app.devices import Slot
from kiosk_app.interop.capabilities import (
    ClassCapabilities,
    MediaControls,
    PaperSources,
    PrinterCapabilities,
    PrinterTypes,
)
from kiosk_app.interop.hooks import VendorMode
from kiosk_app.interop.operations import Call, Offer, Operation, Refused
from kiosk_app.interop.payloads import (
    ControlMedia,
    LampThreshold,
    MediaControl,
    MediaPosition,
    MediaPresented,
    MediaReset,
    MediaRetracted,
    Nothing,
    PaperThreshold,
    PrintNative,
    PrintRaw,
    RetractMedia,
    SupplyThreshold,
)
from kiosk_app.interop.status import (
    ClassStatus,
    PrinterPaper,
    PrinterStatus,
    StatusPayload,
    said_by,
)

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
_PRESENTED = ("MediaPresentedEvent",)
_BIN = "unit1"
"""Where a presenter puts what it takes back; printers here have one such bin, or none."""


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
                PrintNative, self._print_native, needs="submit", events=_PRESENTED
            ),
            "Printer.PrintRaw": Operation(
                PrintRaw, self._print_raw, needs="print_raw", events=_PRESENTED
            ),
            "Printer.ControlMedia": Operation(
                ControlMedia, self._control_media, needs="control_media", events=_PRESENTED
            ),
            "Printer.RetractMedia": Operation(
                RetractMedia, self._retract, needs="retract_media", able=_presents
            ),
            "Printer.Reset": Operation(
                MediaReset, self._reset, needs="reset" if self._raw else "cancel_job"
            ),
        }
        return Offer(
            commands,
            lambda status, known: ClassStatus(printer=printer_status(status)),
            _capabilities,
            Thresholds(),
            _unasked,
            {"MediaPresentedEvent": MediaPresented()},
        )

    async def _print_native(self, call: Call) -> BaseModel:
        """Print one PDF in maintenance."""
        self._need_maintenance()
        wanted: PrintNative = call.payload
        if not wanted.data.startswith(_PDF):
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "the data is no PDF")
        if wanted.media_control is not None and wanted.media_control.wanted - {"eject"}:
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "pages leave by the way out alone")
        if wanted.paper_source not in ("upper", "any"):
            raise Refused(
                CompletionCode.COMMAND_ERROR_CODE, "the printer has one supply", "sourceInvalid"
            )
        with tempfile.TemporaryDirectory(prefix="yimen-interop-") as folder:
            document = Path(folder, "page.pdf")
            await asyncio.to_thread(document.write_bytes, wanted.data)
            self._job = job = await self._submit(document)
            await self._await_paper(job)
        call.tell("MediaPresentedEvent", MediaPresented())
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
        self._need_way(wanted.media_control)
        await self._slot.call("control_media", wanted.media_control.model_dump())
        return Nothing()

    def _need_way(self, wanted: MediaControl) -> None:
        """Refuse what the capabilities do not name."""
        known = _controls(self._slot.capabilities())
        ways = {name for name, can in known if can} if known is not None else set()
        if wanted.wanted - ways:
            raise Refused(
                CompletionCode.UNSUPPORTED_DATA, "the printer cannot do this with its paper"
            )

    async def _retract(self, call: Call) -> BaseModel:
        wanted: RetractMedia = call.payload
        if wanted.media_control != _BIN:
            raise Refused(CompletionCode.UNSUPPORTED_DATA, f"paper is taken back to {_BIN} alone")
        await self._slot.call("retract_media")
        return MediaRetracted(result=_BIN)

    async def _reset(self, call: Call) -> BaseModel:
        """On the document printer, put an end to what interop printed, in maintenance: the papers
        of the journal are not interop's to touch."""
        wanted: MediaReset = call.payload
        presents = _presents(self._slot.capabilities())
        need_way_out(wanted, ("eject", "expel", _BIN) if presents else ("eject",))
        if self._raw:
            await self._slot.call("reset")
            if presents:
                await self._clear(call, wanted.media_control)
            return Nothing()
        self._need_maintenance()
        job, self._job = self._job, None
        if job is not None:
            await self._slot.call("cancel_job", job)
        return Nothing()

    async def _clear(self, call: Call, to: str | None) -> None:
        """Do as a reset was told with paper at the slot, and tell where it is then."""
        if said_by(self._slot.status(), "media") != "present":
            return
        if to == _BIN:
            await self._slot.call("retract_media")
        elif to == "expel":
            await self._slot.call("control_media", {"move": "expel"})
        position = {_BIN: _BIN, "expel": "expelled"}.get(to or "", "entering")
        call.announce("MediaDetectedEvent", MediaPosition(position=position))

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


def need_way_out(wanted: MediaReset, ways: Iterable[str] = ("eject",)) -> None:
    """Refuse a reset that shall move paper as the device cannot."""
    if wanted.media_control is not None and wanted.media_control not in ways:
        raise Refused(CompletionCode.UNSUPPORTED_DATA, "the device has no such way for paper")


def printer_status(status: Status) -> PrinterStatus:
    """Printer.Status, as far as the class of device has it."""
    paper = said_by(status, "paper")
    return PrinterStatus(
        media=said_by(status, "media"),
        paper=None if paper is None else PrinterPaper(upper=paper),
        toner=said_by(status, "toner"),
        ink=said_by(status, "ink"),
        lamp=said_by(status, "lamp"),
    )


_SUPPLIES = frozenset({"full", "low", "out"})
_THRESHOLDS = {
    **dict.fromkeys(("paper", "toner", "ink"), _SUPPLIES),
    "lamp": frozenset({"ok", "fading", "inop"}),
}
"""The states of each supply that have an event."""


class Thresholds:
    """The events that a change of one printer's status stands for. A printer that was away and
    comes back as it was has crossed no threshold."""

    def __init__(self) -> None:
        self._last = {"lamp": "ok"} | dict.fromkeys(("paper", "toner", "ink"), "full")

    def __call__(
        self, before: StatusPayload, after: StatusPayload
    ) -> Iterable[tuple[str, BaseModel]]:
        """See ``Offer.changed``."""
        self._last |= _supplies(before)
        now = _supplies(after)
        for name in (name for name, state in now.items() if state != self._last[name]):
            if name == "paper":
                yield "Printer.PaperThresholdEvent", PaperThreshold(threshold=now[name])
            elif name == "lamp":
                yield "Printer.LampThresholdEvent", LampThreshold(state=now[name])
            else:
                said = SupplyThreshold(state=now[name])
                yield f"Printer.{name.capitalize()}ThresholdEvent", said
        self._last |= now


def _supplies(status: StatusPayload) -> dict[str, Any]:
    """What is known of what may run out or low."""
    said = status.printer or PrinterStatus()
    paper = said.paper.upper if said.paper is not None else None
    found = {"paper": paper, "toner": said.toner, "ink": said.ink, "lamp": said.lamp}
    return {name: state for name, state in found.items() if state in _THRESHOLDS[name]}


def _presents(known: Capabilities) -> bool:
    """Whether the printer has a presenter, which tells when paper is taken and takes it back."""
    return isinstance(known, ReceiptPrinterCapabilities) and known.presenter


def _unasked(known: Capabilities) -> tuple[str, ...]:
    common = ("Printer.PaperThresholdEvent",)
    if not isinstance(known, ReceiptPrinterCapabilities):
        return (*common, "Printer.TonerThresholdEvent")
    if not known.presenter:
        return common
    presenter = ("MediaTakenEvent", "MediaPresentedUnsolicitedEvent", "MediaDetectedEvent")
    return (*common, *(f"Printer.{name}" for name in presenter))


def _controls(known: Capabilities) -> MediaControls | None:
    if not isinstance(known, ReceiptPrinterCapabilities):
        return None
    taken = known.presenter
    return MediaControls(eject=True, cut=True, partial_cut=True, retract=taken, expel=taken)


def _capabilities(known: Capabilities) -> ClassCapabilities:
    receipt = isinstance(known, ReceiptPrinterCapabilities)
    presents = _presents(known)
    return ClassCapabilities(
        printer=PrinterCapabilities(
            type=PrinterTypes(document=not receipt, receipt=receipt),
            control=_controls(known),
            multi_page=not receipt,
            paper_sources=PaperSources(),
            media_taken=presents,
            # A page of PrintNative is presented when the printer's own counter proves it.
            media_presented=presents or not receipt,
            os_printer=None if receipt else "cups",
        )
    )
