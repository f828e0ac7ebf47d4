"""A print scheduler of our own: CUPS, started, watched and ended by this program.

It shares nothing with a CUPS that the machine may run: its own configuration, spool, cache, logs
and one Unix socket. Its profile follows from what CUPS does when it is killed: it prints again
what it had not finished (so every job is removed before it starts), and it keeps documents for a
day unless told otherwise (so nothing is preserved).
"""

from __future__ import annotations

import grp
import os
import pwd
import signal
import subprocess
import threading
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import cups

from drivers.child_process import end, program, spawn
from drivers.document_printer.ipp_printer import IppPrinter
from drivers.document_printer.print_queue import scheduler_connection
from drivers.errors import DeviceError, DeviceNotReady
from drivers.runtime_folder import (
    publish,
    remove_runtime_folder,
    runtime_folder,
    runtime_path,
)

SOCKET_NAME = "cups.sock"
_FILTER_ACCOUNT = "lp"
_START_DEADLINE_S = 15.0
_STOP_DEADLINE_S = 5.0
_QUEUE_DEADLINE_S = 20.0
_PRINTER_ANSWER_S = 5.0
_WATCH_EVERY_S = 2.0
_BACKEND_OPTIONS = "?waitjob=false&waitprinter=false&contimeout=8"
"""Options of CUPS's ipp backend: hand the document over and forget it. By default the backend
holds a citizen's document while it polls the printer, ten seconds apart, and sends it again when
the printer was busy; what became of it is asked of the printer itself, by the driver."""

_CUPSD_CONF = """\
Listen {home}/{socket}
ServerName localhost
Browsing No
BrowseLocalProtocols none
DefaultShared No
WebInterface No
IdleExitTimeout 0
LogLevel warn
LogDebugHistory 0
AccessLogLevel config
MaxLogSize 1m
DirtyCleanInterval 0
PreserveJobFiles No
PreserveJobHistory 600
MaxJobs 100
MaxJobTime 300
JobRetryLimit 1
ErrorPolicy abort-job
MaxRequestSize 64m
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues job-originating-host-name job-originating-user-name phone
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit All>
    Order allow,deny
    Allow all
  </Limit>
</Policy>
"""

_CUPS_FILES_CONF = """\
ServerRoot {home}/etc
RequestRoot {home}/spool
TempDir {home}/spool/tmp
CacheDir {home}/cache
StateDir {home}/state
AccessLog {home}/log/access_log
ErrorLog {home}/log/error_log
PageLog {home}/log/page_log
LogFilePerm 0600
Printcap
SyncOnClose Yes
User {user}
Group {group}
SystemGroup {system_group}
"""


