"""Camera, BarcodeReader, Lights, document scanner (Printer.ReadImage) and VendorMode."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, RootModel

from drivers.device import Capabilities, Status
from drivers.errors import CompletionCode
from kiosk_app.devices import GRACE_S, Slot
from kiosk_app.interop.hooks import VendorMode
from kiosk_app.interop.payloads import (
    BarcodeRead,
    Image,
    Images,
    ImagesRead,
    ImageWanted,
    LightPositions,
    LightState,
    MediaReset,
    Nothing,
    PictureTaken,
    ReadBarcode,
    ReadImage,
    ReadOutput,
    TakePicture,
)
from kiosk_app.interop.printer import need_eject
from kiosk_app.interop.service import Call, Offer, Operation, Refused, said_by

_CODE_WAIT_S = 30.0


class Lights(RootModel[LightPositions]):
    """Lights.SetLight."""


def camera(slot: Slot) -> Offer:
    """A camera at the person's face: ``person`` is the only one there is."""

    async def take(call: Call) -> BaseModel:
        wanted: TakePicture = call.payload
        if wanted.camera != "person":
            raise Refused(CompletionCode.COMMAND_ERROR_CODE, "no such camera", "cameraNotSupported")
        if wanted.cam_data:
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "nothing is drawn into pictures")
        picture = await slot.call("take_picture")
        return PictureTaken(picture_file=picture.jpeg)

    return Offer(
        {
            "Camera.TakePicture": Operation(TakePicture, take, needs="take_picture"),
            "Camera.Reset": Operation(Nothing, _resets(slot), needs="reset"),
        },
        "camera",
        _camera_status,
        lambda known: {"cameras": {"person": True}, "maxPictures": 1, "camData": {}},
    )


def _camera_status(status: Status) -> dict[str, Any]:
    state = {"inoperable": "inop"}.get(word := said_by(status, "cameras") or "unknown", word)
    media = said_by(status, "media")
    found: dict[str, Any] = {"cameras": {"person": state}}
    return found if media is None else {**found, "media": {"person": media}}


def barcode_reader(slot: Slot) -> Offer:
    """A code scanner."""

    async def read(call: Call) -> BaseModel:
        wanted: ReadBarcode = call.payload
        kinds = [name for name, on in (wanted.symbologies or {}).items() if on]
        wait_s = call.timeout_s or _CODE_WAIT_S
        code = await slot.call("read", kinds, wait_s, deadline_s=wait_s + GRACE_S)
        return BarcodeRead(
            read_output=(
                ReadOutput(
                    symbology=str(code.symbology or "symbologyUnknown"),
                    barcode_data=code.text.encode(),
                ),
            )
        )

    return Offer(
        {
            "BarcodeReader.Read": Operation(ReadBarcode, read, needs="read"),
            "BarcodeReader.Reset": Operation(Nothing, _resets(slot), needs="reset"),
        },
        "barcode_reader",
        lambda status: {"scanner": said_by(status, "scanner") or "unknown"},
        lambda known: {"canFilterSymbologies": getattr(known, "can_filter_symbologies", False)},
    )


def document_scanner(slot: Slot) -> Offer:
    """What lies on the glass or in the feeder, as the printer class of XFS4IoT has it."""

    async def page(colour: bool) -> bytes:
        return bytes((await slot.call("scan_page", colour=colour)).jpeg)

    return _scans(slot, page, "check")


def document_camera(slot: Slot) -> Offer:
    """The page under the camera, always in colour."""

    async def page(colour: bool) -> bytes:
        if not colour:
            raise Refused(CompletionCode.UNSUPPORTED_DATA, "this camera sees in colour")
        return bytes((await slot.call("scan_page")).jpeg)

    return _scans(slot, page, "printer")


def _scans(slot: Slot, page: Callable[[bool], Awaitable[bytes]], section: str) -> Offer:
    """``page``: makes a JPEG of the page, in colour or grey. ``section``: ``check`` for what may
    have a feeder, else ``printer``."""
    kind = {"type": {"scanner": True}} if section == "printer" else {}

    async def read(call: Call) -> BaseModel:
        wanted: ReadImage = call.payload
        if wanted.front_image is None and wanted.back_image is None:
            raise Refused(CompletionCode.INVALID_DATA, "no side is asked for")
        front = await _side(page, wanted.front_image)
        back = None if wanted.back_image is None else Image(status="missing")
        return ImagesRead(images=Images(front=front, back=back))

    async def reset(call: Call) -> BaseModel:
        need_eject(call.payload)
        await slot.call("reset")
        return Nothing()

    return Offer(
        {
            "Printer.ReadImage": Operation(ReadImage, read, version="3.0", needs="scan_page"),
            "Printer.Reset": Operation(MediaReset, reset, version="3.0", needs="reset"),
        },
        section,
        _scanner_status if section == "check" else lambda status: {"media": "unknown"},
        lambda known: {**kind, "imageSource": {"imageFront": True}, "imageType": {"jpg": True}},
    )


