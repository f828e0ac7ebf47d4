"""The pages' own words, by page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import structlog

from drivers import registry
from kiosk_app.texts import Text, Texts, TextsError

log = structlog.get_logger(__name__)


class PageTexts:
    """Loads ``config/texts/<page>`` for each page at start, so that a gap is found then.

    Raises ``TextsError``.
    """

    def __init__(self, folder: Path, pages: Iterable[str]) -> None:
        self._texts = {page: Texts.load(folder / page) for page in pages}

    def of(self, page: str) -> dict[str, Text]:
        """All texts of a page by key."""
        return dict(self._texts[page])


def with_drivers(own: Texts) -> Texts:
    """The technician's texts with the words that other packages bring for their drivers: each its
    own ``driver.NAME`` and ``setting.NAME.…``, and nothing else. A package whose words do not fit
    together goes without."""
    words = dict(own)
    for name, folder in registry.text_folders():
        try:
            brought = Texts.load(folder)
        except TextsError:
            log.warning("a driver's words cannot be used", driver=name)
            continue
        for key, text in brought.items():
            if key == f"driver.{name}" or key.startswith(f"setting.{name}."):
                words.setdefault(key, text)
    return Texts(words)
