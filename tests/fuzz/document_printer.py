"""The parsers of what a document printer says on the network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.fuzz.target import Target, each


def printer_description() -> Target:
    """An IPP answer, and what is made of the printer's attributes in it."""
    from drivers.document_printer import description, ipp

    def parse(data: bytes) -> None:
        printer = ipp.decode(data).group(ipp.Tag.PRINTER_ATTRIBUTES)
        each(
            partial(description.status_of, printer, 0, None),
            partial(description.capabilities_of, printer),
        )

    group = ipp.Group(ipp.Tag.PRINTER_ATTRIBUTES)
    group.put_strings("printer-state-reasons", ipp.Tag.KEYWORD, "media-low-warning", "media-jam")
    group.put_strings("printer-uuid", ipp.Tag.URI, "urn:uuid:1")
    group.put_integers("printer-state", ipp.Tag.ENUM, 3)
    group.put_integers("printer-impressions-completed", ipp.Tag.INTEGER, 4711)
    group.put_octets("printer-supply", b"index=1;type=toner;level=60;maxcapacity=100;")
    answer = ipp.Message(0, 7, [ipp.Group(ipp.Tag.OPERATION_ATTRIBUTES), group])
    names = ("description", "ipp", "reasons")
    modules = tuple(f"drivers.document_printer.{name}" for name in names)
    return Target(parse, modules, (ipp.encode(answer),))


def page_counter() -> Target:
    """An SNMP agent's answer about the page counter."""
    from drivers.document_printer.snmp import decode_counter

    seed = bytes.fromhex(
        "302d 020100 04067075626c6963 a220 020101 020100 020100 3015 3013"
        "060c2b060102012b0a0201040101 4103012345"
    )
    modules = ("drivers.document_printer.snmp",)
    return Target(lambda data: decode_counter(data, 1), modules, (seed,))


DOCUMENT_PRINTER_TARGETS: dict[str, Callable[[], Target]] = {
    "printer-description": printer_description,
    "page-counter": page_counter,
}
"""By name."""
