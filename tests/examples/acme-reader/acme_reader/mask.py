"""What of an Acme reader's wire may be written down.

Requests pass, and answers that say nothing of anybody. A card's answer is hidden whole, and so is
what is no line.
"""

from __future__ import annotations

from collections.abc import Iterator

from acme_reader.lines import END, LONGEST, decode
from drivers.recording.tap import Mask, Piece

_REQUESTS = frozenset({"HELLO", "STATE", "READ", "RESET"})
_ANSWERS = {"HELLO": 3, "STATE": 1, "DONE": 0, "NOCARD": 0, "BADCARD": 0, "TWOCARDS": 0, "FAULT": 0}
"""What the reader says of itself alone, and in how many fields."""


class AcmeMask(Mask):
    """See the module."""

    protocol = "acme-reader"

    def __init__(self) -> None:
        self._heard = b""

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. The driver sends one line with each call."""
        line = decode(data.removesuffix(END))
        harmless = line is not None and line.mark == ">" and line.word in _REQUESTS
        yield data if harmless and line is not None and not line.fields else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``. A line that is not whole waits; one that is endless does not."""
        *whole, self._heard = (self._heard + data).split(END)
        for raw in whole:
            line = decode(raw)
            known = line is not None and line.mark == "<" and line.word in _ANSWERS
            harmless = known and line is not None and len(line.fields) == _ANSWERS[line.word]
            yield raw + END if harmless else len(raw + END)
        if len(self._heard) > LONGEST:
            yield len(self._heard)
            self._heard = b""
