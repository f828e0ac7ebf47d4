"""Scanners: Printer.ReadImage, as the printer class of XFS4IoT has it.

A sheet feeder is told of in the words of Check besides, which alone has some; a glass is not
(Check is for devices that draw in what is laid before them).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pydantic import BaseModel

from drivers.device import Capabilities, Status
from drivers.document_scanner.contract import DocumentScannerCapabilities, PageSource
from drivers.errors import CompletionCode
from kiosk_app.devices import Slot
from kiosk_app.interop.capabilities import (
    ClassCapabilities,
    ColorFormats,
    ImageSources,
    ImageTypes,
    PrinterCapabilities,
    PrinterTypes,
)
from kiosk_app.interop.operations import Call, Offer, Operation, Refused
from kiosk_app.interop.payloads import (
    Image,
    Images,
    ImagesRead,
    ImageWanted,
    MediaReset,
    Nothing,
    ReadImage,
)
from kiosk_app.interop.printer import Thresholds, need_way_out
from kiosk_app.interop.status import (
    CheckPosition,
    CheckPositions,
    CheckStatus,
    ClassStatus,
    PrinterStatus,
    said_by,
)

Page = Callable[[bool], Awaitable[bytes]]
"""Makes a JPEG of the page, in colour or grey."""
_LAMPS = {"inoperative": "inop"}


def document_scanner(slot: Slot) -> Offer:
    """What lies on the glass or in the feeder."""

    async def page(colour: bool) -> bytes:
        return bytes((await slot.call("scan_page", colour=colour)).jpeg)

    return _scans(slot, page, _scanner_status, grey=True)


def document_camera(slot: Slot) -> Offer:
    """The page under the camera, always in colour."""

    async def page(colour: bool) -> bytes:
        if not colour:
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "this camera sees in colour")
        return bytes((await slot.call("scan_page")).jpeg)

    def status(status: Status, known: Capabilities) -> ClassStatus:
        return ClassStatus(printer=PrinterStatus(media="unknown"))

    return _scans(slot, page, status, grey=False)


def _scans(
    slot: Slot,
    page: Page,
    status: Callable[[Status, Capabilities], ClassStatus],
    *,
    grey: bool,
) -> Offer:
    async def read(call: Call) -> BaseModel:
        wanted: ReadImage = call.payload
        if wanted.front_image is None and wanted.back_image is None:
            raise Refused(CompletionCode.INVALID_DATA, "no side is asked for")
        front = await _side(page, wanted.front_image)
        back = None if wanted.back_image is None else Image(status="missing")
        return ImagesRead(images=Images(front=front, back=back))

    async def reset(call: Call) -> BaseModel:
        need_way_out(call.payload)
        await slot.call("reset")
        return Nothing()

    capabilities = ClassCapabilities(
        printer=PrinterCapabilities(
            type=PrinterTypes(scanner=True),
            image_type=ImageTypes(),
            front_image_color_format=ColorFormats(grayscale=grey),
            image_source=ImageSources(),
        )
    )
    return Offer(
        {
            "Printer.ReadImage": Operation(ReadImage, read, needs="scan_page", personal=True),
            "Printer.Reset": Operation(MediaReset, reset, needs="reset"),
        },
        status,
        lambda known: capabilities,
        Thresholds(),
        lambda known: ("Printer.LampThresholdEvent",) if grey else (),
    )


def _scanner_status(status: Status, known: Capabilities) -> ClassStatus:
    scanner = said_by(status, "front_image_scanner")
    lamp = _LAMPS.get(scanner, scanner)
    feeds = isinstance(known, DocumentScannerCapabilities) and PageSource.FEEDER in known.sources
    jammed = said_by(status, "transport") == "inoperative"
    return ClassStatus(
        printer=PrinterStatus(media="jammed" if jammed else "unknown", lamp=lamp),
        check=_feeder(status) if feeds else None,
    )


def _feeder(status: Status) -> CheckStatus:
    place = CheckPosition(
        shutter=said_by(status, "shutter"), transport=said_by(status, "transport")
    )
    return CheckStatus(
        front_image_scanner=said_by(status, "front_image_scanner"),
        media_feeder=said_by(status, "media_feeder"),
        positions=CheckPositions(input=place),
    )


async def _side(page: Page, wanted: ImageWanted | None) -> Image | None:
    if wanted is None:
        return None
    if wanted.image_type != "jpg" or wanted.color_format == "binary":
        raise Refused(CompletionCode.UNSUPPORTED_DATA, "images come as JPEG, in colour or grey")
    return Image(status="ok", data=await page(wanted.color_format == "fullcolor"))
