"""A SAM_V module's answers: which card lies on it, what was asked before, what comes next.

Knows nothing of wires. Behaves as SAM_V modules are described: a card that was read is not found
again until it is taken away; commands out of order are refused with 21; a module that is not
authorised or failed its test takes no command.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from drivers.id_card import layouts, sam_link
from drivers.id_card.frames import Answer, Request
from drivers.id_card.photo import WLT_LENGTH
from drivers.id_card.sam_codes import Sw3
from drivers.virtual.residents import CardCondition, Resident

SAM_ID = bytes.fromhex("05000300 15db3201 01000000 15cd5b07")
"""05.03-20110101-0000000001-0123456789"""


class Light(StrEnum):
    """What the light on the reader shows."""

    IDLE = "idle"
    FOUND = "found"
    READING = "reading"
    OK = "ok"
    ERROR = "error"


class Mischief(StrEnum):
    """What may be wrong with the module or the card on it."""

    TWO_CARDS = "two-cards"
    UNREADABLE = "unreadable"
    AUTH_FAILED = "auth-failed"
    NOT_AUTHORISED = "not-authorised"
    SELF_TEST_FAILED = "self-test-failed"
    PULLED_MID_READ = "pulled-mid-read"


class Sam:
    """One module and the card on it."""

    def __init__(self) -> None:
        self.mischief: set[Mischief] = set()
        self.card: Resident | None = None
        self.light = Light.IDLE
        self._found = False
        self._selected = False
        self.card_was_read = False

    def place(self, card: Resident) -> None:
        """Lay a card on the module, in place of what lies there."""
        self.remove()
        self.card = card

    def remove(self) -> None:
        """Take the card away."""
        self.card = None
        self.light = Light.IDLE
        self._forget()

    def answer(self, request: Request) -> Answer:
        """What the module says to a request."""
        if (refusal := self._refusal()) is not None and request != sam_link.SAM_ID:
            self.light = Light.ERROR
            return _say(refusal)
        match request:
            case sam_link.STATUS:
                return _say(Sw3.OK)
            case sam_link.SAM_ID:
                return _say(Sw3.OK, SAM_ID)
            case sam_link.RESET:
                self._forget()
                return _say(Sw3.OK)
            case sam_link.FIND:
                return self._find()
            case sam_link.SELECT:
                return self._select()
            case sam_link.READ_TEXT_AND_PHOTO:
                return self._read()
            case sam_link.READ_NEWEST_ADDRESS:
                return self._read_address()
            case _:
                return _say(Sw3.BAD_COMMAND)

    def _refusal(self) -> Sw3 | None:
        if Mischief.SELF_TEST_FAILED in self.mischief:
            return Sw3.SELF_TEST_FAILED
        if Mischief.NOT_AUTHORISED in self.mischief:
            return Sw3.NOT_AUTHORISED
        return None

    def _find(self) -> Answer:
        self._selected = False
        self._found = self.card is not None and not self.card_was_read
        if not self._found:
            return _say(Sw3.NO_CARD)
        self.light = Light.FOUND
        return _say(Sw3.CARD_FOUND, bytes(4))

    def _select(self) -> Answer:
        if not self._found:
            return _say(Sw3.BAD_COMMAND)
        if self.card is None or Mischief.TWO_CARDS in self.mischief:
            return self._fail(Sw3.SELECT_FAILED)
        self._selected = True
        return _say(Sw3.OK, bytes(8))

    def _read(self) -> Answer:
        if not self._selected:
            return _say(Sw3.BAD_COMMAND)
        self.light = Light.READING
        if Mischief.PULLED_MID_READ in self.mischief:
            self.mischief.discard(Mischief.PULLED_MID_READ)
            self.remove()
            return _say(Sw3.READ_FAILED)
        if self.card is None or self._unreadable(self.card):
            return self._fail(Sw3.READ_FAILED)
        if self.card.condition is CardCondition.UNSUPPORTED:
            return self._fail(Sw3.WRONG_CARD)
        if Mischief.AUTH_FAILED in self.mischief:
            return self._fail(Sw3.CARD_REFUSED_SAM)
        self.card_was_read = True
        self.light = Light.OK
        return _say(Sw3.OK, _content(self.card))

    def _read_address(self) -> Answer:
        if not self.card_was_read:
            return _say(Sw3.READ_FAILED if self.card is None else Sw3.BAD_COMMAND)
        if self.card is None or not self.card.newest_address:
            return _say(Sw3.NO_MORE_CONTENT)
        return _say(Sw3.OK, layouts.encode_address(self.card.newest_address))

    def _unreadable(self, card: Resident) -> bool:
        return Mischief.UNREADABLE in self.mischief or card.condition is CardCondition.UNREADABLE

    def _fail(self, sw3: Sw3) -> Answer:
        self.light = Light.ERROR
        self._forget()
        return _say(sw3)

    def _forget(self) -> None:
        self._found = self._selected = self.card_was_read = False


def _say(sw3: int, data: bytes = b"") -> Answer:
    return Answer(0, 0, sw3, data)


def _content(card: Resident) -> bytes:
    """Lengths, text block, photo block. No open encoder of the photo format exists, so the block
    is made of the card's slug: the same for one resident, and no picture."""
    text = layouts.encode(card.card)
    photo = hashlib.shake_256(card.slug.encode()).digest(WLT_LENGTH)
    return len(text).to_bytes(2, "big") + len(photo).to_bytes(2, "big") + text + photo
