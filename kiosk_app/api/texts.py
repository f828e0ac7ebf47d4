"""The pages' own words, by page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kiosk_app.texts import Text, Texts


class PageTexts:
    """Loads ``config/texts/<page>`` for each page at start, so that a gap is found then.

    Raises ``TextsError``.
    """

    def __init__(self, folder: Path, pages: Iterable[str]) -> None:
        self._texts = {page: Texts.load(folder / page) for page in pages}

    def of(self, page: str) -> dict[str, Text]:
        """All texts of a page by key."""
        return dict(self._texts[page])
