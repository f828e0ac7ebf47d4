"""The far ends that outlive a killed terminal: an authority with its own database, and a printer
with a queue, a counter and a tray. They are served over a Unix socket, one JSON line a question.

    python -m tests.issuing.far_ends SOCKET

Each question names a world, so that one process serves many terminals that know nothing of each
other. Faults are switched on and off by name while it runs.
"""

from __future__ import annotations

import asyncio
import json
import re
import socketserver
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from drivers import errors as device_errors
from drivers.document_printer.contract import (
    DocumentPrinterCapabilities,
    JobState,
    PrintEvidence,
    PrintJob,
    PrintOptions,
    Severity,
    StateReason,
)
from kiosk_app.connectors.housing_register import contract as register
from kiosk_app.issuing.contract import Issuance, Made

STOPS = {"jam": "media-jam", "paper-out": "media-empty", "cover-open": "cover-open"}
_CONTENT = re.compile(rb"%PDF-1.7 serial=(\S+) copy=(\d+) pages=(\d+)")


class Failure(Exception):
    """A fault that goes over the wire: the class of error and its code."""

    def __init__(self, kind: str, code: str) -> None:
        super().__init__(kind, code)
        self.kind = kind
        self.code = code


@dataclass
class Job:
    """A job at the queue, and how much of it is paper already."""

    number: int
    name: str
    content: bytes
    begins: float
    ends: float
    state: JobState = JobState.PENDING
    impressions: int = 0
    in_motion: bool = False


