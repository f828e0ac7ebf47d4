"""The technician at the real window: in by a long press, a login by touch, and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, FloatRect, Route, expect

from kiosk_app.accounts.roles import Role
from kiosk_app.settings import Timers
from kiosk_app.workbench.bench import account_book
from tests.errand.kiosk import PATIENCE_MS, PORTRAIT, Kiosk, watched
from tests.errand.steps import WELCOME
from tests.errand.test_in_window import Window, Yimen, difference, yimen
from tests.shell.conftest import Display, display, until

__all__ = ["display"]

HERS, BESIDE, PASSWORD = "wang", "zhou", "seven brooms 42"
LOGIN, BACK = "登录后维护这台终端", "返回市民页面"
ALIKE, DIFFERENT = 4.0, 8.0
"""How far that part of two screens may differ, and how far login and devices do at least.
Seen: up to 1.9, and 12.8."""
UPPER = (0, 140, 1080, 440)
HELD_S = 5.5
MISSED_S = Timers().page_silence + 4
"""A window that says nothing for so long is started again: silence, and one look in two seconds."""


@pytest.fixture
def terminal(tmp_path: Path, display: Display) -> Iterator[Yimen]:
    with yimen(tmp_path, "technician", "--gui", "gtk", display=display) as running:
        running.says("ready")
        running.says("window-loaded")
        yield running


@pytest.fixture
def window(terminal: Yimen, display: Display, browser: Browser, tmp_path: Path) -> Iterator[Window]:
    """The page beside gives no sign of life: the window's own alone counts."""
    with watched(browser, PORTRAIT) as context:
        context.route("**/api/citizen/heartbeat", silently)
        beside = Kiosk(context.new_page())
        beside.open(terminal.page)
        yield Window(display, beside, tmp_path)
        assert (beside.answers, beside.complaints) == ([], [])


def silently(route: Route) -> None:
    route.fulfill(status=204)


def hold(window: Window, terminal: Yimen) -> None:
    """Hold the door mark, in the window until it has gone to the other page, and beside."""
    loads = terminal.said.count("window-loaded")
    box = window.beside.page.locator(".mark").first.bounding_box()
    assert box is not None
    x, y = round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)
    window.display.run("xdotool", "mousemove", str(x), str(y), "mousedown", "1")
    window.beside.page.mouse.move(x, y)
    window.beside.page.mouse.down()
    window.beside.page.wait_for_timeout(HELD_S * 1000)
    window.beside.page.mouse.up()
    until(lambda: terminal.said.count("window-loaded") > loads, 10)
    window.display.run("xdotool", "mouseup", "1")


def press(window: Window, label: str) -> None:
    """Touch what has this label, in the window alone."""
    page = window.beside.page
    keys = page.get_by_role("group", name="屏幕键盘")
    found = keys.get_by_role("button", name={" ": "空格"}.get(label, label), exact=True)
    box = (found if len(label) == 1 else page.get_by_label(label, exact=True)).bounding_box()
    assert box is not None
    touch(window, box)


def touch(window: Window, box: FloatRect) -> None:
    """Touch the middle of it, in the window alone."""
    window.display.click(round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2))


def fill_both(window: Window, secrets: dict[str, str]) -> None:
    """Type the login: by the keys on the screen in the window, at once beside."""
    fields = {
        "账号": (HERS, BESIDE),
        "密码": (PASSWORD, PASSWORD),
        "六位验证码 手机验证器上显示的": (
            pyotp.TOTP(secrets[HERS]).now(),
            pyotp.TOTP(secrets[BESIDE]).now(),
        ),
    }
    for label, (typed, filled) in fields.items():
        for each in (label, *typed):
            press(window, each)
        window.beside.page.get_by_label(label, exact=True).fill(filled)


def apart(window: Window) -> float:
    """How far the two screens differ where the first devices stand; a login leaves it empty."""
    return difference(window.display.picture(), window.beside.page.screenshot(type="jpeg"), UPPER)


def test_in_by_the_door_mark_and_back(terminal: Yimen, window: Window, tmp_path: Path) -> None:
    book = account_book(tmp_path / "run")
    secrets = {name: book.add(name, Role.TECHNICIAN, PASSWORD) for name in (HERS, BESIDE)}
    book.close()
    page, windows = window.beside.page, window.display.windows()
    loads = terminal.said.count("window-loaded")
    window.shows(WELCOME)
    hold(window, terminal)
    arrived = time.monotonic()
    window.shows(LOGIN)
    window.tap("打开屏幕键盘")
    window.beside.tap("打开屏幕键盘")
    window.shows(LOGIN)
    fill_both(window, secrets)
    enter = page.get_by_role("button", name="登录", exact=True).bounding_box()
    window.beside.tap("登录")
    expect(page.get_by_role("button", name="测试").first).to_be_visible(timeout=PATIENCE_MS)
    assert enter is not None
    assert apart(window) > DIFFERENT
    touch(window, enter)
    until(lambda: apart(window) < ALIKE)
    until(lambda: time.monotonic() - arrived > MISSED_S)
    window.tap(BACK)
    window.beside.tap(BACK)
    window.shows(WELCOME)
    assert window.display.windows() == windows
    assert "window-restart" not in terminal.said
    assert "window-refused" not in terminal.said
    assert terminal.said.count("window-loaded") == loads + 2
