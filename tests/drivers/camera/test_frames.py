"""Live pictures through shared memory, between threads, processes and hostile hands."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera import frames
from drivers.camera.frames import FrameReader, FrameRing
from drivers.errors import DeviceError, DeviceNotReady, ProtocolError

_HEADER = 4096


@pytest.fixture
def ring() -> Iterator[FrameRing]:
    found = FrameRing(slot_bytes=100_000)
    yield found
    found.close()


@pytest.fixture
def reader(ring: FrameRing) -> Iterator[FrameReader]:
    found = FrameReader(ring.path)
    yield found
    found.close()


def sealed(content: bytes, seals: int) -> int:
    descriptor = os.memfd_create("test", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(descriptor, content)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def test_a_picture_comes_over_whole(ring: FrameRing, reader: FrameReader) -> None:
    assert reader.read() is None
    assert ring.write(b"first", 640, 480, 1.5)
    frame = reader.read()
    assert frame is not None
    assert (frame.jpeg, frame.width, frame.height, frame.at) == (b"first", 640, 480, 1.5)
    assert reader.read(after=frame.number) is None
    ring.write(b"second", 640, 480, 2.5)
    newer = reader.read(after=frame.number)
    assert newer is not None
    assert newer.jpeg == b"second"
    assert "second" not in repr(newer)


def test_a_reader_that_is_lapped_never_sees_a_torn_picture(
    ring: FrameRing, reader: FrameReader
) -> None:
    told_to_stop = threading.Event()

    def write() -> None:
        number = 0
        while not told_to_stop.is_set():
            number += 1
            ring.write(bytes((number % 251,)) * (50_000 + number % 7), 1, 1, 0.0)

    writer = threading.Thread(target=write)
    writer.start()
    seen, whole = 0, True
    while seen < 400:
        frame = reader.read()
        if frame is not None:
            seen += 1
            whole = whole and len(set(frame.jpeg)) == 1
    told_to_stop.set()
    writer.join()
    assert whole


def test_a_half_written_slot_is_not_read(ring: FrameRing, reader: FrameReader) -> None:
    ring.write(b"good picture", 1, 1, 0.0)
    ring._memory[:] = ring._memory[:].replace(b"good picture", b"torn picture")
    assert reader.read() is None


def test_a_picture_too_long_for_its_slot_is_left_out(ring: FrameRing, reader: FrameReader) -> None:
    assert not ring.write(bytes(100_001), 1, 1, 0.0)
    assert reader.newest == 0


def test_pictures_are_wanted_only_while_somebody_looks(
    ring: FrameRing, reader: FrameReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [ring.wanted]
    reader.look()
    wanted.append(ring.wanted)
    monkeypatch.setattr(frames, "_WANTED_S", 0.0)
    wanted.append(ring.wanted)
    ring.want()
    monkeypatch.setattr(frames, "_WANTED_S", 60.0)
    wanted.append(ring.wanted)
    assert wanted == [False, True, False, True]


def test_nothing_is_left_in_memory_that_was_wiped(ring: FrameRing, reader: FrameReader) -> None:
    ring.write(b"a face", 1, 1, 0.0)
    ring.wipe()
    assert reader.read() is None
    assert b"a face" not in bytes(reader._memory)
    ring.write(b"another", 1, 1, 0.0)
    frame = reader.read()
    assert frame is not None
    assert frame.jpeg == b"another"


def test_the_end_is_told_and_leaves_nothing(ring: FrameRing, reader: FrameReader) -> None:
    ring.write(b"a face", 1, 1, 0.0)
    path = ring.path
    ring.close()
    ring.close()
    assert reader.ended
    assert reader.read() is None
    assert b"a face" not in bytes(reader._memory)
    with pytest.raises(DeviceNotReady, match="preview-ended"):
        FrameReader(path)


def test_memory_of_another_process_is_read_and_is_gone_with_it() -> None:
    program = (
        "from drivers.camera.frames import FrameRing\n"
        "ring = FrameRing()\n"
        "ring.write(b'from afar', 4, 3, 1.0)\n"
        "print(ring.path, flush=True)\n"
        "input()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    path = process.stdout.readline().strip()
    reader = FrameReader(path)
    process.kill()
    process.communicate()
    frame = reader.read()
    assert frame is not None
    assert frame.jpeg == b"from afar"
    reader.close()
    with pytest.raises(DeviceNotReady, match="preview-ended"):
        FrameReader(path)


def test_memory_that_could_be_pulled_away_is_refused(tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_bytes(bytes(2 * _HEADER))
    with pytest.raises(ProtocolError, match="preview-invalid"):
        FrameReader(str(plain))
    descriptor = sealed(bytes(2 * _HEADER), fcntl.F_SEAL_GROW)
    with pytest.raises(ProtocolError, match="preview-invalid"):
        FrameReader(f"/proc/self/fd/{descriptor}")
    os.close(descriptor)


@given(st.binary(max_size=120))
@settings(max_examples=80, deadline=None)
def test_hostile_memory_is_refused_or_shows_nothing(header: bytes) -> None:
    for start in (header, b"YMFRAME1" + header):
        content = start.ljust(_HEADER + 500, b"\x01")
        descriptor = sealed(content, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        with contextlib.suppress(DeviceError):
            reader = FrameReader(f"/proc/self/fd/{descriptor}")
            assert reader.read() is None
            reader.close()
        os.close(descriptor)
