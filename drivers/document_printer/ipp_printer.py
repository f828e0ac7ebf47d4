"""Asks a printer itself, past the print queue: how it is, and what it made of a job."""

from __future__ import annotations

import http.client
import itertools
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from drivers.document_printer.contract import JobState
from drivers.document_printer.ipp import (
    MAX_MESSAGE,
    Group,
    Message,
    Operation,
    Tag,
    decode,
    encode,
    request,
)
from drivers.errors import CommandRejected, DeviceNotReady, OperatorAction, ProtocolError
from drivers.runtime_folder import socket_address

_DEFAULT_PORT = 631
_DEFAULT_PATH = "/ipp/print"
_DESCRIPTION = (
    "media-ready",
    "printer-device-id",
    "printer-firmware-string-version",
    "printer-impressions-completed",
    "printer-make-and-model",
    "printer-state",
    "printer-state-reasons",
    "printer-supply",
    "printer-uuid",
    "queued-job-count",
    "sides-supported",
    "color-supported",
)
_JOB = ("job-id", "job-name", "job-state", "job-impressions-completed")

JOB_STATES = {
    3: JobState.PENDING,
    4: JobState.HELD,
    5: JobState.PROCESSING,
    6: JobState.STOPPED,
    7: JobState.CANCELED,
    8: JobState.ABORTED,
    9: JobState.COMPLETED,
}
"""``job-state`` (RFC 8011 section 5.3.7)."""


@dataclass(frozen=True, slots=True)
class DeviceJob:
    """One job as the printer tells it; ``impressions`` is ``None`` when it does not count."""

    job_id: int
    state: JobState
    impressions: int | None


class IppPrinter:
    """A printer at ``ipp://host[:port]/path``, or behind a Unix socket at ``unix:///path``.

    Every question is one short request with a deadline. Raises ``DeviceNotReady``
    (``printer-offline``) when there is no answer, ``ProtocolError`` for an answer that is none,
    ``CommandRejected`` (``printer-uri-invalid``) for an address of another kind.
    """

    def __init__(self, uri: str, timeout_s: float) -> None:
        parts = urlsplit(uri)
        try:
            port = parts.port or _DEFAULT_PORT
        except ValueError:
            port = 0
        if parts.scheme not in ("ipp", "unix") or not (parts.hostname or parts.path) or not port:
            raise CommandRejected(
                "printer-uri-invalid",
                f"{uri!r} is no printer address; use ipp://host/ipp/print",
                action=OperatorAction.CONFIGURATION,
            )
        self._socket_path = parts.path if parts.scheme == "unix" else None
        self.host = parts.hostname or "localhost"
        self._port = port
        self._path = _DEFAULT_PATH if self._socket_path else parts.path or _DEFAULT_PATH
        self.uri = f"ipp://{self.host}:{self._port}{self._path}"
        self._timeout_s = timeout_s
        self._request_ids = itertools.count(1)

    def describe(self) -> Group:
        """The printer's attributes (Get-Printer-Attributes, RFC 8011 section 4.2.5)."""
        return self._ask(Operation.GET_PRINTER_ATTRIBUTES, _DESCRIPTION).group(
            Tag.PRINTER_ATTRIBUTES
        )

    def jobs_named(self, job_name: str) -> list[DeviceJob]:
        """Every job of that name which the printer remembers.

        More than one means that the queue has sent the document more than once.
        """
        found: dict[int, DeviceJob] = {}
        # Unfinished ones first: a job that finishes in between is then seen twice, not never.
        for which in ("not-completed", "completed"):
            for group in self._ask(Operation.GET_JOBS, _JOB, which).groups_of(Tag.JOB_ATTRIBUTES):
                job = _device_job(group)
                if group.string("job-name") == job_name:
                    found[job.job_id] = job
        return list(found.values())

    def cancel(self, job_id: int) -> None:
        """Cancel-Job (RFC 8011 section 4.3.3); a job that is over stays as it is."""
        message = request(Operation.CANCEL_JOB, next(self._request_ids), self.uri)
        message.groups[0].put_integers("job-id", Tag.INTEGER, job_id)
        self._exchange(message)

    def _ask(self, operation: Operation, attributes: tuple[str, ...], which: str = "") -> Message:
        message = request(operation, next(self._request_ids), self.uri)
        if which:
            message.groups[0].put_strings("which-jobs", Tag.KEYWORD, which)
        message.groups[0].put_strings("requested-attributes", Tag.KEYWORD, *attributes)
        answer = self._exchange(message)
        if not answer.succeeded:
            raise ProtocolError(
                "ipp-refused", f"the printer refused {operation.name}: status {answer.code:#06x}"
            )
        return answer

    def _exchange(self, message: Message) -> Message:
        connection = self._connection()
        try:
            connection.request(
                "POST", self._path, encode(message), {"Content-Type": "application/ipp"}
            )
            response = connection.getresponse()
            body = response.read(MAX_MESSAGE + 1)
        except (OSError, http.client.HTTPException):
            raise DeviceNotReady("printer-offline", "the printer does not answer") from None
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ProtocolError("ipp-refused", f"the printer answered HTTP {response.status}")
        answer = decode(body)
        if answer.request_id != message.request_id:
            raise ProtocolError("ipp-malformed", "the printer answered another request")
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        if self._socket_path is not None:
            return _UnixConnection(self._socket_path, self._timeout_s)
        return http.client.HTTPConnection(self.host, self._port, timeout=self._timeout_s)


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._socket_path = path
        self._timeout_s = timeout_s

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._timeout_s)
        self.sock.connect(socket_address(self._socket_path))


def _device_job(group: Group) -> DeviceJob:
    job_id, state = group.integer("job-id"), group.integer("job-state")
    if job_id is None or state not in JOB_STATES:
        raise ProtocolError("ipp-malformed", "the printer listed a job without id or state")
    return DeviceJob(job_id, JOB_STATES[state], group.integer("job-impressions-completed"))