def _scanner_status(status: Status) -> dict[str, Any]:
    """Check.Status, which has the words for feeders."""
    words = {
        "frontImageScanner": said_by(status, "front_image_scanner"),
        "mediaFeeder": said_by(status, "media_feeder"),
        "transport": said_by(status, "transport"),
        "shutter": said_by(status, "shutter"),
    }
    return {name: word for name, word in words.items() if word is not None}


async def _side(
    page: Callable[[bool], Awaitable[bytes]], wanted: ImageWanted | None
) -> Image | None:
    if wanted is None:
        return None
    if wanted.image_type != "jpg" or wanted.color_format == "binary":
        raise Refused(CompletionCode.UNSUPPORTED_DATA, "images come as JPEG, in colour or grey")
    return Image(status="ok", data=await page(wanted.color_format == "fullcolor"))


def lights(slot: Slot) -> Offer:
    """The lights that lead a hand to the slot."""

    async def set_light(call: Call) -> BaseModel:
        wanted: Lights = call.payload
        for name, positions in wanted.root.items():
            for position, state in positions.items():
                await _shine(slot, name, position, state)
        return Nothing()

    return Offer(
        {"Lights.SetLight": Operation(Lights, set_light, version="3.0", needs="set_light")},
        "lights",
        _lights_status,
        _lights_capabilities,
    )


async def _shine(slot: Slot, name: str, position: str, state: LightState) -> None:
    if position != "default":
        raise Refused(CompletionCode.COMMAND_ERROR_CODE, "no light is there", "invalidLight")
    colour = (state.color,) if state.color is not None else ()
    await slot.call("set_light", name, state.flash_rate, *colour)


def _lights_status(status: Status) -> dict[str, Any]:
    reading = getattr(status, "lights", None)
    shining: dict[str, Any] = dict(reading.value or {}) if reading is not None else {}
    return {name: {"default": {"flashRate": str(rate)}} for name, rate in shining.items()}


def _lights_capabilities(known: Capabilities) -> dict[str, Any]:
    found: tuple[tuple[str, str], ...] = getattr(known, "lights", ())
    lights = {str(name): {"color": {str(colour): True}} for name, colour in found}
    return {"lights": lights}


def vendor_mode(hook: VendorMode) -> Offer:
    """Maintenance mode. The terminal acknowledges by itself, once its citizen has gone; there is
    nothing for an integrator to acknowledge."""

    async def enter(call: Call) -> BaseModel:
        hook.set(True)
        return Nothing()

    async def leave(call: Call) -> BaseModel:
        hook.set(False)
        return Nothing()

    async def by_itself(call: Call) -> BaseModel:
        raise Refused(CompletionCode.UNSUPPORTED_COMMAND, "the terminal acknowledges by itself")

    return Offer(
        {
            "VendorMode.EnterModeRequest": Operation(Nothing, enter, disturbs=False),
            "VendorMode.ExitModeRequest": Operation(Nothing, leave, disturbs=False),
            "VendorMode.EnterModeAcknowledge": Operation(Nothing, by_itself, disturbs=False),
            "VendorMode.ExitModeAcknowledge": Operation(Nothing, by_itself, disturbs=False),
        },
        "vendor_mode",
        lambda status: {"device": "online", "service": str(hook.mode)},
        changed=_mode_events,
        unsolicited=("VendorMode.ModeEnteredEvent", "VendorMode.ModeExitedEvent"),
    )


def _mode_events(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, BaseModel]]:
    """Entered once it is active; exited once the screen for citizens is back."""
    was, now = before.get("service"), after.get("service")
    if now == "active" and was not in ("active", "exitPending"):
        return [("VendorMode.ModeEnteredEvent", Nothing())]
    if was in ("active", "exitPending") and now not in ("active", "exitPending"):
        return [("VendorMode.ModeExitedEvent", Nothing())]
    return []


def _resets(slot: Slot) -> Any:
    async def reset(call: Call) -> BaseModel:
        await slot.call("reset")
        return Nothing()

    return reset
