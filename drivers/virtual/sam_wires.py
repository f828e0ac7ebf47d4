"""The other two wires that a virtual identity-card reader may answer on: TCP and PC/SC."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from drivers.id_card.frames import FrameParser

Reply = Callable[[bytes], None]
Received = Callable[[FrameParser, bytes, Reply], None]
"""What a wire does with bytes that came: the parser of that wire, the bytes, the way back."""

_OK = b"\x90\x00"
_NO_ANSWER = b"\x64\x00"
_WRONG_CLASS = b"\x6e\x00"
_WRONG_LENGTH = b"\x67\x00"
_CLASS, _GET_RESPONSE = 0xFF, 0xC0
_AT_A_TIME = 256
_ATR = bytes.fromhex("3B680000") + b"YIMENSAM"


class TcpWire:
    """A TCP port of the loopback interface that carries frames as they are, for one caller."""

    def __init__(self, received: Received) -> None:
        self._received = received
        self._listener: socket.socket | None = None
        self._caller: socket.socket | None = None
        self.port = 0
        """Where it listens; the same again after it was unplugged."""

    def plug(self) -> None:
        """Listen. Nothing happens when it does."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self.port = self._listener.getsockname()[1]
            threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def unplug(self) -> None:
        """Listen no more, and hang up. Nothing happens when it is unplugged."""
        listener, self._listener = self._listener, None
        for each in (listener, self._caller):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        if listener is not None:
            listener.close()

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._caller, _ = listener.accept()
                with self._caller, contextlib.suppress(OSError):
                    self._answer(self._caller)

    def _answer(self, caller: socket.socket) -> None:
        parser = FrameParser()
        while data := caller.recv(4096):
            self._received(parser, data, caller.sendall)


class PseudoCommandModule:
    """A module in a slot, as ``drivers.id_card.pcsc_transport`` describes it. Fulfils
    ``VirtualCard``."""

    atr = _ATR

    def __init__(self, received: Received) -> None:
        self._received = received
        self.power_on()

    def power_on(self) -> None:
        """See ``VirtualCard.power_on``."""
        self._parser = FrameParser()
        self._waiting = b""

    def answer(self, command: bytes) -> bytes:
        """See ``VirtualCard.answer``."""
        if len(command) < 5 or command[0] != _CLASS:
            return _WRONG_CLASS
        if command[1] == _GET_RESPONSE:
            return self._portion(command[4] or _AT_A_TIME)
        frame = _data(command)
        if frame is None:
            return _WRONG_LENGTH
        self._waiting = b""
        self._received(self._parser, frame, self._keep)
        if command[2] == 0x01:
            return _OK
        return self._portion(0) if self._waiting else _NO_ANSWER

    def _keep(self, data: bytes) -> None:
        self._waiting += data

    def _portion(self, count: int) -> bytes:
        """So many bytes of what waits, and how many more there are (61xx; 00 is 256)."""
        portion, self._waiting = self._waiting[:count], self._waiting[count:]
        left = min(len(self._waiting), _AT_A_TIME)
        return portion + (bytes((0x61, left & 0xFF)) if left else _OK)


def _data(command: bytes) -> bytes | None:
    """The data of a short or an extended command (ISO/IEC 7816-4 5.2)."""
    if command[4]:
        length, at = command[4], 5
    else:
        length, at = int.from_bytes(command[5:7], "big"), 7
    data = command[at : at + length]
    return data if length and len(data) == length else None
