"""Payloads of the commands and completions that are offered, as XFS4IoT names them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator

from kiosk_app.interop.messages import Wire

_LONGEST_PRINT = 1_500_000
_LONGEST_RAW = 65_536
_LONGEST_APDU = 65_544


def _decoded(value: object) -> bytes:
    """Base64 as it should be; what is no Base64 is not passed over in parts."""
    if not isinstance(value, str):
        raise ValueError("no Base64")  # noqa: TRY004 - pydantic turns it into a mistake
    return b64decode(value, validate=True)


Encoded = Annotated[bytes, BeforeValidator(_decoded)]
"""Bytes that come in as Base64."""
Data = Annotated[bytes, PlainSerializer(lambda data: b64encode(data).decode(), return_type=str)]
"""Bytes that go out as Base64."""


class Nothing(Wire):
    """A payload that says nothing."""


class Failed(Wire):
    """The payload of a command that ended with ``commandErrorCode``."""

    error_code: str


class Authenticate(Wire):
    """YimenSession.Authenticate, an extension: the first message where no header can be sent."""

    token: str = Field(max_length=128, repr=False)


class Cancel(Wire):
    """Common.Cancel; without ids all that this connection asked for."""

    request_ids: tuple[int, ...] | None = Field(default=None, max_length=256)


class ServiceUri(Wire):
    """One service of ServicePublisher.GetServices."""

    service_uri: str = Field(alias="serviceURI")


class Services(Wire):
    """The completion of ServicePublisher.GetServices, and ServiceDetailEvent when they change."""

    vendor_name: str
    services: tuple[ServiceUri, ...]


class ReadRawData(Wire):
    """CardReader.ReadRawData. Of all sources the readers here have the chip alone."""

    chip: bool = False
    track1: bool = False
    track2: bool = False
    track3: bool = False
    security: bool = False
    front_image: bool = False
    back_image: bool = False

    @property
    def only_chip(self) -> bool:
        """Whether nothing is asked for that no reader here has."""
        others = (self.track1, self.track2, self.track3, self.security)
        return self.chip and not any((*others, self.front_image, self.back_image))


class ChipPower(Wire):
    """CardReader.ChipPower."""

    chip_power: Literal["cold", "warm", "off"]


class ChipIo(Wire):
    """CardReader.ChipIO; ``chip_data`` is one command APDU."""

    chip_protocol: Literal[
        "chipT0", "chipT1", "chipProtocolNotRequired", "chipTypeAPart4", "chipTypeB"
    ]
    chip_data: Encoded = Field(min_length=4, max_length=_LONGEST_APDU, repr=False)


class ChipAnswer(Wire):
    """The completion of ChipIO, and of ChipPower without a protocol."""

    chip_protocol: str | None = None
    chip_data: Data | None = Field(default=None, repr=False)


class CardData(Wire):
    """One source of ReadRawData's completion."""

    status: Literal["ok", "dataMissing", "dataInvalid"]
    data: Data = Field(repr=False)


class RawData(Wire):
    """The completion of ReadRawData: the chip's answer to reset."""

    chip: tuple[CardData, ...]


class CardReset(Wire):
    """CardReader.Reset; a reader without transport leaves the card where it is."""

    to: Literal["exit", "retain", "currentPosition", "auto"] = "auto"


class ReadIdentity(Wire):
    """YimenIdentity.ReadIdentity, an extension: read the card or document whole.

    ``wait``: ms for a card to come; the header's timeout is for all of it.
    """

    wait: int = Field(default=30_000, ge=0, le=600_000)


class Identity(Wire):
    """Who the card says its holder is. Dates are ISO 8601; sex as GB/T 2261.1, nation as
    GB/T 3304, nationality as GB/T 2659. What a card does not hold is absent."""

    kind: str | None = None
    name: str = Field(repr=False)
    id_number: str | None = Field(default=None, repr=False)
    sex: str | None = Field(default=None, repr=False)
    birth: date | None = Field(default=None, repr=False)
    foreign_name: str | None = Field(default=None, repr=False)
    nation: str | None = Field(default=None, repr=False)
    nationality: str | None = Field(default=None, repr=False)
    address: str | None = Field(default=None, repr=False)
    issuer: str | None = Field(default=None, repr=False)
    card_number: str | None = Field(default=None, repr=False)
    valid_from: date | None = Field(default=None, repr=False)
    valid_to: date | None = Field(default=None, repr=False)
    photo_png: Data | None = Field(default=None, repr=False)

    @field_validator("*", mode="before")
    @classmethod
    def _nothing_is_absent(cls, value: object) -> object:
        return None if value == "" else value


class IdentityRead(Wire):
    """The completion of ReadIdentity."""

    identity: Identity


