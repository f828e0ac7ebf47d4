"""The controls of the virtual camera, and what they do to its pictures.

The far end of ``drivers.camera.control_line``: each question is answered as the kernel answers for
a V4L2 device (``VIDIOC_QUERYCTRL``, ``VIDIOC_G_CTRL``, ``VIDIOC_S_CTRL``).
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import struct
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from drivers.camera import v4l2
from drivers.camera.contract import Control
from drivers.camera.control_line import LONGEST, NUMBER, controls_path
from drivers.camera.vision import decode_colour, encode

EXPOSURE, BRIGHTNESS = "exposure", "brightness"
_OFFERED = (
    Control(EXPOSURE, minimum=20, maximum=640, step=1, default=160, value=160),
    Control(BRIGHTNESS, minimum=-64, maximum=64, step=1, default=0, value=0),
)
_INTEGER = 1
"""``V4L2_CTRL_TYPE_INTEGER``."""
_QUALITY = 80


class CameraControls:
    """What can be set on a camera at ``device``; it keeps its values until it is unplugged."""

    def __init__(self, device: Path) -> None:
        self._device = device
        self._known = {v4l2.CONTROLS[each.name]: each for each in _OFFERED}
        self._drawn: dict[tuple[bytes, int, int], bytes] = {}
        self._stop: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def value(self, name: str) -> int:
        """What a control stands at."""
        return self._known[v4l2.CONTROLS[name]].value

    def start(self) -> None:
        """Answer questions; nothing happens when that is so. The camera's socket is there."""
        if self._thread is not None:
            return
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        Path(controls_path(str(self._device))).unlink(missing_ok=True)
        listener.bind(controls_path(str(self._device)))
        listener.listen(4)
        self._stop, stopped = socket.socketpair()
        self._thread = threading.Thread(
            target=self._serve, args=(listener, stopped), name="camera-controls", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and forget what was set."""
        thread, self._thread = self._thread, None
        if thread is None or self._stop is None:
            return
        self._stop.close()
        thread.join()
        self._known = {v4l2.CONTROLS[each.name]: each for each in _OFFERED}

    def seen(self, picture: bytes) -> bytes:
        """A JPEG file as the sensor gives it with these controls."""
        exposure, brightness = self.value(EXPOSURE), self.value(BRIGHTNESS)
        if all(each.value == each.default for each in self._known.values()):
            return picture
        key = (picture, exposure, brightness)
        if key not in self._drawn:
            self._drawn = {each: made for each, made in self._drawn.items() if each[1:] == key[1:]}
            self._drawn[key] = _developed(picture, exposure / 160, brightness)
        return self._drawn[key]

    def _serve(self, listener: socket.socket, stopped: socket.socket) -> None:
        with listener, stopped:
            while True:
                readable, _, _ = select.select((listener, stopped), (), ())
                if stopped in readable:
                    return
                caller, _ = listener.accept()
                with caller, contextlib.suppress(OSError):
                    caller.settimeout(1.0)
                    while question := caller.recv(LONGEST):
                        caller.sendall(self._answered(question))

    def _answered(self, question: bytes) -> bytes:
        structure = question[NUMBER.size :]
        try:
            (number,) = NUMBER.unpack_from(question)
            return NUMBER.pack(0) + self._asked(number, structure)
        except struct.error:
            error = errno.EINVAL
        except OSError as problem:
            error = problem.errno or errno.EINVAL
        return NUMBER.pack(error) + structure

    def _asked(self, number: int, structure: bytes) -> bytes:
        if number == v4l2.QUERYCTRL:
            return _described(self._control(v4l2.QUERY.unpack(structure)[0]))
        control_id, value = v4l2.VALUE.unpack(structure)
        known = self._control(control_id)
        if number == v4l2.S_CTRL:
            if not known.minimum <= value <= known.maximum:
                raise OSError(errno.ERANGE, "out of range")
            known = self._known[control_id] = replace(known, value=value)
        elif number != v4l2.G_CTRL:
            raise OSError(errno.ENOTTY, "no such question")
        return v4l2.VALUE.pack(control_id, known.value)

    def _control(self, control_id: int) -> Control:
        if control_id not in self._known:
            raise OSError(errno.EINVAL, "no such control")
        return self._known[control_id]


def _described(control: Control) -> bytes:
    return v4l2.QUERY.pack(
        v4l2.CONTROLS[control.name],
        _INTEGER,
        control.name.encode(),
        control.minimum,
        control.maximum,
        control.step,
        control.default,
        0,
    )


def _developed(picture: bytes, gain: float, brightness: int) -> bytes:
    pixels = decode_colour(picture)
    if pixels is None:
        return picture
    curve = np.clip(np.arange(256) * gain + brightness, 0, 255).astype(np.uint8)
    return encode(np.asarray(cv2.LUT(pixels, curve), np.uint8), _QUALITY)
