"""One queue of a print scheduler, spoken to with pycups."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cups

from drivers.document_printer.contract import JobState
from drivers.document_printer.ipp_printer import JOB_STATES
from drivers.errors import CommandRejected, DeviceNotReady, OperatorAction
from drivers.runtime_folder import socket_address

_CHUNK = 64 * 1024
_FORGET_DEADLINE_S = 5.0
_FORGET_PAUSE_S = 0.05


class PrintQueue:
    """A queue by its scheduler's Unix socket and its name.

    Each call connects anew, so that a scheduler which was started again is simply found. Raises
    ``DeviceNotReady`` (``queue-absent``) when scheduler or queue is not there, ``CommandRejected``
    (``job-rejected``) when the queue refuses what it was given.
    """

    def __init__(self, server: Path, name: str) -> None:
        self._server = server
        self._name = name

    def check(self) -> None:
        """Return when the queue is there and takes jobs."""
        with scheduler_connection(self._server) as connection:
            wanted = ["printer-is-accepting-jobs"]
            answer = connection.getPrinterAttributes(self._name, requested_attributes=wanted)
        if not answer["printer-is-accepting-jobs"]:
            raise DeviceNotReady(
                "queue-absent",
                f"queue {self._name} takes no jobs; enable it",
                action=OperatorAction.CONFIGURATION,
            )

    def send(self, document: Path, job_name: str, options: Mapping[str, str]) -> int:
        """Hand over one PDF; returns the job's id when the queue has all of it.

        A job that was handed over in part is cancelled before the error is raised.
        """
        with scheduler_connection(self._server) as connection:
            job_id: int = connection.createJob(self._name, job_name, dict(options))
            try:
                self._send_document(connection, job_id, document, job_name)
            except BaseException:
                connection.cancelJob(job_id, purge_job=True)
                raise
        return job_id

    def jobs(self) -> dict[int, str]:
        """The name of every job that the queue remembers, by its id.

        CUPS 2.4 puts a job that has ended out of its memory after a second, and then lists it
        without its name until it is asked for that job alone; so it is.
        """
        with scheduler_connection(self._server) as connection:
            found: dict[int, dict[str, Any]] = connection.getJobs(
                which_jobs="all", requested_attributes=["job-id", "job-name"]
            )
            return {
                job_id: str(job["job-name"]) if "job-name" in job else _name_of(connection, job_id)
                for job_id, job in found.items()
            }

    def waiting_jobs(self) -> int:
        """How many jobs are not over."""
        with scheduler_connection(self._server) as connection:
            return len(connection.getJobs(which_jobs="not-completed"))

    def job_state(self, job_id: int, job_name: str) -> JobState:
        """The state of a job; ``ABSENT`` when the queue knows none with that id and that name."""
        try:
            with scheduler_connection(self._server) as connection:
                job = connection.getJobAttributes(job_id, ["job-name", "job-state"])
        except _NoSuchThing:
            return JobState.ABSENT
        return JOB_STATES[job["job-state"]] if job["job-name"] == job_name else JobState.ABSENT

    def cancel(self, job_id: int) -> None:
        """Cancel a job and remove its document; its record stays, as cancelled."""
        with scheduler_connection(self._server) as connection:
            connection.cancelJob(job_id)

    def forget(self, job_id: int) -> None:
        """Cancel a job and remove its document and its record.

        A job whose filters run is only cancelled at first, and can be removed once they ended.
        """
        deadline = time.monotonic() + _FORGET_DEADLINE_S
        while time.monotonic() < deadline:
            try:
                with scheduler_connection(self._server) as connection:
                    connection.cancelJob(job_id, purge_job=True)
            except _NoSuchThing:
                return
            except CommandRejected:
                time.sleep(_FORGET_PAUSE_S)
        raise DeviceNotReady("queue-absent", f"the scheduler does not let go of job {job_id}")

    def _send_document(
        self, connection: cups.Connection, job_id: int, document: Path, job_name: str
    ) -> None:
        # The document's name would otherwise be the file's, which is not ours to publish.
        connection.startDocument(self._name, job_id, job_name, "application/pdf", 1)
        with document.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                connection.writeRequestData(chunk, len(chunk))
        status = connection.finishDocument(self._name)
        if status >= cups.IPP_BAD_REQUEST:
            raise CommandRejected("job-rejected", f"the queue refused it: status {status:#06x}")


def _name_of(connection: cups.Connection, job_id: int) -> str:
    """The name of a listed job; none when it was forgotten since it was listed."""
    try:
        return str(connection.getJobAttributes(job_id, ["job-name"]).get("job-name", ""))
    except cups.IPPError as error:
        if error.args[0] == cups.IPP_NOT_FOUND:
            return ""
        raise


@contextmanager
def scheduler_connection(server: Path) -> Iterator[cups.Connection]:
    """A connection to the scheduler at that Unix socket, its errors made ours.

    Raises ``DeviceNotReady`` (``queue-absent``) when it is not there or fails, or knows no such
    queue or job; ``CommandRejected`` (``job-rejected``) when it refuses a request.
    """
    try:
        yield cups.Connection(host=socket_address(server))
    except RuntimeError:
        raise DeviceNotReady("queue-absent", "the print scheduler does not answer") from None
    except cups.IPPError as error:
        raise _translated(error.args[0]) from None


def _translated(status: int) -> DeviceNotReady | CommandRejected:
    if status == cups.IPP_NOT_FOUND:
        return _NoSuchThing("queue-absent", "the print scheduler has no such queue or job")
    if status >= cups.IPP_INTERNAL_ERROR:
        return DeviceNotReady("queue-absent", f"the print scheduler failed: status {status:#06x}")
    return CommandRejected("job-rejected", f"the queue refused it: status {status:#06x}")


class _NoSuchThing(DeviceNotReady):
    """The scheduler answered that it has no such queue or job."""

    def __reduce__(self) -> tuple[object, ...]:
        return DeviceNotReady, (self.code, self.message)
