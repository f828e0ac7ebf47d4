"""What the two slots of the virtual PC/SC reader have in common, and the chips in them."""

from __future__ import annotations

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Set
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from drivers.virtual.pcscd import VirtualPcscd
from drivers.virtual.peer import SwitchedPeer
from drivers.virtual.smart_card import CardLeaves, VirtualCard

Placed = TypeVar("Placed")
"""What tells one card that may be placed from another."""
_LOOK_S = 0.01


class ChipInSlot(ABC):
    """A chip with what may go wrong between it and the reader. Fulfils ``VirtualCard``."""

    silent: ClassVar[str]
    garbage: ClassVar[str]

    def __init__(self, chip: VirtualCard, faults: Set[str], on_pulled: Callable[[], None]) -> None:
        self.atr = chip.atr
        self.pulled = threading.Event()
        self.counted = 0
        """Commands that count, since the chip was last powered."""
        self._chip = chip
        self._faults = faults
        self._on_pulled = on_pulled
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run

    def power_on(self) -> None:
        """See ``VirtualCard.power_on``."""
        self.counted = 0
        self._chip.power_on()

    def answer(self, command: bytes) -> bytes:
        """See ``VirtualCard.answer``."""
        self.counted += self._counts(command)
        pull_at = self._pull_at()
        if pull_at is not None and self.counted >= pull_at:
            self._on_pulled()
            raise CardLeaves
        while self.silent in self._faults and not self.pulled.wait(_LOOK_S):
            pass
        answer = self._chip.answer(command)
        if self.pulled.wait(self._takes_s(command, answer)):
            raise CardLeaves
        if self.garbage in self._faults:
            return self._random.randbytes(max(2, len(answer)))
        return self._spoiled(answer)

    @abstractmethod
    def _counts(self, command: bytes) -> bool:
        """Whether a command is part of reading the card."""

    @abstractmethod
    def _pull_at(self) -> int | None:
        """The number of the command at which the card is pulled."""

    @abstractmethod
    def _takes_s(self, command: bytes, answer: bytes) -> float:
        """Seconds that a command and its answer take."""

    @abstractmethod
    def _spoiled(self, answer: bytes) -> bytes:
        """The answer as the reader gets it."""


class SlotPeer(SwitchedPeer, Generic[Placed]):
    """One slot, and the card in it.

    The switch ``unplugged`` takes the whole reader away: it is on or off for both slots.
    """

    slot: ClassVar[str]
    unplugged: ClassVar[str]
    pulled_mid_read: ClassVar[str]

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self._pcscd = VirtualPcscd.shared(run_dir)
        self._slot = self._pcscd.slots[self.slot]
        self._placed: Placed | None = None

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        self._pcscd.start()
        super().start()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        self._remove()
        super().stop()
        self._pcscd.stop()

    def set_fault(self, name: str, on: bool) -> None:
        """See ``VirtualPeer.set_fault``."""
        if name == self.unplugged:
            self._pcscd.plug(plugged=not on)
        else:
            super().set_fault(name, on)

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            on = {*self._on, *(() if self._pcscd.plugged else (self.unplugged,))}
        return tuple(switch.name for switch in self.switches if switch.name in on)

    def state(self) -> dict[str, Any]:
        """``light`` (``off``, ``idle``, ``found``, ``reading``), ``reader`` as pcscd has it,
        ``socket`` of pcscd, and what lies in the slot."""
        with self._lock:
            return {
                "light": self._light(),
                "reader": VirtualPcscd.reader(self.slot),
                "socket": str(self._pcscd.socket),
                **self._seen(),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``place`` puts a card in, ``remove`` takes it out. Both return the new state."""
        if action == "place":
            self._place(arguments)
        elif action == "remove":
            self._remove()
        else:
            raise KeyError(action)
        return self.state()

    @abstractmethod
    def _seen(self) -> dict[str, Any]:
        """What a person sees of the card in the slot."""

    @abstractmethod
    def _place(self, arguments: dict[str, Any]) -> None:
        """Put in what the arguments of ``place`` name."""

    def _insert(self, placed: Placed, card: ChipInSlot) -> None:
        with self._lock:
            self._remove()
            self._placed = placed
            self._slot.insert(card)

    def _remove(self) -> None:
        with self._lock:
            self._placed = None
            card = self._slot.card
        if isinstance(card, ChipInSlot):
            card.pulled.set()
        self._slot.remove()

    def _pulled(self) -> None:
        """The card's doing, on the slot's thread."""
        with self._lock:
            self._placed = None
            self._on.discard(self.pulled_mid_read)

    def _light(self) -> str:
        if not self._pcscd.running or not self._pcscd.plugged:
            return "off"
        card = self._slot.card
        if not isinstance(card, ChipInSlot):
            return "idle"
        return "reading" if card.counted else "found"
