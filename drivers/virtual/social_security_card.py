"""A social security card reader: the first slot of the virtual PC/SC reader, and cards for it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.id_card.contract import CardKind
from drivers.smart_card.settings import PcscSettings
from drivers.virtual import residents
from drivers.virtual.pcscd import READER, VirtualPcscd
from drivers.virtual.peer import FaultSwitch, VirtualPeer
from drivers.virtual.residents import CardCondition
from drivers.virtual.smart_card import CardLeaves, VirtualCard
from drivers.virtual.social_security_card_chip import social_security_chip, transit_chip

_SLOT = "card"
_UNPLUGGED = "ssc-unplugged"
_PCSCD_KILLED = "ssc-pcscd-killed"
_PULLED_MID_READ = "ssc-pulled-mid-read"
_UPSIDE_DOWN = "ssc-upside-down"
_WRONG_CARD = "ssc-wrong-card"
_SILENT = "ssc-silent"
_SLOW = "ssc-slow"
_GARBAGE = "ssc-garbage"
_SHORT_ANSWER = "ssc-short-answer"
_HALF_RECORD = "ssc-half-record"
_ENDLESS_ANSWER = "ssc-endless-answer"
_MID_READ = 5
"""The command at which ``ssc-pulled-mid-read`` pulls the card."""
_SLOW_S = 0.05
_LOOK_S = 0.01
_NO_ATR = b"\x00\x00"
"""What contacts on the wrong side bring forth: no answer to reset at all."""


class VirtualSocialSecurityCardReader(VirtualPeer):
    """Faults of the reader and of pcscd are the whole PC/SC reader's, both of its slots; the
    others are the card's. ``ssc-upside-down`` and ``ssc-wrong-card`` act on the next card."""

    role = "social-security-card-reader"
    driver = "social-security-card"
    switches = (
        FaultSwitch(_UNPLUGGED),
        FaultSwitch(_PCSCD_KILLED),
        FaultSwitch(_PULLED_MID_READ, once=True),
        FaultSwitch(_UPSIDE_DOWN),
        FaultSwitch(_WRONG_CARD),
        FaultSwitch(_SILENT),
        FaultSwitch(_SLOW),
        FaultSwitch(_GARBAGE),
        FaultSwitch(_SHORT_ANSWER),
        FaultSwitch(_HALF_RECORD),
        FaultSwitch(_ENDLESS_ANSWER),
    )

    def __init__(self, run_dir: Path) -> None:
        self._pcscd = VirtualPcscd.shared(run_dir)
        self._slot = self._pcscd.slots[_SLOT]
        self._lock = threading.RLock()
        self._faults: set[str] = set()
        self._placed: tuple[int, int] | None = None

    @property
    def settings(self) -> PcscSettings:
        """What a driver of this reader is to be given."""
        return PcscSettings(
            reader=READER, slot=0, pcscd_socket=str(self._pcscd.socket), answer_s=2.0
        )

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        self._pcscd.start()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        self._remove()
        self._pcscd.stop()

    def set_fault(self, name: str, on: bool) -> None:
        """See ``VirtualPeer.set_fault``."""
        if not any(switch.name == name for switch in self.switches):
            raise KeyError(name)
        with self._lock:
            (self._faults.add if on else self._faults.discard)(name)
        if name == _UNPLUGGED:
            self._pcscd.plug(plugged=not on)
        elif name == _PCSCD_KILLED:
            (self._pcscd.kill if on else self._pcscd.revive)()

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            return tuple(switch.name for switch in self.switches if switch.name in self._faults)

    def state(self) -> dict[str, Any]:
        """``light`` (``off``, ``idle``, ``found``, ``reading``), ``card`` (the resident's number or
        ``None``), ``generation`` of the card, ``reader`` as pcscd has it, ``socket`` of pcscd."""
        with self._lock:
            number, generation = self._placed or (None, None)
            return {
                "light": self._light(),
                "card": number,
                "generation": generation,
                "reader": VirtualPcscd.reader(_SLOT),
                "socket": str(self._pcscd.socket),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``place`` ``{"resident": number, "generation": 1 or 2, "pull_at": n}`` puts a card in,
        to be pulled at its n-th command where that is given; ``remove`` takes it out. Both return
        the new state."""
        if action == "place":
            self._place(arguments)
        elif action == "remove":
            self._remove()
        else:
            raise KeyError(action)
        return self.state()

    def _place(self, arguments: dict[str, Any]) -> None:
        generation, pull_at = arguments.get("generation", 2), arguments.get("pull_at")
        if generation not in (1, 2):
            raise ValueError("cards are of generation 1 or 2")
        if pull_at is not None and not isinstance(pull_at, int):
            raise ValueError("pull_at counts commands")
        self._insert(_holder(arguments.get("resident")).number, generation, pull_at)

    def _insert(self, number: int, generation: int, pull_at: int | None = None) -> None:
        with self._lock:
            if _WRONG_CARD in self._faults:
                chip: VirtualCard = transit_chip()
            else:
                chip = _chip(number, generation)
            card = _CardInSlot(chip, self._faults, self._pulled, pull_at)
            if _UPSIDE_DOWN in self._faults:
                card.atr = _NO_ATR
            self._remove()
            self._placed = (number, generation)
            self._slot.insert(card)

    def _remove(self) -> None:
        with self._lock:
            self._placed = None
            card = self._slot.card
        if isinstance(card, _CardInSlot):
            card.pulled.set()
        self._slot.remove()

    def _pulled(self) -> None:
        """The card's doing, on the slot's thread."""
        with self._lock:
            self._placed = None
            self._faults.discard(_PULLED_MID_READ)

    def _light(self) -> str:
        if not self._pcscd.running or not self._pcscd.plugged:
            return "off"
        card = self._slot.card
        if not isinstance(card, _CardInSlot):
            return "idle"
        return "reading" if card.commands else "found"


class _CardInSlot:
    """A chip with what may go wrong between it and the reader. Fulfils ``VirtualCard``."""

    def __init__(
        self,
        chip: VirtualCard,
        faults: set[str],
        on_pulled: Callable[[], None],
        pull_at: int | None,
    ) -> None:
        self.atr = chip.atr
        self.pulled = threading.Event()
        self.commands = 0
        """Since the chip was last powered."""
        self._chip = chip
        self._faults = faults
        self._on_pulled = on_pulled
        self._pull_at = pull_at
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run

    def power_on(self) -> None:
        self.commands = 0
        self._chip.power_on()

    def answer(self, command: bytes) -> bytes:
        self.commands += 1
        pull_at = _MID_READ if _PULLED_MID_READ in self._faults else self._pull_at
        if pull_at is not None and self.commands >= pull_at:
            self._on_pulled()
            raise CardLeaves
        self._linger()
        return self._spoiled(self._chip.answer(command))

    def _linger(self) -> None:
        if _SLOW in self._faults:
            self.pulled.wait(_SLOW_S)
        while _SILENT in self._faults and not self.pulled.is_set():
            time.sleep(_LOOK_S)
        if self.pulled.is_set():
            raise CardLeaves

    def _spoiled(self, answer: bytes) -> bytes:
        if _GARBAGE in self._faults:
            return self._random.randbytes(max(2, len(answer)))
        if _SHORT_ANSWER in self._faults:
            return answer[:1]
        if _ENDLESS_ANSWER in self._faults:
            return bytes(16) + b"\x61\x10"
        if _HALF_RECORD in self._faults and len(answer) > 4:
            return answer[: len(answer) // 2 - 1] + answer[-2:]
        return answer


def _holder(number: object) -> residents.Resident:
    try:
        person = residents.resident(number)  # type: ignore[arg-type]
    except (KeyError, TypeError):
        raise ValueError("there is no such resident in the drawer") from None
    if person.kind is not CardKind.RESIDENT:
        raise ValueError("that resident has no social security card")
    return person


def _chip(number: int, generation: int) -> VirtualCard:
    person = _holder(number)
    if person.condition is CardCondition.UNSUPPORTED:
        return transit_chip()
    return social_security_chip(person, generation)
