"""What the watch makes of pictures, at moments that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from drivers.camera.contract import PictureState, Presence
from drivers.camera.faces import Face
from drivers.camera.sources import Frame
from drivers.camera.vision import Image
from drivers.camera.watch import Verdict, Watch
from tests.drivers.camera.conftest import noisy

RATE = 25.0
START = 1000.0
STAYS_S = 6.0
_numbers = count(1)


def frame(at: float, pixels: Image, digest: int | None = None) -> Frame:
    height, width = pixels.shape[:2]
    return Frame(at, width, height, next(_numbers) if digest is None else digest, pixels=pixels)


LIT, DARK = noisy(120), noisy(8)


def moments(seconds: float, start: float = START, rate: float = RATE) -> Iterator[float]:
    return (start + each / rate for each in range(1, int(seconds * rate) + 1))


def watched(seconds: float, pixels: Image = LIT, rate: float = RATE) -> Watch:
    watch = Watch(RATE, START, STAYS_S)
    for at in moments(seconds, rate=rate):
        watch.feed(frame(at, pixels))
    return watch


def first_told(watch: Watch, state: PictureState, feed: Iterator[tuple[float, Frame]]) -> float:
    for at, each in feed:
        watch.feed(each)
        if watch.verdict(at).picture is state:
            return at
    raise AssertionError(f"{state} was never told")


def test_good_pictures_are_good_and_their_rate_is_measured() -> None:
    verdict = watched(3.0).verdict(START + 3.0)
    assert verdict.picture is PictureState.OK
    assert verdict.frames_per_s == pytest.approx(RATE, abs=1.0)
    assert verdict.brightness == pytest.approx(120, abs=3)


def test_nothing_is_claimed_before_the_first_picture() -> None:
    assert Watch(RATE, START, STAYS_S).verdict(START + 0.1) == Verdict(presence_at=START + 0.1)


def test_black_is_told_within_two_seconds_and_ends_at_once_with_the_light() -> None:
    watch = watched(2.0)
    dark = ((at, frame(at, DARK)) for at in moments(2.0, START + 2))
    told = first_told(watch, PictureState.BLACK, dark)
    assert told - (START + 2) < 2.0
    lit = ((at, frame(at, LIT)) for at in moments(1.0, told))
    assert first_told(watch, PictureState.OK, lit) - told < 0.5


def test_a_dark_hall_with_one_lamp_is_not_black() -> None:
    hall = DARK.copy()
    hall[40:60, 40:60] = 200
    assert watched(3.0, hall).verdict(START + 3).picture is PictureState.OK


def test_frozen_is_told_within_two_seconds_whatever_the_camera_stamps_on() -> None:
    watch = watched(2.0)
    still = ((at, frame(at, LIT, digest=7)) for at in moments(2.0, START + 2))
    assert first_told(watch, PictureState.FROZEN, still) - (START + 2) < 2.0


def test_a_moment_of_the_same_picture_is_not_frozen() -> None:
    watch = watched(2.0)
    for at in moments(0.9, START + 2):
        watch.feed(frame(at, LIT, digest=7))
        assert watch.verdict(at).picture is PictureState.OK


def test_silence_and_garbage_are_told_apart_within_two_seconds() -> None:
    watch = watched(2.0)
    assert watch.verdict(START + 3.0).picture is PictureState.OK
    assert watch.verdict(START + 3.9).picture is PictureState.SILENT
    watch.note_dropped(50_000, START + 3.8)
    assert watch.verdict(START + 3.9).picture is PictureState.GARBLED
    assert watch.verdict(START + 4.1).frames_per_s is None


def test_a_slow_camera_is_slow_and_still_usable() -> None:
    verdict = watched(6.0, rate=2.0).verdict(START + 6.1)
    assert verdict.picture is PictureState.SLOW
    assert verdict.frames_per_s == pytest.approx(2.0, abs=0.5)


def test_who_is_there_is_unknown_in_the_dark() -> None:
    watch = watched(3.0, DARK)
    assert watch.verdict(START + 3).picture is PictureState.BLACK
    assert watch.verdict(START + 3).presence is Presence.UNKNOWN


def test_faces_are_looked_for_a_few_times_a_second_in_a_picture_large_enough() -> None:
    looked: list[tuple[int, ...]] = []

    def find(pixels: Image) -> tuple[Face, ...]:
        looked.append(pixels.shape)
        return (Face(0.4, 0.3, 0.2, 0.3, 0.9),)

    watch = Watch(RATE, START, STAYS_S, find)
    large = noisy(size=(1280, 720))
    for at in moments(2.0):
        watch.feed(frame(at, large))
    verdict = watch.verdict(START + 2)
    assert (verdict.faces, verdict.presence) == (1, Presence.PRESENT)
    assert 4 <= len(looked) <= 6
    assert set(looked) == {(180, 320, 3)}


def test_the_watch_keeps_no_picture() -> None:
    watch = watched(2.0, noisy(size=(1280, 720)))
    kept = [
        each.nbytes
        for owner in (watch, watch._attendance, watch._attendance._motion)
        for each in vars(owner).values()
        if isinstance(each, np.ndarray)
    ]
    assert sum(kept) <= 2 * 80 * 45 * 2
