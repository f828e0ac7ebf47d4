"""A citizen before the page: what is touched, what is seen, and what the browser complains of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

PORTRAIT, LANDSCAPE = (1080, 1920), (1920, 1080)
PATIENCE_MS = 20_000
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
EXPECTED_TROUBLE = re.compile(r"Failed to load resource: net::ERR_INTERNET_DISCONNECTED")
"""What Chromium itself writes while a test has taken the network away."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(ARGUMENTS)
        )
        try:
            yield browser
        finally:
            browser.close()


class Kiosk:
    """One page. ``answers``: what it posted to a screen's question, signs of life left out."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: list[dict[str, Any]] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._noted)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not EXPECTED_TROUBLE.match(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def _noted(self, request: Request) -> None:
        if request.url.endswith("/api/citizen/answers"):
            answer = json.loads(request.post_data or "{}")
            if answer["action"] not in ("stay", "comfort"):
                self.answers.append(answer)

    def open(self, address: str) -> None:
        """Open the printed address, as a new document."""
        self.page.goto("about:blank")
        self.page.goto(address)

    def button(self, label: str) -> Locator:
        """The one button whose name holds these words."""
        return self.page.get_by_role("button", name=label)

    def tap(self, *labels: str) -> None:
        """Touch one button after the other, each when it is there."""
        for label in labels:
            self.button(label).click()

    def sees(self, words: str) -> None:
        """Wait until these words are on the screen."""
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)

    def at(self, title: str) -> None:
        """Wait until the screen's title is this."""
        heading = self.page.get_by_role("heading", level=1)
        expect(heading).to_contain_text(title, timeout=PATIENCE_MS)

    @property
    def title(self) -> str:
        """The screen's title."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def type(self, keys: Sequence[str]) -> None:
        """Touch keys of the keyboard on the screen."""
        for key in keys:
            self.page.get_by_role("button", name=key, exact=True).click()

    def write(self, pinyin: str, characters: str) -> None:
        """Type Pinyin and choose the characters among what is offered."""
        self.type(pinyin)
        self.page.get_by_role("group", name="选字").get_by_role(
            "button", name=characters, exact=True
        ).click()

    def residue(self) -> str:
        """All that the page still holds or shows, as one text to search in."""
        held: str = self.page.evaluate(
            """async () => JSON.stringify([
                document.documentElement.outerHTML,
                [...document.querySelectorAll("input")].map((field) => field.value),
                {...localStorage}, {...sessionStorage},
                window.name, history.state, location.href, document.title, document.cookie,
                getSelection().toString(),
                await indexedDB.databases(), await caches.keys(),
                performance.getEntries().map((entry) => entry.name),
            ])"""
        )
        return held


@contextmanager
def watched(browser: Browser, size: tuple[int, int]) -> Iterator[BrowserContext]:
    """A context in which what the security policy stops is complained of."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", has_touch=True
    )
    context.add_init_script(WATCH_POLICY)
    try:
        yield context
    finally:
        context.close()
