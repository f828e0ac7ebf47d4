"""A data page in the light of a camera, and the key that its zone gives."""

from __future__ import annotations

from datetime import date
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from drivers.document_camera.mrz_picture import read_key, read_key_on_desk
from drivers.errors import ProtocolError, UserFault
from drivers.travel_document.mrz import check_digit
from drivers.travel_document.mrz_text import key_in
from drivers.virtual.document_pages import View, desk, jpeg, photograph

TODAY = date(2026, 11, 24)
OCR_B = "/usr/share/fonts/opentype/ocr-b/OCRB.otf"


def line_of(number: str, birth: str, expiry: str) -> str:
    parts = (
        f"{number}{check_digit(number)}CHN{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}"
    )
    return f"{parts:<44}".replace(" ", "<")


PASSPORT = ("P<CHNLIN<<XIULAN".ljust(44, "<"), line_of("E12345678", "520307", "300409"))


def page(lines: tuple[str, ...], *, tilt: float = 0.0, shade: int = 0) -> np.ndarray[Any, Any]:
    """A data page of 1250 x 880 pixels with other print above the zone."""
    picture = Image.new("L", (1250, 880), 232)
    draw = ImageDraw.Draw(picture)
    small = ImageFont.truetype(OCR_B, 26)
    for row, words in enumerate(("PASSPORT", "SURNAME LIN", "GIVEN NAMES XIULAN", "04 SEP 2030")):
        draw.text((420, 90 + 90 * row), words, font=small, fill=60)
    draw.rectangle((60, 120, 340, 520), fill=150)
    zone = ImageFont.truetype(OCR_B, 40)
    for row, line in enumerate(lines):
        draw.text((60, 700 + 70 * row), line, font=zone, fill=35)
    grey = np.asarray(picture.rotate(tilt, fillcolor=232)).astype(np.int16)
    shadow = np.linspace(0, shade, grey.shape[1], dtype=np.int16)
    noise = np.random.default_rng(7).normal(0, 6, grey.shape)
    return np.clip(grey - shadow + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("tilt", "shade"), [(0.0, 0), (0.6, 60), (-0.8, 90)])
def test_a_pictured_passport_gives_its_key(tilt: float, shade: int) -> None:
    key = read_key(page(PASSPORT, tilt=tilt, shade=shade), TODAY)
    assert (key.number, key.birth, key.expiry) == (
        "E12345678",
        date(1952, 3, 7),
        date(2030, 4, 9),
    )


def test_colour_and_size_do_not_matter() -> None:
    large = cv2.resize(page(PASSPORT), None, fx=1.7, fy=1.7)
    colour = np.asarray(cv2.cvtColor(large, cv2.COLOR_GRAY2BGR), np.uint8)
    assert read_key(colour, TODAY).number == "E12345678"


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_passport_on_the_desk_is_read_whichever_way_it_lies(quarter_turns: int) -> None:
    sheet = cv2.cvtColor(page(PASSPORT), cv2.COLOR_GRAY2BGR)
    view = View(corners=((0.24, 0.3), (0.77, 0.27), (0.79, 0.79), (0.22, 0.81)), shadow=0.3)
    seen = np.rot90(photograph(np.asarray(sheet, np.uint8), view, (2400, 1800)), quarter_turns)
    key = read_key_on_desk(jpeg(np.ascontiguousarray(seen)), TODAY)
    assert key.number == "E12345678"


def test_an_empty_desk_has_no_key() -> None:
    with pytest.raises(UserFault) as caught:
        read_key_on_desk(jpeg(desk((2400, 1800))), TODAY)
    assert caught.value.code == "mrz-not-found"


def test_what_is_no_picture_is_told() -> None:
    with pytest.raises(ProtocolError) as caught:
        read_key_on_desk(b"\xff\xd8nothing", TODAY)
    assert caught.value.code == "picture-garbled"


@pytest.mark.parametrize(
    "lines",
    [
        ("",),
        (PASSPORT[0],),
        (PASSPORT[0], PASSPORT[1].replace("520307", "520308")),
        ("NOT A DOCUMENT BUT A LETTER TO THE HALL IN CAPITALS",),
    ],
)
def test_what_is_no_zone_or_does_not_add_up_gives_no_key(lines: tuple[str, ...]) -> None:
    with pytest.raises(UserFault) as caught:
        read_key(page(lines), TODAY)
    assert caught.value.code == "mrz-not-found"


def test_confused_letters_are_put_right_where_digits_stand() -> None:
    confused = PASSPORT[1].replace("520307", "S2O3O7")
    found = key_in(confused, TODAY)
    assert found is not None
    assert found.birth == date(1952, 3, 7)


def test_a_nil_in_a_state_that_is_meant_as_a_letter_harms_nothing() -> None:
    found = key_in(PASSPORT[1].replace("CHN", "UT0"), TODAY)
    assert found is not None
    assert found.number == "E12345678"


def test_a_permit_of_three_lines() -> None:
    number = "H12345678"
    first = f"CRCHN{number}{check_digit(number)}".ljust(30, "<")
    dates = f"800101{check_digit('800101')}M280101{check_digit('280101')}CHN".ljust(30, "<")
    found = key_in(f" {first}\n{dates}\nLIN<<XIULAN", TODAY)
    assert found is not None
    assert (found.number, found.expiry) == (number, date(2028, 1, 1))


@pytest.mark.parametrize("text", ["", "<" * 10_000, "\x00\xff", "1" * 5000, "A\n" * 4000])
def test_hostile_text_gives_no_key(text: str) -> None:
    assert key_in(text, TODAY) is None
