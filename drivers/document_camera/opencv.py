"""A document camera through OpenCV: the camera of ``drivers.camera``, and what its stills show."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import cv2
import numpy as np
from pydantic import Field

from drivers.camera.opencv import OpenCvCamera
from drivers.camera.settings import Height, PictureSettings, Rate, StillHeight, StillWidth, Width
from drivers.code_scanner.contract import ScannedCode
from drivers.code_scanner.picture import USUAL, read_codes
from drivers.device import SelfTest, command
from drivers.document_camera.contract import DocumentCamera
from drivers.document_camera.mrz_picture import read_key_on_desk
from drivers.errors import ProtocolError, UserFault
from drivers.imaging import files
from drivers.imaging.contract import ScannedDocument, ScannedPage
from drivers.imaging.page import CleanPage, clean_still
from drivers.imaging.sharpness import is_blurred
from drivers.travel_document.contract import MrzKey

_CHINA = timezone(timedelta(hours=8))


class DocumentCameraSettings(PictureSettings):
    """A document camera: a live picture, and stills as large as the camera makes them."""

    width: Width = 1600
    height: Height = 1200
    frames_per_s: Rate = 10.0
    still_width: StillWidth = Field(
        default=3264,
        description="0: as the live picture. A copy at 300 dpi wants 8 megapixels.",
    )
    still_height: StillHeight = 2448


class OpenCvDocumentCamera(OpenCvCamera, DocumentCamera):
    """See the module."""

    settings_type = DocumentCameraSettings

    @command(deadline_s=20.0)
    def scan_page(self, dpi: int = 300, *, upload: bool = False) -> ScannedPage:
        """See ``DocumentCamera.scan_page``."""
        page = self._clean_page(files.UPLOAD_DPI if upload else dpi)
        return (files.for_upload if upload else files.for_copy)(page.pixels, page.dpi)

    @command(deadline_s=30.0)
    def scan_document(self, earlier: Sequence[bytes] = (), dpi: int = 300) -> ScannedDocument:
        """See ``DocumentCamera.scan_document``."""
        page = self._clean_page(dpi)
        scanned = files.for_copy(page.pixels, page.dpi)
        return files.bound([*(files.of_jpeg(each) for each in earlier), scanned])

    @command(deadline_s=20.0)
    def read_codes(self, symbologies: Sequence[str] = ()) -> tuple[ScannedCode, ...]:
        """See ``DocumentCamera.read_codes``."""
        still = np.frombuffer(self.take_picture().jpeg, np.uint8)
        grey = cv2.imdecode(still, cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise ProtocolError("picture-garbled", "the photograph is no picture")
        return read_codes(np.asarray(grey, np.uint8), symbologies or USUAL)

    @command(deadline_s=40.0)
    def read_document_key(self) -> MrzKey:
        """See ``DocumentCamera.read_document_key``."""
        return read_key_on_desk(self.take_picture().jpeg, datetime.now(_CHINA).date())

    @command(deadline_s=20.0)
    def self_test(self) -> SelfTest:
        """See ``Camera.self_test``; and whether a page is found (``page``: its code when not)."""
        camera = super().self_test()
        page = "not tried"
        if camera.ok:
            try:
                self._clean_page(files.UPLOAD_DPI)
                page = "found"
            except UserFault as error:
                page = error.code
        return SelfTest(camera.ok, {**camera.values, "page": page})

    def _clean_page(self, dpi: int) -> CleanPage:
        still = self.take_picture().jpeg
        cv2.setNumThreads(os.cpu_count() or 1)  # one suffices for the preview, and a person waits
        try:
            page = clean_still(still, dpi)
        finally:
            cv2.setNumThreads(1)
        if is_blurred(page.pixels):
            raise UserFault("page-blurred", "the page is blurred", error_code="mediaRejected")
        return page
