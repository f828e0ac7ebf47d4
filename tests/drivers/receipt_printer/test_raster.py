"""Bitmaps as dots: the same bytes as python-escpos, at every width."""

from __future__ import annotations

import pytest
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.receipt_printer.raster import MOST_ROWS, raster


def theirs(bitmap: Image.Image) -> bytes:
    printer = Dummy()
    printer.profile.profile_data["media"]["width"]["pixels"] = 576
    printer.image(bitmap, impl="bitImageRaster", fragment_height=MOST_ROWS)
    output: bytes = printer.output
    return output


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 576), st.integers(1, 40), st.data())
def test_bytes_are_those_of_python_escpos(width: int, height: int, data: st.DataObject) -> None:
    count = -(-width // 8) * height
    pixels = data.draw(st.binary(min_size=count, max_size=count))
    bitmap = Image.frombytes("1", (width, height), pixels)
    assert raster(bitmap) == theirs(bitmap)


def test_a_bitmap_that_pillow_keeps_in_pieces_comes_out_the_same() -> None:
    # Pillow splits what is larger than 16 MiB, and then shares no single piece of memory.
    bitmap = Image.effect_noise((576, 32_000), 90).point(lambda v: 255 * (v > 127), "1")
    with pytest.raises(ValueError, match="memory"):
        bitmap.convert("L").__arrow_c_array__()
    whole = raster(bitmap)
    for top in (0, 17_000, 31_999):
        strip = raster(bitmap.crop((0, top, 576, top + 1)))[8:]
        assert whole[8 + 72 * top : 8 + 72 * (top + 1)] == strip


@pytest.mark.parametrize("bitmap", [Image.new("L", (8, 8)), Image.new("1", (8, MOST_ROWS + 1))])
def test_what_is_no_bitmap_is_refused(bitmap: Image.Image) -> None:
    with pytest.raises(ValueError, match="mode 1"):
        raster(bitmap)
