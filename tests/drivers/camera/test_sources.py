"""Where pictures come from: sockets, pipes and files, good and bad."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera import jpeg, vision
from drivers.camera.sources import (
    Format,
    Frame,
    FrameSource,
    OpenCvSource,
    StreamSource,
    jpeg_frame,
    open_source,
)
from drivers.errors import DeviceNotReady
from tests.drivers.camera.conftest import noisy

WANTED = Format("MJPG", 1280, 720, 25)
Serve = Callable[..., Path]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Make a socket that sends these bytes to the first caller, and hangs up."""
    threads: list[threading.Thread] = []

    def start(*data: bytes, pause_s: float = 0.0) -> Path:
        path = tmp_path / "stream"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()

        def send() -> None:
            caller, _ = listener.accept()
            with closing(caller), closing(listener):
                for each in data:
                    caller.sendall(each)
                    time.sleep(pause_s)

        threads.append(threading.Thread(target=send))
        threads[-1].start()
        return path

    yield start
    for thread in threads:
        thread.join()


def drained(source: FrameSource) -> list[Frame]:
    """All pictures until the camera has gone."""
    found: list[Frame] = []

    def read_all() -> None:
        while True:
            if (frame := source.read(2.0)) is not None:
                found.append(frame)

    with pytest.raises(DeviceNotReady, match="camera-absent"):
        read_all()
    return found


def refusal(path: Path) -> str:
    with pytest.raises(DeviceNotReady) as caught:
        open_source(str(path), WANTED).read(1.0)
    return caught.value.code


def test_a_stream_gives_its_pictures_as_they_came(serve: Serve, jpegs: list[bytes]) -> None:
    source = open_source(str(serve(*jpegs, pause_s=0.05)), WANTED)
    assert isinstance(source, StreamSource)
    assert [frame.jpeg for frame in drained(source)] == jpegs
    assert (source.pixel_format, source.dropped, source.resize(1, 1)) == ("MJPG", 0, False)
    source.close()


def test_who_comes_late_gets_the_newest(serve: Serve, jpegs: list[bytes]) -> None:
    source = open_source(str(serve(b"".join(jpegs))), WANTED)
    assert [frame.jpeg for frame in drained(source)] == [jpegs[-1]]
    source.close()


def test_garbage_on_a_stream_is_counted_and_no_picture(serve: Serve, jpegs: list[bytes]) -> None:
    junk = bytes(range(200)) * 20
    source = open_source(str(serve(junk, jpegs[0], junk)), WANTED)
    assert [frame.jpeg for frame in drained(source)] == [jpegs[0]]
    assert source.dropped >= 2 * len(junk) - 2
    source.close()


def test_a_stream_that_hangs_up_at_once_is_somebody_elses(serve: Serve) -> None:
    assert refusal(serve()) == "camera-busy"


def test_a_pipe_is_a_stream_too(tmp_path: Path, jpegs: list[bytes]) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    source = open_source(str(path), WANTED)
    with path.open("wb") as pipe:
        pipe.write(jpegs[0])
        pipe.flush()
        frame = source.read(2.0)
    assert frame is not None
    assert (frame.jpeg, frame.width, frame.height) == (jpegs[0], 320, 240)
    source.close()


def test_what_is_not_there_or_not_open_to_us_is_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing") == "camera-absent"
    dead = tmp_path / "dead"
    with closing(socket.socket(socket.AF_UNIX)) as forgotten:
        forgotten.bind(str(dead))
    assert refusal(dead) == "camera-absent"
    assert refusal(Path("/dev/null")) == "camera-absent"


def test_a_film_is_played_undecoded_again_and_again(film: Path) -> None:
    source = open_source(str(film), WANTED)
    assert isinstance(source, OpenCvSource)
    assert (source.pixel_format, source.frames_per_s) == ("MJPG", 25.0)
    found = [frame for _ in range(20) if (frame := source.read(1.0)) is not None]
    assert len(found) >= 17
    assert all(frame.jpeg is not None and frame.width == 320 for frame in found)
    assert len({frame.digest for frame in found}) == 8
    assert found[-1].at - found[0].at > (len(found) - 2) / 25
    film.unlink()
    assert any(frame.digest for frame in drained(source))
    source.close()


def test_pictures_that_come_as_pixels_do_the_same(jpegs: list[bytes]) -> None:
    pixels = noisy()
    frame = Frame(0.0, 320, 240, 1, pixels=pixels)
    again = jpeg_frame(frame.as_jpeg())
    assert again is not None
    small, same = frame.small_grey(), again.small_grey()
    assert small is not None
    assert same is not None
    assert small.shape == same.shape == (30, 40)
    assert np.abs(small.astype(int) - same.astype(int)).max() <= 4


@pytest.mark.parametrize("as_pixels", [True, False])
def test_a_large_picture_is_made_smaller_for_the_preview(as_pixels: bool) -> None:
    pixels = noisy(size=(1280, 960))
    frame = (
        Frame(0.0, 1280, 960, 1, pixels=pixels) if as_pixels else jpeg_frame(vision.encode(pixels))
    )
    assert frame is not None
    made = frame.preview(640)
    assert made is not None
    assert made[1:] == (640, 480)
    smaller = jpeg_frame(made[0])
    assert smaller is not None
    assert (smaller.width, smaller.height) == (640, 480)


def test_a_picture_whose_end_was_lost_is_torn() -> None:
    """libjpeg fills what is missing and only warns."""
    whole = vision.encode(noisy())
    pixels = vision.decode_colour(whole)
    torn = vision.decode_colour(whole[: len(whole) // 2] + b"\xff\xd9")
    assert pixels is not None
    assert torn is not None
    assert not vision.is_torn(pixels)
    assert vision.is_torn(torn)
    assert vision.decode_colour(b"\xff\xd8\xff nothing") is None
    assert vision.decode_small_grey(b"") is None


def test_a_header_that_claims_a_giant_picture_is_no_picture(jpegs: list[bytes]) -> None:
    at = jpegs[0].index(b"\xff\xc0") + 5
    giant = jpegs[0][:at] + b"\xff\xff\xff\xff" + jpegs[0][at + 4 :]
    assert jpeg.size(giant) == (65535, 65535)
    assert jpeg_frame(giant) is None
    assert jpeg_frame(jpegs[0]) is not None


def test_scores_tell_sharp_from_blurred_and_noisy_from_clean() -> None:
    sharp = np.kron((np.indices((12, 16)).sum(0) % 2) * 255, np.ones((20, 20))).astype(np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 5), np.uint8)
    assert vision.sharpness(sharp) > 20 * vision.sharpness(blurred)
    grain = noisy()[:, :, 0]
    assert vision.noise(grain) == pytest.approx(6, abs=0.5)
    assert vision.noise(np.full_like(grain, 120)) == 0
