"""What readings mean for the people who look after a device."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from drivers.camera.contract import (
    CameraMedia,
    CameraState,
    CameraStatus,
    PictureState,
    Presence,
)
from drivers.device import DeviceState, Reading, Source, Status, assumed, concluded, sensed
from drivers.document_printer.contract import (
    DocumentPrinterStatus,
    PaperLevel,
    PrintMedia,
    Severity,
    StateReason,
    TonerLevel,
)
from drivers.document_scanner.contract import (
    Cover,
    DocumentScannerStatus,
    ImageScanner,
    MediaFeeder,
    Transport,
)
from drivers.film_laminator.contract import (
    FilmLaminatorStatus,
    FilmLevel,
    FilmMedia,
    Heater,
    LaminatorCover,
)
from drivers.id_card.contract import CardMedia, IdCardReaderStatus
from drivers.lights.contract import LightsStatus
from drivers.receipt_printer.contract import Answer, ReceiptPrinterStatus
from drivers.stamping_machine.contract import (
    InkLevel,
    StampCover,
    StampingMachineStatus,
    StampMedia,
)
from kiosk_app.health.conditions import Condition, conditions
from kiosk_app.screens import Tone

ONLINE = sensed(DeviceState.ONLINE)


def worst(status: Status) -> Condition:
    return conditions(status)[0]


def names(status: Status) -> list[str]:
    return [each.kind.name for each in conditions(status)]


def receipts(**said: Answer) -> ReceiptPrinterStatus:
    paper = PaperLevel.OUT if said.get("paper_out") is Answer.YES else PaperLevel.FULL
    sensors = dict.fromkeys(
        ("paper_out", "near_end", "cover_open", "cutter_fault", "offline"), Answer.NO
    )
    return ReceiptPrinterStatus(
        sensed(DeviceState.USER_ERROR if said else DeviceState.ONLINE),
        sensed(PaperLevel.LOW if said.get("near_end") is Answer.YES else paper),
        **{name: sensed(answer) for name, answer in (sensors | said).items()},
        printed_mm=concluded(120),
        media=assumed(PrintMedia.UNKNOWN),
    )


LAMINATOR = FilmLaminatorStatus(
    ONLINE,
    sensed(FilmMedia.NOT_PRESENT),
    sensed(FilmLevel.FULL),
    sensed(20_000),
    sensed(Heater.OFF),
    sensed(21.0),
    sensed(LaminatorCover.CLOSED),
)
STAMP = StampingMachineStatus(
    ONLINE, sensed(StampMedia.PRESENT), sensed(InkLevel.FULL), sensed(StampCover.CLOSED), sensed(7)
)
SCANNER = DocumentScannerStatus(
    ONLINE,
    sensed(ImageScanner.OK),
    sensed(MediaFeeder.NOT_EMPTY),
    sensed(Transport.OK),
    sensed(Cover.CLOSED),
)
LIGHTS = LightsStatus(ONLINE, concluded({}), sensed({"CH1": False}), sensed(()))


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
    found = worst(status)
    assert (found.kind.name, found.reading) == (kind, reading)
    assert found.known is getattr(status, reading)


@dataclass(frozen=True, slots=True)
class VendorStatus(Status):
    film: Reading[str]


def test_a_vendors_own_status_is_understood_by_its_words() -> None:
    status = VendorStatus(sensed(DeviceState.ONLINE), Reading("out", Source.DRIVER))
    found = worst(status)
    assert found.kind.name == "film-out"
    assert found.kind.tone is Tone.STOP
    assert found.known is status.film


def test_silence_is_told_as_silence_and_never_as_out_of_paper() -> None:
    silent = printer(paper=PaperLevel.UNKNOWN, toner=TonerLevel.UNKNOWN, device=DeviceState.OFFLINE)
    assert names(silent) == ["offline"]


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (replace(LAMINATOR, film=sensed(FilmLevel.LOW)), ["film-low"]),
        (replace(LAMINATOR, film=sensed(FilmLevel.OUT)), ["film-out"]),
        (replace(LAMINATOR, media=sensed(FilmMedia.JAMMED)), ["media-jam"]),
        (
            replace(
                LAMINATOR,
                device=sensed(DeviceState.HARDWARE_ERROR),
                heater=sensed(Heater.OVERHEATED),
            ),
            ["too-hot"],
        ),
        (replace(STAMP, ink=sensed(InkLevel.LOW)), ["ink-low"]),
        (replace(STAMP, ink=sensed(InkLevel.OUT)), ["ink-out"]),
        (receipts(near_end=Answer.YES), ["user", "roll-low"]),
        (receipts(paper_out=Answer.YES), ["roll-out"]),
        (receipts(cutter_fault=Answer.YES), ["cutter-jam"]),
        (receipts(), ["fine"]),
        (replace(SCANNER, transport=sensed(Transport.INOPERATIVE)), ["media-jam"]),
        (replace(SCANNER, media_feeder=sensed(MediaFeeder.INOPERATIVE)), ["media-jam"]),
        (
            replace(
                SCANNER,
                device=sensed(DeviceState.USER_ERROR),
                shutter=sensed(Cover.OPEN),
            ),
            ["cover-open"],
        ),
        (replace(SCANNER, media_feeder=sensed(MediaFeeder.EMPTY)), ["fine"]),
        (
            replace(
                LIGHTS,
                device=sensed(DeviceState.HARDWARE_ERROR),
                stuck=sensed(("cardReader",)),
            ),
            ["light-stuck"],
        ),
        (LIGHTS, ["fine"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else type(value).__name__,
)
def test_each_device_is_told_by_what_it_uses_up(status: Status, kinds: list[str]) -> None:
    assert names(status) == kinds


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (printer(paper=PaperLevel.OUT, toner=TonerLevel.LOW), ["paper-out", "toner-low"]),
        (
            printer(
                ("media-jam", Severity.ERROR),
                ("toner-low", Severity.WARNING),
                paper=PaperLevel.JAMMED,
                toner=TonerLevel.LOW,
                device=DeviceState.HARDWARE_ERROR,
            ),
            ["paper-jam", "toner-low"],
        ),
        (
            printer(
                ("cover-open", Severity.ERROR),
                ("media-empty", Severity.ERROR),
                paper=PaperLevel.OUT,
                device=DeviceState.USER_ERROR,
            ),
            ["paper-out", "cover-open"],
        ),
        (printer(("media-needed", Severity.ERROR), paper=PaperLevel.OUT), ["wrong-paper"]),
        (printer(("toner-empty", Severity.ERROR), toner=TonerLevel.OUT), ["toner-out"]),
        (printer(toner=TonerLevel.LOW, device=DeviceState.HARDWARE_ERROR), ["broken", "toner-low"]),
        (
            printer(
                ("paused", Severity.ERROR),
                ("media-empty", Severity.ERROR),
                paper=PaperLevel.OUT,
                device=DeviceState.OFFLINE,
            ),
            ["paper-out", "offline"],
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "printer",
)
def test_everything_is_told_and_nothing_twice(status: Status, kinds: list[str]) -> None:
    assert names(status) == kinds


def test_a_camera_that_is_not_there_has_lost_no_picture_too() -> None:
    gone = CameraStatus(
        concluded(DeviceState.NO_DEVICE),
        concluded(CameraState.INOPERABLE),
        concluded(CameraMedia.NOT_SUPPORTED),
        concluded(PictureState.ABSENT),
        concluded(None),
        concluded(Presence.UNKNOWN),
        concluded(None),
        concluded(None),
    )
    assert names(gone) == ["absent"]
    there = replace(gone, device=sensed(DeviceState.ONLINE), picture=sensed(PictureState.BLACK))
    assert names(there) == ["picture-lost"]


def test_a_line_that_makes_no_sense_is_no_fault_that_the_device_reports() -> None:
    assert names(Status(concluded(DeviceState.HARDWARE_ERROR))) == ["garbled"]
    assert names(Status(sensed(DeviceState.HARDWARE_ERROR))) == ["broken"]


def test_a_camera_that_makes_no_sense_shows_no_picture_whether_it_is_open_or_not() -> None:
    for picture in (PictureState.GARBLED, PictureState.UNKNOWN):
        status = CameraStatus(
            concluded(DeviceState.HARDWARE_ERROR),
            assumed(CameraState.UNKNOWN),
            assumed(CameraMedia.NOT_SUPPORTED),
            concluded(picture),
            concluded(0.0),
            assumed(Presence.UNKNOWN),
            assumed(None),
            assumed(None),
        )
        assert names(status) == ["picture-lost"]


def test_a_security_module_that_is_not_ready_is_told_by_its_name() -> None:
    reader = IdCardReaderStatus(
        sensed(DeviceState.HARDWARE_ERROR), sensed(CardMedia.NOT_PRESENT), sensed("notReady")
    )
    assert names(reader) == ["security-module"]
