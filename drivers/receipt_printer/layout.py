"""Texts on a grid of columns: an ASCII character takes one, a Chinese one two.

The printer's own fonts stand on this grid (12 and 24 dots wide), and rastered lines are drawn on
it too, so that both meet on one receipt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum

from drivers.errors import CommandRejected

_WORDS = re.compile(r"[!-~]+|.", re.DOTALL)
_NO_LINE_START = frozenset("，。、；：？！）》」』】〕”’…％,.;:?!)]}%")
_NO_LINE_END = frozenset("（《「『【〔“‘([{")
_EXTENSION_A = range(0x3400, 0x4DB6)
_MODIFIERS = frozenset((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x1F3FB, 0x1F400)))


class CodePage(StrEnum):
    """What Chinese characters a printer's own fonts have."""

    NONE = "none"
    GB2312 = "gb2312"
    GBK = "gbk"
    GB18030 = "gb18030"


def clean(text: str) -> str:
    """The text as it may be laid out: tabs are spaces, invisible format characters are gone, and
    so are the variation selectors of emoji and Hanzi and the colours of skin, without which the
    plain form is meant.

    Raises ``CommandRejected`` ``receipt-text-invalid`` for control characters, which a printer
    would take for commands, and for lone surrogates.
    """
    kept = []
    for each in text.replace("\r\n", "\n").replace("\t", " "):
        category = unicodedata.category(each)
        if category == "Cs" or (category == "Cc" and each != "\n"):
            raise CommandRejected("receipt-text-invalid", "a text holds a control character")
        if category != "Cf" and ord(each) not in _MODIFIERS:
            kept.append(each)
    return unicodedata.normalize("NFC", "".join(kept))


def encoded(text: str, page: CodePage) -> bytes | None:
    """The text in the printer's code page; ``None`` when it lacks a character of it.

    GB18030 can write every character there is, but the fonts that go by its name hold those of
    its 2000 edition: two-byte characters and CJK Extension A. Private-use characters, which the
    codecs of Python let through, are in no font.
    """
    if not all(_in_page(each, page) for each in text):
        return None
    return text.encode("ascii" if page is CodePage.NONE else page.value)


def _in_page(character: str, page: CodePage) -> bool:
    if character.isascii():
        return True
    if page is CodePage.NONE or unicodedata.category(character) in ("Co", "Cn"):
        return False
    try:
        length = len(character.encode(page.value))
    except UnicodeEncodeError:
        return False
    return length == 2 or (length == 4 and ord(character) in _EXTENSION_A)


def columns(text: str, *, native: bool) -> int:
    """Columns that a text takes. In the printer's fonts all beyond ASCII is two columns wide."""
    return sum(_columns(each, native=native) for each in text)


def _columns(character: str, *, native: bool) -> int:
    if character.isascii():
        return 1
    if native or unicodedata.east_asian_width(character) in "WFA":
        return 2
    return 0 if unicodedata.combining(character) else 1


def wrapped(text: str, width: int, *, native: bool) -> Iterator[str]:
    """The text in lines of at most ``width`` columns.

    Words and numbers of ASCII stay whole where they fit in a line. No line begins with a closing
    punctuation mark, or ends with an opening one, when what belongs to it can go with it.
    """
    for paragraph in text.split("\n"):
        line: list[str] = []
        for piece in _pieces(paragraph, width):
            if columns("".join((*line, piece)), native=native) <= width:
                line.append(piece)
                continue
            at = _break(line, piece, width, native=native)
            yield "".join(line[:at]).rstrip()
            rest = "".join(line[at:]).lstrip(" ")
            line = [each for each in (rest, piece if rest else piece.lstrip(" ")) if each]
        yield "".join(line).rstrip()


def _break(line: Sequence[str], following: str, width: int, *, native: bool) -> int:
    """How many pieces of a full line stay on it; all where no better place is found."""
    pieces = (*line, following)
    for at in range(len(line), 0, -1):
        if columns("".join(pieces[at:]), native=native) > width:
            break
        first = pieces[at][0]
        begins = first not in _NO_LINE_START and not unicodedata.combining(first)
        if begins and pieces[at - 1][-1] not in _NO_LINE_END:
            return at
    return len(line)


def _pieces(paragraph: str, width: int) -> Iterator[str]:
    for word in _WORDS.findall(paragraph):
        for at in range(0, len(word), width):
            yield word[at : at + width]


def in_row(left: str, right: str, width: int, *, native: bool) -> Iterator[str]:
    """Two columns: the right one ends at the right edge of the last line, whole or wrapped below
    when there is no room beside the left one."""
    *above, last = wrapped(left, width, native=native)
    yield from above
    gap = width - columns(last, native=native) - columns(right, native=native)
    if gap >= bool(last and right):
        yield (last + " " * gap + right).rstrip()
        return
    if last:
        yield last
    for line in wrapped(right, width, native=native):
        yield " " * (width - columns(line, native=native)) + line
