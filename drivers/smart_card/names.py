"""Names of PC/SC readers, as pcsc-lite makes them.

``ACS ACR39U ICC Reader [CCID Interface] 01 00``: what the reader is called, its number among the
readers that are plugged in (which changes), and its slot, both in two hexadecimal digits.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_NAME = re.compile(r"(?P<base>.*) (?P<number>[0-9A-F]{2}) (?P<slot>[0-9A-F]{2})", re.DOTALL)

_ADDED = re.compile(r"\s*(\[[^\[\]]*\]|\([^()]*\))")
"""What drivers of readers add to a name, and another version of one adds otherwise: the interface
in square brackets, the serial number in round ones."""

_CONTACTLESS = re.compile(r"\b(contactless|picc|nfc|rfid|cl)\b", re.IGNORECASE)
"""How makers name the contactless reader, or its slot (``OMNIKEY 5022 CL``, ``ACR1252 … PICC``)."""


def is_contactless(name: str) -> bool:
    """Whether a reader calls itself contactless. PC/SC itself does not tell before a card is there
    (part 3, 3.1.3.2.3: a contactless card's answer to reset is made up by the reader)."""
    return _CONTACTLESS.search(name) is not None


def split_name(name: str) -> tuple[str, int]:
    """What lasts of a name, and the slot; a name of another form is all base, slot 0."""
    parts = _NAME.fullmatch(name)
    return (name, 0) if parts is None else (parts["base"], int(parts["slot"], 16))


def fits(name: str, pattern: str, slot: int) -> bool:
    """Whether a name is of a reader called as the pattern says, and of that slot. In a pattern
    ``*`` stands for anything; capitals do not matter."""
    base, own_slot = split_name(name)
    wanted = ".*".join(re.escape(part) for part in pattern.casefold().split("*"))
    return own_slot == slot and re.fullmatch(wanted, base.casefold(), re.DOTALL) is not None


def choose(names: Collection[str], pattern: str, slot: int) -> str | None:
    """The first reader whose name fits. Where none does, the only one that is called the same but
    for what is added in brackets; of two such readers nobody can say which is meant."""
    for name in sorted(names):
        if fits(name, pattern, slot):
            return name
    renamed = [name for name in names if fits(_ADDED.sub("", name), _ADDED.sub("", pattern), slot)]
    return renamed[0] if len(renamed) == 1 else None
