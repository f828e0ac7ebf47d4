"""What of a relay board's wire may be written: its commands and its answers, which hold nothing of
anybody. Anything else is hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.errors import ProtocolError
from drivers.lights import relay_protocol
from drivers.lines import Lines
from drivers.recording.file import Setting
from drivers.recording.tap import Mask, Piece

_COMMANDS = frozenset(
    {relay_protocol.ASK}
    | {
        relay_protocol.switch(relay, on=on)
        for relay in range(1, relay_protocol.MOST_RELAYS + 1)
        for on in (False, True)
    }
)
_LONGEST_LINE = 16


class RelayMask(Mask):
    """See the module."""

    protocol = "relay-board"

    def __init__(self, relays: Mapping[str, Setting]) -> None:
        """``relays``: the driver's settings that say what hangs where."""
        self._relays = relays
        self._lines = Lines(_LONGEST_LINE)

    def settings(self) -> Mapping[str, Setting]:
        """See ``Mask.settings``."""
        return self._relays

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. The host sends one command with each call."""
        yield data if data in _COMMANDS else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``."""
        for line in self._lines.feed(data):
            yield len(line) if isinstance(line, bytes) and not _is_state(line) else line


def _is_state(line: bytes) -> bool:
    try:
        return bool(relay_protocol.states(line))
    except ProtocolError:
        return False
