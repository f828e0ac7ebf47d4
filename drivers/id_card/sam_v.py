"""Resident identity-card readers with a SAM_V module: one protocol on three wires.

``SamVSerialReader`` has the module on a serial port, ``SamVTcpReader`` on a TCP port that carries
the same frames, and ``SamVPcscReader`` in a slot of a PC/SC reader that takes them in
pseudo-commands (``drivers.id_card.pcsc_transport``).
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from drivers.byte_stream import ByteStream
from drivers.device import FASTEST_BIT_S, DeviceEvent, DriverSettings
from drivers.errors import DeviceTimeout, ProtocolError
from drivers.id_card import sam_link
from drivers.id_card.sam_codes import Sw3
from drivers.id_card.sam_link import SamLink
from drivers.id_card.sam_reader import SamReader, SamReaderSettings, read_sam_id
from drivers.id_card.tcp_transport import TcpTransport
from drivers.serial_port import SerialPort
from drivers.smart_card.settings import PcscSettings


class _SerialWire(DriverSettings):
    port: str = Field(
        title="Serial port",
        description="A stable path: /dev/serial/by-id/… or the virtual reader's link.",
        min_length=1,
    )
    baud: int = Field(
        default=115_200, title="Speed", description="Bits a second.", ge=9600, le=FASTEST_BIT_S
    )


class _TcpWire(DriverSettings):
    host: str = Field(
        title="Address", description="The reader's name or address.", min_length=1, max_length=253
    )
    tcp_port: int = Field(title="TCP port", description="Where it listens.", ge=1, le=65_535)


class _PcscWire(PcscSettings):
    prefix: str = Field(
        default="FF000000",
        title="Pseudo-command",
        description="Class, instruction and two parameters that the reader passes on to its "
        "module, in hexadecimal.",
        pattern="^[0-9A-Fa-f]{8}$",
    )
    extended: bool = Field(
        default=False,
        title="Extended length",
        description="Frames longer than 255 bytes go in one command; otherwise in several.",
    )


class SamVSettings(SamReaderSettings, _SerialWire):
    """A SAM_V reader on a serial port."""


class SamVTcpSettings(SamReaderSettings, _TcpWire):
    """A SAM_V reader on a TCP port."""


class SamVPcscSettings(SamReaderSettings, _PcscWire):
    """A SAM_V module in a slot of a PC/SC reader."""


class SamVSerialReader(SamReader):
    """A reader on a serial port."""

    settings_type = SamVSettings

    def __init__(self, settings: SamVSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._port, self._baud = settings.port, settings.baud

    def _open_wire(self) -> ByteStream:
        return SerialPort(self._port, self._baud, "reader")


class SamVTcpReader(SamReader):
    """A reader on a TCP port."""

    settings_type = SamVTcpSettings

    def __init__(self, settings: SamVTcpSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._host, self._tcp_port = settings.host, settings.tcp_port

    def _open_wire(self) -> ByteStream:
        return TcpTransport(self._host, self._tcp_port)


class SamVPcscReader(SamReader):
    """A module in a slot of a PC/SC reader."""

    settings_type = SamVPcscSettings

    def __init__(self, settings: SamVPcscSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._slot, self._prefix = settings, bytes.fromhex(settings.prefix)

    def _open_wire(self) -> ByteStream:
        # Loaded here alone: what only looks for serial readers has no use for PC/SC.
        from drivers.id_card.pcsc_transport import PcscTransport

        return PcscTransport(self._slot, self._prefix, extended=self._slot.extended)


def probe(port: str, baud: int = 115_200) -> str | None:
    """Ask a port whether a SAM_V reader is on it: its number, an empty text when it would not
    tell, ``None`` when nothing there speaks SAM_V.

    Raises ``DeviceNotReady`` when the port cannot be opened (``reader-port-busy`` …).
    """
    link = SamLink(SerialPort(port, baud, "reader"), lambda: None)
    try:
        known = link.ask(sam_link.STATUS).sw3 in (
            Sw3.OK,
            Sw3.SELF_TEST_FAILED,
            Sw3.NOT_AUTHORISED,
        )
        return read_sam_id(link) if known else None
    except (DeviceTimeout, ProtocolError):
        return None
    finally:
        link.close()
