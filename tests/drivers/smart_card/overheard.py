"""The wire between libpcsclite and pcscd, listened to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from pathlib import Path


class Overheard:
    """Passes a client's bytes on to pcscd and back, and keeps the number of each command
    (pcsc-lite, ``winscard_msg.h``: two words, what follows and which command)."""

    WAIT = 0x13
    """CMD_WAIT_READER_STATE_CHANGE."""

    def __init__(self, pcscd: Path, address: Path) -> None:
        self.address = address
        self.commands: list[int] = []
        self._pcscd = pcscd
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Overheard:
        door = self._new()
        door.bind(str(self.address))
        door.listen()
        threading.Thread(target=self._serve, args=(door,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def said_nothing_for(self, seconds: float) -> bool:
        """Whether the client comes to rest: there is a stretch that long without a command."""
        end, before, since = time.monotonic() + 4 * seconds, -1, 0.0
        while time.monotonic() < end:
            if before != (count := len(self.commands)):
                before, since = count, time.monotonic()
            elif time.monotonic() - since >= seconds:
                return True
            time.sleep(0.02)
        return False

    def _new(self) -> socket.socket:
        self._sockets.append(made := socket.socket(socket.AF_UNIX))
        return made

    def _serve(self, door: socket.socket) -> None:
        """libpcsclite connects once for a context and once more for each SCardCancel."""
        with contextlib.suppress(OSError):
            while True:
                client, _ = door.accept()
                self._sockets.append(client)
                daemon = self._new()
                daemon.connect(str(self._pcscd))
                threading.Thread(target=_pass_on, args=(daemon, client), daemon=True).start()
                threading.Thread(target=self._listen, args=(client, daemon), daemon=True).start()

    def _listen(self, client: socket.socket, daemon: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while head := client.recv(8, socket.MSG_WAITALL):
                follows, command = struct.unpack("=II", head)
                self.commands.append(command)
                body = client.recv(follows, socket.MSG_WAITALL) if follows else b""
                daemon.sendall(head + body)
            daemon.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_RDWR)
