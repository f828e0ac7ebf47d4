"""A camera through OpenCV: a V4L2 device by its stable path, or a Motion-JPEG stream."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import ClassVar

from drivers.camera import control_line, faces, v4l2, vision
from drivers.camera.capture import Capture
from drivers.camera.contract import (
    Camera,
    CameraCapabilities,
    CameraMedia,
    CameraState,
    CameraStatus,
    Control,
    Picture,
    PictureState,
    Presence,
)
from drivers.camera.frames import FrameRing, PreviewChannel
from drivers.camera.settings import CameraSettings, PictureSettings
from drivers.camera.sources import Format, Frame, absent, open_source
from drivers.camera.watch import Verdict, Watch
from drivers.device import (
    DeviceEvent,
    DeviceState,
    Reading,
    SelfTest,
    Source,
    assumed,
    command,
    concluded,
    sensed,
    state_after,
)
from drivers.errors import (
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    HardwareFault,
    OperatorAction,
    ProtocolError,
)

log = logging.getLogger(__name__)

_FIRST_PICTURE_S = 2.0
_PICTURE_S = 2.0
"""A camera that has not sent a good picture after this sends none."""
_GLANCE_S = 0.4
_REOPEN_AFTER_S = 5.0
"""Silent or garbled for so long, the camera is closed and opened again."""
_TEST_S = 1.0
_HALF = 0.5
_GOOD = (PictureState.OK, PictureState.SLOW)


class OpenCvCamera(Camera):
    """See the module."""

    settings_type: ClassVar[type[PictureSettings]] = CameraSettings
    refresh_every_s = 0.4

    def __init__(self, settings: PictureSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._capture: Capture | None = None
        self._capabilities = CameraCapabilities()
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)
        self._missed = PictureState.UNKNOWN
        """Why the camera is not open."""
        self._told_picture = PictureState.OK
        self._told_presence = Presence.UNKNOWN

    def open(self) -> None:
        """See ``Driver.open``. A camera that sends black or frozen pictures opens, and its status
        says so; one that sends no picture does not."""
        wanted = self._settings
        try:
            source = open_source(
                wanted.device,
                Format(wanted.pixel_format, wanted.width, wanted.height, wanted.frames_per_s),
            )
            rate = source.frames_per_s or wanted.frames_per_s
            self._capture = Capture(source, self._new_watch(rate), FrameRing(), wanted.width)
            frame = self._first_frame(self._capture)
        except DeviceError as error:
            self.close()
            self._device = concluded(state_after(error))
            self._miss(error)
            raise DeviceNotReady(error.code, error.message, action=error.action) from None
        self._device, self._missed = sensed(DeviceState.ONLINE), PictureState.UNKNOWN
        self._set_as_kept()
        card = v4l2.card(wanted.device) if self._is_device() else None
        self._capabilities = CameraCapabilities(
            model=card.name if card is not None else "",
            pixel_format=self._capture.pixel_format,
            width=frame.width,
            height=frame.height,
            frames_per_s=self._capture.frames_per_s,
            controls=v4l2.controls(wanted.device) if self._has_controls() else (),
        )

    def close(self) -> None:
        """See ``Driver.close``."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.close()

    def refresh(self) -> None:
        """See ``Driver.refresh``. Tells when pictures become bad or good, and who comes or goes."""
        capture = self._open_capture()
        verdict = capture.verdict()
        self._device = sensed(DeviceState.ONLINE)
        if verdict.picture in (PictureState.SILENT, PictureState.GARBLED):
            self._device = concluded(_SILENT_STATE[verdict.picture])
        self._tell(verdict)
        if time.monotonic() - capture.watch.last_at > _REOPEN_AFTER_S:
            error = fault_of(verdict.picture)
            self._miss(error)
            raise DeviceNotReady(error.code, error.message, action=error.action)

    def status(self) -> CameraStatus:
        """See ``Driver.status``."""
        verdict = self._capture.verdict() if self._capture is not None else Verdict(self._missed)
        known = concluded if verdict.picture is not PictureState.UNKNOWN else assumed
        seen = partial(Reading, source=Source.DRIVER, at=verdict.presence_at or time.monotonic())
        return CameraStatus(
            self._device,
            known(_camera_state(verdict.picture)),
            assumed(CameraMedia.NOT_SUPPORTED),
            known(verdict.picture),
            concluded(verdict.frames_per_s),
            seen(verdict.presence),
            seen(verdict.faces),
            seen(verdict.movement),
        )

    def capabilities(self) -> CameraCapabilities:
        """See ``Driver.capabilities``."""
        return self._capabilities

    @command(deadline_s=10.0)
    def preview(self) -> PreviewChannel:
        """See ``Camera.preview``."""
        return self._open_capture().channel()

    @command(deadline_s=15.0)
    def take_picture(self) -> Picture:
        """See ``Camera.take_picture``."""
        capture = self._open_capture()
        size = (self._settings.still_width, self._settings.still_height)
        resized = all(size) and capture.resize(*size)
        try:
            return self._good_picture(capture)
        finally:
            if resized:
                capture.resize(self._settings.width, self._settings.height)

    @command(deadline_s=5.0)
    def set_control(self, name: str, value: int) -> Control:
        """See ``Camera.set_control``."""
        self._open_capture()
        if not self._has_controls():
            raise CommandRejected("camera-control-unknown", "the camera has no such control")
        return v4l2.set_control(self._settings.device, name, value)

    @command(deadline_s=5.0)
    def controls(self) -> tuple[Control, ...]:
        """See ``Camera.controls``."""
        self._open_capture()
        return v4l2.controls(self._settings.device) if self._has_controls() else ()

    @command(deadline_s=15.0)
    def self_test(self) -> SelfTest:
        """See ``Camera.self_test``."""
        capture = self._open_capture()
        self.cancellation.sleep(_TEST_S)
        verdict = capture.verdict()
        rate = verdict.frames_per_s or 0.0
        values: dict[str, str | int | float | bool] = {
            "picture": str(verdict.picture),
            "frames_per_s": rate,
        }
        if verdict.picture in (*_GOOD, PictureState.BLACK, PictureState.FROZEN):
            values.update(_scores(capture.next_frame(0.0, _PICTURE_S)))
        if verdict.faces is not None:
            values["faces"] = verdict.faces
        good = verdict.picture is PictureState.OK
        return SelfTest(good and rate >= _HALF * self._settings.frames_per_s, values)

    @command(deadline_s=15.0)
    def reset(self) -> None:
        """See ``Camera.reset``."""
        self.close()
        self.open()

    def _new_watch(self, rate: float) -> Watch:
        """What judges the pictures. A camera that looks at a desk sees faces in documents alone."""
        if not isinstance(self._settings, CameraSettings):
            return Watch(rate, time.monotonic())
        finder = faces.finder()
        find = None if finder is None else finder.find
        return Watch(rate, time.monotonic(), self._settings.presence_hold_s, find)

    def _set_as_kept(self) -> None:
        """What the camera does not take now is no reason to have no pictures."""
        if self._has_controls():
            refused = v4l2.settle(self._settings.device, self._settings.controls)
            for name, code in refused.items():
                log.warning("%s was kept and cannot be set: %s", name, code)

    def _open_capture(self) -> Capture:
        if self._capture is None:
            raise DeviceNotReady("camera-absent", "the camera is not open")
        try:
            self._capture.check()
            if not Path(self._settings.device).exists():
                raise absent()
        except DeviceNotReady as error:
            self._miss(error)
            raise
        return self._capture

    def _miss(self, error: DeviceError) -> None:
        """Tell why the camera cannot be used."""
        self._missed = _MISSED.get(error.code, PictureState.UNKNOWN)
        self._tell(Verdict(self._missed))

    def _first_frame(self, capture: Capture) -> Frame:
        try:
            return capture.next_frame(0.0, _FIRST_PICTURE_S)
        except DeviceTimeout:
            raise fault_of(capture.verdict().picture) from None

    def _good_picture(self, capture: Capture) -> Picture:
        """The first picture from now on that is fresh, whole and not black."""
        end = time.monotonic() + _PICTURE_S
        before: Frame | None = None
        after = time.monotonic()
        fault = PictureState.SILENT
        while (left := end - time.monotonic()) > 0:
            self.cancellation.check()
            try:
                frame = capture.next_frame(after, min(left, _GLANCE_S))
            except DeviceTimeout:
                fault = capture.verdict().picture
            else:
                fault = _fault_in(frame, before)
                if fault is PictureState.OK:
                    return Picture(frame.as_jpeg(), frame.width, frame.height)
                before, after = frame, frame.at
            self._tell(capture.verdict())
        raise fault_of(fault)

    def _tell(self, verdict: Verdict) -> None:
        picture = verdict.picture
        if picture not in (self._told_picture, PictureState.UNKNOWN):
            self._told_picture = picture
            self.emit(DeviceEvent("CameraFaultEvent", {"fault": str(picture)}))
        if verdict.presence is not self._told_presence:
            self._told_presence = verdict.presence
            self.emit(DeviceEvent("PresenceEvent", {"presence": str(verdict.presence)}))

    def _has_controls(self) -> bool:
        return self._is_device() or control_line.is_there(self._settings.device)

    def _is_device(self) -> bool:
        return Path(self._settings.device).is_char_device()


