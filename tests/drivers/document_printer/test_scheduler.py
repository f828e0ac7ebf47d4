"""The private scheduler itself: what it touches, what it keeps, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import cups
import pytest

from drivers.document_printer.scheduler import PrivateScheduler
from drivers.errors import DeviceNotReady
from drivers.virtual.document_printer import QUEUE, VirtualDocumentPrinter
from tests.drivers.hosted import eventually, started

SYSTEM_CUPS = (
    Path("/etc/cups"),
    Path("/run/cups"),
    Path("/var/spool/cups"),
    Path("/var/cache/cups"),
)
LISTENING = "0A"


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[PrivateScheduler]:
    yield from started(PrivateScheduler(tmp_path))


def connection(scheduler: PrivateScheduler) -> cups.Connection:
    return cups.Connection(host=os.path.realpath(scheduler.socket))


def has_queue(scheduler: PrivateScheduler) -> bool:
    with suppress(DeviceNotReady):
        return QUEUE in scheduler.queues()
    return False


def add_raw_queue(scheduler: PrivateScheduler, device: str) -> None:
    printer = connection(scheduler)
    printer.addPrinter("raw", device=device)
    printer.enablePrinter("raw")
    printer.acceptJobs("raw")


def socket_inodes(pid: int) -> set[str]:
    links = (str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir())
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def snapshot(folders: tuple[Path, ...]) -> dict[Path, int]:
    return {
        file: file.lstat().st_mtime_ns
        for folder in folders
        for file in (folder, *folder.rglob("*"))
        if file.exists()
    }


def processes_of(spool: Path) -> int:
    """How many processes have a document of this spool among their arguments."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            count += os.fsencode(spool / "d") in (process / "cmdline").read_bytes()
    return count


def test_it_listens_on_its_own_socket_and_on_no_port(scheduler: PrivateScheduler) -> None:
    assert scheduler.pid is not None
    own = socket_inodes(scheduler.pid)
    net = Path(f"/proc/{scheduler.pid}/net")
    rows = {
        table: [row.split() for row in (net / table).read_text().splitlines()]
        for table in ("tcp", "tcp6", "unix")
    }

    ports = [row for row in rows["tcp"] + rows["tcp6"] if row[9] in own and row[3] == LISTENING]
    paths = {row[7] for row in rows["unix"] if row[6] in own and len(row) > 7}

    assert ports == []
    assert paths == {os.path.realpath(scheduler.socket)}


def test_the_machines_own_cups_is_left_as_it_was(tmp_path: Path, certificate: Path) -> None:
    before = snapshot(SYSTEM_CUPS)

    scheduler = PrivateScheduler(tmp_path)
    scheduler.start()
    add_raw_queue(scheduler, "ipp://localhost:9/ipp/print")
    connection(scheduler).printFile("raw", str(certificate), "cert:1", {})
    scheduler.stop()

    assert snapshot(SYSTEM_CUPS) == before


def test_two_schedulers_do_not_see_each_other(tmp_path: Path, scheduler: PrivateScheduler) -> None:
    other = PrivateScheduler(tmp_path / "other")
    other.start()
    add_raw_queue(other, "ipp://localhost:9/ipp/print")

    assert (scheduler.queues(), other.queues()) == (frozenset(), frozenset({"raw"}))

    other.stop()
    assert scheduler.queues() == frozenset()
    assert scheduler.pid is not None


def test_the_spool_is_private_and_gone_when_it_ends(tmp_path: Path) -> None:
    scheduler = PrivateScheduler(tmp_path)
    scheduler.start()
    spool = scheduler.spool

    assert spool.parent.stat().st_mode & 0o007 == 0
    assert spool.stat().st_mode & 0o007 == 0

    scheduler.stop()
    assert not spool.exists()
    assert not scheduler.socket.exists()
    assert scheduler.pid is None


