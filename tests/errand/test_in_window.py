"""``yimen run`` with its real window: a certificate is taken in WebKitGTK, and nothing is left."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser

from tests.errand.kiosk import PORTRAIT, Kiosk, watched
from tests.shell.conftest import Display, display, until

__all__ = ["display"]

ROOT = Path(__file__).parents[2]
YIMEN = [sys.executable, "-m", "kiosk_app.cli"]
MARK = "YIMEN_TEST_MARK"
WHOLE, TITLE = (0, 0, 1080, 1920), (0, 180, 1080, 400)
"""Parts of the screen in pixels. The title is under the line of steps."""
ALIKE = {WHOLE: 6.0, TITLE: 3.0}
"""Mean difference of two pictures, 0 to 255, up to which a part shows the same. Seen: up to 2.2
and 0.9, as the engines smooth letters in different ways and things move; 7 for another title."""
COARSE = 8
"""Pixels, across and down, that are seen as one."""
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/#t=(\S+)")


@dataclass
class Yimen:
    """A ``yimen run`` of the test's own, as a terminal starts a command: in a session of its own,
    so that Ctrl-C reaches all that is in its process group."""

    process: subprocess.Popen[bytes]
    output: Path
    mark: str
    seen: dict[int, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """All that it has printed."""
        return self.output.read_text(encoding="utf-8")

    def says(self, words: str, deadline_s: float = 60) -> None:
        """Wait until it has printed these words."""

        def told() -> bool:
            assert self.process.poll() is None or words in self.said, self.said
            return words in self.said

        until(told, deadline_s)

    @property
    def page(self) -> str:
        """The address of the citizen's page, with the token."""
        found = ADDRESS.search(self.said)
        assert found is not None, self.said
        return found.group()

    @property
    def url(self) -> str:
        return self.page.partition("/#t=")[0]

    def post(self, path: str, body: dict[str, Any]) -> None:
        """Ask the rehearsal's side of the service."""
        token = self.page.partition("/#t=")[2]
        headers = {"X-Yimen-Token": token}
        httpx.post(self.url + path, json=body, headers=headers, trust_env=False).raise_for_status()

    def state(self) -> dict[str, Any]:
        """What lies on the reader and in the tray."""
        headers = {"X-Yimen-Token": self.page.partition("/#t=")[2]}
        response = httpx.get(f"{self.url}/api/virtual/state", headers=headers, trust_env=False)
        devices: dict[str, Any] = response.json()["devices"]
        return devices

    def act(self, role: str, action: str, **arguments: Any) -> None:
        """Move a card or a paper."""
        body = {"role": role, "action": action, "arguments": arguments}
        self.post("/api/virtual/act", body)

    def family(self) -> dict[int, str]:
        """All processes that it started, directly or not, with their command lines.

        Those in a session of their own are found by the environment that they inherit, those that
        were given another environment by their parents.
        """
        found = {self.process.pid: "yimen"}
        parents = dict(_parents())
        for pid in parents:
            if _environment(pid).get(MARK) == self.mark or _descends(pid, parents, found):
                found[pid] = _command(pid)
        self.seen |= found
        return found

    def left(self) -> dict[int, str]:
        """Of all that was ever seen of it, what still runs."""
        self.family()
        return {
            pid: command
            for pid, command in self.seen.items()
            if pid != self.process.pid and command and _command(pid) == command
        }

    def leaves_nothing(self) -> None:
        """Wait until nothing of it runs any more."""
        with contextlib.suppress(AssertionError):
            until(lambda: not self.left(), 10)
        assert self.left() == {}


