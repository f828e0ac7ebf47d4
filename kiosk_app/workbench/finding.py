"""What is plugged in beside what is bound: new, known, missing, unsupported; and which
search did not come to its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from drivers.device import DeviceState
from drivers.smart_card.names import fits
from kiosk_app.settings import DeviceBinding
from kiosk_app.workbench.children import ask_child
from kiosk_app.workbench.differences import address

DISCOVER = "drivers.plugged"
_GONE = frozenset({DeviceState.NO_DEVICE, DeviceState.OFFLINE, DeviceState.POWER_OFF})
MISSING_ACTION = "check its cable and power, or bind another in its place"
_CAMERAS = ("camera", "document-camera")

Finding = dict[str, Any]


async def find(
    bound: Mapping[str, DeviceBinding],
    roles: Iterable[str],
    states: Mapping[str, DeviceState] | None,
    room: Mapping[str, DeviceBinding] | None = None,
) -> list[Finding]:
    """Look at the machine and compare. Raises ``ChildFailed``.

    ``states``: what the devices say of themselves, where a terminal runs. ``room``: the virtual
    hardware, where there is some.
    """
    ports = {str(each.settings["port"]) for each in bound.values() if "port" in each.settings}
    around = [*bound.values(), *(room or {}).values()]
    question = {
        "ports": [],
        "skip": sorted(ports),
        "pcscd_sockets": sorted(_set(around, "pcscd_socket")),
        "cups_servers": sorted({each for each in _set(around, "server") if each.startswith("/")}),
    }
    plugged: list[Finding] = await ask_child(DISCOVER, (), question)
    known = [_known(role, each, states) for role, each in sorted(bound.items())]
    places = {each for binding in bound.values() for each in _places(binding)}
    allowed = frozenset(roles)
    found = [
        _found(each, allowed)
        for each in plugged
        if not places & set(_strings(each))
        and not any(_is_same(each, binding) for binding in bound.values())
        and not _is_same(each, (room or {}).get(each["device_class"]))
    ]
    virtual = [
        _virtual(role, each)
        for role, each in sorted((room or {}).items())
        if not places & set(_places(each))
    ]
    return known + virtual + found


def _set(bindings: Iterable[DeviceBinding], name: str) -> set[str]:
    """What is set by that name anywhere."""
    return {str(value) for each in bindings if (value := each.settings.get(name))}


def _is_same(finding: Finding, binding: DeviceBinding | None) -> bool:
    """Whether a card reader or a queue that was found is what the binding means."""
    if binding is None:
        return False
    found, ours, name = finding["settings"], binding.settings, finding["name"]
    if name.startswith("pcsc ") and "reader" in ours:
        socket = found.get("pcscd_socket", "")
        slot = int(ours.get("slot", 0))
        return socket == str(ours.get("pcscd_socket", "")) and fits(
            name.removeprefix("pcsc "), str(ours["reader"]), slot
        )
    here = (found.get("server"), found.get("queue"))
    return None not in here and here == (str(ours.get("server")), ours.get("queue"))


def _known(role: str, binding: DeviceBinding, states: Mapping[str, DeviceState] | None) -> Finding:
    where = address(binding)
    there = _is_there(where) if states is None else states.get(role) not in _GONE
    return {
        "name": where or binding.driver,
        "state": "known" if there else "missing",
        "says": f"bound as {role}" if there else f"bound as {role}, and not there",
        "action": "" if there else MISSING_ACTION,
        "device_class": role,
        "driver": binding.driver,
        "settings": dict(binding.settings),
        "roles": [role],
    }


def _is_there(where: str) -> bool:
    """Whether a path exists; an address that is no path is taken to be."""
    return not where.startswith("/") or Path(where).exists()


def _found(finding: Finding, roles: frozenset[str]) -> Finding:
    told = ("supported", "unfinished")
    state = "new" if finding["supported"] else "unsupported"
    return {
        **{name: value for name, value in finding.items() if name not in told},
        "state": "unfinished" if finding["unfinished"] else state,
        "roles": [each for each in _roles(finding["device_class"]) if each in roles]
        if finding["supported"]
        else [],
    }


def _roles(device_class: str) -> tuple[str, ...]:
    return _CAMERAS if device_class in _CAMERAS else (device_class,)


def _virtual(role: str, binding: DeviceBinding) -> Finding:
    return {
        "name": address(binding) or f"virtual {role}",
        "state": "new",
        "says": "virtual device",
        "action": f"bind it as {role}",
        "device_class": role,
        "driver": binding.driver,
        "settings": dict(binding.settings),
        "roles": [role],
    }


def _places(binding: DeviceBinding) -> set[str]:
    """What tells one device from another: its address."""
    return {where} if (where := address(binding)) else set()


def _strings(finding: Finding) -> Iterable[str]:
    yield finding["name"]
    yield from (each for each in finding["settings"].values() if isinstance(each, str))
