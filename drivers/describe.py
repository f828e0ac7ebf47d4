"""Tells what the drivers want to be set, in a process of its own since they load their libraries.

``python -m drivers.describe`` prints one JSON line a driver: ``{"driver", "device_class", "title",
"schema", "commands"}`` with the JSON Schema of its settings, or ``{"driver", "error"}`` when it
does not load. ``python -m drivers.describe NAME CLASS`` reads settings as JSON from its input and
prints ``{"settings": …}`` as the driver takes them, or ``{"places": [{"field", "kind", "limits",
"says"}]}``: pydantic's name of the error, what it compared with, and its words.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from drivers.device import Driver
from drivers.errors import DeviceError
from drivers.registry import driver_class, names

LONGEST = 65_536
"""Bytes of settings that are read."""


def describe(name: str) -> dict[str, Any]:
    """One driver's line."""
    try:
        kind = driver_class(name)
        return {
            "driver": name,
            "device_class": kind.device_class,
            "title": _title(kind),
            "schema": kind.settings_type.model_json_schema(),
            "commands": sorted(_commands(kind)),
        }
    except DeviceError as error:
        return {"driver": name, "error": error.code}
    except Exception as error:
        # A driver of another package may be wrong in any way; it harms its own line alone.
        return {"driver": name, "error": f"driver-broken: {type(error).__name__}"}


def check(name: str, device_class: str, settings: object) -> dict[str, Any]:
    """Judge settings as the driver would. Values are not repeated in what is said of them."""
    try:
        kind = driver_class(name)
        if kind.device_class != device_class:
            says = f"no driver {name} fits {device_class}"
            return {"places": [_place("driver", "driver-unfit", says)]}
        taken = kind.settings_type.model_validate(settings)
    except DeviceError as error:
        return {"places": [_place("driver", error.code, error.message)]}
    except ValidationError as error:
        return {"places": [*map(_complaint, error.errors(include_url=False, include_input=False))]}
    return {"settings": taken.model_dump(mode="json", exclude_unset=True)}


def _complaint(error: ErrorDetails) -> dict[str, Any]:
    field = ".".join(map(str, error["loc"])) or "settings"
    return _place(field, error["type"], error["msg"], error.get("ctx", {}))


def _place(
    field: str, kind: str, says: str, context: Mapping[str, object] | None = None
) -> dict[str, Any]:
    limits = {
        name: value
        for name, value in (context or {}).items()
        if isinstance(value, str | int | float)
    }
    return {"field": field, "kind": kind, "limits": limits, "says": says}


def _title(kind: type[Driver]) -> str:
    words = (kind.settings_type.__doc__ or kind.__doc__ or "").strip()
    return words.partition("\n\n")[0].replace("\n", " ").replace("``", "").rstrip(".")


def _commands(kind: type[Driver]) -> Iterator[str]:
    for name in dir(kind):
        if getattr(getattr(kind, name), "__command_deadline__", None) is not None:
            yield name


def main(arguments: list[str]) -> int:
    """Describe all drivers, or judge the settings of one."""
    if arguments:
        name, device_class = arguments
        try:
            settings = json.loads(sys.stdin.buffer.read(LONGEST))
        except ValueError:
            settings = None
        _say(check(name, device_class, settings))
        return 0
    for name in names():
        _say(describe(name))
    return 0


def _say(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
