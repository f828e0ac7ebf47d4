"""What a technician sets for any driver that reaches its cards through PC/SC."""

from __future__ import annotations

from pydantic import Field

from drivers.device import DriverSettings


class PcscSettings(DriverSettings):
    """One slot of a PC/SC reader."""

    reader: str = Field(
        default="*",
        title="Reader",
        description="The reader's name, with * for any part of it; the number that pcscd adds to "
        "it is left out. The first that fits is taken.",
        min_length=1,
        max_length=128,
    )
    slot: int = Field(
        default=0,
        title="Slot",
        description="Which slot of the reader, the first being 0.",
        ge=0,
        le=15,
    )
    pcscd_socket: str = Field(
        default="",
        title="Socket of pcscd",
        description="Left empty for the system's own pcscd.",
        max_length=4096,
    )
    answer_s: float = Field(
        default=10.0,
        title="Patience",
        description="How long a card may take over one command.",
        ge=0.5,
        le=60.0,
        json_schema_extra={"unit": "s"},
    )
