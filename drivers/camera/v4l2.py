"""What OpenCV does not tell of a V4L2 device: its name, and its controls with their ranges.

A camera on a socket is asked in the same words (``drivers.camera.control_line``).

Numbers and layouts are those of the kernel's ``include/uapi/linux/videodev2.h`` and
``v4l2-controls.h``, which do not change between machines.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from drivers.camera import control_line
from drivers.camera.contract import Control
from drivers.camera.control_line import Ioctl
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady

_QUERYCAP = 0x80685600
"""``VIDIOC_QUERYCAP``: driver 16, card 32, bus 32, version, capabilities, this node's, reserved."""
_CAPABILITY = struct.Struct("=16s32s32sIII12x")
_CAPTURES = 0x00000001
"""``V4L2_CAP_VIDEO_CAPTURE``; a camera's second node is for metadata and lacks it."""
QUERYCTRL = 0xC0445624
"""``VIDIOC_QUERYCTRL``: id, type, name 32, minimum, maximum, step, default, flags, reserved 8."""
QUERY = struct.Struct("=II32siiiiI8x")
G_CTRL = 0xC008561B
S_CTRL = 0xC008561C
VALUE = struct.Struct("=Ii")
_REQBUFS = 0xC0145608
"""``VIDIOC_REQBUFS``: count, type, memory, capabilities, flags and reserved."""
_BUFFERS = struct.Struct("=IIIII")
_NO_BUFFERS = _BUFFERS.pack(0, 1, 1, 0, 0)
"""None, of ``V4L2_BUF_TYPE_VIDEO_CAPTURE`` and ``V4L2_MEMORY_MMAP``."""
_UNUSABLE = 0x0001 | 0x0002 | 0x0004
"""``V4L2_CTRL_FLAG_DISABLED``, ``_GRABBED``, ``_READ_ONLY``."""
_TYPES = (1, 2, 3)
"""``V4L2_CTRL_TYPE_INTEGER``, ``_BOOLEAN``, ``_MENU``."""
_USER = 0x00980900
_CAMERA = 0x009A0900
CONTROLS = {
    "brightness": _USER + 0,
    "contrast": _USER + 1,
    "white-balance-auto": _USER + 12,
    "gain": _USER + 19,
    "mains-frequency": _USER + 24,
    "white-balance": _USER + 26,
    "sharpness": _USER + 27,
    "backlight": _USER + 28,
    "exposure-auto": _CAMERA + 1,
    "exposure": _CAMERA + 2,
    "focus": _CAMERA + 10,
    "focus-auto": _CAMERA + 12,
    "zoom": _CAMERA + 13,
}
"""Our name -> ``V4L2_CID_…``."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a device says of itself. ``captures``: pictures come from this node."""

    name: str
    captures: bool


def card(path: str) -> Card | None:
    """What the device at a path says of itself; ``None`` when it is no V4L2 device or has gone."""
    try:
        with _opened(path) as ioctl:
            return described_card(ioctl(_QUERYCAP, bytes(_CAPABILITY.size)))
    except (OSError, DeviceNotReady):
        return None


def is_taken(path: str) -> bool:
    """Whether another program takes pictures from a device: any may open one, but its queue of
    buffers has one owner, and the others' requests end with ``EBUSY``."""
    try:
        with _opened(path) as ioctl:
            ioctl(_REQBUFS, _NO_BUFFERS)
    except OSError as error:
        return error.errno == errno.EBUSY
    except DeviceNotReady:
        return False
    return False


def described_card(answer: bytes) -> Card:
    """A device from the answer to ``VIDIOC_QUERYCAP``."""
    _, name, _, _, _, node = _CAPABILITY.unpack(answer)
    return Card(name.split(b"\0")[0].decode("utf-8", "replace"), bool(node & _CAPTURES))


def controls(path: str) -> tuple[Control, ...]:
    """What can be set on the device; nothing when it is no V4L2 device or has gone."""
    try:
        with _opened(path) as ioctl:
            found = [_query(ioctl, name, number) for name, number in CONTROLS.items()]
    except DeviceNotReady:
        return ()
    return tuple(each for each in found if each is not None)


def set_control(path: str, name: str, value: int) -> Control:
    """Set a control, and ask what became of it.

    Raises ``CommandRejected`` ``camera-control-unknown`` or ``camera-control-refused``, and
    ``DeviceNotReady`` ``camera-absent``.
    """
    with _opened(path) as ioctl:
        known = _query(ioctl, name, CONTROLS[name]) if name in CONTROLS else None
        if known is None:
            raise CommandRejected("camera-control-unknown", "the camera has no such control")
        try:
            ioctl(S_CTRL, VALUE.pack(CONTROLS[name], value))
            return _query(ioctl, name, CONTROLS[name]) or known
        except OSError as error:
            if error.errno == errno.ENODEV:
                raise _gone() from None
            raise _refused() from None
        except struct.error:
            raise _refused() from None


def settle(path: str, kept: Mapping[str, int]) -> dict[str, str]:
    """Set what is kept, and all else to the device's own default: how its pictures are must not
    depend on who set what before, or on when it last lost power.

    Returns the error's code for each of ``kept`` that the device did not take. Switches come
    first: a value may be locked while the camera chooses it itself.
    """
    found = {each.name: each for each in controls(path)}
    wanted = {name: each.default for name, each in found.items()} | dict(kept)
    refused = {}
    for name in sorted(wanted, key=lambda name: not name.endswith("-auto")):
        if name in found and found[name].value == wanted[name]:
            continue
        try:
            set_control(path, name, wanted[name])
        except DeviceError as error:
            refused[name] = error.code
    return {name: code for name, code in refused.items() if name in kept}


def described(name: str, answer: bytes, value: int) -> Control | None:
    """A control from the answer to ``VIDIOC_QUERYCTRL``; ``None`` when it cannot be set."""
    _, kind, _, minimum, maximum, step, default, flags = QUERY.unpack(answer)
    if flags & _UNUSABLE or kind not in _TYPES:
        return None
    return Control(name, minimum, maximum, step, default, value)


def _query(ioctl: Ioctl, name: str, number: int) -> Control | None:
    question = QUERY.pack(number, 0, b"", 0, 0, 0, 0, 0)
    try:
        answer = ioctl(QUERYCTRL, question)
        _, value = VALUE.unpack(ioctl(G_CTRL, VALUE.pack(number, 0)))
    except OSError:
        return None
    return described(name, answer, value)


@contextmanager
def _opened(path: str) -> Iterator[Ioctl]:
    """The device itself, or the controls of a camera on a socket."""
    if control_line.is_there(path):
        try:
            with control_line.opened(path) as asked:
                yield asked
        except (ConnectionError, FileNotFoundError):
            raise _gone() from None
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise _gone() from None
    try:
        yield lambda number, structure: fcntl.ioctl(descriptor, number, structure)
    finally:
        os.close(descriptor)


def _gone() -> DeviceNotReady:
    return DeviceNotReady("camera-absent", "the camera is not there")


def _refused() -> CommandRejected:
    return CommandRejected("camera-control-refused", "the camera does not take that value")
