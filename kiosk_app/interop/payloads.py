"""Payloads of the commands, completions and events that are offered, as XFS4IoT names them.

Source: public XFS4IoT SP-Dev framework (KAL, MIT licence), ``Framework/Core/<Class>/Commands``,
``Completions`` and ``Events``. Properties that no device here has are passed over when they come
in, and never go out. What begins with ``Yimen`` is an extension of ours.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator, model_validator

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
    watermark: bool = False
    memory_chip: bool = False
    track1_front: bool = False
    front_image: bool = False
    back_image: bool = False
    track1_jis: bool = Field(default=False, alias="track1JIS")
    track3_jis: bool = Field(default=False, alias="track3JIS")
    ddi: bool = False

    @property
    def only_chip(self) -> bool:
        """Whether nothing is asked for that no reader here has."""
        wanted = {name for name in type(self).model_fields if getattr(self, name)}
        return wanted == {"chip"}


class ChipPower(Wire):
    """CardReader.ChipPower."""

    chip_power: Literal["cold", "warm", "off"]


class ChipIo(Wire):
    """CardReader.ChipIO; ``chip_data`` is one command APDU."""

    chip_protocol: Literal[
        "chipT0",
        "chipT1",
        "chipProtocolNotRequired",
        "chipTypeAPart3",
        "chipTypeAPart4",
        "chipTypeB",
        "chipTypeNFC",
    ]
    chip_data: Encoded = Field(min_length=4, max_length=_LONGEST_APDU, repr=False)


class ChipAnswer(Wire):
    """The completion of ChipIO, and of ChipPower without a protocol."""

    chip_protocol: str | None = None
    chip_data: Data | None = Field(default=None, repr=False)


class CardData(Wire):
    """One source of ReadRawData's completion. Its ``status``, absent where all is well, is never
    needed: a source that fails ends the command."""

    data: Data = Field(repr=False)


class RawData(Wire):
    """The completion of ReadRawData: the chip's answer to reset."""

    chip: tuple[CardData, ...]


class CardReset(Wire):
    """CardReader.Reset; a reader without transport leaves the card where it is."""

    to: Literal["exit", "retain", "currentPosition", "auto"] = "auto"


class CardPosition(Wire):
    """CardReader.MediaDetectedEvent: where a reset found a card. ``exit`` is where it can be
    taken, and where it always lies with readers that have no transport."""

    position: Literal["exit"] = "exit"


class ReadIdentity(Wire):
    """YimenIdentity.ReadIdentity, an extension: read the card whole.

    ``wait``: ms for a card to come; the header's timeout is for all of it.
    """

    wait: int = Field(default=30_000, ge=0, le=600_000)


_KEYS = "one key: documentNumber, birthDate and expiryDate, or mrz, or cardAccessNumber"


class ReadTravelDocument(ReadIdentity):
    """YimenIdentity.ReadIdentity of a travel document, whose chip opens with what is printed on it
    alone (ICAO Doc 9303-11): three entries of its data page, the whole machine readable zone, or
    where it has one its card access number."""

    document_number: str | None = Field(default=None, min_length=1, max_length=24, repr=False)
    birth_date: date | None = Field(default=None, repr=False)
    expiry_date: date | None = Field(default=None, repr=False)
    mrz: str | None = Field(default=None, min_length=1, max_length=128, repr=False)
    """Its lines, parted by line ends."""
    card_access_number: str | None = Field(default=None, pattern=r"^[0-9]{6}$", repr=False)

    @property
    def entries(self) -> tuple[str, date, date] | None:
        """Number, birth and expiry, when all three were typed."""
        number, birth, expiry = self.document_number, self.birth_date, self.expiry_date
        if number is None or birth is None or expiry is None:
            return None
        return number, birth, expiry

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        some = any((self.document_number, self.birth_date, self.expiry_date))
        keys = (self.mrz, self.card_access_number, True if some else None)
        if sum(each is not None for each in keys) != 1 or (some and self.entries is None):
            raise ValueError(_KEYS)
        return self


class Identity(Wire):
    """Who the card or document says its holder is. Dates are ISO 8601; sex as GB/T 2261.1, nation
    as GB/T 3304, nationality as GB/T 2659, or the letters of ICAO Doc 9303-3 with a travel
    document. ``authenticity`` and ``access``: what its signature is worth and how it was opened,
    with travel documents alone. What a card does not hold is absent."""

    kind: str | None = None
    authenticity: str | None = None
    access: str | None = None
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
    document_number: str | None = Field(default=None, repr=False)
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


class MediaControl(Wire):
    """What to do with the media."""

    move: Literal["eject", "retract", "park", "expel", "ejectToTransport", "stack"] | None = None
    perforate: bool = False
    cut: bool = False
    skip: bool = False
    flush: bool = False
    partial_cut: bool = False
    alarm: bool = False
    turn_page: Literal["forward", "backward"] | None = None
    turn_media: bool = False
    stamp: bool = False
    rotate180: bool = False

    @property
    def wanted(self) -> frozenset[str]:
        """What is asked for, by the words of ``MediaControls``."""
        flags = {name for name, on in self if on is True}
        return frozenset(flags | {word for word in (self.move, self.turn_page) if word})


class ControlMedia(Wire):
    """Printer.ControlMedia."""

    media_control: MediaControl


class RetractMedia(Wire):
    """Printer.RetractMedia: where to; the first bin unless told."""

    media_control: str = Field(default="unit1", pattern=r"^transport$|^unit[0-9A-Za-z]{1,20}$")


class MediaRetracted(Wire):
    """The completion of RetractMedia: where the paper is."""

    result: str


class MediaReset(Wire):
    """Printer.Reset: where to with paper that is still there."""

    media_control: str | None = Field(
        default=None, pattern=r"^eject$|^expel$|^unit[0-9A-Za-z]{1,20}$"
    )


class MediaPresented(Wire):
    """Printer.MediaPresentedEvent and MediaPresentedUnsolicitedEvent: all in one."""

    wad_index: int = 1
    total_wads: int = 1


class MediaPosition(Wire):
    """Printer.MediaDetectedEvent: where a reset has left paper."""

    position: str


class PaperThreshold(Wire):
    """Printer.PaperThresholdEvent."""

    paper_source: Literal["upper"] = "upper"
    threshold: Literal["full", "low", "out"]


class SupplyThreshold(Wire):
    """Printer.TonerThresholdEvent and InkThresholdEvent."""

    state: Literal["full", "low", "out"]


class LampThreshold(Wire):
    """Printer.LampThresholdEvent."""

    state: Literal["ok", "fading", "inop"]


class PrintNative(Wire):
    """Printer.PrintNative: one PDF. ``media_control``: what is done with each page."""

    data: Encoded = Field(min_length=1, max_length=_LONGEST_PRINT, repr=False)
    media_control: MediaControl | None = None
    paper_source: str = Field(default="any", pattern=r"^[a-zA-Z][a-zA-Z0-9]{0,39}$")


class PrintRaw(Wire):
    """Printer.PrintRaw: bytes for the printer, as they are."""

    input_data: Literal["no", "yes"] = "no"
    data: Encoded = Field(min_length=1, max_length=_LONGEST_RAW, repr=False)


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
