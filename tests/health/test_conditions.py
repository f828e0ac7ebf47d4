"""What readings mean for the people who look after a device."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from drivers.device import DeviceState, Reading, Source, Status, assumed, concluded, sensed
from drivers.document_printer.contract import (
    DocumentPrinterStatus,
    PaperLevel,
    PrintMedia,
    Severity,
    StateReason,
    TonerLevel,
)
from kiosk_app.health.conditions import condition
from kiosk_app.screens import Tone


def printer(
    *reasons: tuple[str, Severity],
    paper: PaperLevel = PaperLevel.FULL,
    toner: TonerLevel = TonerLevel.FULL,
    device: DeviceState = DeviceState.ONLINE,
) -> DocumentPrinterStatus:
    return DocumentPrinterStatus(
        device=sensed(device),
        paper=sensed(paper),
        media=sensed(PrintMedia.NOT_PRESENT),
        toner=sensed(toner),
        reasons=sensed(tuple(StateReason(keyword, severity) for keyword, severity in reasons)),
        page_count=sensed(100),
        queued_jobs=sensed(0),
    )


@pytest.mark.parametrize(
    ("status", "kind", "reading"),
    [
        (printer(), "fine", "device"),
        (printer(paper=PaperLevel.LOW), "paper-low", "paper"),
        (printer(paper=PaperLevel.OUT, toner=TonerLevel.LOW), "paper-out", "paper"),
        (printer(("media-jam", Severity.ERROR)), "paper-jam", "reasons"),
        (printer(("media-jam", Severity.WARNING)), "fine", "device"),
        (printer(("cover-open", Severity.ERROR), paper=PaperLevel.LOW), "cover-open", "reasons"),
        (printer(paper=PaperLevel.UNKNOWN, toner=TonerLevel.UNKNOWN), "fine", "device"),
        (printer(device=DeviceState.OFFLINE), "offline", "device"),
        (Status(concluded(DeviceState.NO_DEVICE)), "absent", "device"),
        (Status(assumed(DeviceState.STARTING)), "starting", "device"),
    ],
)
def test_the_worst_reading_is_the_condition(status: Status, kind: str, reading: str) -> None:
    found = condition(status)
    assert (found.kind.name, found.reading) == (kind, reading)
    assert found.known is getattr(status, reading)


@dataclass(frozen=True, slots=True)
class VendorStatus(Status):
    film: Reading[str]


def test_a_vendors_own_status_is_understood_by_its_words() -> None:
    status = VendorStatus(sensed(DeviceState.ONLINE), Reading("out", Source.DRIVER))
    found = condition(status)
    assert found.kind.name == "paper-out"
    assert found.kind.tone is Tone.STOP
    assert found.known is status.film


def test_silence_is_told_as_silence_and_never_as_out_of_paper() -> None:
    silent = printer(paper=PaperLevel.UNKNOWN, toner=TonerLevel.UNKNOWN, device=DeviceState.OFFLINE)
    assert condition(silent).kind.name == "offline"
