"""The keeper starts the window again when it fails, and says so when there can be none."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable

import pytest

from kiosk_app.shell import ExitStatus, Gui, Order, Watch, WindowKeeper, WindowProcess, has_display
from tests.shell.conftest import Display, until_async
from tests.shell.page_server import serve_page


@contextlib.asynccontextmanager
async def kept(keeper: WindowKeeper) -> AsyncIterator[asyncio.Task[ExitStatus]]:
    task = asyncio.create_task(keeper.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


def pid_of(window: WindowProcess, name: str) -> int:
    """Return the id of the one process of a window's engine with a name."""
    (folder,) = (
        folder
        for folder in window.processes()
        if (folder / "comm").read_text("utf-8").strip() == name
    )
    return int(folder.name)


async def test_without_a_display_there_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_display()
    keeper = WindowKeeper(Order(url="http://127.0.0.1:1/", gui=Gui.GTK), silence=lambda: 0)
    assert await asyncio.wait_for(keeper.run(), 20) is ExitStatus.NO_DISPLAY
    assert keeper.restarts == 0


async def test_a_display_that_is_gone_is_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4999")
    keeper = WindowKeeper(Order(url="http://127.0.0.1:1/", gui=Gui.GTK), silence=lambda: 0)
    assert await asyncio.wait_for(keeper.run(), 20) is ExitStatus.NO_DISPLAY


@pytest.mark.parametrize("crashed", ["page", "window"])
async def test_a_crash_brings_a_new_window(
    display: Display, monkeypatch: pytest.MonkeyPatch, crashed: str
) -> None:
    monkeypatch.setenv("DISPLAY", display.name)
    with serve_page() as page:
        keeper = WindowKeeper(Order(url=page.url), silence=lambda: 0)
        async with kept(keeper):
            await until_async(lambda: len(page.heard("started")) == 1)
            first = keeper.window
            assert first is not None
            victim = first.pid if crashed == "window" else pid_of(first, "WebKitWebProces")
            os.kill(victim, signal.SIGKILL)
            await until_async(lambda: len(page.heard("started")) == 2)
            assert keeper.restarts == 1
            await until_async(lambda: list(first.processes()) == [], 5)
            second = keeper.window
            assert second is not None
        await until_async(lambda: list(second.processes()) == [], 5)


async def test_a_page_that_falls_silent_gets_a_new_window(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display.name)
    with serve_page() as page:
        keeper = WindowKeeper(
            Order(url=page.url),
            silence=lambda: 9.0 if page.heard("started") and keeper.restarts == 0 else 0.0,
            watch=Watch(silence_s=0.5, opening_s=0.5, interval_s=0.1),
        )
        async with kept(keeper):
            await until_async(lambda: len(page.heard("started")) == 2)
            assert keeper.restarts == 1


@pytest.mark.parametrize(("quiet", "restarts"), [(True, True), (False, False)])
async def test_a_window_that_grew_too_big_waits_for_a_quiet_moment(
    display: Display, monkeypatch: pytest.MonkeyPatch, quiet: bool, restarts: bool
) -> None:
    monkeypatch.setenv("DISPLAY", display.name)
    with serve_page() as page:
        keeper = WindowKeeper(
            Order(url=page.url),
            silence=lambda: 0,
            quiet=lambda: quiet and len(page.heard("started")) > 0,
            watch=Watch(memory_mib=10, interval_s=0.2),
        )
        async with kept(keeper):
            await until_async(lambda: len(page.heard("started")) == 1)
            await settle(lambda: keeper.restarts > 0, 2.0)
            assert (keeper.restarts > 0) is restarts


async def settle(condition: Callable[[], bool], seconds: float) -> None:
    """Give a condition some time to come true."""
    with contextlib.suppress(TimeoutError):
        await until_async(condition, seconds)


async def test_a_page_that_cannot_be_reached_is_tried_again(
    display: Display, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", display.name)
    with serve_page() as page:
        gone = page.url
    keeper = WindowKeeper(Order(url=gone), silence=lambda: 0)
    async with kept(keeper) as task:
        await until_async(lambda: keeper.restarts == 1)
        assert not task.done()
