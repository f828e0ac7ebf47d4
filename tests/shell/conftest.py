"""A display without a screen, and the real window on it. Ended by process id."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field

import pytest

from kiosk_app.shell import Gui, Order, Refusal, Report, WindowProcess

WIDTH, HEIGHT = 1080, 1920


@dataclass(frozen=True)
class Display:
    """An X server of the test's own, with a window manager."""

    name: str

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.name}

    def run(self, *command: str) -> str:
        """Run a program on this display and return what it prints."""
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, encoding="utf-8"
        ).stdout

    def windows(self) -> list[str]:
        """Return the ids of the visible windows of the terminal."""
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "Yimen"],
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return found.stdout.split()

    def geometry(self, window: str) -> tuple[int, int, int, int]:
        """Return x, y, width and height of a window in pixels."""
        lines = self.run("xdotool", "getwindowgeometry", "--shell", window).splitlines()
        values = dict(line.split("=") for line in lines)
        return int(values["X"]), int(values["Y"]), int(values["WIDTH"]), int(values["HEIGHT"])

    def press(self, *keys: str) -> None:
        """Press keys or chords, as xdotool names them."""
        self.run("xdotool", "key", "--delay", "30", *keys)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Click at a place on the screen."""
        self.run("xdotool", "mousemove", str(x), str(y), "click", str(button))

    def picture(self) -> bytes:
        """Return what the screen shows as a PNG."""
        command = ["import", "-window", "root", "png:-"]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True).stdout

    def pixels(self) -> str:
        """Return a digest of what the screen shows."""
        return self.run("import", "-window", "root", "-format", "%#", "info:-")


@contextlib.contextmanager
def running(command: list[str], **options: object) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def x_server(width: int, height: int) -> Iterator[Display]:
    """Start Xvfb on a display number that it finds free."""
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{width}x{height}x24"]
    with running([*command, "-nolisten", "tcp"], pass_fds=[write_end]):
        os.close(write_end)
        with os.fdopen(read_end) as number:
            yield Display(f":{int(number.readline())}")


@pytest.fixture(scope="session")
def bare_display() -> Iterator[Display]:
    """A display without a window manager."""
    with x_server(WIDTH, HEIGHT) as display:
        yield display


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    """A portrait display with openbox, as on a terminal."""
    with (
        x_server(WIDTH, HEIGHT) as display,
        running(["openbox", "--sm-disable"], env=display.environment),
    ):
        until(lambda: "_NET_SUPPORTING_WM_CHECK(WINDOW)" in display.run("xprop", "-root"))
        yield display


def until(condition: Callable[[], bool], deadline_s: float = 40) -> None:
    """Wait until a condition holds."""
    ends = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


async def until_async(condition: Callable[[], bool], deadline_s: float = 40) -> None:
    """Wait until a condition holds, while the event loop runs."""
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110 -- what is waited for sets no event
            await asyncio.sleep(0.05)


@dataclass
class OpenWindow:
    """The real window, and what it reported."""

    process: WindowProcess
    display: Display
    reports: list[Report] = field(default_factory=list)

    @property
    def refusals(self) -> list[Refusal | None]:
        return [report.refusal for report in self.reports if report.event == "refused"]

    @property
    def loads(self) -> int:
        return sum(report.event == "loaded" for report in self.reports)


@contextlib.asynccontextmanager
async def open_window(url: str, display: Display) -> AsyncIterator[OpenWindow]:
    """Open the real window on a page and a display, and close it afterwards."""
    reports: list[Report] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISPLAY", display.name)
        process = await WindowProcess.open(Order(url=url, gui=Gui.GTK), reports.append)
    try:
        window = OpenWindow(process, display, reports)
        await until_async(lambda: window.loads > 0 and len(display.windows()) > 0)
        yield window
    finally:
        await process.stop()
