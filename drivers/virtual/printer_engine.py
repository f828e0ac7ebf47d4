"""The paper path of the virtual printer: takes a document, lays sheets into the tray, counts them.

What would be mechanics in a printer is here: the life-time counter, the sensors that give the
state reasons, the tray. It outlives the program, as a printer does: counter and tray are files.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from drivers.document_printer.reasons import parse_reason

SENSORS = {
    "printer-paper-out": "media-empty-error",
    "printer-paper-low": "media-low-warning",
    "printer-toner-low": "toner-low-warning",
    "printer-cover-open": "cover-open-error",
    "printer-output-full": "output-area-full-error",
    "printer-wrong-paper": "media-needed-error",
}
"""Switches that a sensor notices at once, and the state reason that it gives."""

MISHAPS = {
    "printer-paper-jam": "media-jam-error",
    "printer-paper-runs-out": "media-empty-error",
    "printer-toner-empty": "toner-empty-error",
}
"""Switches that strike while a sheet is printed, and the reason that stands from then on."""

_FIRST_COUNT = 4711
"""A counter that starts at 0 would hide the difference between "reset" and "new"."""
_SLOWER = 15
_RENDER_DPI = 110
_A4_AT_RENDER_DPI = (910, 1286)


class PrintEngine:
    """Sheets, tray and counter in ``folder``; faults are read from ``is_on`` as it prints.

    ``page_s`` is the time that one page takes. ``strike`` is called for the faults that reach
    beyond the paper path: with the fault's name, at the moment when it happens.
    """

    def __init__(
        self,
        folder: Path,
        page_s: float,
        is_on: Callable[[str], bool],
        strike: Callable[[str], None],
    ) -> None:
        self._tray = folder / "tray"
        self._taken = folder / "taken"
        self._counter_file = folder / "page-counter"
        self._page_s = page_s
        self._is_on = is_on
        self._strike = strike
        self._happened: set[str] = set()
        self._lock = threading.RLock()
        for each in (self._tray, self._taken):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def counter(self) -> int:
        """Impressions since the printer was made."""
        with self._lock:
            try:
                return int(self._counter_file.read_text(encoding="ascii"))
            except FileNotFoundError:
                return _FIRST_COUNT

    def reasons(self) -> tuple[str, ...]:
        """The state reasons that the sensors give now."""
        sensed = {reason for fault, reason in SENSORS.items() if self._is_on(fault)}
        struck = {MISHAPS[fault] for fault in self._happened}
        return tuple(sorted(sensed | struck))

    def settle(self, fault: str) -> None:
        """An operator has put right what ``fault`` did."""
        self._happened.discard(fault)

    def tray(self) -> list[dict[str, Any]]:
        """What lies in the tray, oldest first: id, pdf, png, pages, time, blank."""
        with self._lock:
            return _sheets(self._tray)

    def taken(self) -> list[dict[str, Any]]:
        """What has been taken from the tray."""
        with self._lock:
            return _sheets(self._taken)

    def take(self, sheet_id: str | None) -> list[str]:
        """Take one sheet, or all. Returns their ids; ``ValueError`` when there is no such sheet."""
        with self._lock:
            ids = [sheet["id"] for sheet in self.tray() if sheet_id in (None, sheet["id"])]
            if sheet_id is not None and not ids:
                raise ValueError(f"no sheet {sheet_id} in the tray")
            for each in ids:
                for file in sorted(self._tray.glob(f"{each}*"), reverse=True):
                    file.rename(self._taken / file.name)
            return ids

    def run(self, document: Path, say: Callable[[str], None]) -> int:
        """Print one document, as ``ippeveprinter -c`` runs a command (ippeveprinter(1)).

        ``say`` takes the lines for standard error. Returns the exit status: 0 means that the
        printer believes the job to be done. State reasons are not passed this way, as
        ``ippeveprinter`` would keep them, and hold later jobs until somebody fills in its web page.
        """
        pages = _page_count(document)
        if pages is None:
            say("ERROR: the document cannot be read")
            return 1
        say(f"ATTR: job-impressions={pages}")
        time.sleep(self._page_s * pages * (_SLOWER if self._is_on("printer-slow") else 1))
        try:
            return self._feed(document, pages, say)
        except (OSError, subprocess.SubprocessError) as error:
            say(f"ERROR: the sheet cannot be drawn: {type(error).__name__}")
            return 1

    def _feed(self, document: Path, pages: int, say: Callable[[str], None]) -> int:
        if self._is_on("printer-unplugged-mid-print"):
            self._strike("printer-unplugged-mid-print")
            return 1
        if self._is_on("printer-paper-jam"):
            return self._stop("printer-paper-jam")
        if self._is_on("printer-counter-reset"):
            self._count(-self.counter)
            self._strike("printer-counter-reset")
        if self._is_on("printer-swallowed"):
            say("ATTR: job-impressions-completed=0")
            return 0
        if self._is_on("printer-paper-runs-out"):
            self._lay_down(document, pages - 1, say)
            return self._stop("printer-paper-runs-out")
        self._lay_down(document, pages, say, copies=2 if self._is_on("printer-double") else 1)
        if self._is_on("printer-scheduler-killed-after-sheet"):
            self._strike("printer-scheduler-killed-after-sheet")
        return 0

    def _lay_down(
        self, document: Path, pages: int, say: Callable[[str], None], copies: int = 1
    ) -> None:
        blank = self._is_on("printer-toner-empty")
        if blank:
            self._happened.add("printer-toner-empty")
        if pages > 0:
            for _ in range(copies):
                self._put_sheet(document, pages, blank)
        say(f"ATTR: job-impressions-completed={pages * copies}")

    def _put_sheet(self, document: Path, pages: int, blank: bool) -> None:
        with self._lock:
            sheet_id = self._next_id()
            pdf = self._tray / f"{sheet_id}.pdf"
            if blank:
                empty = Image.new("L", _A4_AT_RENDER_DPI, 255)
                others = [empty] * (pages - 1)
                empty.save(pdf, resolution=_RENDER_DPI, save_all=True, append_images=others)
            else:
                pdf.write_bytes(document.read_bytes())
            _render(pdf, pages)
            description = {
                "id": sheet_id,
                "pages": pages,
                "blank": blank,
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            _write(self._tray / f"{sheet_id}.json", json.dumps(description))
            self._count(pages)

    def _next_id(self) -> str:
        """Ids go on even when the counter was reset, so that no sheet replaces another."""
        last = max((sheet["id"] for sheet in (*self.tray(), *self.taken())), default="sheet-0")
        return f"sheet-{int(last.removeprefix('sheet-')) + 1:06d}"

    def _stop(self, mishap: str) -> int:
        self._happened.add(mishap)
        return 1

    def _count(self, impressions: int) -> None:
        _write(self._counter_file, str(self.counter + impressions))


def stops(reasons: tuple[str, ...]) -> bool:
    """Whether one of the reasons keeps the printer from printing."""
    return any(reason.stops for word in reasons if (reason := parse_reason(word)))


def _sheets(folder: Path) -> list[dict[str, Any]]:
    found = []
    for file in sorted(folder.glob("sheet-*.json")):
        description: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        pages = sorted(str(page) for page in folder.glob(f"{description['id']}-*.png"))
        found.append({**description, "pdf": str(file.with_suffix(".pdf")), "png": pages[0]})
    return found


def _page_count(document: Path) -> int | None:
    done = subprocess.run(["pdfinfo", str(document)], check=False, capture_output=True, timeout=30)
    for line in done.stdout.decode(errors="replace").splitlines():
        if line.startswith("Pages:"):
            return int(line.split(":")[1])
    return None


def _render(pdf: Path, pages: int) -> None:
    """Draw each page as ``<id>-<page>.png``."""
    command = ["pdftoppm", "-png", "-r", str(_RENDER_DPI), "-l", str(pages), str(pdf)]
    command.append(str(pdf.with_suffix("")))
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
