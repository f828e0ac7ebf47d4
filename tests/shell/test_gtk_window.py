"""The real window: pywebview on WebKitGTK, on a display without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kiosk_app.shell import Refusal
from tests.shell.conftest import HEIGHT, WIDTH, Display, OpenWindow, open_window, until_async
from tests.shell.page_server import Page, serve_page

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINK_X, OUT_Y, BLANK_Y, SAVE_Y, FIELD_Y = 40, 90, 130, 170, 220


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with serve_page() as page:
        yield page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(page: Page, display: Display) -> AsyncIterator[OpenWindow]:
    async with open_window(f"{page.url}#t=secret", display) as window:
        yield window


async def run(page: Page, script: str) -> str:
    return await asyncio.to_thread(page.run, script)


async def expect(window: OpenWindow, refusal: Refusal, before: int) -> None:
    await until_async(lambda: refusal in window.refusals[before:], 5)


async def assert_nothing_moved(page: Page, window: OpenWindow) -> None:
    assert await run(page, "location.href") == f"{page.url}#t=secret"
    assert page.visits == ["/", "/orders"]
    assert len(page.heard("started")) == 1
    assert len(window.display.windows()) == 1


async def test_it_fills_the_screen(page: Page, window: OpenWindow) -> None:
    (only,) = window.display.windows()
    await until_async(lambda: window.display.geometry(only) == (0, 0, WIDTH, HEIGHT))
    assert window.reports[0].full_screen is True
    assert await run(page, "[innerWidth, innerHeight].join('x')") == f"{WIDTH}x{HEIGHT}"


async def test_without_a_window_manager_it_is_as_large_as_the_screen(bare_display: Display) -> None:
    with serve_page() as page:
        async with open_window(page.url, bare_display) as window:
            assert window.reports[0].full_screen is False
            (only,) = bare_display.windows()
            assert bare_display.geometry(only) == (0, 0, WIDTH, HEIGHT)


async def test_the_launch_token_is_in_no_command_line(window: OpenWindow) -> None:
    for name in ("cmdline", "environ"):
        listing = await asyncio.to_thread(Path(f"/proc/{window.process.pid}/{name}").read_bytes)
        assert b"kiosk_app.shell" in listing or name == "environ"
        assert b"secret" not in listing


@pytest.mark.parametrize(
    "script",
    [
        "void (location.href = '/elsewhere')",
        "void location.replace('/elsewhere')",
        "void (location.href = 'http://localhost:8088/')",
        "void (location.href = 'https://example.org/')",
        "void (location.href = 'data:text/html,out')",
        "void (location.href = URL.createObjectURL(new Blob(['out'], {type: 'text/html'})))",
        "void (location.href = '/file')",
        "void document.getElementById('out').click()",
        "void document.getElementById('save').click()",
    ],
)
async def test_a_script_cannot_leave_the_page(page: Page, window: OpenWindow, script: str) -> None:
    before = len(window.refusals)
    await run(page, script)
    await expect(window, Refusal.NAVIGATION, before)
    await assert_nothing_moved(page, window)


@pytest.mark.parametrize(
    "script",
    [
        "void (location.href = 'file:///etc/passwd')",
        "void window.open('/elsewhere')",
        "void document.getElementById('blank').click()",
        "void window.print()",
        "void history.back()",
    ],
)
async def test_what_the_engine_refuses_itself_stays_refused(
    page: Page, window: OpenWindow, script: str
) -> None:
    before = window.display.pixels()
    await run(page, script)
    await asyncio.sleep(0.5)
    await assert_nothing_moved(page, window)
    assert window.display.pixels() == before


@pytest.mark.parametrize(
    ("script", "refusal"),
    [
        ("void alert('a dialog')", Refusal.DIALOG),
        ("String(confirm('a dialog'))", Refusal.DIALOG),
        ("void navigator.geolocation.getCurrentPosition(() => 0)", Refusal.PERMISSION),
    ],
)
async def test_a_script_opens_no_dialog(
    page: Page, window: OpenWindow, script: str, refusal: Refusal
) -> None:
    before = len(window.refusals)
    assert await run(page, script) in ("undefined", "false")
    await expect(window, refusal, before)
    await assert_nothing_moved(page, window)


@pytest.mark.parametrize(
    ("y", "button", "refusal"),
    [
        (OUT_Y, 1, Refusal.NAVIGATION),
        (OUT_Y, 2, Refusal.NAVIGATION),
        (BLANK_Y, 1, Refusal.NEW_WINDOW),
        (SAVE_Y, 1, Refusal.NAVIGATION),
    ],
)
async def test_a_touched_link_leads_nowhere(
    page: Page, window: OpenWindow, y: int, button: int, refusal: Refusal
) -> None:
    before = len(window.refusals)
    window.display.click(LINK_X, y, button)
    await expect(window, refusal, before)
    await assert_nothing_moved(page, window)


async def test_a_right_click_opens_no_menu(page: Page, window: OpenWindow) -> None:
    before = window.display.pixels()
    window.display.click(600, 900, button=3)
    await until_async(lambda: page.heard("menu") == ["asked"], 5)
    await asyncio.sleep(0.5)
    assert window.display.pixels() == before


async def test_the_page_has_no_bridge_to_the_window(page: Page, window: OpenWindow) -> None:
    names = "[typeof window.pywebview, typeof window.webkit?.messageHandlers?.jsBridge]"
    assert await run(page, names) == "undefined,undefined"


CHORDS = [
    *("ctrl+n", "ctrl+t", "ctrl+w", "ctrl+q", "ctrl+l", "ctrl+o", "ctrl+p", "ctrl+s", "ctrl+u"),
    *("ctrl+r", "ctrl+a", "ctrl+c", "ctrl+plus", "ctrl+minus", "ctrl+0", "ctrl+shift+i"),
    *("alt+Left", "alt+Right", "F1", "F5", "F7", "F11", "F12", "Escape", "Menu"),
]


async def test_keys_write_and_do_no_more(page: Page, window: OpenWindow) -> None:
    zoom = "[innerWidth, devicePixelRatio, visualViewport.scale].join()"
    before, zoomed = len(window.refusals), await run(page, zoom)
    window.display.click(100, FIELD_Y)
    window.display.press(*CHORDS)
    window.display.press("a", "B", "7", "BackSpace", "x")
    await until_async(lambda: page.heard("typed")[-1:] == ["aBx"], 5)
    refused = [Refusal.KEY] * len(CHORDS)
    await until_async(lambda: window.refusals[before:] == refused, 5)
    assert await run(page, zoom) == zoomed
    await assert_nothing_moved(page, window)


async def test_the_window_manager_cannot_close_it(page: Page, window: OpenWindow) -> None:
    before = len(window.refusals)
    window.display.press("alt+F4")
    await expect(window, Refusal.CLOSE, before)
    await assert_nothing_moved(page, window)


async def test_control_and_the_wheel_do_not_zoom(page: Page, window: OpenWindow) -> None:
    before = len(window.refusals)
    window.display.run("xdotool", "mousemove", "300", "600", "keydown", "ctrl", "click", "4")
    window.display.run("xdotool", "keyup", "ctrl")
    await expect(window, Refusal.GESTURE, before)
    assert await run(page, "visualViewport.scale") == "1"


async def test_it_ends_with_its_engine_when_told(display: Display) -> None:
    with serve_page() as page:
        async with open_window(page.url, display) as window:
            assert 0 < window.process.memory_mib() < 600
            await window.process.stop()
            assert not window.process.alive
            assert window.process.memory_mib() == 0
