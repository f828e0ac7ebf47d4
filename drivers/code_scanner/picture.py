"""Codes in a picture, by zxing-cpp.

What is found passes the same judgement as what a scanner sends: bounded, printable text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.code_scanner.contract import ScannedCode, Symbology
from drivers.code_scanner.payload import judge
from drivers.errors import CommandRejected, UserFault
from drivers.imaging.untyped import cv2, zxingcpp

Picture = npt.NDArray[np.uint8]
"""Grey ``(height, width)`` or BGR ``(height, width, 3)``."""
MOST_CODES = 32
_FORMATS: dict[Symbology, Any] = {
    Symbology.QR_CODE: zxingcpp.BarcodeFormat.QRCode,
    Symbology.CODE_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.GS1_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.PDF_417: zxingcpp.BarcodeFormat.PDF417,
    Symbology.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.AZTEC: zxingcpp.BarcodeFormat.Aztec,
    Symbology.EAN_13: zxingcpp.BarcodeFormat.EAN13,
    Symbology.EAN_8: zxingcpp.BarcodeFormat.EAN8,
    Symbology.CODE_39: zxingcpp.BarcodeFormat.Code39,
    Symbology.CODE_93: zxingcpp.BarcodeFormat.Code93,
    Symbology.CODABAR: zxingcpp.BarcodeFormat.Codabar,
    Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
    Symbology.GS1_DATABAR: zxingcpp.BarcodeFormat.DataBar,
    Symbology.MAXI_CODE: zxingcpp.BarcodeFormat.MaxiCode,
}
USUAL = (Symbology.QR_CODE, Symbology.CODE_128, Symbology.PDF_417, Symbology.DATA_MATRIX)
"""What papers and telephones in a hall carry; reading every kind takes ten times as long."""


def read_codes(
    picture: Picture, symbologies: Sequence[str] = USUAL, *, moving: bool = False
) -> tuple[ScannedCode, ...]:
    """Read the codes of some kinds in a picture; those that are refused are left out.

    ``moving``: the picture is one of many, so only codes that are found quickly count. Raises
    ``CommandRejected`` ``symbology-unknown``, and ``UserFault`` ``code-refused`` or
    ``code-invalid`` when every code that was found is refused.
    """
    wanted = _wanted(symbologies)
    formats = sorted({_FORMATS[each] for each in wanted}, key=int)
    found = _find(picture, formats, thorough=not moving)
    codes, refusals = [], []
    for each in found[:MOST_CODES]:
        try:
            code = judge(each.symbology_identifier.removeprefix("]"), each.text)
        except UserFault as refusal:
            refusals.append(refusal)
            continue
        if _asked_for(code, wanted):
            codes.append(code)
    if refusals and not codes:
        raise refusals[0]
    return tuple(codes)


def _asked_for(code: ScannedCode, wanted: frozenset[Symbology]) -> bool:
    """A GS1-128 is a Code 128 too."""
    return code.symbology in wanted or (
        code.symbology is Symbology.GS1_128 and Symbology.CODE_128 in wanted
    )


def _wanted(symbologies: Iterable[str]) -> frozenset[Symbology]:
    try:
        return frozenset(map(Symbology, symbologies)) or frozenset(USUAL)
    except ValueError:
        raise CommandRejected("symbology-unknown", "no such code can be read here") from None


def _find(picture: Picture, formats: list[Any], *, thorough: bool) -> list[Any]:
    """Try the cheapest way first: at half size, then smoothed (noise costs a reader both time and
    hits), then as it is. Only a thorough search looks for light codes on dark in the last."""
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return (
        (_zxing(half, formats, downscale=False, invert=False) if not thorough else [])
        or _zxing(cv2.GaussianBlur(picture, (3, 3), 0), formats)
        or _zxing(picture, formats, invert=thorough)
    )


def _zxing(
    picture: Picture, formats: list[Any], *, downscale: bool = True, invert: bool = True
) -> list[Any]:
    return list(
        zxingcpp.read_barcodes(
            picture,
            formats=formats,
            try_downscale=downscale,
            try_invert=invert,
            text_mode=zxingcpp.TextMode.Plain,
        )
    )
