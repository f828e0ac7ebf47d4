"""The service's side of the window: starts it, watches it, starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from kiosk_app.shell.contract import ExitStatus, Order, Report

log = structlog.get_logger(__name__)

HOPELESS = frozenset({ExitStatus.NO_DISPLAY, ExitStatus.NO_TOOLKIT})
"""Ends that starting again would not change."""


def has_display() -> bool:
    """Tell whether this process was given a display to open windows on."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class WindowProcess:
    """One run of the window; made by ``open``."""

    def __init__(
        self, process: asyncio.subprocess.Process, on_report: Callable[[Report], None]
    ) -> None:
        self._process = process
        self._on_report = on_report
        self._reports = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, order: Order, on_report: Callable[[Report], None]) -> WindowProcess:
        """Start a window.

        Args:
            order: What to show.
            on_report: Called with each report of the window.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kiosk_app.shell",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        if process.stdin is not None:
            # The pipe stays open: its end tells the window that the service is gone.
            process.stdin.write(order.model_dump_json().encode() + b"\n")
        return cls(process, on_report)

    @property
    def pid(self) -> int:
        """The window's process id, which is its session's id as well."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the window's process runs."""
        return self._process.returncode is None

    async def _read(self) -> None:
        if self._process.stdout is not None:
            async for line in self._process.stdout:
                self._on_report(Report.model_validate_json(line))

    async def wait(self) -> ExitStatus | None:
        """Wait for the end; return why, or None when the window itself crashed."""
        status = await self._process.wait()
        await self._reports
        return ExitStatus(status) if status in set(ExitStatus) else None

    async def stop(self, patience_s: float = 3.0) -> None:
        """End the window and every process of its engine."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for process in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(process.name), sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), patience_s)

    def memory_mib(self) -> float:
        """Return the proportional set size of the window and its engine, in MiB."""
        return sum(map(_pss_kib, self.processes())) / 1024

    def processes(self) -> Iterator[Path]:
        """Yield the folders under /proc of the window and its engine (proc(5), stat, field 6).

        One that has ended and only waits to be reaped is none.
        """
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text("utf-8").rpartition(")")[2].split()
                if int(fields[3]) == self.pid and fields[0] != "Z":
                    yield stat.parent


def _pss_kib(process: Path) -> int:
    with contextlib.suppress(OSError):
        for line in (process / "smaps_rollup").read_text("utf-8").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


@dataclass(frozen=True)
class Watch:
    """What a window is held to; seconds and MiB."""

    silence_s: float = 10.0
    """How long the page may say nothing before its window is started again."""
    opening_s: float = 20.0
    """How long a new window may take until its page first speaks."""
    memory_mib: float = 900.0
    """Beyond this, the window is started again at the next quiet moment."""
    interval_s: float = 2.0
    longest_pause_s: float = 60.0
    """Starting again waits 1 s, then twice as long each time, up to this."""


class WindowKeeper:
    """Keeps a window on the screen for as long as it runs.

    Args:
        order: What to show.
        silence: Gives the seconds since the page last spoke to the service.
        quiet: Tells whether nobody is at the terminal, so that a new window disturbs no one.
        watch: What the window is held to.
    """

    def __init__(
        self,
        order: Order,
        *,
        silence: Callable[[], float],
        quiet: Callable[[], bool] = lambda: True,
        watch: Watch = Watch(),
    ) -> None:
        self._order = order
        self._silence = silence
        self._quiet = quiet
        self._watch = watch
        self.restarts = 0
        self.window: WindowProcess | None = None

    async def run(self) -> ExitStatus:
        """Keep the window until cancelled; return only where no window can be had."""
        pause = 1.0
        while True:
            started = time.monotonic()
            ended = await self._run_once()
            if ended in HOPELESS:
                return ended
            self.restarts += 1
            if time.monotonic() - started > self._watch.longest_pause_s:
                pause = 1.0
            log.warning("window-restart", ended=ended, pause_s=pause, restarts=self.restarts)
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._watch.longest_pause_s)

    async def _run_once(self) -> ExitStatus | None:
        self.window = window = await WindowProcess.open(self._order, self._note)
        try:
            end = asyncio.ensure_future(window.wait())
            failing = asyncio.ensure_future(self._until_failing(window))
            done, _ = await asyncio.wait({end, failing}, return_when=asyncio.FIRST_COMPLETED)
            failing.cancel()
            return end.result() if end in done else None
        finally:
            await window.stop()
            self.window = None

    async def _until_failing(self, window: WindowProcess) -> None:
        started = time.monotonic()
        while True:
            await asyncio.sleep(self._watch.interval_s)
            age = time.monotonic() - started
            if age > self._watch.opening_s and self._silence() > self._watch.silence_s:
                log.warning("window-silent")
                return
            if self._quiet() and await asyncio.to_thread(self._too_big, window):
                log.warning("window-too-big")
                return

    def _too_big(self, window: WindowProcess) -> bool:
        return window.memory_mib() > self._watch.memory_mib

    def _note(self, report: Report) -> None:
        if report.event == "refused":
            log.info("window-refused", refusal=report.refusal)
        else:
            log.info(f"window-{report.event}", full_screen=report.full_screen)
