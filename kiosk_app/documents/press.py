"""Data and a Typst template become a page: PDF for paper, PNG for the screen.

The PDF is PDF/A-2b (ISO 19005-2) and PDF/UA-1 (ISO 14289-1): it keeps, and it reads aloud. Same
template and data give the same bytes in every process: the fonts are a fixed list, and the only
date is the data's. A character that no font has fails the compile (PDF/A forbids ``.notdef``), so
no name is ever printed with a box in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import typst

from kiosk_app.documents.errors import CharacterMissing, TemplateBroken

STANDARDS: list[typst.PDFStandard] = ["a-2b", "ua-1"]
FONT_FOLDERS = (
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/truetype/hanazono"),
)
"""Debian's fonts-noto-cjk, and fonts-hanazono for the rare characters that Noto lacks."""
A4_WIDTH_INCHES = 210 / 25.4
_PLACE = re.compile(r"┌─ (?P<place>[^\n]+?:\d+)")


class Press:
    """Compilers kept alive, one a template; fonts are searched once.

    ``root``: the folder that templates may read from (``/`` in a template). Not for threads.
    """

    def __init__(self, root: Path, font_folders: Iterable[Path] = FONT_FOLDERS) -> None:
        self._root = root.resolve()
        self._fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[folder for folder in font_folders if folder.is_dir()],
        )
        self._compilers: dict[Path, typst.Compiler] = {}

    def warm(self) -> None:
        """Load the main fonts, the longest part of a first page (0.1 s)."""
        sample = '#set text(font: "Noto Serif CJK SC")\n#set document(title: "a")\n样 *样*'
        typst.Compiler(sample.encode(), font_paths=self._fonts).compile(format="pdf")

    def compile(self, template: Path, data: Mapping[str, Any]) -> bytes:
        """The PDF. ``template``: path below the root; it reads ``sys.inputs.data`` as JSON.

        Raises ``CharacterMissing`` and ``TemplateBroken``, neither of which repeats any data.
        """
        return self._run(template, data, format="pdf", pdf_standards=STANDARDS)

    def picture(self, template: Path, data: Mapping[str, Any], width: int) -> bytes:
        """The first page as PNG, ``width`` pixels wide (A4). Raises as ``compile`` does."""
        return self._run(template, data, format="png", ppi=width / A4_WIDTH_INCHES)

    def drawing(self, template: Path, data: Mapping[str, Any]) -> bytes:
        """The first page as SVG, its letters as outlines. Raises as ``compile`` does."""
        return self._run(template, data, format="svg")

    def _run(self, template: Path, data: Mapping[str, Any], **options: Any) -> bytes:
        inputs = {"data": json.dumps(data, ensure_ascii=False)}
        try:
            made = self._compiler(template).compile(sys_inputs=inputs, **options)
        except (RuntimeError, OSError) as problem:
            raise _explain(template, problem) from None
        pages = made if isinstance(made, list) else [made]
        if not pages or pages[0] is None:
            raise TemplateBroken(f"{template} makes no page")
        return pages[0]

    def _compiler(self, template: Path) -> typst.Compiler:
        path = (self._root / template).resolve()
        if not path.is_relative_to(self._root):
            raise TemplateBroken(f"{template} lies outside the configuration")
        if path not in self._compilers:
            self._compilers[path] = typst.Compiler(
                str(path), root=str(self._root), font_paths=self._fonts
            )
        return self._compilers[path]


def _explain(template: Path, problem: Exception) -> CharacterMissing | TemplateBroken:
    """What failed and where. Typst's own words may quote the data, so none of them is kept."""
    if "could not be displayed with font" in str(problem):
        return CharacterMissing("a character has no glyph in any installed font")
    found = _PLACE.search(getattr(problem, "diagnostic", "") or "")
    return TemplateBroken(
        f"{template} cannot be compiled ({found['place'] if found else 'no place'})"
    )
