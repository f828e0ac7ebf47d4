"""Everything that is plugged in, each service asked in a process of its own.

``python -m drivers.plugged`` reads ``{"ports": […], "skip": […], "pcscd_sockets": […],
"cups_servers": […]}`` as JSON from its input and prints each finding (``drivers.discovery``) as a
JSON line. With the name of one probe and its address as arguments it is that probe. A probe that
hangs is ended, and a finding tells of it. Serial ports where nothing known answered are put to the
drivers of other packages (``Driver.probe``).
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from drivers import registry
from drivers.device import Driver
from drivers.discovery import UNANSWERED, Finding, discover, print_queues
from drivers.errors import DeviceError
from drivers.smart_card.names import split_name
from drivers.ups.nut import PORT
from drivers.ups.protocol import words

PROBE_S = 8.0
NETWORK_S = 20.0
"""SANE's backends for the network wait in turn for answers: 3.4 s where nothing answers."""
MACHINE_S = 20.0
"""Serial ports are asked one after another."""
_NUT_S = 2.0
_MOST_BYTES = 65_536
_CARD_ROLES = (
    ("social-security-card-reader", "social-security-card"),
    ("travel-document-reader", "travel-document"),
)


def machine(question: str) -> Iterator[Finding]:
    """Ports, USB devices, cameras, and scanners that type."""
    asked = json.loads(question)
    yield from discover(asked["ports"], skip=asked["skip"])


def smart_card_readers(pcscd_socket: str) -> Iterator[Finding]:
    """Readers of one pcscd (empty: the system's), once for each role that they fit."""
    # The library behind pcscd is loaded only where it is asked.
    from drivers.smart_card.pcsc_context import reader_names

    for name in reader_names(pcscd_socket):
        base, slot = split_name(name)
        where = {"pcscd_socket": pcscd_socket} if pcscd_socket else {}
        for role, driver in _CARD_ROLES:
            yield Finding(
                f"pcsc {name}",
                True,
                "smart-card reader",
                f"bind it as {role}",
                role,
                driver,
                {"reader": base, "slot": slot, **where},
            )


def scanners(_: str) -> Iterator[Finding]:
    """Scanners that SANE knows, those of this machine first, which takes no time, then those of
    the network. No webcams, which it lists too (SANE API 4.2.8)."""
    # Its backends are loaded only where they are asked, since one may hang or end the process.
    import sane

    sane.init()
    told = set()
    for name, vendor, model, kind in chain.from_iterable(map(sane.get_devices, (True, False))):
        if kind != "webcam" and not name.startswith("v4l:") and name not in told:
            told.add(name)
            yield Finding(
                f"sane {name}",
                True,
                f"{kind} {vendor} {model}",
                "bind it as document-scanner",
                "document-scanner",
                "document-scanner",
                {"device": name},
            )


def sound_outputs(_: str) -> Iterator[Finding]:
    """Outputs of sound cards; names of ``aplay -L`` that convert to what a card takes."""
    try:
        listed = subprocess.run(
            ["aplay", "-L"], capture_output=True, text=True, check=False, timeout=PROBE_S
        ).stdout
    except FileNotFoundError:
        return
    for name in (line for line in listed.splitlines() if line.startswith("plughw:")):
        yield Finding(
            f"alsa {name}",
            True,
            "sound output",
            "bind it as speaker",
            "speaker",
            "speaker",
            {"device": name},
        )


def power_supplies(address: str) -> Iterator[Finding]:
    """What a NUT server says of ``LIST UPS`` (RFC 9271 4.2.7)."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), _NUT_S) as server:
            server.sendall(b"LIST UPS\n")
            said = b""
            while b"END LIST UPS\n" not in said and len(said) < _MOST_BYTES:
                if not (heard := server.recv(4096)):
                    break
                said += heard
    except OSError:
        return
    for line in said.split(b"\n"):
        match words(line):
            case ("UPS", name, *_):
                yield Finding(
                    f"nut {name}@{address}",
                    True,
                    "power supply of a NUT server",
                    "bind it as ups",
                    "ups",
                    "ups",
                    {"address": address, "ups": name},
                )


def line_printers(root: str) -> Iterator[Finding]:
    """Printers of the kernel's module usblp; their language is not known before they print."""
    for node in sorted(Path(root).glob("lp*")):
        yield Finding(
            str(node),
            True,
            "USB printer; whether it speaks ESC/POS is not known",
            "bind it as receipt-printer if it prints receipts, and print a test receipt",
            "receipt-printer",
            "receipt-printer",
            {"connection": "usb", "port": str(node)},
        )


