"""The photo decoder against a library with the same symbol as the vendors'."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from drivers.errors import CommandRejected, HardwareFault
from drivers.id_card.photo import LibraryPhotoDecoder

BLOCK = bytes((77,)) + b"W" + bytes(1022)


@pytest.mark.parametrize("mode", [0, 1], ids=["bare rows", "bitmap file"])
def test_a_block_becomes_a_picture(photo_library: Path, mode: int) -> None:
    picture = Image.open(io.BytesIO(LibraryPhotoDecoder(photo_library, mode).decode(BLOCK)))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (102, 126), "RGB")
    assert picture.getpixel((0, 0)) == (0, 0, 77)
    assert picture.getpixel((101, 0)) == (101, 0, 77)
    assert picture.getpixel((5, 125)) == (5, 125, 77)


def test_the_symbol_of_cpp_is_found(build_photo_library: Callable[[str], Path]) -> None:
    library = build_photo_library("_Z6unpackPcS_i")
    assert LibraryPhotoDecoder(library).decode(BLOCK).startswith(b"\x89PNG")


@pytest.mark.parametrize("block", [b"", bytes(1023), bytes(1024), bytes(1025)])
def test_what_is_no_photo_is_refused(photo_library: Path, block: bytes) -> None:
    with pytest.raises(HardwareFault) as caught:
        LibraryPhotoDecoder(photo_library).decode(block)
    assert caught.value.code == "photo-undecodable"


def test_a_picture_of_another_size_is_refused(photo_library: Path) -> None:
    with pytest.raises(HardwareFault, match="another size"):
        LibraryPhotoDecoder(photo_library, mode=2).decode(BLOCK)


def test_what_is_no_decoder_is_told_apart(tmp_path: Path) -> None:
    text = tmp_path / "libtext.so"
    text.write_text("no library")
    with pytest.raises(CommandRejected, match="does not load"):
        LibraryPhotoDecoder(text)
    with pytest.raises(CommandRejected, match="no function unpack"):
        LibraryPhotoDecoder(Path("libm.so.6"))
