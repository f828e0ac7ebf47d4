"""SAM_V frames through a PC/SC reader, in pseudo-commands.

A reader of this design passes a frame on to its module when it comes in a command of its own
(PC/SC part 3 leaves class FF to readers)::

    FF 00 00 00 | Lc | frame        ->  what the module answers | 90 00

The first four bytes are the vendor's and set in the driver's settings. An answer that is longer
than the reader gives at a time is fetched with ``FF C0 00 00`` while it says 61xx. A frame of more
than 255 bytes goes in one command of extended length (``00`` and two bytes of length), or in
several, of which all but the last have P1 = 01. A module that says nothing in time is told as a
status other than 90 00.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from drivers.byte_stream import ByteStream
from drivers.errors import DeviceError, DeviceNotReady, DeviceTimeout, ProtocolError, UserFault
from drivers.smart_card.pcsc_channel import PcscChannel
from drivers.smart_card.service import PcscService
from drivers.smart_card.settings import PcscSettings

_OK = b"\x90\x00"
_MODULE_S = 3.0
"""How long pcscd may take from finding the reader to having powered its module."""
_PORTION = 255
_MORE_FOLLOWS = 0x01


class PcscTransport(ByteStream):
    """What a module answers to a frame is there to be read when the frame has been written."""

    def __init__(self, settings: PcscSettings, prefix: bytes, *, extended: bool) -> None:
        """Take the slot. Raises ``DeviceNotReady``: ``pcsc-down``, ``reader-absent`` when there is
        no such reader or no module in it, ``reader-busy``."""
        self._prefix = prefix
        self._extended = extended
        self._received = b""
        self._channel: PcscChannel | None = None
        self._service = PcscService(settings)
        self._service.start()
        try:
            with _gone_is_absent():
                self._service.check()
                self._service.wait(lambda slot: slot.present, _MODULE_S, lambda: None)
                self._channel = self._service.connect()
        except DeviceError:
            self.close()
            raise

    def close(self) -> None:
        """See ``ByteStream.close``."""
        self._let_go()
        self._service.stop()

    def write(self, data: bytes) -> None:
        """See ``ByteStream.write``."""
        with _gone_is_absent():
            answers = [self._exchange(command) for command in self._commands(data)]
        self._received += answers[-1]

    def read(self, timeout_s: float) -> bytes:
        """See ``ByteStream.read``. Nothing comes by itself on this wire."""
        if not self._received:
            with _gone_is_absent():
                self._service.check()
            time.sleep(max(0.0, timeout_s))
        received, self._received = self._received, b""
        return received

    def discard_input(self) -> None:
        """See ``ByteStream.discard_input``."""
        self._received = b""

    def _exchange(self, command: bytes) -> bytes:
        """What the module said to one command; nothing when it kept silent. A connection in which
        a command hangs is given up for a new one."""
        try:
            if self._channel is None:
                self._channel = self._service.connect()
            answer = self._channel.transmit(command)
        except DeviceTimeout:
            self._let_go()
            return b""
        return answer[:-2] if answer[-2:] == _OK else b""

    def _let_go(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _commands(self, data: bytes) -> Iterator[bytes]:
        return pseudo_commands(self._prefix, data, extended=self._extended)


def pseudo_commands(prefix: bytes, frame: bytes, *, extended: bool) -> Iterator[bytes]:
    """The commands that carry a frame, as the module says. ``prefix``: four bytes."""
    if extended and len(frame) > _PORTION:
        yield prefix + b"\0" + len(frame).to_bytes(2, "big") + frame
        return
    portions = [frame[at : at + _PORTION] for at in range(0, len(frame), _PORTION)]
    for portion in portions[:-1]:
        yield prefix[:2] + bytes((_MORE_FOLLOWS,)) + prefix[3:] + bytes((_PORTION,)) + portion
    yield prefix + bytes((len(portions[-1]),)) + portions[-1]


@contextlib.contextmanager
def _gone_is_absent() -> Iterator[None]:
    """The module is a card only to PC/SC: to everybody else it is the reader."""
    try:
        yield
    except UserFault:
        raise DeviceNotReady("reader-absent", "the reader's module does not answer") from None
    except ProtocolError:
        raise ProtocolError("reader-garbled", "the reader gave no proper answer") from None