def added_driver(question: str) -> Iterator[Finding]:
    """The ports at which a driver of another package finds a device of its own."""
    name, *ports = json.loads(question)
    try:
        kind = registry.driver_class(name)
    except DeviceError:
        return  # the list of drivers tells of it
    if kind.probe.__func__ is Driver.probe.__func__:  # type: ignore[attr-defined]
        return
    for port in ports:
        with contextlib.suppress(DeviceError):
            if (says := kind.probe(port)) is not None:
                action = f"bind it as {kind.device_class}"
                yield Finding(port, True, says, action, kind.device_class, name, {"port": port})


PROBES: dict[str, Callable[[str], Iterable[Finding]]] = {
    "machine": machine,
    "pcsc": smart_card_readers,
    "cups": print_queues,
    "sane": scanners,
    "alsa": sound_outputs,
    "nut": power_supplies,
    "lp": line_printers,
    "driver": added_driver,
}


def ask(probe: str, address: str, timeout_s: float = PROBE_S) -> list[dict[str, Any]]:
    """The findings of one probe, in a process of its own. If it hangs or dies: what it found until
    then, and a finding that tells so."""
    command = [sys.executable, "-P", "-m", "drivers.plugged", probe, address]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=timeout_s)
        said, says = done.stdout, "the search failed" if done.returncode else ""
    except subprocess.TimeoutExpired as late:
        said, says = late.stdout or b"", f"the search did not end within {timeout_s:.0f} s"
    found = []
    try:
        found = [json.loads(line) for line in said.splitlines(keepends=True) if line[-1:] == b"\n"]
    except ValueError:
        says = says or "the search failed"
    if says:
        action = "look again, or bind it by hand"
        found.append(asdict(Finding(f"search {probe}", False, says, action, unfinished=True)))
    return found


def ask_all(question: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of all probes, which run side by side."""
    ports = {"ports": question["ports"], "skip": question["skip"]}
    errands = [
        ("machine", json.dumps(ports), MACHINE_S),
        *(("pcsc", each, PROBE_S) for each in ("", *question["pcscd_sockets"])),
        *(("cups", each, PROBE_S) for each in question["cups_servers"]),
        ("sane", "", NETWORK_S),
        ("alsa", "", PROBE_S),
        ("nut", f"127.0.0.1:{PORT}", PROBE_S),
        ("lp", "/dev/usb", PROBE_S),
    ]
    with ThreadPoolExecutor(max_workers=len(errands)) as pool:
        answers = pool.map(lambda errand: ask(*errand), errands)
        return _with_added([finding for answer in answers for finding in answer])


def _with_added(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings, with ports named that drivers of other packages know. One driver asks after
    the other: they would meet at the same ports."""
    for name in registry.added():
        silent = [each["name"] for each in found if each["says"] == UNANSWERED]
        if silent:
            named = {each["name"]: each for each in ask("driver", json.dumps([name, *silent]))}
            found = [named.pop(each["name"], each) for each in found] + list(named.values())
    return found


def main(arguments: list[str]) -> int:
    """See the module."""
    found: Iterator[dict[str, Any]]
    match arguments:
        case [probe, address] if probe in PROBES:
            found = map(asdict, PROBES[probe](address))
        case _:
            found = iter(ask_all(json.loads(sys.stdin.buffer.read(_MOST_BYTES))))
    for each in found:
        sys.stdout.write(json.dumps(each, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
