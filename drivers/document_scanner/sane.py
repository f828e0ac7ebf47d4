"""Flatbeds and feeders through SANE (python-sane).

The scanner is opened for each job and given back after it, as SANE's backends hold it against every
other program; between jobs it is only looked for. The configuration is read anew each time, from
the folder that was named first in this process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import sane
from pydantic import Field

from drivers.device import (
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Reading,
    SelfTest,
    assumed,
    command,
    concluded,
    sensed,
)
from drivers.document_scanner import sane_status
from drivers.document_scanner.contract import (
    Cover,
    DocumentScanner,
    DocumentScannerCapabilities,
    DocumentScannerStatus,
    ImageScanner,
    MediaFeeder,
    PageSource,
    Transport,
)
from drivers.errors import CommandRejected, DeviceBusy, DeviceError, HardwareFault, UserFault
from drivers.imaging import files
from drivers.imaging.contract import ScannedDocument, ScannedPage
from drivers.imaging.edges import Image
from drivers.imaging.skew import straightened

A4_MM = (210.0, 297.0)
_CONFIG = "SANE_CONFIG_DIR"
_TEST_DPI = 75
_FEEDERS = ("adf", "automatic document feeder", "adf front", "adf simplex", "feeder")
_MODES = {True: ("color", "colour", "24bit color"), False: ("gray", "grey", "grayscale")}


class SaneSettings(DriverSettings):
    """A scanner that SANE knows."""

    device: str = Field(
        title="Scanner",
        description="Its name as scanimage -L tells it: airscan:e0:…, fujitsu:…, genesys:….",
        min_length=1,
    )
    source: PageSource = Field(
        default=PageSource.FLATBED, title="Paper from", description="Where one page is scanned."
    )
    dpi: int = Field(
        default=300,
        title="Resolution",
        description="300 for a copy.",
        ge=75,
        le=600,
        json_schema_extra={"unit": "dpi"},
    )
    colour: bool = Field(default=True, title="Colour", description="Off: shades of grey.")
    straighten: bool = Field(
        default=True, title="Straighten", description="Turn a page whose lines are not level."
    )
    config_folder: Path | None = Field(
        default=None,
        title="SANE configuration",
        description="A folder to use in place of /etc/sane.d.",
    )


KNOWN_S = 60.0
"""How long what a feeder's scan met counts as known: only another sheet could disprove it."""
TRIED_EVERY_S = 4.0
"""How often the glass is tried again after a scan of it that failed."""
_STRIP_MM = 10.0
"""How much of the glass such a trial looks at."""


