"""Photographs of drawn pages, cleaned; and what is no page."""

from __future__ import annotations

import io

import numpy as np
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from drivers.errors import CommandRejected, DeviceError, ProtocolError, UserFault
from drivers.imaging import files, skew
from drivers.imaging.page import CleanPage, clean_still
from drivers.imaging.untyped import cv2, zxingcpp
from drivers.virtual import document_pages as drawn
from drivers.virtual.document_pages import View

CODE = "https://example.test/verify?c=445281"
SMALL = (1632, 1224)
STRAIGHT = View(((0.25, 0.05), (0.75, 0.05), (0.75, 0.95), (0.25, 0.95)), shadow=0.2)
OBLIQUE = View(((0.28, 0.08), (0.70, 0.05), (0.78, 0.95), (0.21, 0.93)), shadow=0.6, seed=2)
TURNED = View(((0.33, 0.04), (0.76, 0.16), (0.66, 0.96), (0.22, 0.84)), shadow=0.4, seed=3)


@pytest.fixture(scope="module")
def cleaned() -> CleanPage:
    return clean_still(drawn.jpeg(drawn.photograph(drawn.page(1, CODE))))


def test_a_copy_is_a4_at_300_dpi(cleaned: CleanPage) -> None:
    assert cleaned.pixels.shape == (3508, 2480, 3)
    expected = drawn.corners_of(View(), drawn.STILL)
    assert float(np.abs(cleaned.corners - expected).max()) < 6
    assert "array" not in repr(cleaned)


def test_paper_is_white_ink_is_black_and_the_seal_is_red(cleaned: CleanPage) -> None:
    grey = cv2.cvtColor(cleaned.pixels, cv2.COLOR_BGR2GRAY)
    assert float((grey > 245).mean()) > 0.80
    assert float((grey < 60).mean()) > 0.02
    for part in np.array_split(grey, 4, axis=1):  # the shadowed side as well as the lit one
        assert float(np.median(part)) == 255
    star = cleaned.pixels[2880:2960, 1880:1960].reshape(-1, 3).astype(int)
    blue, green, red = np.median(star, axis=0)
    assert red > 110
    assert max(blue, green) < red - 90


def test_perspective_is_gone(cleaned: CleanPage) -> None:
    (code,) = zxingcpp.read_barcodes(cleaned.pixels)
    assert code.text == CODE
    place = code.position
    sides = [
        np.hypot(one.x - other.x, one.y - other.y)
        for one, other in (
            (place.top_left, place.top_right),
            (place.top_right, place.bottom_right),
            (place.bottom_right, place.bottom_left),
            (place.bottom_left, place.top_left),
        )
    ]
    assert max(sides) / min(sides) < 1.03
    assert abs(skew.skew_of(cleaned.pixels)) < 0.3


@pytest.mark.parametrize("view", [STRAIGHT, OBLIQUE, TURNED])
def test_pages_are_found_however_they_lie(view: View) -> None:
    still = drawn.photograph(drawn.page(2), view, SMALL)
    page = clean_still(drawn.jpeg(still), dpi=150)
    expected = drawn.corners_of(view, SMALL)
    assert float(np.abs(page.corners - expected).max()) < 8
    assert page.pixels.shape[:2] == (1754, 1240)


def test_a_page_without_colour_comes_in_grey() -> None:
    sheet = np.full((*drawn.A4[::-1], 3), 250, np.uint8)
    cv2.putText(sheet, "grey", (300, 900), cv2.FONT_HERSHEY_SIMPLEX, 12, (20, 20, 20), 30)
    page = clean_still(drawn.jpeg(drawn.photograph(sheet, STRAIGHT, SMALL)), dpi=100)
    assert page.pixels.shape == (1169, 827)


def cut_off() -> np.ndarray:
    over = View(((0.25, -0.1), (0.75, -0.1), (0.75, 0.9), (0.25, 0.9)))
    return drawn.photograph(drawn.page(), over, SMALL)


def tiny() -> np.ndarray:
    far = View(((0.45, 0.4), (0.55, 0.4), (0.55, 0.6), (0.45, 0.6)))
    return drawn.photograph(drawn.page(), far, SMALL)


def disc() -> np.ndarray:
    picture = drawn.desk(SMALL)
    cv2.circle(picture, (800, 600), 450, (240, 240, 240), -1)
    return picture


def triangle() -> np.ndarray:
    picture = drawn.desk(SMALL)
    cv2.fillPoly(picture, [np.array([[200, 1100], [800, 100], [1400, 1100]])], (240, 240, 240))
    return picture


