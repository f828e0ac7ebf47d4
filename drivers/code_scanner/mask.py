"""What of a code scanner's serial wire may be written.

A code is untrusted text and may name anybody, so each is replaced by a made-up one of the same
length; what the scanner is set to send around it stays, and so does an AIM identifier that says
nothing of the content. What is no whole code is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.code_scanner.payload import LONGEST_DATA
from drivers.lines import Lines
from drivers.recording.file import Setting
from drivers.recording.tap import Mask, Piece

_MADE_UP = b"YIMEN-SAMPLE-"
_PLAIN_KINDS = (b"]C0", b"]L0", b"]Q1", b"]d1", b"]z0")
"""AIM identifiers of codes without rules for their text (ISO/IEC 15424)."""
_IDENTIFIER = 3


class CodeMask(Mask):
    """See the module."""

    protocol = "code-lines"

    def __init__(self, prefix: bytes, suffix: bytes, *, aim_identifiers: bool) -> None:
        """``prefix``, ``suffix``: what the scanner is set to send around each code."""
        self._prefix = prefix
        self._suffix = suffix
        self._aim_identifiers = aim_identifiers
        self._lines = Lines(LONGEST_DATA + len(prefix) + len(suffix), b"\r\n")

    def settings(self) -> Mapping[str, Setting]:
        """See ``Mask.settings``."""
        return {
            "prefix": self._prefix.hex(),
            "suffix": self._suffix.hex(),
            "aim_identifiers": self._aim_identifiers,
        }

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. Nothing is said to a scanner."""
        yield len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``."""
        for line in self._lines.feed(data):
            yield line if isinstance(line, int) else self._masked(line[:-1], line[-1:])

    def _masked(self, line: bytes, end: bytes) -> Piece:
        if not line:
            return end
        around = len(self._prefix) + len(self._suffix)
        framed = line.startswith(self._prefix) and line.endswith(self._suffix)
        if not framed or len(line) <= around:
            return len(line) + len(end)
        code = line[len(self._prefix) : len(line) - len(self._suffix)]
        return self._prefix + self._made_up(code) + self._suffix + end

    def _made_up(self, code: bytes) -> bytes:
        kind = code[:_IDENTIFIER] if self._aim_identifiers else b""
        kept = kind if kind in _PLAIN_KINDS and len(code) > _IDENTIFIER else b""
        return kept + made_up(len(code) - len(kept))


def made_up(length: int) -> bytes:
    """A code of nobody."""
    return (_MADE_UP * (length // len(_MADE_UP) + 1))[:length]
