"""The photo decoder against a library with the same symbol as the vendors'."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from drivers.errors import CommandRejected, HardwareFault
from drivers.id_card.photo import LibraryPhotoDecoder

# Rows from the top: the red channel holds x, the green y, the blue the block's first byte.
_SOURCE = """
#include <string.h>
#define W 102
#define H 126
static void pixel(char *at, char *in, int x, int y) { at[0] = in[0]; at[1] = y; at[2] = x; }
int %(symbol)s(char *in, char *out, int mode) {
    if (in[1] != 'W') return -1;
    if (mode == 0) {
        for (int y = 0; y < H; y++)
            for (int x = 0; x < W; x++) pixel(out + (y * W + x) * 3, in, x, y);
        return 1;
    }
    int row = 308, width = mode == 2 ? 101 : W, height = H;
    memcpy(out, "BM", 2);
    memcpy(out + 18, &width, 4);
    memcpy(out + 22, &height, 4);
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) pixel(out + 54 + (H - 1 - y) * row + x * 3, in, x, y);
    return 1;
}
"""
BLOCK = bytes((77,)) + b"W" + bytes(1022)


def build(folder: Path, symbol: str) -> Path:
    source, library = folder / "library.c", folder / "libwlt2bmp.so"
    source.write_text(_SOURCE % {"symbol": symbol})
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("c"), "unpack")


@pytest.mark.parametrize("mode", [0, 1], ids=["bare rows", "bitmap file"])
def test_a_block_becomes_a_picture(library: Path, mode: int) -> None:
    picture = Image.open(io.BytesIO(LibraryPhotoDecoder(library, mode).decode(BLOCK)))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (102, 126), "RGB")
    assert picture.getpixel((0, 0)) == (0, 0, 77)
    assert picture.getpixel((101, 0)) == (101, 0, 77)
    assert picture.getpixel((5, 125)) == (5, 125, 77)


def test_the_symbol_of_cpp_is_found(tmp_path: Path) -> None:
    library = build(tmp_path, "_Z6unpackPcS_i")
    assert LibraryPhotoDecoder(library).decode(BLOCK).startswith(b"\x89PNG")


@pytest.mark.parametrize("block", [b"", bytes(1023), bytes(1024), bytes(1025)])
def test_what_is_no_photo_is_refused(library: Path, block: bytes) -> None:
    with pytest.raises(HardwareFault) as caught:
        LibraryPhotoDecoder(library).decode(block)
    assert caught.value.code == "photo-undecodable"


def test_a_picture_of_another_size_is_refused(library: Path) -> None:
    with pytest.raises(HardwareFault, match="another size"):
        LibraryPhotoDecoder(library, mode=2).decode(BLOCK)


def test_what_is_no_decoder_is_told_apart(tmp_path: Path) -> None:
    text = tmp_path / "libtext.so"
    text.write_text("no library")
    with pytest.raises(CommandRejected, match="does not load"):
        LibraryPhotoDecoder(text)
    with pytest.raises(CommandRejected, match="no function unpack"):
        LibraryPhotoDecoder(Path("libm.so.6"))
