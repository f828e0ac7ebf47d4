"""What a camera sees, picture by picture, out of its driver's memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import closing
from typing import cast

from drivers.camera.frames import FrameReader, PreviewChannel
from drivers.errors import DeviceError
from kiosk_app.devices import Slot

LOOK_EVERY_S = 0.04
QUIET_S = 5.0
"""After this long without a picture the stream ends: whoever looks is told, and asks again."""


async def live(slot: Slot) -> AsyncIterator[bytes]:
    """JPEG files, the newest first, until the camera goes. Raises ``DeviceError`` when there are
    none to be had."""
    channel = cast(PreviewChannel, await slot.call("preview"))
    return _pictures(FrameReader(channel.path))


async def _pictures(reader: FrameReader) -> AsyncIterator[bytes]:
    with closing(reader):
        shown, last = 0, time.monotonic()
        while not reader.ended and time.monotonic() - last < QUIET_S:
            try:
                reader.look()
                frame = reader.read(shown)
            except DeviceError:
                return
            if frame is not None:
                shown, last = frame.number, time.monotonic()
                yield frame.jpeg
            await asyncio.sleep(LOOK_EVERY_S)