def sharp() -> np.ndarray:
    slanted = View(((0.45, 0.1), (0.95, 0.1), (0.55, 0.9), (0.05, 0.9)))
    return drawn.photograph(drawn.page(), slanted, SMALL)


@pytest.mark.parametrize(
    "picture",
    [
        lambda: drawn.desk(SMALL),
        lambda: np.zeros((1224, 1632, 3), np.uint8),
        lambda: np.random.default_rng(1).integers(0, 255, (1224, 1632, 3), np.uint8),
        cut_off,
        tiny,
        disc,
        triangle,
        sharp,
    ],
    ids=["desk", "black", "noise", "cut off", "tiny", "disc", "triangle", "sharp"],
)
def test_what_is_no_whole_page_is_not_warped(picture: object) -> None:
    still = drawn.jpeg(picture())  # type: ignore[operator]
    with pytest.raises(UserFault) as caught:
        clean_still(still)
    assert (caught.value.code, caught.value.error_code) == ("page-not-found", "mediaSize")


def test_a_sheet_of_other_proportions_is_not_stretched_to_a4() -> None:
    square = View(((0.2, 0.1), (0.8, 0.1), (0.8, 0.9), (0.2, 0.9)))
    still = drawn.photograph(drawn.page(), square, SMALL)
    with pytest.raises(UserFault, match="page-not-a4"):
        clean_still(drawn.jpeg(still))


@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_any_bytes_are_refused(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff\xe0"):
        with pytest.raises(DeviceError) as caught:
            clean_still(start + data)
        assert caught.value.code in {"picture-garbled", "page-not-found"}
        with pytest.raises(ProtocolError, match="picture-garbled"):
            files.as_pdf([start + data])


def test_half_a_photograph_is_no_wrong_page() -> None:
    whole = drawn.jpeg(drawn.photograph(drawn.page(), STRAIGHT, SMALL))
    with pytest.raises(DeviceError) as caught:
        clean_still(whole[: len(whole) // 3])
    assert caught.value.code in {"picture-garbled", "page-not-found", "page-not-a4"}


def test_the_resolution_is_bounded() -> None:
    with pytest.raises(CommandRejected, match="resolution-refused"):
        clean_still(b"", dpi=5000)


def test_a_document_holds_its_pages_as_they_are(cleaned: CleanPage) -> None:
    pages = [each(cleaned.pixels, cleaned.dpi) for each in (files.for_copy, files.for_upload)]
    assert (pages[0].width, pages[0].height, pages[0].dpi) == (2480, 3508, 300)
    assert (pages[1].width, pages[1].height, pages[1].dpi) == (1240, 1754, 150)
    assert len(pages[1].jpeg) <= files.UPLOAD_BYTES
    assert Pictures.open(io.BytesIO(pages[0].jpeg)).info["dpi"] == (300, 300)
    document = pypdf.PdfReader(io.BytesIO(files.as_pdf([each.jpeg for each in pages])))
    assert len(document.pages) == 2
    for page, made in zip(document.pages, pages, strict=True):
        assert page.images[0].data[:2] == b"\xff\xd8"
        embedded = page["/Resources"]["/XObject"]["/P"].get_object()  # type: ignore[index]
        assert embedded._data == made.jpeg
        assert [round(float(each)) for each in page.mediabox[2:]] == [595, 842]


def test_a_document_has_pages_and_not_too_many(cleaned: CleanPage) -> None:
    jpeg = files.for_upload(cleaned.pixels, cleaned.dpi).jpeg
    for pages in ([], [jpeg] * 51):
        with pytest.raises(CommandRejected, match="pages-refused"):
            files.as_pdf(pages)
    with pytest.raises(CommandRejected, match="page-too-large"):
        files.for_upload(cleaned.pixels, cleaned.dpi, most_bytes=1000)


@pytest.mark.parametrize("angle", [-3.2, 1.4])
def test_a_page_scanned_askew_is_straightened(angle: float) -> None:
    sheet = drawn.page()
    height, width = sheet.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    askew = cv2.warpAffine(sheet, turn, (width, height), borderValue=(255, 255, 255))
    assert abs(skew.skew_of(askew) - angle) < 0.15
    assert abs(skew.skew_of(skew.straightened(askew))) < 0.15
    blank = np.full((800, 600), 255, np.uint8)
    assert skew.straightened(blank) is blank