def test_jobs_of_a_killed_scheduler_are_gone_before_the_next_one_starts(
    tmp_path: Path, certificate: Path
) -> None:
    scheduler = PrivateScheduler(tmp_path)
    scheduler.start()
    # Port 9 refuses: the job waits for its printer, with the document in the spool.
    add_raw_queue(scheduler, "ipp://localhost:9/ipp/print")
    connection(scheduler).printFile("raw", str(certificate), "cert:1", {})
    eventually(lambda: any(file.name.startswith("d0") for file in scheduler.spool.iterdir()))

    eventually(lambda: processes_of(scheduler.spool) > 0)

    scheduler.kill()
    assert any(file.name.startswith("d0") for file in scheduler.spool.iterdir())
    assert processes_of(scheduler.spool) > 0, "a backend outlives its scheduler"
    scheduler.start()

    assert processes_of(scheduler.spool) == 0
    assert [file.name for file in scheduler.spool.iterdir()] == ["tmp"]
    assert connection(scheduler).getJobs(which_jobs="all") == {}
    scheduler.stop()


def test_no_job_outlives_a_scheduler_that_is_stopped(tmp_path: Path, certificate: Path) -> None:
    scheduler = PrivateScheduler(tmp_path)
    scheduler.start()
    spool = scheduler.spool
    add_raw_queue(scheduler, "ipp://localhost:9/ipp/print")
    connection(scheduler).printFile("raw", str(certificate), "cert:1", {})
    eventually(lambda: processes_of(spool) > 0)

    scheduler.stop()

    assert processes_of(spool) == 0


def test_a_printer_that_is_not_there_gets_no_queue(scheduler: PrivateScheduler) -> None:
    with pytest.raises(DeviceNotReady) as caught:
        scheduler.add_queue(QUEUE, "ipp://localhost:9/ipp/print")

    assert caught.value.code == "printer-offline"
    assert scheduler.queues() == frozenset()


def test_a_queue_is_driverless_and_may_be_set_up_again(
    virtual_printer: VirtualDocumentPrinter,
) -> None:
    scheduler = virtual_printer.scheduler
    before = connection(scheduler).getPrinters()[QUEUE]

    scheduler.add_queue(QUEUE, before["device-uri"].partition("?")[0])

    after = connection(scheduler).getPrinters()[QUEUE]
    assert after["printer-make-and-model"].endswith("IPP Everywhere")
    assert after["device-uri"] == before["device-uri"]
    assert "waitjob=false" in after["device-uri"]


def test_a_kept_queue_comes_when_the_printer_does_and_outlives_its_scheduler(
    tmp_path: Path, virtual_printer: VirtualDocumentPrinter
) -> None:
    uri = connection(virtual_printer.scheduler).getPrinters()[QUEUE]["device-uri"].split("?")[0]
    virtual_printer.set_fault("printer-offline", on=True)
    scheduler = PrivateScheduler(tmp_path)

    scheduler.keep(QUEUE, uri)
    first = scheduler.pid
    assert (first is not None, scheduler.queues()) == (True, frozenset())

    virtual_printer.set_fault("printer-offline", on=False)
    eventually(lambda: has_queue(scheduler))

    assert first is not None
    os.kill(first, signal.SIGKILL)
    eventually(lambda: scheduler.pid not in (None, first))
    eventually(lambda: has_queue(scheduler))

    scheduler.stop()
    assert scheduler.pid is None


def test_the_scheduler_ends_with_the_program_that_started_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from drivers.document_printer.scheduler import PrivateScheduler\n"
        "scheduler = PrivateScheduler(Path(sys.argv[1])); scheduler.start()\n"
        "print(scheduler.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)

    eventually(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not _command_of(pid))

    scheduler = PrivateScheduler(tmp_path)
    scheduler.start()
    assert scheduler.queues() == frozenset()
    scheduler.stop()


def _command_of(pid: int) -> bytes:
    """Empty for a process that has ended and waits to be reaped."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_deep_checkout_does_not_outgrow_the_socket_path(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 8)
    assert len(str(deep)) > 150

    scheduler = PrivateScheduler(deep)
    scheduler.start()

    assert connection(scheduler).getPrinters() == {}
    scheduler.stop()
