"""A citizen's page in a real browser on the running terminal."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from kiosk_app.devices import PRINTER, READER
from tests.errand.kiosk import PORTRAIT, Kiosk, chromium, watched
from tests.stand import Stand

OpenKiosk = Callable[..., Kiosk]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module. Its event loop runs in this thread, so it must not stay longer:
    no test with an event loop of its own could run beside it."""
    with chromium() as opened:
        yield opened


@pytest.fixture
def open_kiosk(browser: Browser, stand: Stand) -> Iterator[OpenKiosk]:
    """Opens the terminal's page. Afterwards no page may have complained of anything."""
    terminal = stand.running.terminal
    terminal.parts = replace(terminal.parts, occasion=secrets.token_hex(8))
    kiosks: list[Kiosk] = []
    with ExitStack() as stack:

        def opened(size: tuple[int, int] = PORTRAIT) -> Kiosk:
            context = stack.enter_context(watched(browser, size))
            kiosk = Kiosk(context.new_page())
            kiosks.append(kiosk)
            kiosk.open(stand.running.address.page())
            return kiosk

        yield opened
        assert [each for kiosk in kiosks for each in kiosk.complaints] == []


@pytest.fixture
def kiosk(open_kiosk: OpenKiosk) -> Kiosk:
    """The page on a portrait screen."""
    return open_kiosk()


class Hands:
    """What a citizen does beside the screen."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def place(self, resident: int) -> None:
        """Lay a card on the reader in place of what lies there."""
        self.remove()
        self._stand.run(self._stand.hands.act(READER, "place", {"resident": resident}))

    def remove(self) -> None:
        """Take the card."""
        self._stand.run(self._stand.hands.act(READER, "remove", {}))

    def tray(self) -> list[dict[str, object]]:
        """The sheets that lie in the printer's tray."""
        state = self._stand.run(self._stand.hands.state())
        sheets: list[dict[str, object]] = state["devices"][PRINTER]["tray"]
        return sheets

    def take(self) -> None:
        """Take card and paper."""
        self.remove()
        self._stand.run(self._stand.hands.act(PRINTER, "take", {}))

    def fault(self, name: str, on: bool) -> None:
        """Turn a fault on or off."""
        self._stand.run(self._stand.hands.set_fault(name, on))


@pytest.fixture
def hands(stand: Stand) -> Hands:
    """The citizen's hands."""
    return Hands(stand)
