"""A card in a slot of a virtual PC/SC reader: the card's end of vpcd's wire.

The card connects to vpcd over TCP and then answers it. A message is two bytes of length,
big-endian, and its bytes; a single byte is an order (0 power off, 1 power on, 2 reset, 4 "tell the
answer to reset"), anything longer is a command APDU (vsmartcard, ``vpcd.h``).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Protocol

from drivers.virtual.namespace import enter_network

_POWER_OFF, _POWER_ON, _RESET, _TELL_ATR = b"\0", b"\1", b"\2", b"\4"
_AGAIN_S = 0.05
_CONNECT_S = 2.0
_NOTICED_S = 2.0
_HANDS_S = 0.5
"""How long hands take from one card to the next. pcscd looks at a virtual slot every 0.4 s, and
takes a card that was exchanged between two looks for the one before."""


class VirtualCard(Protocol):
    """A card as the reader's contacts see it."""

    atr: bytes
    """Answer to reset (ISO/IEC 7816-3)."""

    def power_on(self) -> None:
        """Begin anew (also a warm reset): forget what was selected, and secure messaging."""
        ...

    def answer(self, command: bytes) -> bytes:
        """A whole command APDU in, the response APDU with SW1 SW2 out. ``CardLeaves`` takes the
        card out of the slot in place of an answer."""
        ...


class CardLeaves(Exception):
    """The card is pulled in the middle of a command, before it answered."""


class CardSlot:
    """One slot. Holds one card at most; survives a pcscd that comes and goes.

    ``port``: where vpcd waits for this slot's card. ``keeper``: the process id of the pcscd in
    whose network that is, ``None`` while there is none.
    """

    def __init__(self, port: int, keeper: Callable[[], int | None]) -> None:
        self._port = port
        self._keeper = keeper
        self._lock = threading.RLock()
        self._out = threading.Event()
        self._out.set()
        self._noticed = threading.Event()
        self._removed_at = 0.0
        self._wire: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.card: VirtualCard | None = None
        """The card in the slot."""
        self.powered_at: float | None = None
        """When the reader first powered this card up (``time.monotonic()``)."""

    def insert(self, card: VirtualCard) -> None:
        """Put a card in, in place of the one that is there. Returns when the reader has noticed,
        or at once when there is no pcscd to notice."""
        self.remove()
        time.sleep(max(0.0, self._removed_at + _HANDS_S - time.monotonic()))
        with self._lock:
            self.card = card
            self.powered_at = None
            self._out, self._noticed = threading.Event(), threading.Event()
            self._thread = threading.Thread(
                target=self._stay, args=(card, self._out), name=f"slot {self._port}", daemon=True
            )
            self._thread.start()
        self._await_notice()

    def remove(self) -> None:
        """Pull the card. Nothing happens when there is none.

        A card that the reader has not noticed yet is left for as long as that takes: connections
        that are closed while they wait for vpcd would keep the next card waiting.
        """
        if self._thread is not threading.current_thread():
            self._await_notice()
        with self._lock:
            thread, self._thread, self.card = self._thread, None, None
            if not self._out.is_set():
                self._removed_at = time.monotonic()
            self._out.set()
            if self._wire is not None:
                with contextlib.suppress(OSError):
                    self._wire.shutdown(socket.SHUT_RDWR)
        if thread is not None and thread is not threading.current_thread():
            thread.join(2 * _CONNECT_S)

    def _await_notice(self) -> None:
        if self.card is not None and self._keeper() is not None:
            self._noticed.wait(_NOTICED_S)

    def _stay(self, card: VirtualCard, out: threading.Event) -> None:
        """Be in the slot until pulled, whether a reader is there or not."""
        entered: int | None = None
        while not out.is_set():
            keeper = self._keeper()
            try:
                if keeper is not None and keeper != entered:
                    enter_network(keeper)
                    entered = keeper
                if keeper is not None:
                    self._visit(card, out)
            except OSError:
                entered = None
            except CardLeaves:
                self.remove()
            out.wait(_AGAIN_S)

    def _visit(self, card: VirtualCard, out: threading.Event) -> None:
        """Answer one pcscd until it or the card goes."""
        with socket.create_connection(("127.0.0.1", self._port), _CONNECT_S) as wire:
            wire.settimeout(None)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if out.is_set():
                    return
                self._wire = wire
            try:
                while (message := _receive(wire)) is not None:
                    self._answer(wire, card, message)
            finally:
                with self._lock:
                    if self._wire is wire:
                        self._wire = None

    def _answer(self, wire: socket.socket, card: VirtualCard, message: bytes) -> None:
        if message == _TELL_ATR:
            _send(wire, card.atr)
        elif message in (_POWER_ON, _RESET):
            self.powered_at = self.powered_at or time.monotonic()
            self._noticed.set()
            card.power_on()
        elif message != _POWER_OFF:
            _send(wire, card.answer(message))


def _receive(wire: socket.socket) -> bytes | None:
    """The next message; ``None`` when vpcd has hung up."""
    head = _receive_exactly(wire, 2)
    if head is None:
        return None
    (length,) = struct.unpack(">H", head)
    return _receive_exactly(wire, length)


def _receive_exactly(wire: socket.socket, count: int) -> bytes | None:
    received = b""
    while len(received) < count:
        # vpcd writes length and bytes apart: a delayed acknowledgement would cost 40 ms a message.
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        portion = wire.recv(count - len(received))
        if not portion:
            return None
        received += portion
    return received


def _send(wire: socket.socket, message: bytes) -> None:
    wire.sendall(struct.pack(">H", len(message)) + message)
