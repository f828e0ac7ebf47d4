"""Live pictures on their way to the page."""

from __future__ import annotations

import asyncio
import email
import email.policy
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from drivers.camera import jpeg
from drivers.camera.frames import FrameRing, PreviewChannel
from drivers.errors import DeviceNotReady
from drivers.host import DeviceHost
from drivers.virtual.camera import VirtualCamera
from kiosk_app import preview

PATIENCE_S = 10.0


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    found = FrameRing(slot_bytes=1000)
    yield found
    found.close()


def channel(ring: FrameRing) -> PreviewChannel:
    return PreviewChannel(ring.path, 640, 480)


async def all_of(ring: FrameRing, stale_s: float) -> list[bytes]:
    async with asyncio.timeout(PATIENCE_S):
        return [each async for each in preview.frames(channel(ring), stale_s)]


async def test_each_picture_is_handed_out_once(ring: FrameRing) -> None:
    found = []
    ring.write(b"one", 1, 1, time.monotonic())
    async with asyncio.timeout(PATIENCE_S):
        async for picture in preview.frames(channel(ring)):
            found.append(picture)
            if len(found) == 3:
                break
            ring.write(b"again %d" % len(found), 1, 1, time.monotonic())
    assert found == [b"one", b"again 1", b"again 2"]


async def test_a_slow_taker_gets_the_newest(ring: FrameRing) -> None:
    pictures = preview.frames(channel(ring))
    ring.write(b"first", 1, 1, time.monotonic())
    assert await anext(pictures) == b"first"
    for number in range(9):
        ring.write(b"number %d" % number, 1, 1, time.monotonic())
    assert await anext(pictures) == b"number 8"


async def test_it_ends_when_no_new_picture_comes(ring: FrameRing) -> None:
    ring.write(b"last", 1, 1, time.monotonic())
    assert await all_of(ring, stale_s=0.2) == [b"last"]


async def test_an_old_picture_is_never_shown_as_live(ring: FrameRing) -> None:
    ring.write(b"old", 1, 1, time.monotonic() - 3.0)
    assert await all_of(ring, stale_s=0.2) == []


async def test_it_ends_with_the_drivers_end_and_is_refused_after(ring: FrameRing) -> None:
    gone = channel(ring)
    pictures = preview.frames(gone)
    ring.write(b"last", 1, 1, time.monotonic())
    assert await anext(pictures) == b"last"
    ring.close()
    assert [each async for each in pictures] == []
    with pytest.raises(DeviceNotReady, match="preview-ended"):
        await anext(preview.frames(gone))


async def test_looking_is_told_to_the_driver_and_ends_with_the_taker(ring: FrameRing) -> None:
    wanted = [ring.wanted]
    ring.write(b"one", 1, 1, time.monotonic())
    pictures = preview.frames(channel(ring))
    await anext(pictures)
    assert [*wanted, ring.wanted] == [False, True]
    await pictures.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(pictures)


def test_the_service_needs_no_heavy_library_for_it() -> None:
    program = (
        "import sys, kiosk_app.preview, drivers.camera.contract\n"
        "print([each for each in ('cv2', 'numpy', 'PIL') if each in sys.modules])\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert said.stdout.strip() == b"[]"


async def test_parts_make_a_multipart_body() -> None:
    async def two() -> AsyncIterator[bytes]:
        yield b"\xff\xd8 one \xff\xd9"
        yield b"\xff\xd8\r\ntwo\xff\xd9"

    body = b"".join([each async for each in preview.multipart(two())])
    head = f"Content-Type: {preview.CONTENT_TYPE}\r\n\r\n".encode()
    parsed = email.message_from_bytes(head + body + b"--picture--", policy=email.policy.HTTP)
    parts = [each for each in parsed.iter_parts() if each.get_content_type() == "image/jpeg"]
    contents = [each.get_payload(decode=True) for each in parts]
    assert contents == [b"\xff\xd8 one \xff\xd9", b"\xff\xd8\r\ntwo\xff\xd9"]
    assert [int(each["Content-Length"]) for each in parts] == [9, 9]


async def test_the_cameras_live_pictures_end_when_it_is_pulled(tmp_path: Path) -> None:
    camera = VirtualCamera(tmp_path)
    camera.start()
    host = DeviceHost("camera", camera.driver, camera.settings)
    await host.start()
    try:
        await host.ready(PATIENCE_S)
        taken = []
        async with asyncio.timeout(PATIENCE_S):
            async for picture in preview.frames(await host.call("preview")):
                taken.append(picture)
                if len(taken) == 10:
                    camera.set_fault("camera-unplugged", on=True)
    finally:
        await host.stop()
        camera.stop()
    assert len(taken) >= 10
    assert {jpeg.size(each) for each in taken} == {(1280, 720)}
    assert len({jpeg.digest(each) for each in taken}) == len(taken)
