"""What a virtual camera sees: a made-up person before a wall, the wall alone, or a picture.

Each scene is a short loop of JPEG files, drawn once; every file has noise of its own, as a sensor
gives it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np

from drivers.camera.vision import Image, cv2, encode

WIDTH, HEIGHT, FRAMES_PER_S = 1280, 720, 25
_LOOP = 50
_STILL_LOOP = 12
_LONGEST_FILM = 250
_NOISE = 2.5
"""Standard deviation, in levels of 255: a small sensor in a well-lit hall."""
_QUALITY = 80
_MARGIN = 64
_BREATH = 0.2
"""How much of the swaying is left in somebody who stands still."""

_WALL = ((196, 204, 208), (158, 168, 176))
_SKIN, _HAIR, _COAT, _DARK = (164, 188, 224), (46, 44, 48), (124, 88, 52), (40, 40, 44)

Loop = tuple[bytes, ...]


@cache
def person() -> Loop:
    """A drawn person who sways, nods and blinks."""
    wall = _wall()
    turns = (2 * math.pi * at / _LOOP for at in range(_LOOP))
    return _noisy(_clock_hand(_person(wall.copy(), turn), turn) for turn in turns)


@cache
def still() -> Loop:
    """The same person, who stands still and reads; the clock has stopped."""
    wall = _clock_hand(_wall(), 0.0)
    return _noisy(
        _person(wall.copy(), 2 * math.pi * at / _LOOP, _BREATH, blinks=False) for at in range(_LOOP)
    )


@cache
def empty() -> Loop:
    """Nobody is there."""
    return _noisy([_wall()] * _STILL_LOOP)


@cache
def black() -> Loop:
    """A covered lens: black with a sensor's noise."""
    return _noisy([np.full((HEIGHT, WIDTH, 3), 6, np.uint8)] * _STILL_LOOP)


def file(path: Path) -> Loop:
    """A photograph, or the first ten seconds of a film, in the middle of a grey picture.

    Raises ``ValueError`` when the file holds neither.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is not None:
        return _noisy([_fitted(np.asarray(picture, np.uint8))] * _STILL_LOOP)
    film = _noisy(_fitted(each) for each in islice(_film(path), _LONGEST_FILM))
    if not film:
        raise ValueError("the file holds no picture")
    return film


def _film(path: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    try:
        while True:
            taken, found = capture.read()
            if not taken:
                return
            yield np.asarray(found, np.uint8)
    finally:
        capture.release()


def _fitted(picture: Image) -> Image:
    height, width = picture.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
    left, top = (WIDTH - size[0]) // 2, (HEIGHT - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = cv2.resize(
        picture, size, interpolation=how
    )
    return canvas


def _wall() -> Image:
    rows = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None, None]
    above, below = (np.array(each, np.float32) for each in _WALL)
    wall = np.repeat((above * (1 - rows) + below * rows), WIDTH, axis=1).astype(np.uint8)
    cv2.rectangle(wall, (80, 90), (330, 300), (224, 214, 196), -1, cv2.LINE_AA)
    cv2.rectangle(wall, (80, 90), (330, 300), (110, 116, 122), 6, cv2.LINE_AA)
    cv2.line(wall, (205, 90), (205, 300), (110, 116, 122), 5, cv2.LINE_AA)
    cv2.circle(wall, (1120, 170), 62, (236, 238, 238), -1, cv2.LINE_AA)
    cv2.circle(wall, (1120, 170), 62, (90, 92, 96), 5, cv2.LINE_AA)
    return wall


def _clock_hand(picture: Image, turn: float) -> Image:
    angle = turn - math.pi / 2
    hand = (1120 + round(50 * math.cos(angle)), 170 + round(50 * math.sin(angle)))
    cv2.line(picture, (1120, 170), hand, _DARK, 5, cv2.LINE_AA)
    return picture


def _person(picture: Image, turn: float, sway: float = 1.0, *, blinks: bool = True) -> Image:
    x, y = 640 + round(16 * sway * math.sin(turn)), 300 + round(6 * sway * math.cos(2 * turn))
    _ellipse(picture, (x, 730), (330, 235), _COAT)
    cv2.rectangle(picture, (x - 52, y + 110), (x + 52, y + 240), _SKIN, -1)
    _ellipse(picture, (x, y - 40), (150, 165), _HAIR)
    _ellipse(picture, (x, y), (132, 172), _SKIN)
    _ellipse(picture, (x, y - 128), (122, 62), _HAIR)
    open_ = 3 if blinks and abs(turn - math.pi) < 0.3 else 13
    for side in (-52, 52):
        _ellipse(picture, (x + side, y - 22), (24, open_), (242, 244, 246))
        _ellipse(picture, (x + side, y - 22), (10, min(10, open_)), _DARK)
        cv2.line(picture, (x + side - 28, y - 58), (x + side + 28, y - 60), _HAIR, 8, cv2.LINE_AA)
    cv2.line(picture, (x, y - 4), (x - 12, y + 42), (120, 146, 190), 5, cv2.LINE_AA)
    _ellipse(picture, (x, y + 88), (40, 9), (96, 96, 176))
    return picture


def _ellipse(
    picture: Image, centre: tuple[int, int], axes: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)


def _noisy(pictures: Iterator[Image] | list[Image]) -> Loop:
    chance = np.random.default_rng(445281)
    grain = chance.normal(0, _NOISE, (HEIGHT + _MARGIN, WIDTH + _MARGIN)).astype(np.int16)
    found = []
    for picture in pictures:
        down, right = chance.integers(0, _MARGIN, 2)
        part = grain[down : down + HEIGHT, right : right + WIDTH, None]
        found.append(encode(np.clip(picture + part, 0, 255).astype(np.uint8), _QUALITY))
    return tuple(found)
