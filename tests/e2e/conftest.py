"""The gallery's server and one browser for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.gallery import DIST, Gallery, chromium, serve


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Its event loop runs in this thread until it is closed: while it is open,
    no other test can have a loop of its own."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Gallery, str]]:
    """One gallery for all tests, and where it is served."""
    assert (DIST / "kiosk.html").is_file(), "the pages are not built: run `npm run build` in web/"
    gallery = Gallery()
    with serve(gallery) as address:
        yield gallery, address


@pytest.fixture
def gallery(served: tuple[Gallery, str]) -> Gallery:
    """What the server shows, as new."""
    served[0].start_afresh()
    return served[0]


@pytest.fixture
def address(gallery: Gallery, served: tuple[Gallery, str]) -> str:
    """Where the gallery is served."""
    return served[1]
