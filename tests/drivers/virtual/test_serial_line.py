"""The paced pseudo-terminal."""

from __future__ import annotations

import errno
import os
import queue
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.virtual.serial_line import SerialLine


@pytest.fixture
def received() -> queue.Queue[bytes]:
    return queue.Queue()


@pytest.fixture
def line(tmp_path: Path, received: queue.Queue[bytes]) -> Iterator[SerialLine]:
    cable = SerialLine(tmp_path / "port", 9600, received.put)
    cable.plug()
    yield cable
    cable.unplug()


def open_port(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(descriptor)
    return descriptor


def test_every_byte_passes_both_ways(
    tmp_path: Path, line: SerialLine, received: queue.Queue[bytes]
) -> None:
    port = open_port(tmp_path / "port")
    os.write(port, bytes(range(256)))
    came = b""
    while len(came) < 256:
        came += received.get(timeout=5)
    assert came == bytes(range(256))
    line.send(bytes(range(256)))
    assert _read(port, 256) == bytes(range(256))
    os.close(port)


def test_sending_takes_ten_bits_a_byte(tmp_path: Path, line: SerialLine) -> None:
    port = open_port(tmp_path / "port")
    started = time.monotonic()
    line.send(bytes(96))
    elapsed = time.monotonic() - started
    os.close(port)
    assert elapsed >= 0.1


def test_unplugging_hangs_up_and_plugging_in_brings_a_new_port(
    tmp_path: Path, line: SerialLine
) -> None:
    port = open_port(tmp_path / "port")
    line.unplug()
    assert not (tmp_path / "port").is_symlink()
    assert _hung_up(port)
    os.close(port)
    line.unplug()
    line.plug()
    line.plug()
    assert line.plugged
    os.close(open_port(tmp_path / "port"))


def test_a_reader_that_reads_nothing_does_not_stop_the_line(line: SerialLine) -> None:
    started = time.monotonic()
    for _ in range(3):
        line.send(bytes(400))
    assert 1.2 <= time.monotonic() - started < 10


def _read(port: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += os.read(port, count - len(data))
    return data


def _hung_up(port: int) -> bool:
    try:
        return os.read(port, 1) == b""
    except OSError as error:
        return error.errno == errno.EIO
