"""Which class a driver's name stands for.

Nothing is imported before it is asked for, so a broken driver harms only the device bound to it.
Other packages add drivers through the entry-point group ``yimen.drivers``
(``acme-reader = "acme.reader:AcmeReader"``); a built-in name cannot be replaced. Such a package
may bring its own words in a folder ``texts``.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

from drivers.device import Driver
from drivers.errors import CommandRejected

GROUP = "yimen.drivers"
BUILT_IN: dict[str, tuple[str, str]] = {
    "sam-v-serial": ("drivers.id_card.sam_v", "SamVSerialReader"),
    "sam-v-pcsc": ("drivers.id_card.sam_v", "SamVPcscReader"),
    "sam-v-tcp": ("drivers.id_card.sam_v", "SamVTcpReader"),
    "social-security-card": ("drivers.social_security_card.pcsc", "SocialSecurityCardReader"),
    "travel-document": ("drivers.travel_document.pcsc", "TravelDocumentReader"),
    "camera": ("drivers.camera.opencv", "OpenCvCamera"),
    "document-camera": ("drivers.document_camera.opencv", "OpenCvDocumentCamera"),
    "document-scanner": ("drivers.document_scanner.sane", "SaneScanner"),
    "cups": ("drivers.document_printer.cups", "CupsPrinter"),
    "receipt-printer": ("drivers.receipt_printer.escpos", "EscPosPrinter"),
    "code-scanner-serial": ("drivers.code_scanner.serial_line", "SerialCodeScanner"),
    "code-scanner-hid": ("drivers.code_scanner.hid", "HidCodeScanner"),
    "lights": ("drivers.lights.relay_board", "RelayBoard"),
    "speaker": ("drivers.speaker.alsa", "AlsaSpeaker"),
    "ups": ("drivers.ups.nut", "NutUps"),
    "stamping-machine": ("drivers.stamping_machine.serial_line", "SerialStampingMachine"),
    "fingerprint-reader": ("drivers.fingerprint_reader.serial_line", "SerialFingerprintReader"),
    "password-keypad": ("drivers.password_keypad.serial_line", "SerialKeypad"),
    "film-laminator": ("drivers.film_laminator.serial_line", "SerialFilmLaminator"),
}
"""Name -> (module, class)."""


class DriverUnknown(CommandRejected):
    """No package offers a driver of that name."""


class DriverBroken(CommandRejected):
    """The name is known, but what it names cannot be loaded or is no driver."""


def names() -> tuple[str, ...]:
    """Every driver that may be asked for, in the alphabet's order."""
    return tuple(sorted({*BUILT_IN, *added()}))


def added() -> tuple[str, ...]:
    """The drivers of other packages, in the alphabet's order."""
    return tuple(sorted({each.name for each in entry_points(group=GROUP)} - BUILT_IN.keys()))


def text_folders() -> Iterator[tuple[str, Path]]:
    """Each driver of another package that brings words, and the folder ``texts`` of the package,
    which is not imported for that."""
    for name in added():
        package = find_spec(_locate(name)[0].partition(".")[0])
        for place in (package.submodule_search_locations if package else None) or ():
            if (folder := Path(place) / "texts").is_dir():
                yield name, folder


def driver_class(name: str) -> type[Driver]:
    """Load the class of a driver.

    Raises ``DriverUnknown`` ``driver-unknown`` or ``DriverBroken`` ``driver-broken``.
    """
    module, attribute = _locate(name)
    try:
        found: object = getattr(import_module(module), attribute)
    except Exception as error:
        raise DriverBroken(
            "driver-broken", f"driver {name} does not load: {type(error).__name__}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Driver)):
        raise DriverBroken("driver-broken", f"driver {name} is not a Driver class")
    return found


def _locate(name: str) -> tuple[str, str]:
    if name in BUILT_IN:
        return BUILT_IN[name]
    for entry in entry_points(group=GROUP, name=name):
        return entry.module, entry.attr
    raise DriverUnknown("driver-unknown", f"no driver is called {name}")
