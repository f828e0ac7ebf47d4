"""What a fuzz target is.

A target takes any bytes and may raise ``DeviceError``, which is the parser's way to say no; any
other exception, and more than a moment, is a defect.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.errors import DeviceError


def each(*works: Callable[[], object]) -> None:
    """Do all of them: that one refuses keeps no other from being tried."""
    for work in works:
        with contextlib.suppress(DeviceError):
            work()


@dataclass(frozen=True, slots=True)
class Target:
    """``parse``: what is given the bytes. ``modules``: whose branches guide the search."""

    parse: Callable[[bytes], object]
    modules: tuple[str, ...]
    seeds: tuple[bytes, ...] = field(default=(b"",), repr=False)

    def try_out(self, data: bytes) -> None:
        """Parse; a refusal is an answer."""
        try:
            self.parse(data)
        except DeviceError:
            return
