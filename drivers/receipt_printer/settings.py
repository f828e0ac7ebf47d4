"""What a technician sets for a receipt printer, and the wire that follows from it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from drivers.device import FASTEST_BIT_S, DriverSettings
from drivers.receipt_printer.compose import Paper
from drivers.receipt_printer.layout import CodePage
from drivers.receipt_printer.wires import QueueWire, SerialWire, TcpWire, UsbWire, Wire

_BITS_A_BYTE = 10
_NOTO = Path("/usr/share/fonts/opentype/noto")


class Connection(StrEnum):
    """How the printer is connected."""

    SERIAL = "serial"
    USB = "usb"
    TCP = "tcp"
    QUEUE = "queue"


class FlowControl(StrEnum):
    """How a serial printer says that its buffer is full."""

    NONE = "none"
    RTS_CTS = "rts-cts"
    XON_XOFF = "xon-xoff"


class PaperWidth(IntEnum):
    """The roll's width in millimetres."""

    MM_58 = 58
    MM_80 = 80


_ADDRESSES = {
    "port": (Connection.SERIAL, Connection.USB),
    "host": (Connection.TCP,),
    "server": (Connection.QUEUE,),
    "queue": (Connection.QUEUE,),
}
"""By setting: the connections that cannot do without it."""
_DOTS = {PaperWidth.MM_58: 384, PaperWidth.MM_80: 576}


class EscPosSettings(DriverSettings):
    """A printer that speaks ESC/POS."""

    connection: Connection = Field(default=Connection.SERIAL, title="Connection")
    port: str = Field(
        default="",
        validate_default=True,
        title="Port",
        description="Serial or USB: a stable path, such as /dev/serial/by-id/… or /dev/usb/lp0.",
    )
    baud: int = Field(
        default=115_200,
        title="Speed",
        description="Serial: bits a second.",
        ge=1200,
        le=FASTEST_BIT_S,
        json_schema_extra={"unit": "bit/s"},
    )
    flow_control: FlowControl = Field(
        default=FlowControl.NONE,
        title="Flow control",
        description="Serial: how the printer says that its buffer is full.",
    )
    host: str = Field(
        default="",
        validate_default=True,
        title="Host",
        description="TCP: the printer's address.",
    )
    tcp_port: int = Field(default=9100, title="TCP port", ge=1, le=65_535)
    server: Path | None = Field(
        default=None,
        validate_default=True,
        title="Print scheduler",
        description="Queue: the scheduler's Unix socket.",
    )
    queue: str = Field(
        default="",
        validate_default=True,
        title="Queue",
        description="Queue: the name of a raw queue.",
    )
    width: PaperWidth = Field(
        default=PaperWidth.MM_80,
        title="Paper width",
        description="58 mm has 384 dots a line, 80 mm has 576.",
        json_schema_extra={"unit": "mm"},
    )
    dots_a_mm: float = Field(
        default=8.0,
        title="Dots a millimetre",
        description="8 at 203 dpi.",
        gt=3,
        le=20,
        json_schema_extra={"unit": "dots/mm"},
    )
    code_page: CodePage = Field(
        default=CodePage.GB18030,
        title="Own Chinese characters",
        description="What the printer's own fonts have; other characters are sent as dots.",
    )
    own_codes: bool = Field(
        default=True,
        title="Own QR codes and barcodes",
        description="Off: codes are sent as dots.",
    )
    answers: bool = Field(
        default=True,
        title="Answers status requests",
        description="Off for printers that never answer; prints then stay without proof.",
    )
    presenter: bool = Field(
        default=False,
        title="Presenter",
        description="It holds each receipt at the slot, tells when it is taken, and can take it "
        "back (GS e and DLE EOT 20: Custom, Pyramid).",
    )
    font: Path = Field(
        default=_NOTO / "NotoSansCJK-Regular.ttc",
        title="Font",
        description="For lines that are sent as dots; what it lacks is drawn from other fonts.",
    )
    bold_font: Path = Field(default=_NOTO / "NotoSansCJK-Bold.ttc", title="Bold font")

    @field_validator(*_ADDRESSES)
    @classmethod
    def _addressed(cls, value: str | Path | None, info: ValidationInfo) -> str | Path | None:
        connection = info.data.get("connection")
        if not value and connection in _ADDRESSES[str(info.field_name)]:
            raise PydanticCustomError(
                "connection-without-address",
                "a printer by {connection} needs it",
                {"connection": str(connection)},
            )
        return value

    @property
    def paper(self) -> Paper:
        """What a receipt is composed for."""
        return Paper(
            _DOTS[self.width],
            self.dots_a_mm,
            self.code_page,
            self.own_codes,
            self.font,
            self.bold_font,
        )

    def line_s(self, count: int) -> float:
        """Seconds that so many bytes are on the line; nothing but a serial line is slow."""
        return count * _BITS_A_BYTE / self.baud if self.connection is Connection.SERIAL else 0.0


def open_wire(settings: EscPosSettings) -> Wire:
    """Raises ``DeviceNotReady`` ``receipt-printer-absent``, ``-port-busy`` or
    ``-port-denied``."""
    match settings.connection:
        case Connection.SERIAL:
            flow = settings.flow_control
            return SerialWire(
                settings.port,
                settings.baud,
                rts_cts=flow is FlowControl.RTS_CTS,
                xon_xoff=flow is FlowControl.XON_XOFF,
            )
        case Connection.USB:
            return UsbWire(settings.port)
        case Connection.TCP:
            return TcpWire(settings.host, settings.tcp_port)
        case Connection.QUEUE:
            return QueueWire(settings.server or Path(), settings.queue)
