"""The virtual camera's cable, seen from a program that behaves badly."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.camera import jpeg
from drivers.camera.jpeg import MjpegParser
from drivers.runtime_folder import runtime_path, socket_address
from drivers.virtual.camera import VirtualCamera
from drivers.virtual.camera_line import CameraLine

PATIENCE_S = 10.0


@contextlib.contextmanager
def connected(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE_S)
        line.connect(socket_address(path))
        yield line


def received(line: socket.socket, count: int) -> list[bytes]:
    parser = MjpegParser()
    found: list[bytes] = []
    while len(found) < count:
        data = line.recv(65_536)
        assert data, "the camera hung up"
        found += parser.feed(data)
    assert parser.dropped == 0
    return found


def left_ns(picture: bytes) -> int:
    return int((jpeg.comment(picture) or b"").split()[2])


def becomes(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    return done()


def test_who_takes_nothing_for_a_while_gets_whole_and_new_pictures_after(
    virtual_camera: VirtualCamera,
) -> None:
    with connected(virtual_camera.device) as line:
        time.sleep(0.8)
        woke_ns = time.monotonic_ns()
        found = received(line, 30)
    assert left_ns(found[0]) < woke_ns < left_ns(found[-1])
    assert sum(left_ns(each) < woke_ns for each in found) < 12


def test_the_light_is_on_while_a_program_takes_pictures(virtual_camera: VirtualCamera) -> None:
    assert becomes(lambda: virtual_camera.state()["light"] == "off")
    with connected(virtual_camera.device) as line:
        line.sendall(b"a camera hears nothing")
        received(line, 2)
        assert virtual_camera.state()["light"] == "on"
    assert becomes(lambda: virtual_camera.state()["light"] == "off")


def test_pictures_differ_and_follow_each_other(virtual_camera: VirtualCamera) -> None:
    with connected(virtual_camera.device) as line:
        found = received(line, 12)
    assert len({jpeg.digest(each) for each in found}) == 12
    numbers = [int((jpeg.comment(each) or b"").split()[1]) for each in found]
    assert numbers == sorted(numbers)


def test_plugging_twice_and_unplugging_twice_is_once(tmp_path: Path) -> None:
    line = CameraLine(tmp_path / "camera", lambda: b"picture", lambda: 0.01)
    line.unplug()
    line.plug()
    line.plug()
    with connected(tmp_path / "camera") as caller:
        assert caller.recv(7) == b"picture"
        line.unplug()
        line.unplug()
        with contextlib.suppress(ConnectionError):
            while caller.recv(4096):
                continue
    assert not line.plugged
    assert not (tmp_path / "camera").is_symlink()
    assert not runtime_path(tmp_path / "camera-line").exists()
    with pytest.raises(OSError, match="No such file"), connected(tmp_path / "camera"):
        pass
