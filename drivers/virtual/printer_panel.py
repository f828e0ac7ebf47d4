"""The printer's own voice: answers IPP on a Unix socket for the printer behind it.

``ippeveprinter`` is a complete IPP Everywhere printer but has no sensors and no life-time counter.
Answers to Get-Printer-Attributes pass through here and get both; all else passes unchanged.
"""

from __future__ import annotations

import http.client
import socket
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

from drivers.document_printer.ipp import (
    MAX_MESSAGE,
    Group,
    Message,
    Operation,
    Tag,
    decode,
    encode,
)
from drivers.errors import ProtocolError

_FORWARD_TIMEOUT_S = 5.0
_SILENCE_S = 60.0

Describe = Callable[[Group], None]
"""Writes what the printer's sensors say into the attributes of its answer."""


class PrinterPanel:
    """Listens on ``socket_path`` and forwards to the IPP printer at ``localhost:port``."""

    def __init__(
        self, socket_path: Path, port: int, describe: Describe, is_on: Callable[[str], bool]
    ) -> None:
        self._socket_path = socket_path
        self._server = _Server(str(socket_path), _Handler)
        self._server.port, self._server.describe, self._server.is_on = port, describe, is_on
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="printer-panel", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Fall silent: nobody can connect any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._socket_path.unlink(missing_ok=True)


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False
    port: int
    describe: Describe
    is_on: Callable[[str], bool]

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """A Unix socket's client has no address; the handler wants one."""
        connection, _ = super().get_request()
        return connection, ("localhost", 0)

    def handle_error(self, request: object, client_address: object) -> None:
        """A driver that gave up waiting is no error of the printer's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if not 0 < length <= MAX_MESSAGE:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        question = self.rfile.read(length)
        if self.server.is_on("printer-silent"):
            time.sleep(_SILENCE_S)
            return
        try:
            status, answer = self._forward(question)
            answer = self._described(question, answer)
        except (OSError, http.client.HTTPException, ProtocolError):
            self.send_error(HTTPStatus.BAD_GATEWAY)
            return
        if self.server.is_on("printer-garbled"):
            answer = answer[: len(answer) // 2][::-1]
        self.send_response(status)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """A printer keeps no log of who asked."""

    def _forward(self, question: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(
            "localhost", self.server.port, timeout=_FORWARD_TIMEOUT_S
        )
        try:
            headers = {"Content-Type": "application/ipp"}
            connection.request("POST", self.path, question, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _described(self, question: bytes, answer: bytes) -> bytes:
        request = decode(question)
        if request.code != Operation.GET_PRINTER_ATTRIBUTES:
            return answer
        message = decode(answer)
        for group in message.groups_of(Tag.PRINTER_ATTRIBUTES):
            self.server.describe(group)
            _keep_requested(group, request)
        return encode(message)


def _keep_requested(group: Group, request: Message) -> None:
    """Leave only what was asked for (RFC 8011 section 4.2.5.1, ``requested-attributes``)."""
    wanted = request.group(Tag.OPERATION_ATTRIBUTES).strings("requested-attributes")
    if wanted and not {"all", "printer-description"} & set(wanted):
        for name in set(group.attributes) - set(wanted):
            del group.attributes[name]
