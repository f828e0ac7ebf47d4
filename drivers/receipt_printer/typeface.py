"""Which font draws a character that the printer cannot, one font after another.

Between them they draw every Chinese character of GB18030-2022 at implementation level 3 (CJK
Extensions A to F), most of Extensions G and H, and symbols and emoji. A character is drawn only
where its shape is its own: private use is somebody else's agreement, and letters that join or
reorder (Arabic, Tibetan, Mongolian) would stand wrong one by one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from PIL import ImageFont

from drivers.errors import CommandRejected, OperatorAction

_SHARE = Path("/usr/share/fonts")
_FURTHER = (
    _SHARE / "truetype/hanazono/HanaMinA.ttf",
    _SHARE / "truetype/hanazono/HanaMinB.ttf",
    _SHARE / "truetype/babelstone/BabelStoneHan.ttf",
    _SHARE / "opentype/unifont/unifont.otf",
    _SHARE / "opentype/unifont/unifont_upper.otf",
)
"""Debian's fonts-hanazono, fonts-babelstone-han and fonts-unifont, tried in this order."""
_SIMPLIFIED = ("Noto Sans Mono CJK SC", "Noto Sans CJK SC")
"""The first has letters half as wide as Hanzi, as a receipt's columns are."""
_NO_CHARACTER = "\U0010ffff"
_PROBE = 24
"""Dots at which it is seen whether a font has a character."""
_STANDING_ALONE = ("LATIN ", "GREEK ", "CYRILLIC ")
_HAN_PLANES = range(0x20000, 0x40000)


class Font:
    """One face of a font file, drawn without grey."""

    def __init__(self, file: Path) -> None:
        """Raises ``CommandRejected`` ``receipt-font-missing``."""
        self._file = file
        self._index = _simplified_face(file)
        self.sized(_PROBE)

    @lru_cache(maxsize=8)  # noqa: B019 - a font lives as long as its driver
    def sized(self, dots: int) -> ImageFont.FreeTypeFont:
        """The font with an em of so many dots."""
        try:
            return ImageFont.truetype(str(self._file), dots, index=self._index)
        except OSError:
            raise _font_missing() from None

    @lru_cache(maxsize=4096)  # noqa: B019 - a font lives as long as its driver
    def has(self, character: str) -> bool:
        """Whether the font can draw a character."""
        return self._drawn(character) != self._no_character

    @cached_property
    def _no_character(self) -> bytes:
        return self._drawn(_NO_CHARACTER)

    def _drawn(self, character: str) -> bytes:
        return bytes(self.sized(_PROBE).getmask(character, "1"))


class Typeface:
    """A main font, and what is drawn from others. ``bold``: of ``file``, which is bold itself; the
    others are not, and are struck twice."""

    def __init__(self, file: Path, *, bold: bool = False) -> None:
        """Raises ``CommandRejected`` ``receipt-font-missing``."""
        self.main = Font(file)
        self._bold = bold

    def font_of(self, character: str) -> Font | None:
        """The font that draws a character; ``None`` when none does."""
        if character.isspace() or self.main.has(character):
            return self.main
        if not _stands_alone(character):
            return None
        return next((font for font in _further() if font.has(character)), None)

    def strikes(self, font: Font) -> int:
        """How often a character is drawn, each time a dot further to the right."""
        return 2 if self._bold and font is not self.main else 1


def _stands_alone(character: str) -> bool:
    """Whether a character looks the same whatever stands beside it."""
    if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
        return False
    category = unicodedata.category(character)
    if category == "Cn":  # perhaps of a newer Unicode than Python's
        return ord(character) in _HAN_PLANES
    if category.startswith("L"):
        wide = unicodedata.east_asian_width(character) in "WF"
        return wide or unicodedata.name(character, "").startswith(_STANDING_ALONE)
    return category[0] in "SPN"


@lru_cache
def _further() -> tuple[Font, ...]:
    return tuple(Font(file) for file in _FURTHER if file.is_file())


@lru_cache
def _simplified_face(file: Path) -> int:
    """Which face of a collection draws characters as the mainland writes them; else the first."""
    names = list(_names(file))
    return next((names.index(name) for name in _SIMPLIFIED if name in names), 0)


def _names(file: Path) -> Iterator[str | None]:
    for index in range(16):
        try:
            yield ImageFont.truetype(str(file), _PROBE, index=index).getname()[0]
        except OSError:
            return


def _font_missing() -> CommandRejected:
    return CommandRejected(
        "receipt-font-missing",
        "the font for receipts is not there; install the package fonts-noto-cjk",
        action=OperatorAction.CONFIGURATION,
    )
