"""A reader's byte stream over TCP."""

from __future__ import annotations

import contextlib
import select
import socket
from collections.abc import Iterator

from drivers.byte_stream import ByteStream
from drivers.errors import DeviceNotReady

_CONNECT_S = 3.0
_WRITE_S = 2.0
_CHUNK = 4096
_LONGEST_BACKLOG = 1 << 20
"""Bytes that are thrown away at once; a reader that sends more is one that never stops."""


class TcpTransport(ByteStream):
    """A connection to a reader that carries the frames as they are."""

    def __init__(self, host: str, port: int) -> None:
        """Connect. Raises ``DeviceNotReady`` ``reader-absent``."""
        with _gone_is_absent():
            self._socket = socket.create_connection((host, port), _CONNECT_S)
            self._socket.settimeout(_WRITE_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def close(self) -> None:
        """See ``ByteStream.close``."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def write(self, data: bytes) -> None:
        """See ``ByteStream.write``."""
        with _gone_is_absent():
            self._socket.sendall(data)

    def read(self, timeout_s: float) -> bytes:
        """See ``ByteStream.read``."""
        with _gone_is_absent():
            if not select.select((self._socket,), (), (), max(0.0, timeout_s))[0]:
                return b""
            received = self._socket.recv(_CHUNK)
        if not received:
            raise _absent()
        return received

    def discard_input(self) -> None:
        """See ``ByteStream.discard_input``."""
        discarded = 0
        while discarded < _LONGEST_BACKLOG and (received := self.read(0)):
            discarded += len(received)


@contextlib.contextmanager
def _gone_is_absent() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):
        raise _absent() from None


def _absent() -> DeviceNotReady:
    return DeviceNotReady("reader-absent", "the reader does not answer at its address")
