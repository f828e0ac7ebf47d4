"""The proof that nothing of a journey is left: counted, not believed.

What can be counted: files in the folders that a journey may write to, what the journey object
still holds, and what the page says of itself. Bytes that the interpreter has freed but not yet
written over cannot be counted from inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiosk_app.answers import Wiped


@dataclass(frozen=True, slots=True)
class WipeProof:
    """What was counted after a journey. All zero is clean; ``page`` is ``None`` when no page was
    there to answer."""

    files: int
    held: int
    page: int | None

    @property
    def clean(self) -> bool:
        """Whether nothing was found. A page that is not there holds nothing."""
        return not (self.files or self.held or self.page)

    @property
    def counts(self) -> dict[str, int | str]:
        """The counts by name, for log and audit."""
        page = "absent" if self.page is None else self.page
        return {"files": self.files, "held": self.held, "page": page}


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
            if path.is_symlink() or not path.is_dir()
        )
        in_page = (
            None if page is None else page.storage_entries + page.object_urls + page.filled_inputs
        )
        return WipeProof(files=files, held=int(held), page=in_page)
