"""A driver, its virtual device, and what it emitted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

from drivers.device import DeviceEvent, DeviceState
from drivers.errors import DeviceError
from drivers.registry import driver_class
from drivers.serial_device.driver import SerialDevice
from drivers.virtual.serial_peer import VirtualSerialDevice

D = TypeVar("D", bound=SerialDevice)
P = TypeVar("P", bound=VirtualSerialDevice)


class Bench(Generic[D, P]):
    def __init__(self, kind: type[D], peer: P) -> None:
        self.peer = peer
        self.events: list[DeviceEvent] = []
        assert driver_class(peer.driver) is kind
        self.driver = kind(peer.settings, self.events.append)

    def device(self) -> DeviceState:
        return self.driver.status().device.value

    def fault(self, name: str, on: bool = True) -> None:
        self.peer.set_fault(f"{self.peer.prefix}-{name}", on=on)

    def soon(self, action: str, **arguments: Any) -> None:
        """Let a person act while the driver waits."""
        threading.Timer(0.15, self.peer.act, (action, arguments)).start()

    def refusal(self, command: str, *arguments: Any) -> DeviceError:
        with pytest.raises(DeviceError) as caught:
            getattr(self.driver, command)(*arguments)
        return caught.value


@contextmanager
def opened(kind: type[D], peer_kind: type[P], run_dir: Path) -> Iterator[Bench[D, P]]:
    peer = peer_kind(run_dir)
    peer.start()
    bench = Bench(kind, peer)
    try:
        bench.driver.open()
        yield bench
    finally:
        bench.driver.close()
        peer.stop()
