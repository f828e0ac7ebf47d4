"""Live pictures of a device, from its driver's shared memory to whoever shows them.

The pictures are the camera's own JPEG files: nothing is decoded or copied twice on the way, and no
picture is kept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator

from drivers.camera.frames import FrameReader, LiveFrame, PreviewChannel

CONTENT_TYPE = "multipart/x-mixed-replace; boundary=picture"
"""Of what ``multipart`` yields."""
STALE_S = 2.0
"""A picture older than this is no live picture."""
_POLL_S = 0.004
_QUIET_SHARE = 0.7
_LONGEST_INTERVAL_S = 0.1
_LOOK_EVERY_S = 0.5
_BOUNDARY = b"--picture\r\n"


async def frames(channel: PreviewChannel, stale_s: float = STALE_S) -> AsyncGenerator[bytes, None]:
    """Yield each new picture as a JPEG file, at once; a slow taker gets the newest and misses
    some.

    Ends when the driver has given the camera back, or no new picture came for ``stale_s`` seconds:
    then nothing may be shown any more. ``channel`` is what the driver's command ``preview``
    returned. Raises ``DeviceNotReady`` ``preview-ended`` when the driver has gone meanwhile, and
    ``ProtocolError`` ``preview-invalid``, both before the first picture.
    """
    reader = FrameReader(channel.path)
    last: LiveFrame | None = None
    looked_at, pause_s = 0.0, _POLL_S
    alive_at = time.monotonic()
    try:
        while (now := time.monotonic()) - alive_at < stale_s and not reader.ended:
            if now - looked_at >= _LOOK_EVERY_S:
                reader.look()
                looked_at = now
            frame = reader.read(last.number if last else 0)
            if frame is None:
                await asyncio.sleep(pause_s)
                pause_s = _POLL_S
                continue
            pause_s = _pause_s(last, frame)
            last = frame
            if now - frame.at < stale_s:
                alive_at = now
                yield frame.jpeg
    finally:
        reader.close()


def _pause_s(before: LiveFrame | None, frame: LiveFrame) -> float:
    """How long nothing can be expected after a picture, going by the one before."""
    interval_s = min(frame.at - before.at, _LONGEST_INTERVAL_S) if before else 0.0
    return max(_POLL_S, _QUIET_SHARE * interval_s)


async def multipart(pictures: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the body of a response of ``CONTENT_TYPE`` (RFC 2046 5.1).

    Each picture is closed by the boundary of the next at once: browsers show a part only when they
    have seen its end.
    """
    yield _BOUNDARY
    async for jpeg in pictures:
        yield part(jpeg)


def part(jpeg: bytes) -> bytes:
    """One picture with its header, and the boundary that ends it."""
    header = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
    return b"".join((header, jpeg, b"\r\n", _BOUNDARY))
