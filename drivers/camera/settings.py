"""What is set on a camera: which one, and the pictures to ask of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from drivers.camera import v4l2
from drivers.device import DriverSettings

Width = Annotated[int, Field(title="Width", ge=160, le=7680, json_schema_extra={"unit": "px"})]
Height = Annotated[int, Field(title="Height", ge=120, le=4320, json_schema_extra={"unit": "px"})]
Rate = Annotated[
    float,
    Field(
        title="Pictures a second",
        description="The camera grants what is nearest.",
        ge=1,
        le=120,
        json_schema_extra={"unit": "1/s"},
    ),
]
StillWidth = Annotated[
    int,
    Field(
        title="Width of a photograph",
        description="0: as the live picture. Larger: the camera changes its size for a moment.",
        ge=0,
        le=7680,
        json_schema_extra={"unit": "px"},
    ),
]
StillHeight = Annotated[
    int,
    Field(
        title="Height of a photograph",
        description="0: as the live picture.",
        ge=0,
        le=7680,
        json_schema_extra={"unit": "px"},
    ),
]


ControlName = Literal[*v4l2.CONTROLS]  # type: ignore[valid-type]
ControlValue = Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)]
"""A value of V4L2: 32 bits with a sign."""


class PictureSettings(DriverSettings):
    """A camera of any kind, and the pictures to ask of it."""

    device: str = Field(
        title="Camera",
        description="A stable path: /dev/v4l/by-id/…, or a socket, pipe or file with Motion-JPEG.",
        min_length=1,
    )
    pixel_format: str = Field(
        default="MJPG",
        title="Picture format",
        description="Four characters as V4L2 names it; MJPG costs least.",
        min_length=4,
        max_length=4,
        pattern="^[A-Z0-9 ]{4}$",
    )
    width: Width = 1280
    height: Height = 720
    frames_per_s: Rate = 25.0
    still_width: StillWidth = 0
    still_height: StillHeight = 0
    controls: dict[ControlName, ControlValue] = Field(
        default_factory=dict,
        title="Kept adjustments",
        description="What is set on the camera whenever it is opened, by name.",
        max_length=len(v4l2.CONTROLS),
    )


class CameraSettings(PictureSettings):
    """A camera that looks at people."""

    presence_hold_s: float = Field(
        default=6.0,
        title="Stillness",
        description="How long somebody still counts as there who neither moves nor shows a face.",
        ge=1,
        le=120,
        json_schema_extra={"unit": "s"},
    )
