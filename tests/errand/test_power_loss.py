"""The power fails in the middle of an errand: what the citizen sees, and what is left of it.

The terminal is the process that ``yimen run`` starts, with NUT's own server as its power supply.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from drivers.virtual.residents import resident
from kiosk_app.api.guard import TOKEN_HEADER
from kiosk_app.devices import PRINTER, READER
from kiosk_app.power import FAREWELL_S
from tests.errand.kiosk import PORTRAIT, Kiosk, watched
from tests.errand.steps import WELCOME, answer_the_rest
from tests.errand.test_in_browser import code_on
from tests.faults.invariants import audit_verifies, issued_once, nothing_personal

ROOT = Path(__file__).parents[2]
ON_BATTERY, ENDING = "停电了，机器在用电池", "电池快用完了，机器马上要关"
CLOSED = "这台机器暂时不能办事"
ENDS_S = 25.0
"""How long a terminal may take to put everything away."""


class Process:
    """A terminal in a process of its own, and the hands of whoever stands before it."""

    def __init__(self, process: subprocess.Popen[str], page: str) -> None:
        self.process = process
        self.page = page
        url, _, token = page.partition("/#t=")
        self._client = httpx.Client(
            base_url=url, headers={TOKEN_HEADER: token}, timeout=20, trust_env=False
        )

    def act(self, role: str, action: str, **arguments: Any) -> None:
        asked = {"role": role, "action": action, "arguments": arguments}
        self._client.post("/api/virtual/act", json=asked).raise_for_status()

    def fault(self, name: str, *, on: bool = True) -> None:
        asked = {"name": name, "on": on}
        self._client.post("/api/virtual/fault", json=asked).raise_for_status()

    def verdict(self, code: str) -> str:
        said = self._client.post("/api/verify/code", json={"code": code}).raise_for_status()
        return str(said.json()["verdict"])

    def code(self) -> str:
        """The QR code of the sheet in the tray."""
        state = self._client.get("/api/virtual/state").raise_for_status().json()
        (sheet,) = state["devices"][PRINTER]["tray"]
        return code_on(Path(sheet["png"]))


@contextmanager
def started(folder: Path) -> Iterator[Process]:
    """The terminal, ready to serve."""
    command = [sys.executable, "-m", "kiosk_app.cli", "--run-dir", str(folder), "run"]
    with subprocess.Popen(
        [*command, "--virtual", "--port", "0", "--gui", "none"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Process(process, _page(process))
        finally:
            process.terminate()


def _page(process: subprocess.Popen[str]) -> str:
    page = ""
    assert process.stdout is not None
    for line in process.stdout:
        if "citizen's page" in line:
            page = line.split()[-1]
        if line.startswith("ready"):
            return page
    raise AssertionError("the terminal ended before it was ready")


@contextmanager
def opened(browser: Browser, terminal: Process) -> Iterator[Kiosk]:
    with watched(browser, PORTRAIT) as context:
        kiosk = Kiosk(context.new_page())
        kiosk.open(terminal.page)
        kiosk.at(WELCOME)
        yield kiosk


def to_review(kiosk: Kiosk, terminal: Process) -> None:
    kiosk.tap("开始办理")
    kiosk.at("请出示一种证件")
    terminal.act(READER, "place", resident=1)
    kiosk.tap("只查我自己")
    answer_the_rest(kiosk)
    kiosk.at("请核对，没问题就打印")


def ended_cleanly(kiosk: Kiosk, terminal: Process, folder: Path, within_s: float) -> None:
    """It ended by itself, its records are closed, and its last screen holds nobody's data."""
    assert terminal.process.wait(within_s) == 0
    kiosk.at(CLOSED)
    kiosk.page.wait_for_timeout(2_500)  # the page has noticed that nobody serves it any more
    kiosk.at(CLOSED)
    assert kiosk.page.get_by_text("重新连接").count() == 0
    held, citizen = kiosk.residue(), resident(1)
    assert citizen.name not in held
    assert "名下无登记房屋" not in held
    assert [each for each in (folder / "records").rglob("*-wal") if each.stat().st_size] == []
    issued_once(folder)
    audit_verifies(folder)
    nothing_personal(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("power") / "run"


def test_who_does_not_finish_is_told_and_loses_nothing(browser: Browser, folder: Path) -> None:
    with started(folder) as terminal, opened(browser, terminal) as kiosk:
        to_review(kiosk, terminal)
        terminal.fault("ups-low-battery")
        kiosk.sees(ENDING)
        kiosk.at("请核对，没问题就打印")
        ended_cleanly(kiosk, terminal, folder, FAREWELL_S + ENDS_S)


def test_who_finishes_on_the_battery_goes_home_with_a_valid_paper(
    browser: Browser, folder: Path
) -> None:
    with started(folder) as terminal, opened(browser, terminal) as kiosk:
        to_review(kiosk, terminal)
        terminal.fault("ups-on-battery")
        kiosk.sees(ON_BATTERY)
        kiosk.tap("打印 1 份")
        kiosk.at("请取走您的东西")
        code = terminal.code()
        terminal.fault("ups-low-battery")
        kiosk.sees(ENDING)
        terminal.act(READER, "remove")
        terminal.act(PRINTER, "take")
        kiosk.tap("都拿好了", "完成")
        ended_cleanly(kiosk, terminal, folder, ENDS_S)
    with started(folder) as terminal, opened(browser, terminal) as kiosk:
        assert terminal.verdict(code) == "valid"
        to_review(kiosk, terminal)
        assert kiosk.page.get_by_text(ON_BATTERY).count() == 0


def test_power_that_comes_back_takes_the_warning_away(browser: Browser, folder: Path) -> None:
    with started(folder) as terminal, opened(browser, terminal) as kiosk:
        to_review(kiosk, terminal)
        for fault, words in (("ups-on-battery", ON_BATTERY), ("ups-low-battery", ENDING)):
            terminal.fault(fault)
            kiosk.sees(words)
        for fault in ("ups-low-battery", "ups-on-battery"):
            terminal.fault(fault, on=False)
        kiosk.page.get_by_role("alert").wait_for(state="detached")
        terminal.act(READER, "remove")
        kiosk.tap("退出")
        kiosk.at(WELCOME)
        assert terminal.process.poll() is None
