"""Virtual devices that start for the tests and are put right after each, and waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from drivers.virtual.peer import VirtualPeer


class Startable(Protocol):
    """What runs from ``start`` to ``stop``."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


Started = TypeVar("Started", bound=Startable)
Peer = TypeVar("Peer", bound=VirtualPeer)


def started(thing: Started) -> Iterator[Started]:
    """A fixture's body: it runs while the tests do."""
    thing.start()
    yield thing
    thing.stop()


def put_right(peer: Peer) -> Iterator[Peer]:
    """A fixture's body: after the test no fault is on."""
    yield peer
    for fault in peer.faults():
        peer.set_fault(fault, on=False)


def eventually(condition: Callable[[], bool], within_s: float = 20) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
