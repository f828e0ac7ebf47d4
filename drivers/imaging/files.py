"""Clean pages as files: JPEG for a copy or an upload, PDF for several pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image as Pictures

from drivers.errors import CommandRejected, ProtocolError
from drivers.imaging.contract import ScannedDocument, ScannedPage
from drivers.imaging.edges import Image
from drivers.imaging.untyped import cv2, pdf_values, pdf_writer

COPY_QUALITY = 88
UPLOAD_DPI = 150
_UPLOAD_QUALITIES = (75, 60, 45, 30)
UPLOAD_BYTES = 500_000
MOST_PAGES = 50
MOST_BYTES = 30_000_000
"""Of a document and its last page: what a driver may hand to its host at once."""
_POINTS_AN_INCH = 72
_MODES = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}


def for_copy(pixels: Image, dpi: int) -> ScannedPage:
    """A page, grey or BGR, at its full resolution."""
    return _written(pixels, dpi, COPY_QUALITY)


def for_upload(pixels: Image, dpi: int, most_bytes: int = UPLOAD_BYTES) -> ScannedPage:
    """A page, grey or BGR, at 150 dpi, compressed until it fits ``most_bytes``.

    Raises ``CommandRejected`` ``page-too-large`` when a readable page does not fit.
    """
    share = min(1.0, UPLOAD_DPI / dpi)
    small = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    for quality in _UPLOAD_QUALITIES:
        made = _written(np.asarray(small, np.uint8), round(dpi * share), quality)
        if len(made.jpeg) <= most_bytes:
            return made
    raise CommandRejected("page-too-large", "the page does not fit into so few bytes")


def as_pdf(pages: Sequence[bytes]) -> bytes:
    """JPEG files as the pages of one PDF, each embedded as it is (ISO 32000-1 7.4.8,
    ``DCTDecode``) at the size that its resolution gives it.

    Raises ``ProtocolError`` ``picture-garbled`` for what is no JPEG in grey or colour,
    ``CommandRejected`` ``pages-refused`` for none or more than 50 pages.
    """
    if not 1 <= len(pages) <= MOST_PAGES:
        raise CommandRejected("pages-refused", "a document has 1 to 50 pages")
    writer = pdf_writer.PdfFileWriter(stream_xrefs=False)
    for jpeg in pages:
        writer.insert_page(_page(writer, jpeg))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def bound(pages: Sequence[ScannedPage]) -> ScannedDocument:
    """Pages as one document. Raises what ``as_pdf`` raises, and ``CommandRejected``
    ``document-too-large`` when it would be longer than 30 MB."""
    if sum(len(each.jpeg) for each in (*pages, *pages[-1:])) > MOST_BYTES:
        raise CommandRejected("document-too-large", "the document is longer than 30 MB")
    return ScannedDocument(as_pdf([each.jpeg for each in pages]), len(pages), pages[-1])


def of_jpeg(jpeg: bytes) -> ScannedPage:
    """A page that was written before. Raises ``ProtocolError`` ``picture-garbled``."""
    (width, height), _, dpi = _facts(jpeg)
    return ScannedPage(jpeg, width, height, round(dpi))


def _page(writer: Any, jpeg: bytes) -> Any:
    (width, height), mode, dpi = _facts(jpeg)
    picture = pdf_values.StreamObject(
        {
            pdf_values.pdf_name("/Type"): pdf_values.pdf_name("/XObject"),
            pdf_values.pdf_name("/Subtype"): pdf_values.pdf_name("/Image"),
            pdf_values.pdf_name("/Width"): pdf_values.NumberObject(width),
            pdf_values.pdf_name("/Height"): pdf_values.NumberObject(height),
            pdf_values.pdf_name("/ColorSpace"): pdf_values.pdf_name(_MODES[mode]),
            pdf_values.pdf_name("/BitsPerComponent"): pdf_values.NumberObject(8),
            pdf_values.pdf_name("/Filter"): pdf_values.pdf_name("/DCTDecode"),
        },
        encoded_data=jpeg,
    )
    wide, high = (round(each * _POINTS_AN_INCH / dpi, 2) for each in (width, height))
    shown = pdf_values.StreamObject(stream_data=f"q {wide} 0 0 {high} 0 0 cm /P Do Q".encode())
    resources = pdf_values.DictionaryObject(
        {
            pdf_values.pdf_name("/XObject"): pdf_values.DictionaryObject(
                {pdf_values.pdf_name("/P"): writer.add_object(picture)}
            )
        }
    )
    box = pdf_values.ArrayObject(pdf_values.FloatObject(each) for each in (0, 0, wide, high))
    return pdf_writer.PageObject(
        contents=writer.add_object(shown), media_box=box, resources=resources
    )


def _facts(jpeg: bytes) -> tuple[tuple[int, int], str, float]:
    """Size in pixels, mode and dots an inch of a JPEG file."""
    try:
        with Pictures.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            dpi = float(picture.info.get("dpi", (0, 0))[0])
            size, mode = picture.size, picture.mode
            picture.verify()
    except Exception as error:
        raise _garbled() from error
    if mode not in _MODES:
        raise _garbled()
    return size, mode, dpi if 30 <= dpi <= 2400 else float(UPLOAD_DPI)


def _written(pixels: Image, dpi: int, quality: int) -> ScannedPage:
    colour = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    out = io.BytesIO()
    Pictures.fromarray(colour).save(out, "JPEG", quality=quality, dpi=(dpi, dpi))
    return ScannedPage(out.getvalue(), pixels.shape[1], pixels.shape[0], dpi)


def _garbled() -> ProtocolError:
    return ProtocolError("picture-garbled", "the page is no JPEG picture in grey or colour")
