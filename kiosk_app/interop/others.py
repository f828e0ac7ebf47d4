"""Camera, BarcodeReader, Lights and VendorMode."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, RootModel

from drivers.code_scanner.contract import Symbology
from drivers.device import Capabilities, Status
from drivers.errors import CompletionCode
from drivers.lights.contract import FlashRate
from kiosk_app.devices import GRACE_S, Slot
from kiosk_app.interop.capabilities import (
    BarcodeReaderCapabilities,
    CameraCapabilities,
    CameraSet,
    ClassCapabilities,
    LightCapabilities,
    LightsCapabilities,
)
from kiosk_app.interop.hooks import VendorMode
from kiosk_app.interop.operations import Call, Offer, Operation, Refused
from kiosk_app.interop.payloads import (
    BarcodeRead,
    Nothing,
    PictureTaken,
    ReadBarcode,
    ReadOutput,
    TakePicture,
)
from kiosk_app.interop.status import (
    BarcodeReaderStatus,
    CameraStates,
    CameraStatus,
    ClassStatus,
    LightPositions,
    LightState,
    StatusPayload,
    VendorModeStatus,
    said_by,
)

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
            "Camera.TakePicture": Operation(TakePicture, take, needs="take_picture", personal=True),
            "Camera.Reset": Operation(Nothing, _resets(slot), needs="reset"),
        },
        _camera_status,
        lambda known: ClassCapabilities(camera=CameraCapabilities(cameras=CameraSet())),
    )


def _camera_status(status: Status, known: Capabilities) -> ClassStatus:
    word = said_by(status, "cameras") or "unknown"
    state: Any = "inop" if word == "inoperable" else word
    return ClassStatus(camera=CameraStatus(cameras=CameraStates(person=state)))


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
            "BarcodeReader.Read": Operation(ReadBarcode, read, needs="read", personal=True),
            "BarcodeReader.Reset": Operation(Nothing, _resets(slot), needs="reset"),
        },
        lambda status, known: ClassStatus(
            barcode_reader=BarcodeReaderStatus(scanner=said_by(status, "scanner") or "unknown")
        ),
        lambda known: ClassCapabilities(
            barcode_reader=BarcodeReaderCapabilities(
                can_filter_symbologies=getattr(known, "can_filter_symbologies", False),
                symbologies={str(each): True for each in Symbology},
            )
        ),
    )


def lights(slot: Slot) -> Offer:
    """The lights that lead a hand to the slot."""

    async def set_light(call: Call) -> BaseModel:
        wanted: Lights = call.payload
        for name, positions in wanted.root.items():
            for position, state in positions.items():
                await _shine(slot, name, position, state)
        return Nothing()

    return Offer(
        {"Lights.SetLight": Operation(Lights, set_light, needs="set_light")},
        _lights_status,
        _lights_capabilities,
    )


async def _shine(slot: Slot, name: str, position: str, state: LightState) -> None:
    if position != "default":
        raise Refused(CompletionCode.COMMAND_ERROR_CODE, "no light is there", "invalidLight")
    if state.direction is not None:
        raise Refused(CompletionCode.UNSUPPORTED_DATA, "lights here point nowhere")
    colour = (state.color,) if state.color is not None else ()
    await slot.call("set_light", name, state.flash_rate, *colour)


def _lights_status(status: Status, known: Capabilities) -> ClassStatus:
    reading = getattr(status, "lights", None)
    shining: dict[str, Any] = dict(reading.value or {}) if reading is not None else {}
    return ClassStatus(
        lights={name: {"default": LightState(flash_rate=rate)} for name, rate in shining.items()}
    )


def _lights_capabilities(known: Capabilities) -> ClassCapabilities:
    found: tuple[tuple[str, str], ...] = getattr(known, "lights", ())
    rates = {str(rate): True for rate in FlashRate}
    lights = {
        str(name): {"default": LightCapabilities(flash_rate=rates, color={str(colour): True})}
        for name, colour in found
    }
    return ClassCapabilities(lights=LightsCapabilities(lights=lights))


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

    unneeded = Operation(Nothing, by_itself, disturbs=False, able=lambda known: False)
    return Offer(
        {
            "VendorMode.EnterModeRequest": Operation(Nothing, enter, disturbs=False),
            "VendorMode.ExitModeRequest": Operation(Nothing, leave, disturbs=False),
            "VendorMode.EnterModeAcknowledge": unneeded,
            "VendorMode.ExitModeAcknowledge": unneeded,
        },
        lambda status, known: ClassStatus(vendor_mode=_mode(hook)),
        changed=_mode_events,
        unsolicited=lambda known: ("VendorMode.ModeEnteredEvent", "VendorMode.ModeExitedEvent"),
    )


def _mode(hook: VendorMode) -> VendorModeStatus:
    return VendorModeStatus.model_validate({"device": "online", "service": str(hook.mode)})


def _mode_events(before: StatusPayload, after: StatusPayload) -> list[tuple[str, BaseModel]]:
    """Entered once it is active; exited once the screen for citizens is back."""
    was, now = (each.vendor_mode and each.vendor_mode.service for each in (before, after))
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
