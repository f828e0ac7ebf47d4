"""The driver on a V4L2 device: OpenCV's own V4L2 code runs, against a camera that answers the
kernel's calls (``v4l2_device.c``)."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.camera import jpeg
from drivers.camera.contract import CameraCapabilities, Control, Picture
from drivers.camera.frames import PreviewChannel
from drivers.camera.settings import CameraSettings
from drivers.camera.vision import decode_colour, encode
from drivers.errors import CommandRejected, DeviceNotReady
from drivers.host import DeviceHost
from tests.drivers.camera.conftest import noisy

PATIENCE_S = 10.0
SOURCE = Path(__file__).with_name("v4l2_device.c")


@pytest.fixture(scope="module")
def device_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("v4l2") / "device.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


def plug(node: Path) -> None:
    """The real device behind the node only has to be one of characters."""
    node.symlink_to("/dev/null")


def unplug(node: Path) -> None:
    node.unlink()


@pytest.fixture
def node(device_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the camera is."""
    path = tmp_path / "usb-Hall_Camera-video-index0"
    plug(path)
    for number in range(4):
        picture = encode(noisy(seed=number, size=(1280, 720)))
        path.with_name(f"{path.name}.{number}.jpg").write_bytes(picture)
    monkeypatch.setenv("YIMEN_V4L2_NODE", str(path))
    monkeypatch.setenv("LD_PRELOAD", str(device_library))
    return path


@asynccontextmanager
async def running(settings: CameraSettings) -> AsyncIterator[DeviceHost]:
    host = DeviceHost("camera", "camera", settings)
    await host.start()
    try:
        yield host
    finally:
        await host.stop()


async def test_its_own_jpeg_files_are_passed_on_and_its_controls_are_set(node: Path) -> None:
    async with running(CameraSettings(device=str(node))) as host:
        await host.ready(PATIENCE_S)
        granted = host.capabilities()
        assert isinstance(granted, CameraCapabilities)
        assert (granted.model, granted.pixel_format) == ("Hall Camera", "MJPG")
        assert (granted.width, granted.height, granted.frames_per_s) == (1280, 720, 25.0)
        assert granted.controls == (Control("exposure", 3, 2047, 1, 250, 250),)
        picture = await host.call("take_picture")
        sent = [path.read_bytes() for path in node.parent.glob("*.jpg")]
        assert picture.jpeg in sent
        assert (await host.call("set_control", "exposure", 400)).value == 400
        for name, value, code in (
            ("exposure", 2, "camera-control-refused"),
            ("exposure", 10**12, "camera-control-refused"),
            ("focus", 1, "camera-control-unknown"),
        ):
            with pytest.raises(CommandRejected, match=code):
                await host.call("set_control", name, value)


async def test_a_camera_without_jpeg_is_encoded_and_changes_its_size_for_a_photograph(
    node: Path,
) -> None:
    settings = CameraSettings(
        device=str(node),
        pixel_format="YUYV",
        width=640,
        height=480,
        still_width=1280,
        still_height=720,
    )
    async with running(settings) as host:
        await host.ready(PATIENCE_S)
        picture = await host.call("take_picture")
        assert isinstance(picture, Picture)
        assert (picture.width, picture.height) == (1280, 720)
        assert jpeg.size(picture.jpeg) == (1280, 720)
        pixels = decode_colour(picture.jpeg)
        assert pixels is not None
        assert 100 < pixels.mean() < 140
        channel = await host.call("preview")
        assert isinstance(channel, PreviewChannel)
        assert (channel.width, channel.height) == (640, 480)


async def test_another_programs_camera_is_busy_and_a_pulled_one_comes_back(node: Path) -> None:
    taken = node.with_name(f"{node.name}.busy")
    taken.touch()
    async with running(CameraSettings(device=str(node))) as host:
        with pytest.raises(DeviceNotReady, match="camera-busy"):
            await host.ready(2.0)
        taken.unlink()
        await host.ready(PATIENCE_S)
        unplug(node)
        with pytest.raises(DeviceNotReady, match="camera-absent"):
            await host.call("take_picture")
        await asyncio.sleep(0.5)
        plug(node)
        await host.ready(PATIENCE_S)
        assert (await host.call("take_picture")).width == 1280
        assert host.restarts == 0
