"""What Common.Status says, and Common.StatusChangedEvent when it changes.

One model for each class of devices, with the words of the public XFS4IoT SP-Dev framework (KAL, MIT
licence; ``Framework/Core/<Class>/<Class>Schemas_g.cs``, ``StatusClass``). What a class or a device
does not have is ``None``, and absent on the wire.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from drivers.device import DeviceState, Status
from kiosk_app.interop.messages import Wire

Supply = Literal["unknown", "full", "low", "out"]


class CommonStatus(Wire):
    """Of every service."""

    device: DeviceState


class CardReaderStatus(Wire):
    """CardReader."""

    media: Literal["unknown", "present", "notPresent", "jammed", "entering", "latched"] | None = (
        None
    )
    security: Literal["notReady", "open"] | None = None
    """The security module of a resident card reader (SAM_V)."""


class PrinterPaper(Wire):
    """The one paper supply that printers here have."""

    upper: Literal["unknown", "full", "low", "out", "jammed"]


class PrinterStatus(Wire):
    """Printer, and scanners of its class."""

    media: Literal["unknown", "present", "notPresent", "jammed", "entering", "retracted"] | None = (
        None
    )
    paper: PrinterPaper | None = None
    toner: Supply | None = None
    ink: Supply | None = None
    lamp: Literal["unknown", "ok", "fading", "inop"] | None = None


class CheckPosition(Wire):
    """Where sheets go in."""

    shutter: Literal["closed", "open", "jammed", "unknown"] | None = None
    transport: Literal["ok", "inoperative", "unknown"] | None = None


class CheckPositions(Wire):
    """The positions of Check that a feeder has."""

    input: CheckPosition


class CheckStatus(Wire):
    """Check, for scanners with a sheet feeder."""

    front_image_scanner: Literal["ok", "fading", "inoperative", "unknown"] | None = None
    media_feeder: Literal["empty", "notEmpty", "inoperative", "unknown"] | None = None
    positions: CheckPositions | None = None


class CameraStates(Wire):
    """The one camera that terminals have: at the person's face."""

    person: Literal["ok", "inop", "unknown"]


class CameraStatus(Wire):
    """Camera. Pictures are handed out and not kept, so that nothing is said of a medium."""

    cameras: CameraStates


class BarcodeReaderStatus(Wire):
    """BarcodeReader."""

    scanner: Literal["on", "off", "inoperative", "unknown"]


class LightState(Wire):
    """How one light shines, or is to."""

    flash_rate: Literal["off", "slow", "medium", "quick", "continuous"]
    color: Literal["red", "green", "yellow", "blue", "cyan", "magenta", "white"] | None = None
    direction: Literal["entry", "exit"] | None = None


LightPositions = dict[str, dict[str, LightState]]
"""Light → position (``default`` and others) → state: the payload of Lights.SetLight too."""


class VendorModeStatus(Wire):
    """VendorMode."""

    device: Literal["online", "offline"]
    service: Literal["enterPending", "active", "exitPending", "inactive"]


class ClassStatus(Wire):
    """What a service's classes say, each in its own section."""

    card_reader: CardReaderStatus | None = None
    printer: PrinterStatus | None = None
    check: CheckStatus | None = None
    camera: CameraStatus | None = None
    barcode_reader: BarcodeReaderStatus | None = None
    lights: LightPositions | None = None
    vendor_mode: VendorModeStatus | None = None


class StatusPayload(ClassStatus):
    """The completion of Common.Status, and StatusChangedEvent with the sections that changed."""

    common: CommonStatus | None = None


class ErrorEvent(Wire):
    """Common.ErrorEvent."""

    event_id: Literal["hardware", "software", "user", "fraudAttempt"]
    action: (
        Literal["reset", "softwareError", "configuration", "clear", "maintenance", "suspend"] | None
    ) = None
    vendor_description: str = Field(max_length=80)
    """A stable code of ours (``paper-jam``), never a sentence."""


def said_by(status: Status, name: str) -> Any:
    """A reading's word as it is sent; ``None`` when the class of devices does not have it or the
    device does not support it."""
    reading = getattr(status, name, None)
    word = None if reading is None or reading.value is None else str(reading.value)
    return None if word == "notSupported" else word