class PrivateScheduler:
    """One ``cupsd`` with its queues, reached through ``<run_dir>/cups.sock`` alone.

    Who may print is decided by the folder's permissions: only this user reaches the socket.

    Started by root, ``cupsd`` runs its filters as ``lp``; the folders are given to that group.
    Started by anybody else it cannot change users, so that filters run as that user: the documents
    stay as private, but a faulty filter could then reach whatever that user can.
    """

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def socket(self) -> Path:
        """Where clients connect."""
        return self._run_dir / SOCKET_NAME

    @property
    def spool(self) -> Path:
        """Where documents lie while they are being printed."""
        return self._home() / "spool"

    @property
    def log(self) -> Path:
        """What ``cupsd`` complains about; holds job numbers and queue names only."""
        return self._home() / "log" / "error_log"

    @property
    def pid(self) -> int | None:
        """The process id of the running ``cupsd``."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Remove every old job and document, start ``cupsd``, and wait until it answers.

        Raises ``DeviceNotReady`` (``queue-absent``) when it does not come up.
        """
        if self.pid is not None:
            return
        self._run_dir.mkdir(parents=True, exist_ok=True)
        self._end_left_over()
        remove_runtime_folder(self._run_dir)
        home = runtime_folder(self._run_dir, group=_account().group)
        self._configure(home)
        process = self._process = spawn(
            [
                *(program("cupsd", "cups-daemon"), "-f"),
                *("-c", str(home / "cupsd.conf"), "-s", str(home / "cups-files.conf")),
            ],
            ended_by="TERM",
        )
        self._pid_file.write_text(str(process.pid), encoding="ascii")
        self._await_answer(process)
        publish(self.socket, home / SOCKET_NAME)

    def add_queue(self, name: str, device_uri: str) -> None:
        """Add a driverless queue (IPP Everywhere, PWG 5100.14), or set up an old one anew.

        CUPS asks the printer itself what it can do, so the printer must be there. Raises
        ``DeviceNotReady`` (``printer-offline``) when it does not describe itself well enough for
        a driverless queue; the queue is removed then, as a raw one prints what it does not know.
        """
        IppPrinter(device_uri, _PRINTER_ANSWER_S).describe()
        with self._connection() as connection:
            if not (self._run_lpadmin(name, device_uri) and self._describes(connection, name)):
                connection.deletePrinter(name)
                raise DeviceNotReady(
                    "printer-offline",
                    f"the printer at {device_uri} did not describe itself to queue {name}; "
                    "switch it on and check that it speaks IPP Everywhere",
                )
            connection.setPrinterDevice(name, device_uri + _BACKEND_OPTIONS)

    def remove_queue(self, name: str) -> None:
        """Remove a queue with its jobs; no error when there is none of that name."""
        if name in self.queues():
            with self._connection() as connection:
                connection.deletePrinter(name)

    def queues(self) -> frozenset[str]:
        """The names of all queues."""
        with self._connection() as connection:
            return frozenset(connection.getPrinters())

    def keep(self, name: str, device_uri: str) -> None:
        """Have scheduler and queue be there from now on, until ``stop``.

        Tries once before it returns, and then again and again: a printer that was switched off
        gets its queue when it comes, a scheduler that died is started anew, without old jobs.
        """
        self._restore(name, device_uri)
        self._watch = threading.Thread(
            target=self._keep_restoring, args=(name, device_uri), name="print-queue", daemon=True
        )
        self._watch.start()

    def _keep_restoring(self, name: str, device_uri: str) -> None:
        while not self._stopping.wait(_WATCH_EVERY_S):
            self._restore(name, device_uri)

    def _restore(self, name: str, device_uri: str) -> None:
        with suppress(DeviceError, OSError):
            self.start()
            if name not in self.queues():
                self.add_queue(name, device_uri)

    def stop(self) -> None:
        """End ``cupsd`` and remove its spool; nothing happens when it does not run."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
            self._watch = None
        self._stopping.clear()
        end(self._process)
        self._process = None
        self._end_jobs()
        self._pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        remove_runtime_folder(self._run_dir)

    def kill(self) -> None:
        """End ``cupsd`` with SIGKILL and leave all as it lies, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def _pid_file(self) -> Path:
        return self._run_dir / "cupsd.pid"

    def _connection(self) -> AbstractContextManager[cups.Connection]:
        return scheduler_connection(self._home() / SOCKET_NAME)

    def _home(self) -> Path:
        return runtime_path(self._run_dir)

    def _configure(self, home: Path) -> None:
        account = _account()
        for name, mode in (
            ("etc", 0o755),
            ("etc/ppd", 0o755),
            ("spool", 0o710),
            ("spool/tmp", 0o1770),
            ("cache", 0o770),
            ("state", 0o755),
            ("log", 0o700),
        ):
            folder = home / name
            folder.mkdir()
            os.chown(folder, -1, account.group)
            folder.chmod(mode)
        (home / "cupsd.conf").write_text(
            _CUPSD_CONF.format(home=home, socket=SOCKET_NAME), encoding="utf-8"
        )
        (home / "cups-files.conf").write_text(
            _CUPS_FILES_CONF.format(
                home=home,
                user=account.name,
                group=grp.getgrgid(account.group).gr_name,
                system_group=account.system_group,
            ),
            encoding="utf-8",
        )

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_DEADLINE_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                self.queues()
                return
            except DeviceNotReady:
                time.sleep(0.02)
        process.kill()
        process.wait()
        self._process = None
        raise DeviceNotReady("queue-absent", f"the print scheduler did not start; see {self.log}")

    def _run_lpadmin(self, name: str, device_uri: str) -> bool:
        server = str(self._home() / SOCKET_NAME)
        command = [program("lpadmin", "cups-client"), "-h", server, "-p", name, "-E"]
        command += ["-v", device_uri, "-m", "everywhere", "-o", "printer-is-shared=false"]
        command += ["-o", "printer-error-policy=abort-job"]
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                command, check=False, capture_output=True, timeout=_QUEUE_DEADLINE_S
            )
            return done.returncode == 0
        return False

    def _describes(self, connection: cups.Connection, name: str) -> bool:
        """Whether the queue becomes driverless: ``cupsd`` asks the printer after it answered us."""
        deadline = time.monotonic() + _QUEUE_DEADLINE_S
        while time.monotonic() < deadline:
            described = connection.getPrinterAttributes(name)["printer-make-and-model"]
            if described.endswith("IPP Everywhere"):
                return True
            if b"PPD creation failed" in self.log.read_bytes():
                return False
            time.sleep(0.02)
        return False

    def _end_left_over(self) -> None:
        """End the ``cupsd`` of an earlier run that was itself killed, and its jobs."""
        self._end_left_over_scheduler()
        self._end_jobs()

    def _end_jobs(self) -> None:
        """End filters and backends that outlive their scheduler: a backend tries a printer that is
        gone for ever, with a citizen's document open. They are known by our spool in their
        arguments (``filter(7)``: the sixth is the document). A killed one needs a moment to go, and
        one may come to be while it is looked."""
        deadline = time.monotonic() + _STOP_DEADLINE_S
        while (jobs := self._jobs()) and time.monotonic() < deadline:
            for pid in jobs:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def _jobs(self) -> list[int]:
        """The processes that have a document of our spool among their arguments."""
        spool, found = os.fsencode(self.spool) + b"/", []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if any(word.startswith(spool) for word in _arguments(process)):
                    found.append(int(process.name))
        return found

    def _end_left_over_scheduler(self) -> None:
        try:
            pid = int(self._pid_file.read_text(encoding="ascii"))
            command = _arguments(Path(f"/proc/{pid}"))
        except (OSError, ValueError):
            return
        if os.fsencode(self._home() / "cupsd.conf") not in command:
            return
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, ending)
            deadline = time.monotonic() + _STOP_DEADLINE_S
            while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
                time.sleep(0.02)


def _arguments(process: Path) -> list[bytes]:
    return (process / "cmdline").read_bytes().split(b"\0")


class _Account:
    """Whom ``cupsd`` becomes for its filters."""

    def __init__(self, name: str, group: int, system_group: str) -> None:
        self.name = name
        self.group = group
        self.system_group = system_group


def _account() -> _Account:
    if os.geteuid() == 0:
        entry = pwd.getpwnam(_FILTER_ACCOUNT)
        return _Account(entry.pw_name, entry.pw_gid, "root")
    entry = pwd.getpwuid(os.geteuid())
    own_group = grp.getgrgid(entry.pw_gid).gr_name
    return _Account(entry.pw_name, entry.pw_gid, own_group)
