"""A photo library with the same symbol as the vendors', built here."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

# Rows from the top: the red channel holds x, the green y, the blue the block's first byte.
# Modes: 0 bare rows, 1 bitmap file, 2 bitmap of another width, 3 as 1 but for any block.
_SOURCE = """
#include <string.h>
#define W 102
#define H 126
static void pixel(char *at, char *in, int x, int y) { at[0] = in[0]; at[1] = y; at[2] = x; }
int %(symbol)s(char *in, char *out, int mode) {
    if (mode != 3 && in[1] != 'W') return -1;
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


@pytest.fixture(scope="session")
def build_photo_library(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds the library with its function under the given symbol."""

    def build(symbol: str) -> Path:
        folder = tmp_path_factory.mktemp("wlt")
        source, library = folder / "library.c", folder / "libwlt2bmp.so"
        source.write_text(_SOURCE % {"symbol": symbol})
        subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
        return library

    return build


@pytest.fixture(scope="session")
def photo_library(build_photo_library: Callable[[str], Path]) -> Path:
    return build_photo_library("unpack")
