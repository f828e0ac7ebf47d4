"""The network that finds faces, on drawn people."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from drivers.camera import faces, vision
from drivers.camera.faces import MODEL, FaceFinder
from drivers.camera.vision import Image, cv2
from drivers.virtual import camera_scenes as scenes


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


def seen(loop: scenes.Loop, factor: int = 1) -> Image:
    pixels = vision.decode_colour(loop[0], factor)
    assert pixels is not None
    return pixels


def test_a_person_has_one_face_and_it_is_where_it_was_drawn(finder: FaceFinder) -> None:
    (face,) = finder.find(seen(scenes.person()))
    middle = (face.left + face.width / 2, face.top + face.height / 2)
    assert middle == pytest.approx((640 / 1280, 330 / 720), abs=0.05)
    assert 200 < face.width * 1280 < 320
    assert 200 < face.height * 720 < 320
    assert face.score > 0.8


@pytest.mark.parametrize("scene", [scenes.empty, scenes.black])
def test_a_wall_and_the_dark_have_none(finder: FaceFinder, scene: type) -> None:
    assert finder.find(seen(scene())) == ()


@pytest.mark.parametrize("factor", [2, 4])
def test_a_small_picture_shows_it_too(finder: FaceFinder, factor: int) -> None:
    assert len(finder.find(seen(scenes.person(), factor))) == 1


def test_two_people_have_two_faces_the_surest_first(finder: FaceFinder) -> None:
    one = seen(scenes.person())[:, 280:1000]
    smaller = cv2.resize(one, None, fx=0.8, fy=0.8)
    both = np.full((720, 720 + smaller.shape[1], 3), 180, np.uint8)
    both[:, :720] = one
    both[144:, 720:] = smaller
    found = finder.find(both)
    assert len(found) == 2
    assert found[0].score >= found[1].score
    assert {each.left > 0.5 for each in found} == {True, False}


@pytest.mark.parametrize("turned", [1, 2])
def test_a_camera_on_its_side_sees_faces_where_they_are(finder: FaceFinder, turned: int) -> None:
    """A portrait picture leaves its bars at the sides, not above and below."""
    upright = seen(scenes.person())[:, 440 : 440 + 405 * turned]
    (face,) = finder.find(upright)
    middle = (face.left + face.width / 2) * upright.shape[1]
    assert middle == pytest.approx(640 - 440, abs=60)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1)])
def test_any_size_of_picture_is_looked_at(finder: FaceFinder, size: tuple[int, int]) -> None:
    assert finder.find(np.zeros((*size, 3), np.uint8)) == ()


@pytest.mark.parametrize("content", [b"", b"no network", b"\x1c\x00\x00\x00TFL3" + bytes(200)])
def test_a_broken_file_is_no_network_and_the_camera_goes_on_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    broken = tmp_path / "model.tflite"
    broken.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert faces.finder(broken) is None
    assert "faces are not looked for" in caplog.text


def test_half_a_network_is_none(tmp_path: Path) -> None:
    half = tmp_path / "half.tflite"
    half.write_bytes(MODEL.read_bytes()[:100_000])
    assert faces.finder(half) is None


def test_another_network_is_refused(tmp_path: Path) -> None:
    another = Path("web/node_modules/@mediapipe/face_detection/face_detection_full_range.tflite")
    with pytest.raises(ValueError, match="not the network for faces at short range"):
        FaceFinder(another)


def test_a_network_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    assert faces.finder(tmp_path / "none.tflite") is None
    assert faces.finder() is faces.finder()
