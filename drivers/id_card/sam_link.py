"""One question and its answer on a SAM_V wire: timeouts, resync and bounds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from drivers.byte_stream import ByteStream
from drivers.errors import DeviceTimeout, ProtocolError
from drivers.id_card.frames import Answer, FrameParser, Request
from drivers.id_card.sam_codes import Sw3

RESET = Request(0x10, 0xFF)
STATUS = Request(0x11, 0xFF)
SAM_ID = Request(0x12, 0xFF)
FIND = Request(0x20, 0x01)
SELECT = Request(0x20, 0x02)
READ_TEXT_AND_PHOTO = Request(0x30, 0x01)
READ_NEWEST_ADDRESS = Request(0x30, 0x03)

SILENCE_S = 1.0
"""How long the wire may be still before an answer counts as missing."""
READ_SILENCE_S = 3.0
"""The same for reading a card, which the SAM does before it answers."""
ANSWER_S = 5.0
"""How long one answer may take in all."""
NOISE_LIMIT = 8192
"""Bytes of noise after which an answer is not waited for any longer."""
_SLICE_S = 0.1


class SamLink:
    """Asks a SAM, and holds it to the protocol.

    ``check`` is called while waiting and raises to withdraw the question.
    """

    def __init__(self, transport: ByteStream, check: Callable[[], None]) -> None:
        self._transport = transport
        self._check = check

    def close(self) -> None:
        """Give the wire back."""
        self._transport.close()

    def ask(self, request: Request) -> Answer:
        """Send a request and return its answer; a damaged exchange is tried once more.

        Raises ``DeviceTimeout`` ``reader-silent`` when nothing comes, ``ProtocolError``
        ``reader-garbled`` when what comes is no answer, ``DeviceNotReady`` ``reader-absent``.
        """
        with contextlib.suppress(ProtocolError):
            answer = self._exchange(request)
            if answer.sw3 != Sw3.CHECKSUM_ERROR:
                return answer
        return self._exchange(request)

    def _exchange(self, request: Request) -> Answer:
        self._transport.discard_input()
        self._transport.write(request.encode())
        silence_s = READ_SILENCE_S if request.command == READ_TEXT_AND_PHOTO.command else SILENCE_S
        return self._receive(silence_s)

    def _receive(self, silence_s: float) -> Answer:
        parser = FrameParser()
        end = time.monotonic() + ANSWER_S
        heard = False
        while time.monotonic() < end and parser.discarded <= NOISE_LIMIT:
            received = self._listen(SILENCE_S if heard else silence_s)
            frames = parser.feed(received) if received else parser.give_up()
            heard = heard or bool(received)
            for frame in frames:
                if (answer := frame.answer()) is not None:
                    return answer
            if frames or (heard and not received):
                raise ProtocolError("reader-garbled", "the reader's answer arrived damaged")
            if not received:
                raise DeviceTimeout("reader-silent", "the reader does not answer")
        raise ProtocolError("reader-garbled", "the reader sends noise in place of an answer")

    def _listen(self, silence_s: float) -> bytes:
        still_until = time.monotonic() + silence_s
        while True:
            self._check()
            left = still_until - time.monotonic()
            if left <= 0:
                return b""
            if received := self._transport.read(min(left, _SLICE_S)):
                return received


def format_sam_id(data: bytes) -> str:
    """The SAM's number as it is printed on readers: ``05.03-20110101-0001234567-0123456789``.

    16 bytes, little-endian: two words of 2 bytes, three of 4.
    """
    if len(data) != 16:
        raise ProtocolError("reader-garbled", "the reader's number is not 16 bytes long")
    words = [int.from_bytes(data[at : at + 2], "little") for at in (0, 2)]
    longs = [int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12)]
    return f"{words[0]:02d}.{words[1]:02d}-{longs[0]:08d}-{longs[1]:010d}-{longs[2]:010d}"