def _parents() -> Iterator[tuple[int, int]]:
    """Process and parent (proc(5), stat, field 4), zombies left out."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            yield int(stat.parent.name), int(fields[1])


def _descends(pid: int, parents: dict[int, int], ancestors: dict[int, str]) -> bool:
    while pid in parents:
        if pid in ancestors:
            return True
        pid = parents[pid]
    return False


def _environment(pid: int) -> dict[str, str]:
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return {}
    return dict(word.split("=", 1) for word in words if "=" in word)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


@contextmanager
def yimen(folder: Path, name: str, *arguments: str, display: Display | None) -> Iterator[Yimen]:
    """Run ``yimen run --virtual`` while the block lasts."""
    mark, output = uuid.uuid4().hex, folder / f"{name}.txt"
    environment = {**os.environ, MARK: mark}
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(variable, None)
    if display is not None:
        environment["DISPLAY"] = display.name
    command = [*YIMEN, "--run-dir", str(folder / "run"), "run", "--virtual"]
    if "--port" not in arguments:
        arguments = (*arguments, "--port", "0")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    started = Yimen(process, output, mark)
    try:
        yield started
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


def ctrl_c(running: Yimen) -> int:
    """Press Ctrl-C in the terminal that it was started from; returns its exit status."""
    os.killpg(running.process.pid, signal.SIGINT)
    return running.process.wait(20)


class Window:
    """The window, with a page in Chromium beside it that shows where things are.

    The page beside never answers; the window alone is touched.
    """

    def __init__(self, display: Display, beside: Kiosk, pictures: Path) -> None:
        self.display = display
        self.beside = beside
        self._pictures = pictures
        self._count = 0

    def shows(self, title: str) -> None:
        """Wait until both show the screen of this title; keep their pictures."""
        self.beside.at(title)
        self._count += 1
        until(self._alike, 20)

    def _alike(self) -> bool:
        shown, expected = self.display.picture(), self.beside.page.screenshot(type="jpeg")
        (self._pictures / f"{self._count:02}-window.png").write_bytes(shown)
        (self._pictures / f"{self._count:02}-beside.jpeg").write_bytes(expected)
        return all(difference(shown, expected, part) < most for part, most in ALIKE.items())

    def tap(self, label: str) -> None:
        """Touch the window where the page beside has this button."""
        button = self.beside.button(label)
        button.wait_for()
        until(button.is_enabled)
        box = button.bounding_box()
        assert box is not None
        self.display.click(round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2))


def difference(one: bytes, other: bytes, part: tuple[int, int, int, int]) -> float:
    """How far a part of two pictures differs, seen coarsely."""
    coarse = [
        Image.open(io.BytesIO(each)).convert("L").crop(part).reduce(COARSE) for each in (one, other)
    ]
    return ImageStat.Stat(ImageChops.difference(*coarse)).mean[0]


CHORDS: Sequence[str] = (
    *(f"F{number}" for number in range(1, 13)),
    *(f"ctrl+{key}" for key in ("n", "t", "w", "o", "p", "s", "r", "u", "f", "q")),
    *("ctrl+plus", "ctrl+minus", "ctrl+0", "ctrl+shift+i", "alt+F4", "alt+Left", "alt+Right"),
    *("alt+space", "Escape", "Menu", "shift+F10", "XF86Back"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("window")


@pytest.fixture(scope="module")
def terminal(folder: Path, display: Display) -> Iterator[Yimen]:
    """A terminal with its window open."""
    with yimen(folder, "first", "--gui", "gtk", display=display) as running:
        running.says("ready")
        running.says("window-loaded")
        yield running


@pytest.fixture
def window(terminal: Yimen, display: Display, browser: Browser, folder: Path) -> Iterator[Window]:
    with watched(browser, PORTRAIT) as context:
        beside = Kiosk(context.new_page())
        beside.open(terminal.page)
        yield Window(display, beside, folder)
        assert (beside.answers, beside.complaints) == ([], [])


def test_a_certificate_is_taken_in_the_window(terminal: Yimen, window: Window) -> None:
    window.shows("今天办什么事")
    window.tap("开始办理")
    window.shows("请出示一种证件")
    terminal.act("id-card-reader", "place", resident=1)
    window.shows("给谁查")
    assert_locked(terminal, window)
    window.tap("只查我自己")
    window.shows("查哪些地方")
    assert_back_after_a_crash(terminal, window)
    window.tap("选好了")
    window.shows("拿去做什么用")
    window.tap("子女入学")
    window.shows("交给哪个单位")
    window.tap("普宁市教育局")
    window.shows("请核对")
    window.tap("打印 1 份")
    window.shows("请取走您的东西")
    (sheet,) = terminal.state()["document-printer"]["tray"]
    assert (sheet["pages"], sheet["blank"]) == (1, False)
    terminal.act("id-card-reader", "remove")
    terminal.act("document-printer", "take")
    window.tap("都拿好了")
    window.shows("办好了")
    window.tap("完成")
    window.shows("今天办什么事")


def assert_locked(terminal: Yimen, window: Window) -> None:
    """No key and no menu leads out of the window, or does anything to the screen."""
    display = window.display
    before = display.windows(), terminal.said.count("window-loaded")
    display.press(*CHORDS)
    for button in (2, 3, 8, 9):
        display.click(540, 700, button=button)
    until(lambda: terminal.said.count("window-refused") >= len(CHORDS) // 2)
    assert (display.windows(), terminal.said.count("window-loaded")) == before
    window.shows(window.beside.title)


def assert_back_after_a_crash(terminal: Yimen, window: Window) -> None:
    """A killed web process costs seconds, not the errand."""
    loads = terminal.said.count("window-loaded")
    (web,) = [pid for pid, command in terminal.family().items() if "WebKitWebProcess" in command]
    os.kill(web, signal.SIGKILL)
    until(lambda: terminal.said.count("window-loaded") > loads, 15)
    window.shows(window.beside.title)


def test_a_second_terminal_is_refused(terminal: Yimen, folder: Path) -> None:
    with yimen(folder, "second", display=None) as other:
        assert other.process.wait(30) not in (0, None)
        assert f"a terminal is running here already, at {terminal.url}" in other.said
        assert "Traceback" not in other.said


def test_ctrl_c_leaves_nothing(terminal: Yimen, display: Display) -> None:
    commands = " ".join(terminal.family().values())
    for program in ("WebKitWebProcess", "cupsd", "ippeveprinter", "room", "reference_server"):
        assert program in commands
    assert ctrl_c(terminal) == 0
    terminal.leaves_nothing()
    assert display.windows() == []
    assert "Traceback" not in terminal.said


def test_a_killed_terminal_comes_back(
    terminal: Yimen, display: Display, browser: Browser, folder: Path
) -> None:
    """Its window goes with it and comes with the next; a browser's page forgets what it showed."""
    assert terminal.process.poll() == 0
    port = terminal.url.rpartition(":")[2]
    with (
        watched(browser, PORTRAIT) as context,
        yimen(folder, "killed", "--gui", "gtk", "--port", port, display=display) as killed,
    ):
        page = Kiosk(context.new_page())
        killed.says("ready")
        killed.says("window-loaded")
        page.open(killed.page)
        page.tap("开始办理")
        page.at("请出示一种证件")
        killed.family()
        killed.process.kill()
        killed.process.wait()
        killed.leaves_nothing()
        assert display.windows() == []
        page.sees("正在重新连接")
        with yimen(folder, "next", "--gui", "gtk", "--port", port, display=display) as following:
            following.says("window-loaded")
            page.sees("请稍候 · One moment")
            assert page.page.get_by_role("heading", level=1).count() == 0
            page.open(following.page)
            Window(display, page, folder).shows("今天办什么事")
            following.family()
            assert ctrl_c(following) == 0
            following.leaves_nothing()


def test_without_a_display_it_says_so_and_serves_the_page(folder: Path) -> None:
    with yimen(folder, "served", display=None) as served:
        served.says("no window (there is no display): open the address in a browser")
        served.says("ready")
        page = httpx.get(served.url, trust_env=False)
        assert (page.status_code, "<script" in page.text) == (200, True)
        served.family()
        assert ctrl_c(served) == 0
        served.leaves_nothing()
        assert "Traceback" not in served.said
