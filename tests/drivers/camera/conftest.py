"""Pictures to work with, and a virtual camera that starts once and is put right between tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from drivers.camera.vision import Image, encode
from drivers.virtual.camera import VirtualCamera
from tests.drivers.hosted import put_right, started


def noisy(level: int = 120, seed: int = 1, size: tuple[int, int] = (320, 240)) -> Image:
    """A grey picture with noise, all over again for each seed."""
    chance = np.random.default_rng(seed)
    rows = chance.normal(level, 6, (size[1], size[0], 3))
    return np.clip(rows, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def jpegs() -> list[bytes]:
    return [encode(noisy(seed=seed)) for seed in range(4)]


@pytest.fixture(scope="session")
def running_camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualCamera]:
    yield from started(VirtualCamera(tmp_path_factory.mktemp("camera")))


@pytest.fixture
def virtual_camera(running_camera: VirtualCamera) -> Iterator[VirtualCamera]:
    """The running camera: no fault, a person before it."""
    yield from put_right(running_camera)
    running_camera.act("show", {"scene": "person"})


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """An AVI file of eight Motion-JPEG pictures, 25 a second."""
    import cv2

    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for seed in range(8):
        writer.write(noisy(seed=seed))
    writer.release()
    return path
