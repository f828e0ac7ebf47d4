"""What Common.Capabilities says.

The words are those of the public XFS4IoT SP-Dev framework (KAL, MIT licence;
``Framework/Core/Common/CommonSchemas_g.cs`` and each class's ``<Class>Schemas_g.cs``,
``CapabilitiesClass``). What a device does not have is ``None``, and absent on the wire.
"""

from __future__ import annotations

from typing import Literal

from kiosk_app.interop.messages import Wire


class DeviceInformation(Wire):
    """One device."""

    model_name: str | None = None
    serial_number: str | None = None
    revision_number: str | None = None
    model_description: str | None = None


class Versions(Wire):
    """The versions of one message that are spoken."""

    versions: tuple[str, ...]


class Interface(Wire):
    """One interface of a service with the commands and events that its device really has.
    ``maximum_requests``: commands that may wait at a time."""

    name: str
    commands: dict[str, Versions]
    events: dict[str, Versions]
    maximum_requests: int


class CommonCapabilities(Wire):
    """Of every service."""

    service_version: str
    device_information: tuple[DeviceInformation, ...]


class ChipPowerActions(Wire):
    """What CardReader.ChipPower can do."""

    cold: bool = True
    warm: bool = True
    off: bool = True


class CardReaderCapabilities(Wire):
    """CardReader."""

    type: Literal["dip", "contactless"]
    chip_protocols: dict[str, bool]
    chip_power: ChipPowerActions | None = None
    card_taken_sensor: bool = True


class PrinterTypes(Wire):
    """What kinds of printer a device is."""

    receipt: bool = False
    document: bool = False
    scanner: bool = False


class MediaControls(Wire):
    """What Printer.ControlMedia can do."""

    eject: bool = False
    cut: bool = False
    partial_cut: bool = False
    retract: bool = False
    expel: bool = False


class PaperSources(Wire):
    """The one paper supply that printers here have."""

    upper: bool = True


class ImageTypes(Wire):
    """The formats of pictures."""

    jpg: bool = True


class ColorFormats(Wire):
    """The colours of pictures."""

    grayscale: bool
    full: bool = True


class ImageSources(Wire):
    """The sides that are read."""

    image_front: bool = True


class PrinterCapabilities(Wire):
    """Printer. ``media_taken``, ``media_presented``: whether those events are sent."""

    type: PrinterTypes
    control: MediaControls | None = None
    multi_page: bool | None = None
    paper_sources: PaperSources | None = None
    media_taken: bool = False
    media_presented: bool = False
    image_type: ImageTypes | None = None
    front_image_color_format: ColorFormats | None = None
    image_source: ImageSources | None = None
    os_printer: str | None = None
    auto_retract_period: int = 0
    retract_to_transport: bool = False


class CameraSet(Wire):
    """The cameras that are there."""

    person: bool = True


class CameraCapabilities(Wire):
    """Camera. Nothing is kept here and nothing is drawn into pictures."""

    cameras: CameraSet


class BarcodeReaderCapabilities(Wire):
    """BarcodeReader."""

    can_filter_symbologies: bool
    symbologies: dict[str, bool]


class LightCapabilities(Wire):
    """One light at one position."""

    flash_rate: dict[str, bool]
    color: dict[str, bool] | None = None


class LightsCapabilities(Wire):
    """Lights: light → position → what it can do."""

    individual_flash_rates: bool = True
    lights: dict[str, dict[str, LightCapabilities]]


class ClassCapabilities(Wire):
    """What a service's classes can do, each in its own section."""

    card_reader: CardReaderCapabilities | None = None
    printer: PrinterCapabilities | None = None
    camera: CameraCapabilities | None = None
    barcode_reader: BarcodeReaderCapabilities | None = None
    lights: LightsCapabilities | None = None


class CapabilitiesPayload(ClassCapabilities):
    """The completion of Common.Capabilities."""

    interfaces: tuple[Interface, ...]
    common: CommonCapabilities
