"""What every document camera does: a camera above a desk, on which a person lays pages."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from drivers.camera.contract import Camera
from drivers.code_scanner.contract import ScannedCode
from drivers.imaging.contract import ScannedDocument, ScannedPage
from drivers.travel_document.contract import MrzKey


class DocumentCamera(Camera):
    """Commands of the class, beside those of ``Camera`` (preview, photograph, controls). Their
    errors are those of ``Camera`` and ``DeviceError`` with these codes:

    ``page-not-found`` (no whole page lies there), ``page-not-a4``, ``page-blurred`` (the camera is
    out of focus, or the page moved), ``picture-garbled``, ``resolution-refused``,
    ``pages-refused``, ``document-too-large``, ``page-too-large``; for codes ``code-refused``,
    ``code-invalid``, ``symbology-unknown``; for travel documents ``mrz-not-found`` (no zone whose
    check digits are right), ``mrz-reader-missing``.
    """

    device_class = "document-camera"

    @abstractmethod
    def scan_page(self, dpi: int = 300, *, upload: bool = False) -> ScannedPage:
        """Photograph the page that lies there and clean it: perspective and shadow gone, paper
        white, A4 at ``dpi``. ``upload``: at 150 dpi and below 500 kB instead."""

    @abstractmethod
    def scan_document(self, earlier: Sequence[bytes] = (), dpi: int = 300) -> ScannedDocument:
        """Scan the page that lies there and put it behind ``earlier`` pages (JPEG files: of
        ``scan_page``, or the ``last`` of a document before) in one PDF."""

    @abstractmethod
    def read_codes(self, symbologies: Sequence[str] = ()) -> tuple[ScannedCode, ...]:
        """Read the codes on what lies there; none is an empty answer. ``symbologies``: words of
        ``code_scanner.contract.Symbology``; empty for QR, Code 128, PDF417 and Data Matrix."""

    @abstractmethod
    def read_document_key(self) -> MrzKey:
        """Read the key of the travel document whose data page lies there, whichever way up."""
