"""The camera's driver against the virtual camera, over its real wire."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from drivers.camera import jpeg, vision
from drivers.camera.contract import CameraState, CameraStatus, PictureState, Presence
from drivers.camera.control_line import controls_path
from drivers.camera.opencv import OpenCvCamera
from drivers.camera.settings import CameraSettings
from drivers.device import DeviceEvent, DeviceState
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady
from drivers.host import DeviceHost
from drivers.virtual.camera import VirtualCamera
from tests.drivers.camera.conftest import noisy

PATIENCE_S = 10.0


class Bench:
    """A driver, and what it emitted."""

    def __init__(self, device: Path, **more: Any) -> None:
        self.events: list[DeviceEvent] = []
        settings = CameraSettings(device=str(device), **more)
        self.driver = OpenCvCamera(settings, self.events.append)

    def status(self) -> CameraStatus:
        return self.driver.status()

    def becomes(self, done: Callable[[], bool]) -> bool:
        """Refresh as the host does, until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not done() and time.monotonic() < end:
            self.driver.refresh()
            time.sleep(0.05)
        return done()

    def becomes_open(self) -> bool:
        """Open as the host does, until it is."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            try:
                self.driver.open()
            except DeviceNotReady:
                time.sleep(0.1)
            else:
                self.driver.close()
                return True
        return False

    def told(self, name: str) -> list[str]:
        """What the events of a name said."""
        return [
            str(value)
            for event in self.events
            if event.name == name
            for value in event.payload.values()
        ]


@pytest.fixture
def bench(virtual_camera: VirtualCamera) -> Iterator[Bench]:
    found = Bench(virtual_camera.device)
    found.driver.open()
    yield found
    found.driver.close()


def refusal(bench: Bench) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        bench.driver.take_picture()
    return caught.value


def test_a_photograph_is_whole_fresh_and_of_full_size(bench: Bench) -> None:
    asked_ns = time.monotonic_ns()
    picture = bench.driver.take_picture()
    assert (picture.width, picture.height) == (1280, 720)
    pixels = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    assert pixels.shape == (720, 1280, 3)
    left_ns = int((jpeg.comment(picture.jpeg) or b"").split()[2])
    assert left_ns > asked_ns
    assert b"JFIF" not in repr(picture).encode()


def test_what_was_granted_is_told(bench: Bench, virtual_camera: VirtualCamera) -> None:
    granted = bench.driver.capabilities()
    assert (granted.pixel_format, granted.width, granted.height) == ("MJPG", 1280, 720)
    assert bench.becomes(lambda: (bench.status().frames_per_s.value or 0) > 15)
    status = bench.status()
    assert status.device.value is DeviceState.ONLINE
    assert status.cameras.value is CameraState.OK
    assert virtual_camera.state()["light"] == "on"


@pytest.mark.parametrize(
    ("fault", "code", "picture"),
    [
        ("camera-black", "camera-black", PictureState.BLACK),
        ("camera-frozen", "camera-frozen", PictureState.FROZEN),
        ("camera-garbage", "camera-garbled", PictureState.GARBLED),
        ("camera-half-frame", "camera-garbled", PictureState.GARBLED),
        ("camera-silent", "camera-silent", PictureState.SILENT),
    ],
)
def test_a_bad_camera_gives_no_photograph_and_says_why_and_recovers(
    bench: Bench, virtual_camera: VirtualCamera, fault: str, code: str, picture: PictureState
) -> None:
    virtual_camera.set_fault(fault, on=True)
    assert refusal(bench).code == code
    assert bench.status().picture.value is picture
    assert bench.status().cameras.value is CameraState.INOPERABLE
    assert bench.status().presence.value is Presence.UNKNOWN
    virtual_camera.set_fault(fault, on=False)
    assert bench.becomes(lambda: bench.told("CameraFaultEvent")[-1] == "ok")
    assert bench.driver.take_picture().width == 1280
    assert bench.told("CameraFaultEvent") == [str(picture), "ok"]


def test_a_slow_camera_takes_good_photographs_and_fails_its_test(
    bench: Bench, virtual_camera: VirtualCamera
) -> None:
    virtual_camera.set_fault("camera-slow", on=True)
    assert bench.becomes(lambda: bench.status().picture.value is PictureState.SLOW)
    assert bench.status().cameras.value is CameraState.OK
    assert bench.driver.take_picture().width == 1280
    test = bench.driver.self_test()
    assert not test.ok
    assert float(test.values["frames_per_s"]) < 6


def test_the_self_test_measures(bench: Bench, virtual_camera: VirtualCamera) -> None:
    test = bench.driver.self_test()
    assert test.ok
    assert (test.values["width"], test.values["height"]) == (1280, 720)
    assert 120 < float(test.values["brightness"]) < 220
    virtual_camera.set_fault("camera-black", on=True)
    assert bench.becomes(lambda: bench.status().picture.value is PictureState.BLACK)
    dark = bench.driver.self_test()
    assert float(dark.values["brightness"]) < 20
    assert float(dark.values["sharpness"]) < float(test.values["sharpness"])


def test_pulling_the_plug_ends_a_photograph(bench: Bench, virtual_camera: VirtualCamera) -> None:
    virtual_camera.set_fault("camera-black", on=True)
    pull = threading.Timer(0.4, virtual_camera.set_fault, ("camera-unplugged", True))
    pull.start()
    assert isinstance(refusal(bench), DeviceNotReady)
    pull.join()
    with pytest.raises(DeviceNotReady, match="camera-absent"):
        bench.driver.refresh()
    bench.driver.close()
    assert bench.status().picture.value is PictureState.ABSENT
    assert bench.told("CameraFaultEvent")[-1] == "absent"
    with pytest.raises(DeviceNotReady, match="camera-absent"):
        bench.driver.open()


def test_a_camera_that_only_sends_garbage_does_not_open_and_says_so(
    virtual_camera: VirtualCamera,
) -> None:
    virtual_camera.set_fault("camera-garbage", on=True)
    bench = Bench(virtual_camera.device)
    with pytest.raises(DeviceNotReady, match="camera-garbled"):
        bench.driver.open()
    assert bench.status().device.value is DeviceState.HARDWARE_ERROR
    assert bench.status().picture.value is PictureState.GARBLED


def test_a_second_program_is_told_that_the_camera_is_taken(
    bench: Bench, virtual_camera: VirtualCamera
) -> None:
    second = Bench(virtual_camera.device)
    with pytest.raises(DeviceNotReady, match="camera-busy"):
        second.driver.open()
    assert bench.driver.take_picture().width == 1280
    bench.driver.close()
    assert second.becomes_open()


def test_a_camera_without_controls_has_none_to_set(film: Path) -> None:
    bench = Bench(film)
    bench.driver.open()
    assert bench.driver.capabilities().controls == bench.driver.controls() == ()
    with pytest.raises(CommandRejected, match="camera-control-unknown"):
        bench.driver.set_control("exposure", 100)
    bench.driver.close()


def test_exposure_and_brightness_change_the_pictures(bench: Bench) -> None:
    def mean() -> float:
        pixels = vision.decode_colour(bench.driver.take_picture().jpeg)
        assert pixels is not None
        return float(np.mean(pixels))

    before = {each.name: each for each in bench.driver.controls()}
    assert set(before) == {"exposure", "brightness"}
    usual = mean()
    assert bench.driver.set_control("exposure", 80).value == 80
    assert mean() < 0.6 * usual
    assert bench.driver.set_control("brightness", 40).value == 40
    assert mean() > 0.6 * usual
    now = {each.name: each.value for each in bench.driver.controls()}
    assert now == {"exposure": 80, "brightness": 40}
    for name, value in (("exposure", 641), ("exposure", -1), ("brightness", 1 << 40)):
        with pytest.raises(CommandRejected, match="camera-control-refused"):
            bench.driver.set_control(name, value)
    for name in ("focus", "mood"):
        with pytest.raises(CommandRejected, match="camera-control-unknown"):
            bench.driver.set_control(name, 1)
    for each in before.values():
        bench.driver.set_control(each.name, each.default)
    assert mean() == pytest.approx(usual, rel=0.05)


def test_what_was_kept_is_set_whenever_the_camera_is_opened(
    virtual_camera: VirtualCamera,
) -> None:
    kept = Bench(virtual_camera.device, controls={"exposure": 80, "focus": 3})
    kept.driver.open()
    try:
        found = {each.name: each for each in kept.driver.controls()}
        assert found["exposure"].value == 80
        assert found["brightness"].value == found["brightness"].default
        kept.driver.set_control("exposure", 200)
        kept.driver.set_control("brightness", 9)
        kept.driver.reset()
        now = {each.name: each.value for each in kept.driver.controls()}
        assert now == {"exposure": 80, "brightness": found["brightness"].default}
    finally:
        kept.driver.close()
    usual = Bench(virtual_camera.device, controls={"brightness": 1 << 30})
    usual.driver.open()
    try:
        assert [each.value for each in usual.driver.controls()] == [
            each.default for each in usual.driver.controls()
        ]
    finally:
        usual.driver.close()


@pytest.mark.parametrize(
    "controls", [{"mood": 1}, {"exposure": 1.5}, {"exposure": 1 << 31}, {"exposure": True}, [1]]
)
def test_what_no_camera_has_cannot_be_kept(controls: object) -> None:
    with pytest.raises(ValidationError):
        CameraSettings.model_validate({"device": "/dev/video0", "controls": controls})


@pytest.mark.parametrize("question", [b"", b"\0", b"\xff" * 700, bytes(12), bytes(72)])
def test_the_virtual_controls_answer_rubbish_with_an_error(
    virtual_camera: VirtualCamera, question: bytes
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.settimeout(5)
        line.connect(controls_path(str(virtual_camera.device)))
        line.send(question)
        answer = line.recv(2048)
        assert answer == b"" if not question else int.from_bytes(answer[:4], sys.byteorder) > 0


def test_a_film_serves_as_a_camera(film: Path) -> None:
    bench = Bench(film, still_width=640, still_height=480)
    bench.driver.open()
    assert bench.driver.capabilities().frames_per_s == 25.0
    assert bench.driver.take_picture().width == 320
    bench.driver.reset()
    assert bench.driver.take_picture().height == 240
    bench.driver.close()


def test_somebody_comes_and_goes(virtual_camera: VirtualCamera) -> None:
    bench = Bench(virtual_camera.device, presence_hold_s=1.5)
    bench.driver.open()
    assert bench.becomes(lambda: bench.told("PresenceEvent") == ["present"])
    assert bench.status().presence.value is Presence.PRESENT
    virtual_camera.act("show", {"scene": "empty"})
    assert bench.becomes(lambda: bench.told("PresenceEvent") == ["present", "absent"])
    assert bench.status().presence.value is Presence.ABSENT
    bench.driver.close()


def test_somebody_who_stands_still_and_reads_stays(virtual_camera: VirtualCamera) -> None:
    virtual_camera.act("show", {"scene": "still"})
    bench = Bench(virtual_camera.device, presence_hold_s=1.0)
    bench.driver.open()
    assert bench.becomes(lambda: bench.told("PresenceEvent") == ["present"])
    began = time.monotonic()
    assert bench.becomes(lambda: time.monotonic() - began > 2.5)
    assert bench.told("PresenceEvent") == ["present"]
    status = bench.status()
    assert status.faces.value == 1
    assert (status.movement.value or 0.0) < 0.4
    assert bench.driver.self_test().values["faces"] == 1
    bench.driver.close()


async def test_through_its_host_the_camera_comes_back_when_it_is_plugged_in_again(
    virtual_camera: VirtualCamera,
) -> None:
    virtual_camera.set_fault("camera-unplugged", on=True)
    host = DeviceHost("camera", "camera", virtual_camera.settings)
    await host.start()
    try:
        with pytest.raises(DeviceNotReady):
            await host.ready(2)
        virtual_camera.set_fault("camera-unplugged", on=False)
        await host.ready(PATIENCE_S)
        virtual_camera.set_fault("camera-unplugged", on=True)
        with pytest.raises(DeviceNotReady):
            await host.call("take_picture")
        virtual_camera.set_fault("camera-unplugged", on=False)
        await host.ready(PATIENCE_S)
        picture = await host.call("take_picture")
        assert picture.width == 1280
    finally:
        await host.stop()


def test_a_picture_before_the_camera_is_what_it_sees(
    bench: Bench, virtual_camera: VirtualCamera, tmp_path: Path, film: Path
) -> None:
    path = tmp_path / "photo.png"
    red = noisy(60, size=(1280, 720))
    red[:, :, 2] = 220
    cv2.imwrite(str(path), red)
    for shown, channel in ((path, 2), (film, 0)):
        virtual_camera.act("show", {"scene": "picture", "path": str(shown)})
        time.sleep(0.1)
        taken = bench.driver.take_picture()
        pixels = cv2.imdecode(np.frombuffer(taken.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert pixels is not None
        assert pixels[300:400, 600:700, channel].mean() > 110
    assert virtual_camera.state()["scene"] == "picture"


def test_the_virtual_camera_refuses_what_makes_no_sense(
    virtual_camera: VirtualCamera, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    text = {"scene": "picture", "path": str(tmp_path / "text.jpg")}
    for arguments in ({}, {"scene": "party"}, text):
        with pytest.raises(ValueError, match=r"scene|picture"):
            virtual_camera.act("show", arguments)
    with pytest.raises(KeyError):
        virtual_camera.act("dance", {})
    with pytest.raises(KeyError):
        virtual_camera.set_fault("camera-on-fire", on=True)
    assert virtual_camera.faults() == ()
