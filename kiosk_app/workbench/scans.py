"""The test buttons of whatever scans: a page for a copy, one for an upload, several as one PDF."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from kiosk_app.devices import DOCUMENT_CAMERA, Slot

if TYPE_CHECKING:
    from drivers.document_scanner.contract import DocumentScannerCapabilities
    from drivers.imaging.contract import ScannedDocument, ScannedPage

COPY, UPLOAD, DOCUMENT = "scan-copy", "scan-upload", "scan-document"
NAMES = (COPY, UPLOAD, DOCUMENT)
NEXT_PAGE_WITHIN_S = 120.0
"""A page scanned later than this after the one before begins a new document."""
FEEDER = "feeder"
_COPY_DPI = 300


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned: the last page (JPEG), and the PDF where one was made."""

    values: Mapping[str, str]
    page: bytes = field(repr=False)
    pdf: bytes | None = field(default=None, repr=False)


class Scans:
    """Scans for a test. Under a document camera pages lie one after the other: they are kept from
    one test to the next, and go when ``forget`` is called."""

    def __init__(self) -> None:
        self._pages: list[bytes] = []
        self._scanned_at = 0.0

    def forget(self) -> None:
        """Keep no page."""
        self._pages.clear()

    async def run(self, slot: Slot, test: str) -> Scanned:
        """Carry out one of ``NAMES``. Raises ``DeviceError``."""
        if test == DOCUMENT:
            return await self._document(slot)
        page: ScannedPage = await slot.call("scan_page", _COPY_DPI, upload=test == UPLOAD)
        return Scanned(_measured(page), page.jpeg)

    async def _document(self, slot: Slot) -> Scanned:
        document = await (self._next_page if slot.role == DOCUMENT_CAMERA else _feeder)(slot)
        values = {
            "pages": str(document.pages),
            "document_kilobytes": _kilobytes(document.pdf),
            **_measured(document.last),
        }
        return Scanned(values, document.last.jpeg, document.pdf)

    async def _next_page(self, slot: Slot) -> ScannedDocument:
        if time.monotonic() - self._scanned_at > NEXT_PAGE_WITHIN_S:
            self._pages.clear()
        document: ScannedDocument = await slot.call("scan_document", self._pages, _COPY_DPI)
        self._pages.append(document.last.jpeg)
        self._scanned_at = time.monotonic()
        return document


async def _feeder(slot: Slot) -> ScannedDocument:
    """All that lies in the feeder; on a scanner without one, what lies on the glass."""
    sources = cast("DocumentScannerCapabilities", slot.capabilities()).sources
    source = FEEDER if FEEDER in sources else None
    document: ScannedDocument = await slot.call("scan_document", source, _COPY_DPI)
    return document


def _measured(page: ScannedPage) -> dict[str, str]:
    return {
        "width": str(page.width),
        "height": str(page.height),
        "resolution": str(page.dpi),
        "page_kilobytes": _kilobytes(page.jpeg),
    }


def _kilobytes(data: bytes) -> str:
    return f"{len(data) / 1000:.0f}"
