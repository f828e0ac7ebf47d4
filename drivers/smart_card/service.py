"""One slot of a PC/SC reader, watched: who is in it, from the first moment on, whatever happens.

A thread waits inside ``SCardGetStatusChange`` for the reader and for the pseudo-reader that tells
of readers that come and go; no card is asked for at intervals. Only the list of readers is looked
through again every five seconds, for one that came just between two waits (pcsc-lite 1.9 keeps no
count of them from one to the next). When pcscd ends, the context is made again as soon as another
one listens. (pyscard's own monitors end for good when pcscd does.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from smartcard import scard

from drivers.errors import DeviceError, DeviceNotReady
from drivers.smart_card.names import choose
from drivers.smart_card.pcsc_channel import PcscChannel
from drivers.smart_card.pcsc_context import establish
from drivers.smart_card.pcsc_errors import (
    card_garbled,
    card_pulled,
    error_for,
    pcsc_down,
    reader_absent,
)
from drivers.smart_card.settings import PcscSettings

_COMING_AND_GOING = "\\\\?PnP?\\Notification"
_AGAIN_S = 0.25
"""How often a pcscd that is down is looked for."""
_SLICE_S = 0.1
_SETTLE_S = 1.0
"""How long pcscd may take to notice that a card or a reader is away (it looks every 0.4 s at
readers that do not tell)."""
_BACK_S = 2.0
"""How long a pcscd that is started anew may be away before that is called a fault."""
_ROLL_CALL_MS = 5_000
"""A reader that came in the moment between being listed and being watched is seen by then."""
_LOOK_AGAIN = (
    scard.SCARD_E_TIMEOUT,
    scard.SCARD_E_CANCELLED,
    scard.SCARD_E_UNKNOWN_READER,
    scard.SCARD_E_READER_UNAVAILABLE,
)
_USELESS = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Slot:
    """What is known of the slot."""

    running: bool = False
    """Whether pcscd answers."""
    reader: str | None = None
    """The reader's full name, ``None`` when it is not there."""
    present: bool = False
    atr: bytes = b""
    count: int = 0
    """Another one with every card that comes or goes, so that a quick exchange of cards shows."""
    at: float = 0.0
    """When this was learned (``time.monotonic()``)."""
    came: float = 0.0
    """When the reader was first seen there (``time.monotonic()``)."""
    up: float = 0.0
    """When this pcscd was first heard (``time.monotonic()``)."""

    @property
    def settled(self) -> bool:
        """Whether more cannot be expected: a pcscd that has just come is still looking for its
        readers."""
        just_up = time.monotonic() - self.up < _SETTLE_S
        return self.reader is not None or (self.running and not just_up)

    @property
    def surely_empty(self) -> bool:
        """Whether no card is there. A reader that has just come has not looked yet."""
        return not self.present and time.monotonic() - self.came >= _SETTLE_S