_MISSED = {
    "camera-absent": PictureState.ABSENT,
    "camera-silent": PictureState.SILENT,
    "camera-garbled": PictureState.GARBLED,
}
_SILENT_STATE = {
    PictureState.SILENT: DeviceState.OFFLINE,
    PictureState.GARBLED: DeviceState.HARDWARE_ERROR,
}


_INOPERABLE = "cameraInoperable"


def fault_of(picture: PictureState) -> DeviceError:
    """The error that tells what is wrong with a camera's pictures."""
    match picture:
        case PictureState.BLACK:
            return HardwareFault(
                "camera-black",
                "the camera sees nothing but black",
                error_code=_INOPERABLE,
                action=OperatorAction.CLEAR,
            )
        case PictureState.FROZEN:
            return HardwareFault(
                "camera-frozen",
                "the camera's picture stands still",
                error_code=_INOPERABLE,
                action=OperatorAction.RESET,
            )
        case PictureState.GARBLED:
            return ProtocolError(
                "camera-garbled", "what the camera sends is no picture", error_code=_INOPERABLE
            )
        case _:
            return DeviceTimeout(
                "camera-silent", "the camera sends no picture", error_code=_INOPERABLE
            )


def _fault_in(frame: Frame, before: Frame | None) -> PictureState:
    """What keeps a picture from being a photograph. The first after the call only shows whether the
    second is another."""
    if before is None or frame.digest == before.digest:
        return PictureState.FROZEN
    grey, pixels = frame.small_grey(), frame.colour()
    if grey is None or pixels is None or vision.is_torn(pixels):
        return PictureState.GARBLED
    return PictureState.BLACK if vision.is_black(grey) else PictureState.OK


def _scores(frame: Frame) -> dict[str, str | int | float | bool]:
    pixels = frame.colour()
    if pixels is None:
        return {}
    grey = vision.grey(pixels)
    return {
        "width": frame.width,
        "height": frame.height,
        "brightness": round(float(grey.mean()), 1),
        "sharpness": round(vision.sharpness(grey), 1),
        "noise": round(vision.noise(grey), 2),
    }


def _camera_state(picture: PictureState) -> CameraState:
    if picture is PictureState.UNKNOWN:
        return CameraState.UNKNOWN
    return CameraState.OK if picture in _GOOD else CameraState.INOPERABLE
