"""What the masks of cards share: each command and its answer, APDU by APDU (ISO/IEC 7816-4).

A command passes when the protocol of the card knows it to hold nothing of anybody; then its status
passes too. What an answer holds beside its status is replaced by what the protocol makes up of the
same length, or hidden. Any other command is hidden, and its answer whole.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

from drivers.recording.tap import Mask, Piece
from drivers.smart_card.channel import STATUS_BYTES

_GET_RESPONSE = b"\x00\xc0\x00\x00"


class ApduMask(Mask):
    """See the module."""

    def __init__(self) -> None:
        self._asked: bytes | None = None
        """The last command that passed, those apart that only fetch its answer."""

    @abstractmethod
    def _is_harmless(self, command: bytes) -> bool:
        """Whether a command holds nothing of anybody."""

    @abstractmethod
    def _made_up(self, asked: bytes, data: bytes) -> bytes | None:
        """What stands for the data of an answer, of the same length; ``None`` to hide them."""

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. The host sends one command with each call."""
        fetches = self._asked is not None and data[:-1] == _GET_RESPONSE
        if not fetches:
            self._asked = data if self._is_harmless(data) else None
        yield data if self._asked is not None else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``. A whole answer comes with each call."""
        if self._asked is None or len(data) < STATUS_BYTES:
            yield len(data)
            return
        content, status = data[:-STATUS_BYTES], data[-STATUS_BYTES:]
        made = self._made_up(self._asked, content) if content else b""
        if made is not None and len(made) == len(content):
            yield made + status
        else:
            yield len(content)
            yield status
