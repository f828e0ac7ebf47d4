"""What every camera does, whichever wire it is on."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from drivers.camera.frames import PreviewChannel
from drivers.device import Capabilities, Driver, Reading, SelfTest, Status


class CameraState(StrEnum):
    """Camera.Status ``cameras``."""

    OK = "ok"
    INOPERABLE = "inoperable"
    UNKNOWN = "unknown"


class CameraMedia(StrEnum):
    """Camera.Status ``media``: room for recordings. A camera that keeps nothing has none."""

    OK = "ok"
    HIGH = "high"
    FULL = "full"
    NOT_SUPPORTED = "notSupported"
    UNKNOWN = "unknown"


class PictureState(StrEnum):
    """What is wrong with what the camera sends. Not of XFS4IoT, which has no word for it."""

    OK = "ok"
    BLACK = "black"
    """Nothing in the picture is bright: lens covered, or light off."""
    FROZEN = "frozen"
    """The same picture again and again, without a sensor's noise."""
    SILENT = "silent"
    """The camera is there and sends nothing."""
    GARBLED = "garbled"
    """The camera sends bytes that are no whole picture."""
    SLOW = "slow"
    """Pictures come at less than a quarter of the rate asked for."""
    ABSENT = "absent"
    """The camera is not there."""
    UNKNOWN = "unknown"


class Presence(StrEnum):
    """Whether a person is before the camera."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CameraStatus(Status):
    """Camera.Status of the one camera, and what its pictures tell."""

    cameras: Reading[CameraState]
    media: Reading[CameraMedia]
    picture: Reading[PictureState]
    frames_per_s: Reading[float | None]
    """Measured over the last seconds; ``None`` while nothing comes."""
    presence: Reading[Presence]
    """Concluded from movement and from faces in the picture; none is kept for it."""
    faces: Reading[int | None]
    """How many faces are turned to the camera; ``None`` where none are looked for."""
    movement: Reading[float | None]
    """Per cent of the picture that changed within a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that can be set on a camera, in the device's own units.

    ``name``: ``exposure-auto``, ``exposure``, ``focus-auto``, ``focus``, ``brightness``,
    ``contrast``, ``gain``, ``sharpness``, ``white-balance-auto``, ``white-balance``,
    ``backlight``, ``mains-frequency``, ``zoom``.
    """

    name: str
    minimum: int
    maximum: int
    step: int
    default: int
    value: int


@dataclass(frozen=True, slots=True)
class CameraCapabilities(Capabilities):
    """What the camera granted, and what can be set on it."""

    pixel_format: str = ""
    """Four characters, as V4L2 names it: ``MJPG``, ``YUYV``."""
    width: int = 0
    height: int = 0
    frames_per_s: float = 0.0
    """0 when the camera does not say."""
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """One photograph. ``repr`` hides it, so that no log line can hold it."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int


class Camera(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``camera-absent``, ``camera-busy`` (another program has it), ``camera-denied`` (this process may
    not open it), ``camera-silent`` (it sends nothing), ``camera-garbled`` (what it sends is no
    picture), ``camera-black``, ``camera-frozen``, ``camera-control-unknown``,
    ``camera-control-refused``.

    Events: ``CameraFaultEvent`` ``{"fault": PictureState}`` when the pictures become bad or good
    again, within two seconds; ``PresenceEvent`` ``{"presence": Presence}``.
    """

    device_class = "camera"

    @abstractmethod
    def preview(self) -> PreviewChannel:
        """Where live pictures can be had now; they come as long as somebody looks there. The
        channel ends when the camera goes; then ask again."""

    @abstractmethod
    def take_picture(self) -> Picture:
        """Take one photograph at the camera's full size, now.

        It was exposed after the call, differs from the picture before it, and is not black: else
        ``camera-frozen``, ``camera-black``, ``camera-garbled`` or ``camera-silent`` is raised.
        """

    @abstractmethod
    def controls(self) -> tuple[Control, ...]:
        """What can be set on the camera, and what it stands at now; none where it has none."""

    @abstractmethod
    def set_control(self, name: str, value: int) -> Control:
        """Set one of ``CameraCapabilities.controls``; returns what the device made of it.

        Raises ``CommandRejected`` ``camera-control-unknown`` when it has none of that name, and
        ``camera-control-refused`` when it does not take the value.
        """

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Look at one second of pictures: ``frames_per_s``, ``width``, ``height``, ``picture``,
        ``brightness`` (mean, 0-255), ``sharpness`` (variance of the Laplacian) and ``noise``
        (grey levels). ``ok`` when pictures are good and come at half the rate asked for."""

    @abstractmethod
    def reset(self) -> None:
        """Close the camera and open it again."""
