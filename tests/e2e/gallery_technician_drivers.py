"""Drivers that a technician may choose, with the forms of their settings."""

from __future__ import annotations

from typing import Any

from drivers.camera.settings import CameraSettings
from drivers.document_printer.cups import CupsSettings
from drivers.id_card.sam_v import SamVSettings

_TRIAL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Trial",
    "$defs": {
        "Mode": {"enum": ["fast", "careful"], "type": "string", "title": "Mode"},
        "Light": {
            "type": "object",
            "title": "Light",
            "properties": {
                "channel": {"type": "integer", "title": "Channel", "minimum": 1, "maximum": 8},
                "blinks": {"type": "boolean", "title": "Blinks", "default": True},
            },
            "required": ["channel"],
        },
    },
    "properties": {
        "port": {"type": "string", "title": "Serial port", "minLength": 1},
        "mode": {"$ref": "#/$defs/Mode", "default": "fast"},
        "library": {
            "anyOf": [{"type": "string", "format": "path"}, {"type": "null"}],
            "title": "Library",
            "default": None,
        },
        "wait_s": {
            "type": "number",
            "title": "Wait",
            "minimum": 0.5,
            "maximum": 60,
            "default": 45,
            "unit": "s",
        },
        "light": {"$ref": "#/$defs/Light"},
        "slots": {"type": "array", "items": {"type": "integer"}, "title": "Slots", "default": [1]},
    },
    "required": ["port", "light"],
}
"""Every kind of field at once."""


def _driver(name: str, title: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"driver": name, "title": title, "schema": schema}


DRIVERS: dict[str, dict[str, Any]] = {
    "id-card-reader": {
        "drivers": [
            _driver("sam-v-serial", "SAM_V on a serial port", SamVSettings.model_json_schema()),
            _driver("trial", "Every kind of field", _TRIAL_SCHEMA),
        ],
        "bound": {
            "driver": "sam-v-serial",
            "settings": {"port": "/dev/serial/by-id/usb-CVR_100-if00", "baud": 115200},
            "uri": None,
        },
    },
    "document-printer": {
        "drivers": [_driver("cups", "IPP printer", CupsSettings.model_json_schema())],
        "bound": {
            "driver": "cups",
            "settings": {"queue": "hall-a4-03"},
            "uri": "ipp://printer-03.hall.example/ipp/print",
        },
    },
    "camera": {
        "drivers": [_driver("camera", "Camera", CameraSettings.model_json_schema())],
        "bound": {
            "driver": "camera",
            "settings": {"device": "/dev/v4l/by-id/usb-046d_C930e-video-index0"},
            "uri": None,
        },
    },
}


def _control(
    name: str, minimum: int, maximum: int, default: int, value: int, step: int = 1
) -> dict[str, Any]:
    return {
        "name": name,
        "minimum": minimum,
        "maximum": maximum,
        "step": step,
        "default": default,
        "value": value,
    }


CONTROLS = [
    _control("exposure-auto", 0, 3, 3, 1),
    _control("exposure", 3, 2047, 250, 250),
    _control("focus-auto", 0, 1, 1, 0),
    _control("focus", 0, 250, 0, 40, step=5),
    _control("brightness", -64, 64, 0, 12),
    _control("white-balance", 2000, 6500, 4000, 4600, step=10),
]