class SaneScanner(DocumentScanner):
    """See the module."""

    settings_type = SaneSettings
    refresh_every_s = 3.0

    def __init__(self, settings: SaneSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._capabilities = DocumentScannerCapabilities()
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._source = settings.source
        """Where the last scan took its paper from."""
        self._image: Reading[ImageScanner] = assumed(ImageScanner.UNKNOWN)
        self._feeder: Reading[MediaFeeder] = assumed(MediaFeeder.UNKNOWN)
        self._transport: Reading[Transport] = assumed(Transport.UNKNOWN)
        self._cover: Reading[Cover] = assumed(Cover.UNKNOWN)
        self._failed_at: float | None = None

    def open(self) -> None:
        """See ``Driver.open``."""
        with self._truthful(), self._session() as scanner:
            self._capabilities = _capabilities(self._settings.device, scanner)
        self._forget()
        self._device = concluded(DeviceState.ONLINE)

    def close(self) -> None:
        """See ``Driver.close``. Nothing is held between jobs."""

    def refresh(self) -> None:
        """See ``Driver.refresh``. A scanner that another program has is there, and busy.

        SANE cannot be asked whether a scanner that failed is well again. The glass is tried, a
        strip of it; what a feeder met is known for a while, as a trial would draw in paper.
        """
        try:
            with self._truthful(), self._session():
                self._device = self._state()
            if self._failed_at is not None:
                self._doubt(time.monotonic() - self._failed_at)
        except DeviceBusy:
            return
        if self._feeder.value is MediaFeeder.EMPTY and self._feeder.age_s > KNOWN_S:
            self._feeder = assumed(MediaFeeder.UNKNOWN)

    def _doubt(self, since_s: float) -> None:
        """See whether what a scan met, so long ago, is still so."""
        if self._source is PageSource.FEEDER:
            if since_s > KNOWN_S:
                self._forget()
                self._device = self._state()
        elif since_s > TRIED_EVERY_S:
            with contextlib.suppress(UserFault, HardwareFault):
                next(self._pages(PageSource.FLATBED, None, None, height_mm=_STRIP_MM))

    def _forget(self) -> None:
        """Nothing is known of what a scan may meet."""
        self._image, self._feeder = assumed(ImageScanner.UNKNOWN), assumed(MediaFeeder.UNKNOWN)
        self._transport, self._cover = assumed(Transport.UNKNOWN), assumed(Cover.UNKNOWN)
        self._failed_at = None

    def _state(self) -> Reading[DeviceState]:
        """How a scanner is that is there: what a scan met holds until it is known to be over."""
        if Transport.INOPERATIVE is self._transport.value:
            return sensed(DeviceState.HARDWARE_ERROR)
        if ImageScanner.INOPERATIVE is self._image.value:
            return concluded(DeviceState.HARDWARE_ERROR)
        if Cover.OPEN is self._cover.value:
            return sensed(DeviceState.USER_ERROR)
        return concluded(DeviceState.ONLINE)

    def status(self) -> DocumentScannerStatus:
        """See ``Driver.status``."""
        return DocumentScannerStatus(
            self._device, self._image, self._feeder, self._transport, self._cover
        )

    def capabilities(self) -> DocumentScannerCapabilities:
        """See ``Driver.capabilities``."""
        return self._capabilities

    @command(deadline_s=120.0)
    def scan_page(
        self, dpi: int | None = None, *, colour: bool | None = None, upload: bool = False
    ) -> ScannedPage:
        """See ``DocumentScanner.scan_page``."""
        pixels, found_dpi = next(self._pages(self._settings.source, dpi, colour))
        return (files.for_upload if upload else files.for_copy)(pixels, found_dpi)

    @command(deadline_s=600.0)
    def scan_document(
        self, source: str | None = None, dpi: int | None = None, *, colour: bool | None = None
    ) -> ScannedDocument:
        """See ``DocumentScanner.scan_document``."""
        pages = []
        for page in self._pages(_source(source or self._settings.source), dpi, colour):
            pages.append(files.for_copy(*page))
            self.emit(DeviceEvent("PageScannedEvent", {"page": len(pages)}))
            if len(pages) == files.MOST_PAGES:
                break
        return files.bound(pages)

    @command(deadline_s=60.0)
    def reset(self) -> None:
        """See ``DocumentScanner.reset``."""
        self._forget()
        self.refresh()

    @command(deadline_s=120.0)
    def self_test(self) -> SelfTest:
        """See ``DocumentScanner.self_test``."""
        started = time.monotonic()
        try:
            page = self.scan_page(dpi=_TEST_DPI)
        except (UserFault, HardwareFault) as error:
            return SelfTest(ok=False, values={"error": error.code})
        seconds = round(time.monotonic() - started, 2)
        pixels = cv2.imdecode(np.frombuffer(page.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        values: dict[str, str | int | float | bool] = {
            "width": page.width,
            "height": page.height,
            "seconds": seconds,
            "brightness": round(float(np.mean(np.asarray(pixels))), 1),
        }
        return SelfTest(ok=True, values=values)

    def _pages(
        self,
        source: PageSource,
        dpi: int | None,
        colour: bool | None,
        *,
        height_mm: float = A4_MM[1],
    ) -> Iterator[tuple[Image, int]]:
        """Scan page by page: pixels and dots an inch. A feeder's last page ends it, an empty feeder
        is an error."""
        wanted_dpi = self._settings.dpi if dpi is None else dpi
        wanted_colour = self._settings.colour if colour is None else colour
        with self._truthful(), self._session() as scanner:
            _prepare(scanner, source, wanted_dpi, colour=wanted_colour, height_mm=height_mm)
            self._source, count = source, 0
            while (found := self._next(scanner, first=count == 0)) is not None:
                count += 1
                self._learn_good()
                yield self._page(found), wanted_dpi
                if source is PageSource.FLATBED:
                    return

    def _next(self, scanner: Any, *, first: bool) -> Any:
        """The next page as Pillow's picture; ``None`` when the feeder has no more."""
        self.cancellation.check()
        try:
            scanner.start()
            return scanner.snap(no_cancel=True)
        except RuntimeError:
            raise HardwareFault("scanner-failed", "the scanner sent no picture") from None
        except sane_error() as error:
            if not first and str(error) == sane_status.NO_DOCS:
                self._feeder = sensed(MediaFeeder.EMPTY)
                return None
            raise

    def _page(self, found: Any) -> Image:
        pixels: Image = np.asarray(found, np.uint8)
        if pixels.ndim == 3:
            pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)
        return straightened(pixels) if self._settings.straighten else pixels

    def _learn_good(self) -> None:
        self._device = sensed(DeviceState.ONLINE)
        self._image, self._transport = sensed(ImageScanner.OK), sensed(Transport.OK)
        self._cover, self._failed_at = concluded(Cover.CLOSED), None
        if self._source is PageSource.FEEDER:
            self._feeder = assumed(MediaFeeder.UNKNOWN)

    @contextlib.contextmanager
    def _session(self) -> Iterator[Any]:
        """The scanner, open; SANE's statuses become errors."""
        folder = self._settings.config_folder
        if folder is not None:
            os.environ[_CONFIG] = str(folder)
        scanner = None
        try:
            sane.init()
            scanner = sane.open(self._settings.device)
            yield scanner
        except sane_error() as error:
            raise sane_status.error_for(str(error), opening=scanner is None) from None
        finally:
            with contextlib.suppress(sane_error()):
                if scanner is not None:
                    scanner.cancel()
                    scanner.close()
            sane.exit()
            # SANE's reader takes the handler back to the default, under which the next write to a
            # socket that was closed would end this process.
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    @contextlib.contextmanager
    def _truthful(self) -> Iterator[None]:
        """Let the status tell what an error says about the scanner."""
        try:
            yield
        except DeviceError as error:
            self._learn(error)
            raise

    def _learn(self, error: DeviceError) -> None:
        match error.code:
            case "paper-jammed":
                self._transport = sensed(Transport.INOPERATIVE)
            case "feeder-empty":
                self._feeder = sensed(MediaFeeder.EMPTY)
                return
            case "cover-open":
                self._cover = sensed(Cover.OPEN)
            case "scanner-failed":
                self._image = concluded(ImageScanner.INOPERATIVE)
            case "scanner-busy":
                self._device = sensed(DeviceState.DEVICE_BUSY)
                return
            case "scanner-absent" | "scanner-denied":
                self._device = concluded(DeviceState.NO_DEVICE)
                return
            case _:
                return
        self._device, self._failed_at = self._state(), time.monotonic()


def sane_error() -> type[Exception]:
    """python-sane's error class, which its typed face does not name."""
    return sane._sane.error  # type: ignore[no-any-return]  # noqa: SLF001


def _source(word: str) -> PageSource:
    try:
        return PageSource(word)
    except ValueError:
        raise CommandRejected("scanner-settings-refused", "no such source of paper") from None


def _prepare(scanner: Any, source: PageSource, dpi: int, *, colour: bool, height_mm: float) -> None:
    """Set what is wanted; what the scanner does not offer is refused, and never replaced."""
    _choose(scanner, "mode", _MODES[colour])
    if source is PageSource.FEEDER:
        _choose(scanner, "source", _FEEDERS)
    elif "source" in scanner.opt:
        _choose(scanner, "source", ("flatbed",))
    _set(scanner, "resolution", dpi)
    if abs(float(scanner.resolution) - dpi) >= 1:
        raise CommandRejected("scanner-settings-refused", "the scanner has no such resolution")
    for name, value in (("tl_x", 0.0), ("tl_y", 0.0), ("br_x", A4_MM[0]), ("br_y", height_mm)):
        if name in scanner.opt:
            _set(scanner, name, min(value, _longest(scanner, name, value)))


def _choose(scanner: Any, name: str, wanted: tuple[str, ...]) -> None:
    """Set an option to the first of the offered texts that is one of ``wanted``."""
    offered = scanner.opt[name].constraint if name in scanner.opt else None
    for text in offered or ():
        if str(text).lower() in wanted:
            _set(scanner, name, text)
            return
    raise CommandRejected("scanner-settings-refused", f"the scanner offers no such {name}")


def _set(scanner: Any, name: str, value: object) -> None:
    try:
        setattr(scanner, name, value)
    except AttributeError:
        raise CommandRejected(
            "scanner-settings-refused", f"the scanner's {name} cannot be set"
        ) from None


def _longest(scanner: Any, name: str, otherwise: float) -> float:
    constraint = scanner.opt[name].constraint
    return float(constraint[1]) if isinstance(constraint, tuple) else otherwise


def _capabilities(name: str, scanner: Any) -> DocumentScannerCapabilities:
    sources = scanner.opt["source"].constraint if "source" in scanner.opt else ["Flatbed"]
    words = {
        PageSource.FEEDER if str(each).lower() in _FEEDERS else PageSource.FLATBED
        for each in sources or ["Flatbed"]
    }
    steps = scanner.opt["resolution"].constraint if "resolution" in scanner.opt else None
    numbers = steps[:2] if isinstance(steps, tuple) else steps
    modes = scanner.opt["mode"].constraint if "mode" in scanner.opt else ()
    return DocumentScannerCapabilities(
        model=name,
        sources=tuple(sorted(words)),
        resolutions_dpi=(int(min(numbers)), int(max(numbers))) if numbers else (0, 0),
        colour=any(str(each).lower() in _MODES[True] for each in modes or ()),
    )
