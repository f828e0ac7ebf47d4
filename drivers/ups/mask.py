"""What of a NUT wire may be written.

The driver's question passes, and so do answers about its power supply: readings that are numbers,
and the few texts that say what kind of device it is and how it is, as long as they look like it: a
server can be told to say anything in their place (``override.device.model``). Of every other value
the length stays, and name and value are replaced, as they may tell a person, a place or a password
(``device.contact``, ``driver.parameter.…``). Any other line is hidden: a log-in among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from drivers.lines import Lines
from drivers.recording.file import Setting
from drivers.recording.tap import Mask, Piece
from drivers.ups.protocol import LONGEST_LINE

_VALUE = re.compile(rb'(VAR \S+ )([A-Za-z0-9._-]{1,64})( ")((?:[^"\\]|\\.)*)("\n)', re.DOTALL)
_NUMBER = re.compile(rb"-?\d{1,6}(\.\d{1,3})?")
_GROUPS = frozenset((b"ambient", b"battery", b"input", b"output", b"ups"))
_QUANTITIES = frozenset(
    b"charge current frequency high humidity load low maximum minimum nominal power realpower "
    b"runtime temperature transfer voltage warning".split()
)
"""Of what readings are: ``battery.charge.low``, ``input.voltage`` (NUT, "Variables")."""
_TEXTS = frozenset(
    (
        b"ups.status",
        b"ups.mfr",
        b"ups.model",
        b"ups.firmware",
        b"ups.beeper.status",
        b"battery.type",
        b"device.mfr",
        b"device.model",
        b"device.type",
    )
)
_STATUS = re.compile(rb"[A-Z]{2,8}( [A-Z]{2,8}){0,9}")
"""``ups.status``: flags of capital letters."""
_KIND = re.compile(rb"(?!.*\d{7})[A-Za-z0-9 ._/+()-]{1,48}")
"""A maker, model or version; seven digits in a row could be somebody's number."""
_REFUSAL = re.compile(rb"ERR [A-Z-]{1,32}\n")


class NutMask(Mask):
    """See the module."""

    protocol = "nut"

    def __init__(self, ups: str) -> None:
        """``ups``: what the server calls the power supply."""
        self._ups = ups
        list_ = f"LIST VAR {ups}\n".encode()
        self._asked = list_
        self._frame = (b"BEGIN " + list_, b"END " + list_)
        self._value = f"VAR {ups} ".encode()
        self._lines = Lines(LONGEST_LINE)

    def settings(self) -> Mapping[str, Setting]:
        """See ``Mask.settings``."""
        return {"ups": self._ups}

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. The host sends one line with each call."""
        yield data if data == self._asked else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``."""
        for line in self._lines.feed(data):
            yield line if isinstance(line, int) else self._masked(line)

    def _masked(self, line: bytes) -> Piece:
        if line in self._frame or _REFUSAL.fullmatch(line):
            return line
        found = _VALUE.fullmatch(line)
        if found is None or found[1] != self._value:
            return len(line)
        name, value = found[2], found[4]
        if _is_harmless(name, value):
            return line
        return found[1] + b"x" * len(name) + found[3] + b"x" * len(value) + found[5]


def _is_harmless(name: bytes, value: bytes) -> bool:
    if name in _TEXTS:
        form = _STATUS if name == b"ups.status" else _KIND
    elif _is_reading(name):
        form = _NUMBER
    else:
        return False
    return form.fullmatch(value) is not None


def _is_reading(name: bytes) -> bool:
    group, *quantities = name.split(b".")
    return group in _GROUPS and bool(quantities) and _QUANTITIES.issuperset(quantities)