class PcscService:
    """Watches one slot of the reader that the pattern in the settings means.

    ``drivers.smart_card.names`` tells which that is. ``changed`` is called on the watching thread
    with each new state.
    """

    def __init__(
        self,
        settings: PcscSettings,
        changed: Callable[[Slot], None] = lambda _: None,
    ) -> None:
        self._socket = settings.pcscd_socket
        self._pattern = settings.reader
        self._slot_number = settings.slot
        self._answer_s = settings.answer_s
        self._changed = changed
        self._known = threading.Condition()
        self._state = Slot()
        self._first_look = threading.Event()
        self._ending = threading.Event()
        self._context: int | None = None
        self._thread: threading.Thread | None = None

    @property
    def slot(self) -> Slot:
        """What is known now."""
        with self._known:
            return self._state

    def start(self) -> None:
        """Begin to watch; returns after the first look, whatever it showed."""
        self._ending.clear()
        self._first_look.clear()
        with self._known:
            self._state = Slot()
        self._thread = threading.Thread(target=self._watch, name="pcsc watch", daemon=True)
        self._thread.start()
        self._first_look.wait(_SETTLE_S)

    def stop(self) -> None:
        """Watch no more. A wait that has not quite begun takes no cancel, so it is repeated."""
        self._ending.set()
        thread, self._thread = self._thread, None
        while thread is not None and thread.is_alive():
            if (context := self._context) is not None:
                scard.SCardCancel(context)
            thread.join(0.02)

    def check(self) -> Slot:
        """The state, when the reader can be used. Raises ``pcsc-down`` or ``reader-absent``."""
        slot = self.slot
        if not slot.running:
            raise pcsc_down()
        if slot.reader is None:
            raise reader_absent()
        return slot

    def settled(self, check: Callable[[], None] = lambda: None) -> Slot:
        """Like ``check``, when a pcscd that is being started anew has had the time to come back
        with its readers: so a restart is no fault, and a reader that went with it is told as such.
        ``check`` raises to end the wait."""
        self.wait(lambda slot: slot.settled, _BACK_S, check)
        return self.check()

    def wait(
        self, wanted: Callable[[Slot], bool], timeout_s: float, check: Callable[[], None]
    ) -> bool:
        """Wait until the state is as wanted; ``False`` after ``timeout_s``. ``check`` raises to
        end the wait."""
        end = time.monotonic() + timeout_s
        while True:
            check()
            with self._known:
                if wanted(self._state):
                    return True
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._known.wait(min(left, _SLICE_S))

    def connect(self, *, exclusive: bool = True) -> PcscChannel:
        """A channel to the card in the slot, by whichever of T=0 and T=1 it speaks.

        Raises ``pcsc-down``, ``reader-absent``, ``reader-busy``, ``card-pulled``,
        ``card-unreadable`` (mute), ``card-garbled``, ``card-silent``.
        """
        slot = self.check()
        if not slot.present or slot.reader is None:
            raise card_pulled()
        return PcscChannel(
            establish(self._socket),
            slot.reader,
            exclusive=exclusive,
            failed=lambda code: self._why(code, slot),
            answer_s=self._answer_s,
        )

    def _why(self, code: int, before: Slot) -> DeviceError:
        """What a return code meant, when pcscd has had the time to notice what happened."""
        if (error := error_for(code)) is not None and not isinstance(error, DeviceNotReady):
            return error
        self.wait(lambda slot: not _same_card(slot, before), _SETTLE_S, lambda: None)
        slot = self.slot
        if not slot.running:
            return pcsc_down()
        if slot.reader != before.reader:
            return reader_absent()
        return error or (card_garbled() if _same_card(slot, before) else card_pulled())

    def _watch(self) -> None:
        while not self._ending.is_set():
            try:
                self._watch_pcscd()
            except DeviceError:
                self._learn(Slot())
                self._ending.wait(_AGAIN_S)

    def _watch_pcscd(self) -> None:
        """Watch until told to end or pcscd does (``DeviceError``)."""
        self._context = context = establish(self._socket)
        try:
            while not self._ending.is_set():
                name = self._find(context)
                if name is None:
                    self._learn(Slot(running=True))
                self._watch_reader(context, name)
        finally:
            self._context = None
            scard.SCardReleaseContext(context)

    def _watch_reader(self, context: int, name: str | None) -> None:
        """Watch one reader, or none, until readers come or go."""
        readers = [] if name is None else [(name, scard.SCARD_STATE_UNAWARE)]
        timeout_ms = 0
        while not self._ending.is_set():
            code, found = scard.SCardGetStatusChange(
                context, timeout_ms, [*readers, (_COMING_AND_GOING, scard.SCARD_STATE_UNAWARE)]
            )
            if code in _LOOK_AGAIN:
                return
            _succeeded(code)
            *watched, (_, comings, _) = found
            for reader, state, atr in watched:
                if state & _USELESS:
                    return
                self._learn_reader(reader, state, bytes(atr))
            if comings & scard.SCARD_STATE_CHANGED:
                return
            readers = [(reader, state & ~scard.SCARD_STATE_CHANGED) for reader, state, _ in watched]
            timeout_ms = _ROLL_CALL_MS

    def _find(self, context: int) -> str | None:
        code, names = scard.SCardListReaders(context, [])
        if code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return None
        _succeeded(code)
        return choose(names, self._pattern, self._slot_number)

    def _learn_reader(self, reader: str, state: int, atr: bytes) -> None:
        """The upper half of a state counts the cards that came and went (pcsc-lite)."""
        present = bool(state & scard.SCARD_STATE_PRESENT)
        self._learn(Slot(True, reader, present, atr if present else b"", state >> 16))

    def _learn(self, fresh: Slot) -> None:
        now = time.monotonic()
        with self._known:
            before = self._state
            came = before.came if fresh.reader == before.reader else now
            up = before.up if fresh.running == before.running else now
            changed = not _same_card(before, fresh)
            if changed:
                self._state = replace(fresh, at=now, came=came, up=up)
                self._known.notify_all()
        self._first_look.set()
        if changed:
            self._changed(self._state)


def _same_card(one: Slot, other: Slot) -> bool:
    plain, plain_other = (replace(each, at=0.0, came=0.0, up=0.0) for each in (one, other))
    return plain == plain_other


def _succeeded(code: int) -> None:
    """Any other code than success means that this pcscd is of no more use."""
    if code != scard.SCARD_S_SUCCESS:
        raise pcsc_down()
