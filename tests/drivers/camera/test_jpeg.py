"""Cutting a stream into pictures, wherever it is split and whatever else is in it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera import jpeg
from drivers.camera.jpeg import JpegError, MjpegParser
from drivers.camera.vision import encode, standard_tables
from tests.drivers.camera.conftest import noisy
from tests.drivers.streams import CUTS, portions

PICTURES = [encode(noisy(seed=seed, size=(48, 32))) for seed in range(3)]


def inserted(picture: bytes, marker: int, words: bytes) -> bytes:
    segment = bytes((0xFF, marker)) + (len(words) + 2).to_bytes(2, "big") + words
    return picture[:2] + segment + picture[2:]


def without_tables(picture: bytes) -> bytes:
    for code, start, end in reversed(list(jpeg.segments(picture))):
        if code == 0xC4:
            picture = picture[:start] + picture[end:]
    return picture


@given(CUTS, st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_garbage_between_pictures_loses_no_picture(cuts: list[int], garbage: bytes) -> None:
    junk = garbage.replace(b"\xff", b"\0")
    stream = junk.join([b"", *PICTURES, b""])
    parser = MjpegParser()
    found = [picture for part in portions(stream, cuts) for picture in parser.feed(part)]
    assert found == PICTURES
    assert parser.dropped >= len(junk) * 3


@given(st.binary(max_size=600))
@settings(max_examples=150, deadline=None)
def test_any_bytes_leave_the_parser_able_to_see_later_pictures(junk: bytes) -> None:
    parser = MjpegParser(longest=4096)
    parser.feed(b"\xff\xd8\xff" + junk)
    found = parser.feed(b"\0" * 70_000 + b"".join(PICTURES))
    assert found[-2:] == PICTURES[-2:]


def test_a_picture_that_the_next_one_cuts_off_is_dropped() -> None:
    parser = MjpegParser()
    for keep in range(24, len(PICTURES[0]) - 1):
        half = PICTURES[0][:keep]
        before = parser.dropped
        assert parser.feed(half + PICTURES[1]) == [PICTURES[1]]
        assert parser.dropped - before == len(half)


def test_markers_inside_a_thumbnail_or_comment_end_nothing() -> None:
    picture = inserted(PICTURES[0], 0xE1, b"thumb" + PICTURES[1])
    picture = inserted(picture, 0xFE, b"\xff\xd9\xff\xd8\xff")
    assert MjpegParser().feed(picture + PICTURES[2]) == [picture, PICTURES[2]]


def test_fill_bytes_before_a_marker_are_skipped() -> None:
    filled = PICTURES[0][:2] + b"\xff\xff" + PICTURES[0][2:]
    assert MjpegParser().feed(filled) == [filled]
    assert jpeg.size(filled) == (48, 32)


def test_size_and_digest_are_the_pictures_own() -> None:
    stamped = inserted(PICTURES[0], 0xFE, b"12:00:01")
    assert jpeg.size(stamped) == (48, 32)
    assert jpeg.comment(stamped) == b"12:00:01"
    assert jpeg.comment(PICTURES[0]) is None
    assert jpeg.digest(stamped) == jpeg.digest(PICTURES[0])
    assert jpeg.digest(PICTURES[1]) != jpeg.digest(PICTURES[0])


def test_a_camera_that_leaves_out_its_tables_gets_them_back() -> None:
    bare = without_tables(PICTURES[0])
    assert jpeg.tables_of(bare) == b""
    mended = jpeg.with_tables(bare, standard_tables())
    assert jpeg.tables_of(mended) == jpeg.tables_of(PICTURES[0])
    assert jpeg.with_tables(mended, b"other") == mended


@given(st.binary(max_size=200), st.integers(0, 700))
@settings(max_examples=200, deadline=None)
def test_hostile_headers_are_refused_in_one_way(junk: bytes, keep: int) -> None:
    for data in (junk, b"\xff\xd8\xff" + junk, PICTURES[0][:keep] + junk):
        for read in (jpeg.size, jpeg.digest, jpeg.comment, jpeg.tables_of):
            with contextlib.suppress(JpegError):
                read(data)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", PICTURES[0][2:], b"\xff\xd8\xff\xe0\0\x01"])
def test_what_is_no_picture_has_no_size(data: bytes) -> None:
    with pytest.raises(JpegError):
        jpeg.size(data)
