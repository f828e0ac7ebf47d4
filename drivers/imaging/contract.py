"""What every device that makes pictures of pages hands over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """One page as JPEG, with its resolution written in it. ``repr`` hides it, so that no log line
    can hold it."""

    jpeg: bytes = field(repr=False)
    width: int
    """Pixels."""
    height: int
    dpi: int


@dataclass(frozen=True, slots=True)
class ScannedDocument:
    """Several pages as one PDF, each embedded as the JPEG that it is. ``repr`` hides it."""

    pdf: bytes = field(repr=False)
    pages: int
    last: ScannedPage = field(repr=False)
    """The page that was scanned last."""