@dataclass
class World:
    """One authority and one printer."""

    database: Path
    start_s: float = 0.01
    print_s: float = 0.03
    faults: set[str] = field(default_factory=set)
    uuid: str = "urn:uuid:printer-1"
    counter: int = 1000
    jobs: dict[int, Job] = field(default_factory=dict)
    sheets: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.moving: list[Job] = []
        self.taken_numbers = 0
        self.register = sqlite3.connect(
            self.database, isolation_level=None, check_same_thread=False
        )
        self.register.execute("PRAGMA journal_mode=WAL")
        self.register.execute("PRAGMA synchronous=FULL")
        self.register.execute(
            "CREATE TABLE IF NOT EXISTS issued"
            " (key TEXT PRIMARY KEY, request TEXT, serial TEXT UNIQUE, at TEXT)"
        )

    def answer(self, act: str, values: dict[str, Any]) -> Any:
        with self.lock:
            self.advance()
            return getattr(self, f"do_{act}")(**values)

    # The hand of the test.

    def do_fault(self, name: str, on: bool) -> None:
        (self.faults.add if on else self.faults.discard)(name)

    def do_pace(self, start_s: float, print_s: float) -> None:
        self.start_s, self.print_s = start_s, print_s

    def do_swap(self) -> None:
        self.uuid = "urn:uuid:printer-2"

    def do_reset_counter(self) -> None:
        self.counter = 0

    def do_tray(self) -> list[tuple[str, int]]:
        return list(self.sheets)

    def do_destroy(self, serial: str, copy: int) -> None:
        self.sheets = [each for each in self.sheets if each != (serial, copy)]

    def do_issued(self) -> list[tuple[str, str]]:
        return list(self.register.execute("SELECT key, serial FROM issued ORDER BY at"))

    def do_idle(self) -> bool:
        return not self.moving and all(job.state.final for job in self.jobs.values())

    def do_purge(self) -> int:
        for job in self.jobs.values():
            self.do_cancel_job(job.number)
        count = len(self.jobs)
        self.jobs.clear()
        return count

    # The authority.

    def do_issue(self, key: str, request: str) -> dict[str, str]:
        if "unavailable" in self.faults:
            raise Failure("RegisterUnavailable", "no connection")
        if "refuses" in self.faults:
            raise Failure("RegisterRefused", "no")
        if "lost-request" in self.faults:
            raise Failure("OutcomeUnknown", "nothing came back")
        row = self._row(key)
        if row is not None and row[0] != request:
            raise Failure("RegisterRefused", "same key, other request")
        if row is None:
            self.taken_numbers += 1
            serial = "PN-1" if "same-serial" in self.faults else f"PN-{self.taken_numbers}"
            at = datetime.now(UTC).isoformat()
            if "same-serial" in self.faults:
                return {"serial": serial, "issued_at": at}
            self.register.execute(
                "INSERT INTO issued VALUES (?, ?, ?, ?)", (key, request, serial, at)
            )
            row = self._row(key)
        if "drop-answer" in self.faults:
            raise Failure("OutcomeUnknown", "nothing came back")
        if "garbled" in self.faults:
            raise Failure("RegisterGarbled", "a page")
        assert row is not None
        return {"serial": row[1], "issued_at": row[2]}

    def do_receipt(self, key: str) -> dict[str, str] | None:
        if "unavailable" in self.faults or "silent-receipt" in self.faults:
            raise Failure("RegisterUnavailable", "no connection")
        row = self._row(key)
        return None if row is None else {"serial": row[1], "issued_at": row[2]}

    def _row(self, key: str) -> tuple[str, str, str] | None:
        found: tuple[str, str, str] | None = self.register.execute(
            "SELECT request, serial, at FROM issued WHERE key = ?", (key,)
        ).fetchone()
        return found

    # The printer.

    def do_capabilities(self) -> dict[str, str]:
        return {"printer_uuid": self.uuid}

    def do_page_counter(self) -> int | None:
        return None if "no-counter" in self.faults else self.counter

    def do_submit(self, document: str, job_name: str) -> dict[str, Any]:
        if "queue-absent" in self.faults:
            raise Failure("DeviceNotReady", "queue-absent")
        if "rejects" in self.faults:
            raise Failure("CommandRejected", "job-rejected")
        if "submit-lost" in self.faults:
            raise Failure("DriverCrashed", "driver-crashed")
        now = time.monotonic()
        number = 1 + max((*self.jobs, *(job.number for job in self.moving)), default=0)
        job = Job(
            number, job_name, Path(document).read_bytes(), now + self.start_s, now + self.print_s
        )
        self.jobs[number] = job
        self.advance()
        if "submit-answer-lost" in self.faults:
            raise Failure("DeviceTimeout", "driver-timeout")
        return self._job(job)

    def do_find_job(self, job_name: str) -> dict[str, Any] | None:
        if "silent" in self.faults:
            raise Failure("DeviceNotReady", "printer-offline")
        found = [job for job in self.jobs.values() if job.name == job_name]
        return self._job(found[-1]) if found else None

    def do_evidence(self, number: int, counter_before: int | None) -> dict[str, Any]:
        if "silent" in self.faults:
            raise Failure("DeviceNotReady", "printer-offline")
        job = self.jobs.get(number)
        reasons = [word for fault, word in STOPS.items() if fault in self.faults]
        impressions = None if job is None else job.impressions
        return {
            "job_state": JobState.ABSENT if job is None else job.state,
            "queue_impressions": impressions,
            "device_impressions": None if "no-device-count" in self.faults else impressions,
            "counter_before": counter_before,
            "counter_after": self.do_page_counter(),
            "output_sensor": None,
            "printer_uuid": self.uuid,
            "reasons": reasons,
            "blank": True if "blank" in self.faults else None,
        }

    def do_cancel_job(self, number: int) -> None:
        job = self.jobs.get(number)
        if job is not None and not job.state.final:
            job.state = JobState.CANCELED

    def _job(self, job: Job) -> dict[str, Any]:
        return {
            "job_id": job.number,
            "job_name": job.name,
            "printer_uri": "ipp://localhost/printers/yimen",
            "printer_uuid": self.uuid,
            "counter_before": self.do_page_counter(),
        }

    def advance(self) -> None:
        """Let time pass at the printer. A sheet in motion comes out whatever the queue thinks."""
        now = time.monotonic()
        halted = self.faults & STOPS.keys()
        for job in self.jobs.values():
            if job.state is JobState.PENDING and now >= job.begins:
                job.state = JobState.STOPPED if halted else JobState.PROCESSING
                if job.state is JobState.PROCESSING:
                    self.moving.append(job)
        for job in [each for each in self.moving if now >= each.ends]:
            self.moving.remove(job)
            self._come_out(job)

    def _come_out(self, job: Job) -> None:
        match = _CONTENT.match(job.content)
        assert match is not None, "the printer got no document"
        pages = int(match[3])
        count = pages * ("swallows" not in self.faults) * (2 if "double" in self.faults else 1)
        count = 1 if "half" in self.faults else count
        self.sheets += [(match[1].decode(), int(match[2]))] * count
        self.counter += count
        job.impressions = count
        if not job.state.final:
            job.state = JobState.COMPLETED


