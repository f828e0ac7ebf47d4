"""A channel to one card through PC/SC."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

from smartcard import scard

from drivers.errors import DeviceError, DeviceTimeout
from drivers.recording.tap import Tap
from drivers.smart_card.channel import STATUS_BYTES, complete
from drivers.smart_card.pcsc_context import Errand

T = TypeVar("T")

_EITHER = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_HEADERS = {
    scard.SCARD_PROTOCOL_T0: scard.SCARD_PCI_T0,
    scard.SCARD_PROTOCOL_T1: scard.SCARD_PCI_T1,
}


class PcscChannel:
    """A connection to the card in a reader; a context manager that gives the card back, reset, so
    that nothing that was selected or opened stays behind. Fulfils ``CardChannel``."""

    def __init__(
        self,
        context: int,
        reader: str,
        *,
        exclusive: bool,
        failed: Callable[[int], DeviceError],
        answer_s: float,
    ) -> None:
        """Connect. ``context`` is this channel's own and is released with it; ``failed`` makes an
        error of a return code; ``answer_s``: seconds that a card may take over one command."""
        self._context = context
        self._failed = failed
        self._answer_s = answer_s
        self._errand = Errand("pcsc channel")
        self.tap = Tap()
        """Is told each command and answer; whoever records puts one here."""
        self._share = scard.SCARD_SHARE_EXCLUSIVE if exclusive else scard.SCARD_SHARE_SHARED
        started = time.monotonic()
        try:
            code, self._handle, self._protocol = self._errand.call(
                lambda: self._connect(reader), answer_s
            )
        except BaseException:
            self._release()
            raise
        if code != scard.SCARD_S_SUCCESS:
            self._release()
            raise failed(code)
        self._header = _HEADERS[self._protocol]
        self.connected_in_s = time.monotonic() - started
        """How long it took to connect, the card's start included when it was not powered."""

    def __enter__(self) -> PcscChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def protocol(self) -> str:
        """``T=0`` or ``T=1``."""
        return "T=0" if self._protocol == scard.SCARD_PROTOCOL_T0 else "T=1"

    @property
    def connection(self) -> tuple[int, Any]:
        """PC/SC's handle and protocol header, for whoever measures what this class adds."""
        return self._handle, self._header

    def converse(self, conversation: Callable[[], T]) -> T:
        """What a function returns or raises that talks to the card by this channel, run on the
        channel's own thread: its commands go out without a change of threads each.

        The card may take ``answer_s`` from one command to the next; ``DeviceTimeout``
        ``card-silent`` when it takes longer.
        """
        return self._errand.call(conversation, self._answer_s)

    def transmit(self, command: bytes) -> bytes:
        """See ``CardChannel.transmit``; 61xx and 6Cxx are seen through."""
        return complete(self.send, command)

    def send(self, command: bytes) -> bytes:
        """One command APDU as it is, one response APDU as it comes."""
        self.tap.said(command)
        code, answer = self._errand.call(lambda: self._transmit(command), self._answer_s)
        if code != scard.SCARD_S_SUCCESS or len(answer) < STATUS_BYTES:
            raise self._failed(code)
        response = bytes(answer)
        self.tap.heard(response)
        return response

    def reset(self) -> None:
        """Reset the card warm: what was selected is forgotten."""
        code, self._protocol = self._errand.call(self._reconnect, self._answer_s)
        if code != scard.SCARD_S_SUCCESS:
            raise self._failed(code)
        self._header = _HEADERS[self._protocol]

    def close(self) -> None:
        """Reset the card and give it back. Does not raise."""
        with contextlib.suppress(DeviceTimeout):
            self._errand.call(
                lambda: scard.SCardDisconnect(self._handle, scard.SCARD_RESET_CARD), self._answer_s
            )
        self._release()

    def _connect(self, reader: str) -> tuple[int, int, int]:
        found: tuple[int, int, int] = scard.SCardConnect(
            self._context, reader, self._share, _EITHER
        )
        return found

    def _transmit(self, command: bytes) -> tuple[int, list[int]]:
        found: tuple[int, list[int]] = scard.SCardTransmit(
            self._handle, self._header, list(command)
        )
        return found

    def _reconnect(self) -> tuple[int, int]:
        found: tuple[int, int] = scard.SCardReconnect(
            self._handle, self._share, _EITHER, scard.SCARD_RESET_CARD
        )
        return found

    def _release(self) -> None:
        """Let the context go when the last call is back, whenever that is."""
        self._errand.ask(lambda: scard.SCardReleaseContext(self._context))
        self._errand.end()
