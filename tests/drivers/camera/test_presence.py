"""Who is there, by movement and by faces, at moments that the test sets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.camera.contract import Presence
from drivers.camera.faces import Face
from drivers.camera.presence import Attendance
from drivers.camera.vision import Image
from tests.drivers.camera.conftest import noisy

START = 1000.0
STAYS_S = 6.0
LOOKS_PER_S = 5
FACE = Face(0.125, 0.33, 0.19, 0.56, 0.9)
"""Where the block of ``picture`` stands at first."""


def moments(seconds: float, start: float) -> Iterator[float]:
    return (start + each / LOOKS_PER_S for each in range(1, int(seconds * LOOKS_PER_S) + 1))


def picture(left: int, seed: int) -> Image:
    """A bright block before a wall."""
    seen = noisy(seed=seed, size=(160, 90))[:, :, 0].copy()
    seen[30:80, 20 + left : 50 + left] = 240
    return seen


def passed(
    attendance: Attendance,
    seconds: float,
    start: float,
    *,
    step: int = 0,
    faces: tuple[Face, ...] | None = None,
) -> float:
    """A block that moves by ``step`` pixels at each look, with faces or none looked for."""
    for number, at in enumerate(moments(seconds, start)):
        attendance.feed(picture(number * step % 60, number), at)
        if faces is not None:
            attendance.see(faces)
    return start + seconds


def test_somebody_who_moves_is_there_and_is_gone_a_while_after() -> None:
    attendance = Attendance(STAYS_S)
    now = passed(attendance, 2.0, START, step=4)
    presence, at = attendance.presence(now)
    assert presence is Presence.PRESENT
    assert at == pytest.approx(now)
    assert (attendance.movement or 0) > 0.4
    now = passed(attendance, 3.0, now)
    assert attendance.presence(now)[0] is Presence.PRESENT
    assert attendance.movement == 0.0
    now = passed(attendance, 4.0, now)
    assert attendance.presence(now)[0] is Presence.ABSENT


def test_somebody_who_stands_still_and_shows_a_face_is_there() -> None:
    attendance = Attendance(STAYS_S)
    now = passed(attendance, 4 * STAYS_S, START, faces=(FACE,))
    assert attendance.movement == 0.0
    assert attendance.faces == 1
    assert attendance.presence(now)[0] is Presence.PRESENT
    now = passed(attendance, STAYS_S + 1, now, faces=())
    assert attendance.faces == 0
    assert attendance.presence(now)[0] is Presence.ABSENT


def test_a_face_that_never_stirs_hangs_on_the_wall() -> None:
    attendance = Attendance(STAYS_S)
    now = passed(attendance, 100.0, START, faces=(FACE,))
    assert attendance.presence(now)[0] is Presence.ABSENT


def test_a_face_that_stirs_a_little_now_and_then_is_somebody() -> None:
    attendance = Attendance(STAYS_S)
    now = START
    for _ in range(3):
        now = passed(attendance, 0.6, now, step=1, faces=(FACE,))
        now = passed(attendance, 60.0, now, faces=(FACE,))
    assert attendance.presence(now)[0] is Presence.PRESENT


def test_what_moves_elsewhere_does_not_make_a_picture_on_the_wall_a_person() -> None:
    attendance = Attendance(STAYS_S)
    on_the_wall = Face(0.8, 0.0, 0.1, 0.1, 0.9)
    now = passed(attendance, 100.0, START, step=4, faces=(on_the_wall,))
    now = passed(attendance, STAYS_S + 1, now, faces=(on_the_wall,))
    assert attendance.presence(now)[0] is Presence.ABSENT


def test_a_face_at_the_edge_of_the_picture_is_a_face() -> None:
    attendance = Attendance(STAYS_S)
    now = passed(attendance, 2.0, START, faces=(Face(-0.2, 0.9, 0.3, 0.3, 0.6),))
    assert attendance.presence(now)[0] is Presence.PRESENT


def test_noise_and_light_are_nobody() -> None:
    attendance = Attendance(STAYS_S)
    for number, at in enumerate(moments(8.0, START)):
        level = 60 if number % 10 < 5 else 160
        attendance.feed(noisy(level, seed=number, size=(160, 90))[:, :, 0], at)
    assert attendance.presence(START + 8)[0] is Presence.ABSENT


def test_who_is_there_is_unknown_at_first_and_after_everything_was_forgotten() -> None:
    attendance = Attendance(STAYS_S)
    assert attendance.presence(START)[0] is Presence.UNKNOWN
    now = passed(attendance, 2.0, START)
    assert attendance.presence(now)[0] is Presence.UNKNOWN
    now = passed(attendance, 2.0, now, step=4, faces=(FACE,))
    attendance.forget()
    assert attendance.presence(now)[0] is Presence.UNKNOWN
    assert (attendance.faces, attendance.movement) == (None, None)