Call = Callable[[str, dict[str, Any]], Awaitable[Any]]


def local(world: World) -> Call:
    """Ask a world in this process."""

    async def call(act: str, values: dict[str, Any]) -> Any:
        return world.answer(act, values)

    return call


def over(socket: Path, name: str) -> Call:
    """Ask a world in the process behind a socket; a connection for each question."""

    async def call(act: str, values: dict[str, Any]) -> Any:
        reader, writer = await asyncio.open_unix_connection(socket)
        try:
            writer.write(json.dumps([name, act, values]).encode() + b"\n")
            answer = json.loads(await reader.readline())
        finally:
            writer.close()
        if "failure" in answer:
            raise Failure(*answer["failure"])
        return answer["value"]

    return call


class AuthorityAt:
    """The authority, as the terminal sees it."""

    def __init__(self, call: Call) -> None:
        self.call = call

    async def issue(self, key: str, request: str) -> register.Receipt:
        answer = await self._ask("issue", key=key, request=request)
        return register.Receipt(answer["serial"], datetime.fromisoformat(answer["issued_at"]))

    async def receipt(self, key: str) -> register.Receipt | None:
        answer = await self._ask("receipt", key=key)
        if answer is None:
            return None
        return register.Receipt(answer["serial"], datetime.fromisoformat(answer["issued_at"]))

    async def _ask(self, act: str, **values: Any) -> Any:
        try:
            return await self.call(act, values)
        except Failure as failure:
            raise getattr(register, failure.kind)(failure.code) from failure


class PrinterAt:
    """The printer, as the terminal sees it."""

    def __init__(self, call: Call) -> None:
        self.call = call

    async def capabilities(self) -> DocumentPrinterCapabilities:
        return DocumentPrinterCapabilities(**await self._ask("capabilities"))

    async def page_counter(self) -> int | None:
        answer: int | None = await self._ask("page_counter")
        return answer

    async def submit(self, document: Path, job_name: str, options: PrintOptions) -> PrintJob:
        return PrintJob(**await self._ask("submit", document=str(document), job_name=job_name))

    async def find_job(self, job_name: str) -> PrintJob | None:
        answer = await self._ask("find_job", job_name=job_name)
        return None if answer is None else PrintJob(**answer)

    async def evidence(self, job: PrintJob) -> PrintEvidence:
        answer = await self._ask("evidence", number=job.job_id, counter_before=job.counter_before)
        answer["job_state"] = JobState(answer["job_state"])
        answer["reasons"] = tuple(StateReason(word, Severity.ERROR) for word in answer["reasons"])
        return PrintEvidence(**answer)

    async def cancel_job(self, job: PrintJob) -> None:
        await self._ask("cancel_job", number=job.job_id)

    async def _ask(self, act: str, **values: Any) -> Any:
        try:
            return await self.call(act, values)
        except Failure as failure:
            raise getattr(device_errors, failure.kind)(failure.code, "told so") from failure


@dataclass
class Workshop:
    """Writes copies that a tray can read."""

    pages: int = 1

    async def make(self, issuance: Issuance, copy: int) -> Made:
        content = f"%PDF-1.7 serial={issuance.serial} copy={copy} pages={self.pages} "
        return Made(content.encode() + issuance.payload, self.pages, f"facts of {issuance.serial}")


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        name, act, values = json.loads(self.rfile.readline())
        try:
            answer: dict[str, Any] = {"value": self.server.world(name).answer(act, values)}
        except Failure as failure:
            answer = {"failure": [failure.kind, failure.code]}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _Handler)
        self.folder = path.parent
        self.worlds: dict[str, World] = {}
        self.lock = threading.Lock()

    def world(self, name: str) -> World:
        with self.lock:
            if name not in self.worlds:
                self.worlds[name] = World(self.folder / f"{name}.authority.sqlite")
            return self.worlds[name]


def main(path: Path) -> None:
    with _Server(path) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
