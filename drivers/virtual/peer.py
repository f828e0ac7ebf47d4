"""What every virtual device offers to the room that holds it.

A virtual device is the far end of a real wire: a pseudo-terminal, a socket, a print queue. Its
drivers cannot tell it from the real thing. Besides the wire it has fault switches, which a test,
``yimen fault`` or the rehearsal page set while it runs.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from drivers.device import DriverSettings


@dataclass(frozen=True, slots=True)
class FaultSwitch:
    """One fault that a virtual device can show.

    ``name`` is unique over all devices and stable (``printer-paper-jam``); titles live in config.
    ``once``: the fault happens at the next occasion and then switches itself off.
    """

    name: str
    once: bool = False


class VirtualPeer(ABC):
    """The far end of one device's wire."""

    role: ClassVar[str]
    """The role that the device is bound to: ``id-card-reader``, ``document-printer``."""
    driver: ClassVar[str]
    """The name in ``drivers.registry`` of the driver that uses it."""
    switches: ClassVar[tuple[FaultSwitch, ...]]

    @property
    @abstractmethod
    def settings(self) -> DriverSettings:
        """What a driver of this device is to be given."""

    @abstractmethod
    def start(self) -> None:
        """Put the wire in place and answer on it."""

    @abstractmethod
    def stop(self) -> None:
        """Take the wire away and end all that was started."""

    @abstractmethod
    def set_fault(self, name: str, on: bool) -> None:
        """Turn one switch. ``KeyError`` when the device has no such switch."""

    @abstractmethod
    def faults(self) -> tuple[str, ...]:
        """The switches that are on."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What a person standing before the device would see, as JSON values."""

    @abstractmethod
    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what a person would do with the device (``place``, ``remove``, ``take`` …).

        ``KeyError`` for an unknown action, ``ValueError`` for arguments that make no sense.
        """


class SwitchedPeer(VirtualPeer):
    """A device that becomes what its switches say as soon as one is turned."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._on: set[str] = set()
        self._started = False

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        self._started = True
        self._reconcile()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        self._started = False
        self._reconcile()

    def set_fault(self, name: str, on: bool) -> None:
        """See ``VirtualPeer.set_fault``."""
        if name not in {switch.name for switch in self.switches}:
            raise KeyError(name)
        with self._lock:
            self._turn(name, on)
        self._reconcile()

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            return tuple(switch.name for switch in self.switches if switch.name in self._on)

    def _turn(self, name: str, on: bool) -> None:
        """Note the switch; called with the lock held."""
        if on:
            self._on.add(name)
        else:
            self._on.discard(name)

    @abstractmethod
    def _reconcile(self) -> None:
        """Make the device be as the switches say; called without the lock, on any thread."""
