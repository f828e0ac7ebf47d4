"""Lines in a stream, of protocols that speak in lines."""

from __future__ import annotations

import re
from collections.abc import Iterator


class Lines:
    """Cuts a stream of any portions into lines. Holds one line at most."""

    def __init__(self, longest: int, ends: bytes = b"\n") -> None:
        """``longest``: bytes of a line; ``ends``: each byte that ends one."""
        self._longest = longest
        self._end = re.compile(b"[" + re.escape(ends) + b"]")
        self._buffer = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> Iterator[bytes | int]:
        """Each line with its end; of one that is too long, how many bytes it had."""
        self._buffer += data
        while (end := self._end.search(self._buffer)) is not None:
            line = bytes(self._buffer[: end.end()])
            del self._buffer[: end.end()]
            whole, self._overlong = not self._overlong and len(line) <= self._longest + 1, False
            yield line if whole else len(line)
        if len(self._buffer) > self._longest:
            yield len(self._buffer)
            self._buffer.clear()
            self._overlong = True
