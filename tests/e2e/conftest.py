"""The gallery's server and one browser for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.gallery import DIST, Gallery, chromium, serve


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def gallery() -> Gallery:
    """What the server shows."""
    assert (DIST / "kiosk.html").is_file(), "the pages are not built: run `npm run build` in web/"
    return Gallery()


@pytest.fixture
def address(gallery: Gallery) -> Iterator[str]:
    """Where the gallery is served."""
    with serve(gallery) as served:
        yield served
