"""Codes in a stream of bytes: each ends with CR, LF or both, may have a fixed text before and
after it, and may come split at any byte or together with others."""

from __future__ import annotations

import re

from drivers.code_scanner.payload import LONGEST_DATA

_END = re.compile(rb"[\r\n]")
_LONGEST_LINE = LONGEST_DATA + 64


class LineParser:
    """Holds one code at most; what belongs to none is counted in ``discarded`` and dropped."""

    def __init__(self, prefix: bytes = b"", suffix: bytes = b"") -> None:
        """``prefix``, ``suffix``: what the scanner is set to send around each code's data."""
        self._prefix = prefix
        self._suffix = suffix
        self._buffer = bytearray()
        self._overlong = False
        self.discarded = 0

    @property
    def waiting(self) -> bool:
        """Whether a code has begun and is not complete."""
        return bool(self._buffer) or self._overlong

    def feed(self, received: bytes) -> list[bytes]:
        """Take the next bytes; return the data of the codes that they complete."""
        self._buffer += received
        codes = []
        while (end := _END.search(self._buffer)) is not None:
            line = bytes(self._buffer[: end.start()])
            del self._buffer[: end.end()]
            data = self._data(line)
            if data is None:
                self.discarded += len(line)
            else:
                codes.append(data)
        if len(self._buffer) > _LONGEST_LINE:
            self._overlong = True
        if self._overlong:
            self.discarded += len(self._buffer)
            self._buffer.clear()
        return codes

    def give_up(self) -> None:
        """Stop waiting for the rest of a code that has begun."""
        self.discarded += len(self._buffer)
        self._buffer.clear()
        self._overlong = False

    def _data(self, line: bytes) -> bytes | None:
        """The data of one line; ``None`` when the line is no code. An empty line is the second
        half of CR LF."""
        if self._overlong:
            self._overlong = False
            return None
        whole = line.startswith(self._prefix) and line.endswith(self._suffix)
        if not whole or len(line) <= len(self._prefix) + len(self._suffix):
            return None
        return line[len(self._prefix) : len(line) - len(self._suffix)]
