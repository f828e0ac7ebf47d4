"""Lines of the NUT network protocol (Network UPS Tools, Developer Guide, "Network protocol
information"), taken apart by pure functions.

Whatever the bytes, they raise nothing but ``DeviceError``: ``ProtocolError`` ``ups-garbled``, and
what ``ERR`` lines stand for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from drivers.errors import CommandRejected, DeviceError, DeviceNotReady, ProtocolError
from drivers.ups.contract import BatteryLevel, PowerSource

LONGEST_LINE = 1024
MOST_VARIABLES = 1000
_WORD = re.compile(rb'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"\\]+))(?=\s|$)', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_ABSENT_DRIVER = frozenset({"DRIVER-NOT-CONNECTED", "DATA-STALE"})
_REFUSALS = frozenset({"ACCESS-DENIED", "USERNAME-REQUIRED", "PASSWORD-REQUIRED"})


def words(line: bytes) -> tuple[str, ...]:
    """The words of a line without its end; a quoted one may hold spaces and escapes."""
    if len(line) > LONGEST_LINE:
        raise garbled("a line without end")
    found, at = [], 0
    line = line.rstrip()
    while at < len(line):
        match = _WORD.match(line, at)
        if match is None:
            raise garbled("quotes that do not close")
        quoted, plain = match.groups()
        raw = plain if quoted is None else _ESCAPED.sub(rb"\1", quoted)
        found.append(raw.decode("utf-8", "replace"))
        at = match.end()
    return tuple(found)


def checked(line: bytes) -> tuple[str, ...]:
    """The words of an answer. Raises what an ``ERR`` line stands for."""
    found = words(line)
    if not found:
        raise garbled("an empty line")
    if found[0] == "ERR":
        raise refusal(found[1] if len(found) > 1 else "")
    return found


def variables(lines: Sequence[bytes], ups: str) -> dict[str, str]:
    """The answer to ``LIST VAR <ups>``, whole: ``BEGIN``, ``VAR <ups> <name> "<value>"`` …,
    ``END``."""
    if not lines:
        raise garbled("no answer")
    first = checked(lines[0])
    if first != ("BEGIN", "LIST", "VAR", ups) or len(lines) > MOST_VARIABLES + 2:
        raise garbled("no list of values")
    if words(lines[-1]) != ("END", "LIST", "VAR", ups):
        raise garbled("a list without end")
    found: dict[str, str] = {}
    for line in lines[1:-1]:
        match words(line):
            case ("VAR", name_of_ups, name, value) if name_of_ups == ups:
                found[name] = value
            case _:
                raise garbled("no value in a list of values")
    return found


def refusal(code: str) -> DeviceError:
    """What an ``ERR`` line stands for."""
    if code in _ABSENT_DRIVER:
        return DeviceNotReady("ups-unplugged", "the power supply does not answer its server")
    if code == "UNKNOWN-UPS":
        return CommandRejected("ups-unknown", "the server knows no power supply of that name")
    if code in _REFUSALS:
        return CommandRejected("ups-denied", "the server wants a login for this")
    return garbled("a refusal of no known kind")


def power_of(flags: str) -> PowerSource:
    """``ups.status``: ``OL`` on line, ``OB`` on battery; others are not about it."""
    known = flags.split()
    if "OB" in known:
        return PowerSource.BATTERY
    return PowerSource.LINE if "OL" in known else PowerSource.UNKNOWN


def battery_of(flags: str) -> BatteryLevel:
    """``ups.status``: ``LB`` low, ``RB`` to be replaced."""
    known = flags.split()
    if "LB" in known:
        return BatteryLevel.LOW
    if "RB" in known:
        return BatteryLevel.FAILURE
    return BatteryLevel.OPERATIONAL if {"OL", "OB"} & set(known) else BatteryLevel.UNKNOWN


def number(found: Mapping[str, str], name: str) -> float | None:
    """A value that is a number of 0 or more; ``None`` when it is missing, or no number."""
    try:
        value = float(found[name])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) and value >= 0 else None


def garbled(what: str) -> ProtocolError:
    """The server does not speak the protocol."""
    return ProtocolError("ups-garbled", f"the power supply's server sends {what}")
