"""What makes one set of bindings differ from another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kiosk_app.settings import DeviceBinding

Bindings = Mapping[str, DeviceBinding]
"""By role."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``place``: ``id-card-reader.settings.baud``; ``None``: not there."""

    place: str
    before: str | None
    after: str | None


def rebase(old: Bindings, new: Bindings, ours: Bindings) -> dict[str, DeviceBinding]:
    """What ``ours`` becomes when the ``old`` seed that it stood on is the ``new`` one.

    What nobody changed follows the seed; what somebody set or took away stays so.
    """
    merged: dict[str, DeviceBinding] = {}
    for role in sorted({*new, *ours}):
        kept = _rebased(old.get(role), new.get(role), ours.get(role))
        if kept is not None:
            merged[role] = kept
    return merged


def _rebased(
    old: DeviceBinding | None, new: DeviceBinding | None, ours: DeviceBinding | None
) -> DeviceBinding | None:
    if ours == old:
        return new
    if ours is None or old is None or new is None or not ours.driver == old.driver == new.driver:
        return ours
    settings = {
        key: value
        for key in {**new.settings, **ours.settings}
        if (
            value := _following(
                old.settings.get(key), new.settings.get(key), ours.settings.get(key)
            )
        )
        is not None
    }
    return DeviceBinding(
        driver=ours.driver, settings=settings, uri=_following(old.uri, new.uri, ours.uri)
    )


def _following(old: Any, new: Any, ours: Any) -> Any:
    return new if ours == old else ours


def diff(before: Bindings, after: Bindings) -> tuple[Change, ...]:
    """Every difference, by place."""
    old, new = dict(_places(before)), dict(_places(after))
    return tuple(
        Change(place, old.get(place), new.get(place))
        for place in sorted({*old, *new})
        if old.get(place) != new.get(place)
    )


def changed_roles(before: Bindings, after: Bindings) -> set[str]:
    """The roles that are bound otherwise."""
    return {role for role in {*before, *after} if before.get(role) != after.get(role)}


_ADDRESSES = ("port", "path", "device", "reader", "printer_uri", "host", "address", "server")
"""Settings that say where a device is, the most telling first."""


def address(binding: DeviceBinding | None) -> str:
    """The stable path or address of a device; empty where none is bound. Of a card reader with
    several slots, all but the first are told apart (PC/SC gives each a reader's name)."""
    if binding is None:
        return ""
    if binding.uri is not None:
        return binding.uri
    found = (binding.settings[name] for name in _ADDRESSES if name in binding.settings)
    where, slot = str(next(found, "")), binding.settings.get("slot")
    return f"{where} slot {slot}" if slot and "reader" in binding.settings else where


def _places(bindings: Bindings) -> Iterator[tuple[str, str]]:
    for role, binding in bindings.items():
        yield f"{role}.driver", binding.driver
        if binding.uri is not None:
            yield f"{role}.uri", binding.uri
        for name, value in binding.settings.items():
            if value is None:
                continue
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield f"{role}.settings.{name}", shown
