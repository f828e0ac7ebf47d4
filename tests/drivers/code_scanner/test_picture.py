"""Codes in pictures that zxing-cpp drew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import zxingcpp

from drivers.code_scanner.contract import Symbology
from drivers.code_scanner.picture import Picture, read_codes
from drivers.errors import CommandRejected, UserFault

FORMAT = zxingcpp.BarcodeFormat


def drawn(text: str, kind: Any, **more: Any) -> Picture:
    image = np.array(zxingcpp.create_barcode(text, kind, **more).to_image(scale=4), np.uint8)
    return np.pad(image, 40, constant_values=255)


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize(
    ("kind", "symbology"),
    [
        (FORMAT.QRCode, Symbology.QR_CODE),
        (FORMAT.Code128, Symbology.CODE_128),
        (FORMAT.PDF417, Symbology.PDF_417),
        (FORMAT.DataMatrix, Symbology.DATA_MATRIX),
    ],
)
def test_the_usual_kinds_are_read(kind: Any, symbology: Symbology, moving: bool) -> None:
    for colour in (drawn("A-445281", kind), np.dstack([drawn("A-445281", kind)] * 3)):
        (code,) = read_codes(colour, moving=moving)
        assert (code.symbology, code.text) == (symbology, "A-445281")


def test_a_gs1_code_in_a_picture_is_taken_apart() -> None:
    for kind in (FORMAT.Code128, FORMAT.QRCode, FORMAT.DataMatrix):
        (code,) = read_codes(drawn("(01)06901234567892(10)AB1(17)271231", kind, gs1=True))
        assert [each.identifier for each in code.gs1] == ["01", "10", "17"]


def test_only_the_kinds_asked_for_are_read() -> None:
    picture = drawn("A1", FORMAT.Code128)
    assert read_codes(picture, ["qrCode"]) == ()
    assert read_codes(np.full((90, 120), 200, np.uint8)) == ()
    with pytest.raises(CommandRejected, match="symbology-unknown"):
        read_codes(picture, ["runes"])


def test_a_hostile_code_is_refused() -> None:
    with pytest.raises(UserFault, match="code-refused"):
        read_codes(drawn("\x1b]0;title\x07", FORMAT.QRCode))
