"""What any stream from a device may be: cut anywhere, merged, with anything between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hypothesis import strategies as st

CUTS = st.lists(st.integers(1, 400), max_size=12)
"""Lengths of the portions in which a stream comes; the rest comes as one."""


def portions(stream: bytes, lengths: Sequence[int]) -> Iterator[bytes]:
    """A stream in portions of these lengths."""
    at = 0
    for length in lengths:
        yield stream[at : at + length]
        at += length
    yield stream[at:]


def held(parser: object) -> int:
    """Bytes that a parser keeps."""
    return sum(len(kept) for kept in vars(parser).values() if isinstance(kept, bytes | bytearray))


class Reduced:
    """Pickles as a call, as a process that was taken over would."""

    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self._call = (call, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call
