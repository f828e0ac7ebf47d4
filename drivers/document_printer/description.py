"""What a printer's own description says, as status and capabilities in the words of XFS4IoT."""

from __future__ import annotations

import re
from collections.abc import Mapping

from drivers.device import DeviceState, Reading, assumed, concluded, sensed
from drivers.document_printer.contract import (
    DocumentPrinterCapabilities,
    DocumentPrinterStatus,
    PaperLevel,
    PrintMedia,
    StateReason,
    TonerLevel,
)
from drivers.document_printer.ipp import Group
from drivers.document_printer.reasons import (
    device_state,
    paper_level,
    parse_reasons,
    print_media,
    toner_level,
)

_MARKERS = frozenset({"toner", "tonerCartridge", "ink", "inkCartridge", "inkRibbon"})
"""``PrtMarkerSuppliesTypeTC`` (RFC 3805) of what is put on paper."""
_NUMBER = re.compile(r"[0-9]{1,10}")


def reasons_of(description: Group) -> tuple[StateReason, ...]:
    """The printer's state reasons."""
    return parse_reasons(description.strings("printer-state-reasons"))


def status_of(
    description: Group, waiting: int | None, counter: int | None
) -> DocumentPrinterStatus:
    """The status of a printer that answered.

    ``waiting``: jobs at its queue, ``None`` when there is no queue to print with; ``counter``: its
    life-time counter.
    """
    reasons = reasons_of(description)
    device = DeviceState.NO_DEVICE if waiting is None else device_state(reasons)
    return DocumentPrinterStatus(
        device=concluded(device),
        paper=sensed(paper_level(reasons)),
        media=concluded(print_media(reasons)),
        toner=sensed(toner_level(reasons)),
        reasons=sensed(reasons),
        page_count=sensed(counter),
        queued_jobs=concluded(waiting),
        toner_percent=_known(toner_percent(description)),
    )


def toner_percent(description: Group) -> int | None:
    """How much is left of the emptiest toner or ink, 0 to 100; ``None`` when that is not told.

    Each value of ``printer-supply`` (PWG 5100.13) is a row of ``prtMarkerSuppliesTable`` of the
    Printer MIB (RFC 3805) as ``name=value;`` pairs. A level below 0 means that it is unknown, or
    that some is left.
    """
    rows = [_supply_row(value) for value in description.octets("printer-supply")]
    found = [percent for row in rows if (percent := _percent_of(row)) is not None]
    return min(found, default=None)


def silent_status(waiting: int | None) -> DocumentPrinterStatus:
    """The status of a printer that did not answer: offline, and all else unknown."""
    return DocumentPrinterStatus(
        device=concluded(DeviceState.OFFLINE),
        paper=concluded(PaperLevel.UNKNOWN),
        media=concluded(PrintMedia.UNKNOWN),
        toner=concluded(TonerLevel.UNKNOWN),
        reasons=concluded(()),
        page_count=concluded(None),
        queued_jobs=concluded(waiting),
    )


def _known(percent: int | None) -> Reading[int | None]:
    return assumed(None) if percent is None else sensed(percent)


def _supply_row(value: bytes) -> dict[str, str]:
    text = value.decode("ascii", errors="replace")
    return dict(part.split("=", 1) for part in text.split(";") if "=" in part)


def _percent_of(row: Mapping[str, str]) -> int | None:
    consumed = row.get("class") == "supplyThatIsConsumed" and row.get("type") in _MARKERS
    numbers = [row.get(name, "") for name in ("level", "maxcapacity")]
    if not consumed or not all(_NUMBER.fullmatch(each) for each in numbers):
        return None
    level, most = map(int, numbers)
    return min(100, 100 * level // most) if most else None


def capabilities_of(description: Group) -> DocumentPrinterCapabilities:
    """Who the printer is (IEEE 1284 device id, PWG 5107.2) and what it can do."""
    device_id = dict(
        part.split(":", 1)
        for part in description.string("printer-device-id").split(";")
        if ":" in part
    )
    return DocumentPrinterCapabilities(
        vendor=device_id.get("MFG", device_id.get("MANUFACTURER", "")),
        model=device_id.get("MDL", device_id.get("MODEL", "")),
        serial_number=device_id.get("SN", device_id.get("SERN", "")),
        firmware=description.string("printer-firmware-string-version"),
        printer_uuid=description.string("printer-uuid"),
        duplex="two-sided-long-edge" in description.strings("sides-supported"),
        colour=description.boolean("color-supported"),
        media_ready=tuple(description.strings("media-ready")),
    )
