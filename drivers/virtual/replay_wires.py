"""The wires on which recorded devices are played: each is put in place for as long as a block
lasts, and gives the settings with which a driver finds the device there."""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.recording.file import Setting
from drivers.virtual.code_scanner_hid import KeyboardPipe
from drivers.virtual.replay_players import CardPlayer, Player
from drivers.virtual.serial_line import SerialLine

BAUD = 115_200
_CHUNK = 4096
_FULL_S, _UNREAD_S = 0.005, 2.0
"""How long what types waits where a pipe is full: each time, and in all."""
Settings = dict[str, Setting]


@contextmanager
def serial_port(player: Player, folder: Path) -> Iterator[Settings]:
    """A pseudo-terminal."""

    def received(data: bytes) -> None:
        for piece in player.heard(data):
            line.send(piece)

    line = SerialLine(folder / "port", BAUD, received)
    waiting = player.spontaneous()
    next_up: list[bytes] = []

    def speak() -> float | None:
        """Say what is due; when there is more to say: in how many seconds."""
        while next_up:
            line.send(next_up.pop())
        rest, piece = next(waiting, (None, b""))
        if rest is not None:
            next_up.append(piece)
        return rest

    line.when_idle(speak)
    line.plug()
    try:
        yield {"port": str(folder / "port"), "baud": BAUD}
    finally:
        line.unplug()


@contextmanager
def key_pipe(player: Player, folder: Path) -> Iterator[Settings]:
    """A named pipe with a keyboard's events. What nobody takes in is lost, as it is with a device
    that nobody has opened."""
    keyboard, ended = KeyboardPipe(folder / "keys"), threading.Event()

    def type_all() -> None:
        for rest, events in player.spontaneous():
            if ended.wait(rest):
                return
            keyboard.forget()
            until = time.monotonic() + _UNREAD_S
            while (events := events[keyboard.send(events) :]) and time.monotonic() < until:
                ended.wait(_FULL_S)

    keyboard.plug()
    thread = threading.Thread(target=type_all, name="replayed keyboard", daemon=True)
    thread.start()
    try:
        yield {"device": str(keyboard.path)}
    finally:
        ended.set()
        thread.join()
        keyboard.unplug()


@contextmanager
def unix_socket(player: Player, folder: Path) -> Iterator[Settings]:
    """A NUT server on a Unix socket, which only this user can reach."""
    turn = threading.Lock()

    class Handler(socketserver.BaseRequestHandler):
        """One connection."""

        def handle(self) -> None:
            """Answer until the other end hangs up."""
            with contextlib.suppress(OSError):
                while data := self.request.recv(_CHUNK):
                    with turn:
                        said = b"".join(player.heard(data))
                    self.request.sendall(said)

    with socketserver.ThreadingUnixStreamServer(str(folder / "nut"), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, name="replayed nut", daemon=True).start()
        try:
            yield {"address": f"unix:{folder / 'nut'}"}
        finally:
            server.shutdown()


@contextmanager
def card_slot(player: Player, folder: Path) -> Iterator[Settings]:
    """A slot of a pcscd of its own. Raises ``DeviceNotReady`` ``program-missing`` or
    ``namespaces-refused``, ``DeviceTimeout`` ``pcscd-did-not-start``."""
    from drivers.virtual.pcscd import READER, SLOTS, VirtualPcscd

    if not isinstance(player, CardPlayer):
        raise TypeError("only a card goes into a slot")
    pcscd = VirtualPcscd(folder / "pcscd")
    pcscd.start()
    try:
        pcscd.slots[SLOTS[0]].insert(player)
        yield {"reader": READER, "slot": 0, "pcscd_socket": str(pcscd.socket)}
    finally:
        pcscd.stop()
