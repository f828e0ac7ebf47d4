"""The proof that nothing of a journey is left: counted, not believed.

What can be counted: files in the folders that a journey may write to, what the journey object
still holds, and what the page says of itself. Bytes that the interpreter has freed but not yet
written over cannot be counted from inside; the service's memory is not swapped or dumped instead
(see the systemd unit).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiosk_app.screens import Wiped


@dataclass(frozen=True, slots=True)
class WipeProof:
    """What was counted after a journey. All zero is clean; ``page`` -1 means no page answered."""

    files: int
    held: int
    page: int

    @property
    def clean(self) -> bool:
        """Whether nothing was found. A page that is not there holds nothing."""
        return self.files == 0 and self.held == 0 and self.page <= 0

    @property
    def counts(self) -> dict[str, int]:
        """The counts by name, for log and audit."""
        return {"files": self.files, "held": self.held, "page": self.page}


class Residue:
    """Counts what journeys leave in the given folders, which must be empty between journeys."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)

    def check(self, held: bool, page: Wiped | None) -> WipeProof:
        """Count now. ``held``: the journey object still holds something."""
        files = sum(
            1
            for folder in self._folders
            if folder.exists()
            for path in folder.rglob("*")
            if path.is_file()
        )
        in_page = (
            -1
            if page is None
            else page.storage_entries + page.object_urls + page.filled_inputs
        )
        return WipeProof(files=files, held=int(held), page=in_page)
