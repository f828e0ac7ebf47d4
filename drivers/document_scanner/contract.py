"""What every flatbed or feeder scanner does, whichever wire it is on."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status
from drivers.imaging.contract import ScannedDocument, ScannedPage


class ImageScanner(StrEnum):
    """Check.Status ``frontImageScanner``."""

    OK = "ok"
    FADING = "fading"
    INOPERATIVE = "inoperative"
    UNKNOWN = "unknown"


class MediaFeeder(StrEnum):
    """Check.Status ``mediaFeeder``."""

    EMPTY = "empty"
    NOT_EMPTY = "notEmpty"
    INOPERATIVE = "inoperative"
    UNKNOWN = "unknown"


class Transport(StrEnum):
    """Check.Status ``transport``."""

    OK = "ok"
    INOPERATIVE = "inoperative"
    UNKNOWN = "unknown"


class Cover(StrEnum):
    """Check.Status ``shutter``."""

    CLOSED = "closed"
    OPEN = "open"
    UNKNOWN = "unknown"


class PageSource(StrEnum):
    """Where the paper comes from."""

    FLATBED = "flatbed"
    FEEDER = "feeder"


@dataclass(frozen=True, slots=True)
class DocumentScannerStatus(Status):
    """Check.Status, as far as a scanner tells. Most scanners tell only while they scan: a reading
    stays as it was learned, and its age says when."""

    front_image_scanner: Reading[ImageScanner]
    media_feeder: Reading[MediaFeeder]
    transport: Reading[Transport]
    shutter: Reading[Cover]


@dataclass(frozen=True, slots=True)
class DocumentScannerCapabilities(Capabilities):
    """What the scanner offers."""

    sources: tuple[str, ...] = ()
    """Words of ``PageSource``."""
    resolutions_dpi: tuple[int, int] = (0, 0)
    """Smallest and largest."""
    colour: bool = False


class DocumentScanner(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``paper-jammed``, ``feeder-empty``, ``cover-open``, ``scanner-absent``, ``scanner-busy``
    (another program has it), ``scanner-denied`` (this process may not open it), ``scanner-failed``,
    ``scanner-settings-refused`` (no such source, resolution or mode), ``document-too-large``,
    ``page-too-large``.
    """

    device_class = "document-scanner"

    @abstractmethod
    def scan_page(
        self, dpi: int | None = None, *, colour: bool | None = None, upload: bool = False
    ) -> ScannedPage:
        """Scan one A4 page from the source of the settings. ``dpi`` and ``colour`` of the settings
        unless given. ``upload``: handed over at 150 dpi and below 500 kB."""

    @abstractmethod
    def scan_document(
        self, source: str | None = None, dpi: int | None = None, *, colour: bool | None = None
    ) -> ScannedDocument:
        """Scan all pages in the feeder, or the one on the glass, into one PDF.

        Emits ``PageScannedEvent`` ``{"page": number}`` after each.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forget what the last scan said, and look whether the scanner is there."""

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Scan a page coarsely: ``width``, ``height``, ``seconds``, ``brightness`` (mean, 0-255).
        Not ``ok`` when the scanner refuses, with the ``error``."""
