"""Recording a virtual device on its own wire, while its driver uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from drivers.registry import driver_class
from drivers.virtual.peer import VirtualPeer
from drivers.virtual.room import PEERS

Use = Callable[[VirtualPeer, Any], object]


def recorded(folder: Path, role: str, use: Use) -> Path:
    """The recording of a virtual device; ``use`` has its driver do something meanwhile."""
    module, name = PEERS[role]
    home, path = folder / role, folder / f"{role}.jsonl"
    home.mkdir()
    peer = getattr(import_module(module), name)(home)
    peer.start()
    try:
        with opened(peer.driver, peer.settings.model_dump()) as driver:
            driver.record(path)
            use(peer, driver)
            driver.refresh()
            driver.record(None)
    finally:
        peer.stop()
    return path


@contextmanager
def opened(name: str, settings: Mapping[str, Any]) -> Iterator[Any]:
    """A driver that is open."""
    kind = driver_class(name)
    driver = kind(kind.settings_type.model_validate(settings), lambda event: None)
    driver.open()
    try:
        yield driver
    finally:
        driver.close()
