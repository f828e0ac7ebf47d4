"""A social security card reader: the first slot of the virtual PC/SC reader, and cards for it."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from drivers.id_card.contract import CardKind
from drivers.smart_card.settings import PcscSettings
from drivers.virtual import residents
from drivers.virtual.pcscd import READER
from drivers.virtual.peer import FaultSwitch
from drivers.virtual.residents import CardCondition
from drivers.virtual.slot_peer import ChipInSlot, SlotPeer
from drivers.virtual.smart_card import VirtualCard
from drivers.virtual.social_security_card_chip import social_security_chip, transit_chip

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
_NO_ATR = b"\x00\x00"
"""What contacts on the wrong side bring forth: no answer to reset at all."""


class VirtualSocialSecurityCardReader(SlotPeer[tuple[int, int]]):
    """Faults of the reader and of pcscd are the whole PC/SC reader's, both of its slots; the
    others are the card's. ``ssc-upside-down`` and ``ssc-wrong-card`` act on the next card.

    Actions: ``place`` ``{"resident": number, "generation": 1 or 2, "pull_at": n}`` puts a card in,
    to be pulled at its n-th command where that is given; ``remove`` takes it out.
    """

    role = "social-security-card-reader"
    driver = "social-security-card"
    slot = "card"
    unplugged = _UNPLUGGED
    pulled_mid_read = _PULLED_MID_READ
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

    @property
    def settings(self) -> PcscSettings:
        """What a driver of this reader is to be given."""
        return PcscSettings(
            reader=READER, slot=0, pcscd_socket=str(self._pcscd.socket), answer_s=2.0
        )

    def _reconcile(self) -> None:
        if self._started:
            (self._pcscd.kill if _PCSCD_KILLED in self._on else self._pcscd.revive)()

    def _seen(self) -> dict[str, Any]:
        """``card`` (the resident's number or ``None``) and its ``generation``."""
        number, generation = self._placed or (None, None)
        return {"card": number, "generation": generation}

    def _place(self, arguments: dict[str, Any]) -> None:
        generation, pull_at = arguments.get("generation", 2), arguments.get("pull_at")
        if generation not in (1, 2):
            raise ValueError("cards are of generation 1 or 2")
        if pull_at is not None and not isinstance(pull_at, int):
            raise ValueError("pull_at counts commands")
        number = _holder(arguments.get("resident")).number
        with self._lock:
            chip = transit_chip() if _WRONG_CARD in self._on else _chip(number, generation)
            card = _SocialSecurityCard(chip, self._on, self._pulled, pull_at)
            if _UPSIDE_DOWN in self._on:
                card.atr = _NO_ATR
            self._insert((number, generation), card)


class _SocialSecurityCard(ChipInSlot):
    silent = _SILENT
    garbage = _GARBAGE

    def __init__(
        self,
        chip: VirtualCard,
        faults: Set[str],
        on_pulled: Callable[[], None],
        pull_at: int | None,
    ) -> None:
        super().__init__(chip, faults, on_pulled)
        self._asked_pull_at = pull_at

    def _counts(self, command: bytes) -> bool:
        return True

    def _pull_at(self) -> int | None:
        return _MID_READ if _PULLED_MID_READ in self._faults else self._asked_pull_at

    def _takes_s(self, command: bytes, answer: bytes) -> float:
        return _SLOW_S if _SLOW in self._faults else 0.0

    def _spoiled(self, answer: bytes) -> bytes:
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
