"""What is plugged in, and which driver may fit.

A bare serial port looks the same whatever is behind it: one is called a reader only after it has
answered as one. Nothing is bound here; a technician does that.

What services know (PC/SC, SANE, sound, power supplies) is asked by ``drivers.plugged``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.errors import DeviceNotReady
from drivers.id_card import sam_v
from drivers.serial_device import probe as serial_device

UNANSWERED = "does not answer as an identity-card reader"
"""What is said of a serial port at which nothing known answered."""
_SAM_V_USB = ("0400", "c35a")
_CLASS_PRINTER = "07"
_CLASS_SMART_CARD = "0b"
_CLASS_VIDEO = "0e"
_SCANNER_NAME = re.compile("bar.?code|scan|symbol|honeywell|newland|datalogic", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is plugged in.

    ``supported``: a driver of ours fits, and ``driver`` with ``settings`` is how to bind it.
    ``device_class`` is empty where nothing is known. ``says`` and ``action`` are plain English.
    """

    name: str
    """A stable path or id: ``/dev/serial/by-id/…``, ``usb 0400:c35a``, ``cups NAME``."""
    supported: bool
    says: str
    action: str = ""
    device_class: str = ""
    driver: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    unfinished: bool = False
    """No thing, but a search that did not come to its end: there may be more than is told."""


def discover(
    ports: Iterable[str] = (),
    *,
    skip: Iterable[str] = (),
    cups_server: str = "",
    root: Path = Path("/"),
) -> list[Finding]:
    """Look at serial ports, USB devices, cameras, scanners that type, and print queues.

    ``ports``: serial ports to ask besides those in ``/dev/serial/by-id`` (an internal UART, a
    pseudo-terminal). ``skip``: ports that are in use and must not be asked. ``cups_server``: socket
    or host of the scheduler to ask; without it none is. ``root``: where ``/dev`` and ``/sys`` are.
    Asking a port takes up to four seconds when what is there does not answer.
    """
    by_id = sorted(str(port) for port in (root / "dev/serial/by-id").glob("*"))
    asked = [port for port in dict.fromkeys((*by_id, *ports)) if port not in set(skip)]
    return [
        *(_serial_port(port) for port in asked),
        *_usb_devices(root / "sys/bus/usb/devices"),
        *_cameras(root / "dev/v4l/by-id"),
        *_typing_scanners(root / "dev/input/by-id"),
        *(print_queues(cups_server) if cups_server else ()),
    ]


def _serial_port(port: str) -> Finding:
    try:
        sam_id = sam_v.probe(port)
    except DeviceNotReady as error:
        return Finding(port, False, error.message, _PORT_ACTIONS[error.code])
    if sam_id is None:
        return _serial_device(port)
    return Finding(
        port,
        True,
        f"identity-card reader, SAM {sam_id or 'without a number'}",
        "bind it as id-card-reader",
        "id-card-reader",
        "sam-v-serial",
        {"port": port},
    )


def _serial_device(port: str) -> Finding:
    """What speaks neither SAM_V nor the protocol of the smaller devices is not named."""
    try:
        found = serial_device.probe(port)
    except DeviceNotReady as error:
        return Finding(port, False, error.message, "check the cable")
    if found is None:
        return Finding(
            port,
            False,
            UNANSWERED,
            "bind it by hand if you know what it is, or check the reader's power and speed",
        )
    return Finding(
        port,
        True,
        f"{found.model}, number {found.number}",
        f"bind it as {found.role}",
        found.role,
        found.role,
        {"port": port},
    )


_PORT_ACTIONS = {
    "reader-absent": "check the cable",
    "reader-port-busy": "nothing, if the terminal itself is using it; else end the other program",
    "reader-port-denied": "add this user to the group dialout",
}


def _usb_devices(devices: Path) -> Iterator[Finding]:
    for vendor_file in sorted(devices.glob("*/idVendor")):
        device = vendor_file.parent
        ids = (_read(vendor_file), _read(device / "idProduct"))
        name = f"usb {':'.join(ids)}"
        product = _read(device / "product")
        classes = {_read(each) for each in device.glob("*/bInterfaceClass")}
        if ids == _SAM_V_USB:
            yield Finding(
                name,
                False,
                "identity-card reader on USB bulk pipes, which no driver speaks yet",
                "set the reader to its serial port, if it has one",
                "id-card-reader",
            )
        elif _CLASS_PRINTER in classes:
            yield Finding(
                name, False, f"printer {product}", "set up a CUPS queue for it", "document-printer"
            )
        elif _CLASS_SMART_CARD in classes:
            yield Finding(
                name, False, f"smart-card reader {product}", "start pcscd, and bind its reader"
            )
        elif _CLASS_VIDEO in classes and not (devices.parents[3] / "dev/v4l/by-id").is_dir():
            yield Finding(
                name, False, f"camera {product}", "load the module uvcvideo for it", "camera"
            )


def _cameras(by_id: Path) -> Iterator[Finding]:
    """Each camera's first video node; the others of a camera carry no pictures (Linux UVC)."""
    for node in sorted(by_id.glob("*-video-index0")):
        name = node.name.removesuffix("-video-index0").removeprefix("usb-").replace("_", " ")
        yield Finding(
            str(node),
            True,
            f"camera {name}",
            "bind it as camera or document-camera",
            "camera",
            "camera",
            {"device": str(node)},
        )


def _typing_scanners(by_id: Path) -> Iterator[Finding]:
    """Code scanners that act as a keyboard and say so in their name; other keyboards are left."""
    for node in sorted(by_id.glob("*-event-kbd")):
        if not _SCANNER_NAME.search(node.name):
            continue
        yield Finding(
            str(node),
            True,
            f"code scanner {node.name.removesuffix('-event-kbd').removeprefix('usb-')}",
            "bind it as code-scanner",
            "code-scanner",
            "code-scanner-hid",
            {"device": str(node)},
        )


def print_queues(server: str) -> Iterator[Finding]:
    """The queues of one scheduler; ``server``: its socket or host."""
    # The library behind pycups is loaded only where there is a scheduler to ask.
    import cups

    try:
        queues = cups.Connection(host=server).getPrinters()
    except (RuntimeError, cups.IPPError):
        yield Finding(
            f"cups {server}", False, "no print scheduler answers", "start cupsd", "document-printer"
        )
        return
    for queue, facts in sorted(queues.items()):
        uri = str(facts.get("device-uri", "")).partition("?")[0]
        yield Finding(
            f"cups {queue}",
            True,
            f"print queue to {facts.get('printer-make-and-model', 'an unnamed printer')}",
            "bind it as document-printer",
            "document-printer",
            "cups",
            {"server": server, "queue": queue, "printer_uri": uri},
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip().lower()
    except OSError:
        return ""