class PrintNative(Wire):
    """Printer.PrintNative: one PDF."""

    data: Encoded = Field(min_length=1, max_length=_LONGEST_PRINT, repr=False)
    paper_source: Literal["upper", "any"] = "any"


class PrintRaw(Wire):
    """Printer.PrintRaw: bytes for the printer, as they are."""

    input_data: Literal["no", "yes"] = "no"
    data: Encoded = Field(min_length=1, max_length=_LONGEST_RAW, repr=False)


class MediaControl(Wire):
    """What to do with the media."""

    move: Literal["eject", "retract", "park", "expel", "ejectToTransport", "stack"] | None = None
    cut: bool = False
    partial_cut: bool = False
    alarm: bool = False


class ControlMedia(Wire):
    """Printer.ControlMedia."""

    media_control: MediaControl


class MediaReset(Wire):
    """Printer.Reset and RetractMedia."""

    media_control: Literal["eject", "retract", "expel"] | None = None


class ImageWanted(Wire):
    """One side that ReadImage asks for."""

    image_type: Literal["tif", "wmf", "bmp", "jpg", "png", "gif", "svg"] = "jpg"
    color_format: Literal["binary", "grayscale", "fullcolor"] = "fullcolor"


class ReadImage(Wire):
    """Printer.ReadImage."""

    front_image: ImageWanted | None = None
    back_image: ImageWanted | None = None


class Image(Wire):
    """One side that was read."""

    status: Literal["ok", "missing"]
    data: Data | None = Field(default=None, repr=False)


class Images(Wire):
    """The sides that were asked for."""

    front: Image | None = None
    back: Image | None = None


class ImagesRead(Wire):
    """The completion of ReadImage."""

    images: Images


class TakePicture(Wire):
    """Camera.TakePicture; ``cam_data`` would be drawn into the picture, which no camera does."""

    camera: str = Field(default="person", max_length=40)
    cam_data: str | None = Field(default=None, max_length=200)


class PictureTaken(Wire):
    """The completion of TakePicture: a JPEG."""

    picture_file: Data = Field(repr=False)


class ReadBarcode(Wire):
    """BarcodeReader.Read; no symbologies stands for all."""

    symbologies: dict[str, bool] | None = Field(default=None, max_length=64)


class ReadOutput(Wire):
    """One code that was read."""

    symbology: str
    barcode_data: Data = Field(repr=False)


class BarcodeRead(Wire):
    """The completion of BarcodeReader.Read."""

    read_output: tuple[ReadOutput, ...]


class LightState(Wire):
    """How one light is to shine."""

    flash_rate: Literal["off", "slow", "medium", "quick", "continuous"]
    color: Literal["red", "green", "yellow", "blue", "cyan", "magenta", "white"] | None = None
    direction: Literal["entry", "exit"] | None = None


LightPositions = dict[str, dict[str, LightState]]
"""Light → position (``default`` and others) → state: the payload of Lights.SetLight."""


class DeviceInformation(Wire):
    """One device of Common.Capabilities."""

    model_name: str | None = None
    serial_number: str | None = None
    revision_number: str | None = None
    model_description: str | None = None


class Interface(Wire):
    """One interface of a service with the commands and events that its device really has."""

    name: str
    commands: dict[str, dict[str, Any]]
    events: dict[str, dict[str, Any]]


class CommonCapabilities(Wire):
    """The common part of Common.Capabilities."""

    service_version: str
    device_information: tuple[DeviceInformation, ...]


class CapabilitiesPayload(Wire):
    """The completion of Common.Capabilities."""

    interfaces: tuple[Interface, ...]
    common: CommonCapabilities
    card_reader: dict[str, Any] | None = None
    printer: dict[str, Any] | None = None
    check: dict[str, Any] | None = None
    camera: dict[str, Any] | None = None
    barcode_reader: dict[str, Any] | None = None
    lights: dict[str, Any] | None = None
    vendor_mode: dict[str, Any] | None = None


class CommonStatus(Wire):
    """The common part of Common.Status."""

    device: str


class StatusPayload(Wire):
    """The completion of Common.Status, and StatusChangedEvent with what changed."""

    common: CommonStatus | None = None
    card_reader: dict[str, Any] | None = None
    printer: dict[str, Any] | None = None
    check: dict[str, Any] | None = None
    camera: dict[str, Any] | None = None
    barcode_reader: dict[str, Any] | None = None
    lights: dict[str, Any] | None = None
    vendor_mode: dict[str, Any] | None = None


class ErrorEvent(Wire):
    """Common.ErrorEvent."""

    event_id: Literal["hardware", "software", "user", "fraudAttempt"]
    action: str | None = None
    vendor_description: str
