"""The folder in which a copy lies between its making and the queue, and no longer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk_app.issuing.failpoints import effect
from kiosk_app.records import translated


class Spool:
    """Files of mode 0600 in a folder of mode 0700; best on a tmpfs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def holding(self, name: str, content: bytes) -> Iterator[Path]:
        """A file with this content while the block runs; gone afterwards, whatever happens.

        Raises ``StoreError`` (codes ``spool-…``) when it cannot be written.
        """
        path = self._folder / f"{name}.pdf"
        try:
            with translated("spool", path), effect("spool-write"):
                self._write(path, content)
            yield path
        finally:
            with effect("spool-delete"):
                path.unlink(missing_ok=True)

    def clear(self) -> int:
        """Remove what an interruption left; returns how many files there were."""
        if not self._folder.exists():
            return 0
        left = [each for each in self._folder.iterdir() if each.is_file()]
        for each in left:
            each.unlink()
        return len(left)

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(content)
