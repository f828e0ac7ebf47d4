from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from kiosk_app.instance import LOCK, Address, AlreadyRunning, BetweenTimes, only_one, running

ADDRESS = Address(url="http://127.0.0.1:8610", token="a-token", pid=4711)


def test_the_second_is_refused_with_the_firsts_address(tmp_path: Path) -> None:
    with only_one(tmp_path) as announce:
        announce(ADDRESS)
        with pytest.raises(AlreadyRunning) as refused, only_one(tmp_path):
            raise AssertionError("two at once")
        assert refused.value.address == ADDRESS


def test_the_second_is_refused_before_the_first_has_an_address(tmp_path: Path) -> None:
    with only_one(tmp_path):
        with pytest.raises(AlreadyRunning) as refused, only_one(tmp_path):
            raise AssertionError("two at once")
        assert refused.value.address is None


def test_whoever_runs_is_found_and_nobody_afterwards(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    with only_one(tmp_path) as announce:
        announce(ADDRESS)
        assert running(tmp_path) == ADDRESS
    assert running(tmp_path) is None
    assert ADDRESS.token.encode() not in (tmp_path / LOCK).read_bytes()


def test_other_users_cannot_read_the_token(tmp_path: Path) -> None:
    with only_one(tmp_path) as announce:
        announce(ADDRESS)
        assert (tmp_path / LOCK).stat().st_mode & 0o077 == 0


def _hold(folder: Path, ready: Connection) -> None:
    with only_one(folder) as announce:
        announce(ADDRESS)
        ready.send(os.getpid())
        signal.pause()


def test_the_file_of_one_that_was_killed_keeps_nobody_out(tmp_path: Path) -> None:
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_hold, args=(tmp_path, there))
    process.start()
    here.recv()
    assert running(tmp_path) == ADDRESS
    process.kill()
    process.join(10)
    assert (tmp_path / LOCK).read_bytes() != b"", "it had no time to tidy up"
    assert running(tmp_path) is None
    with only_one(tmp_path) as announce:
        announce(ADDRESS)
        assert running(tmp_path) == ADDRESS


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"url": 1}', b"\xff", b'{"pid": {}}' * 99])
def test_a_lock_file_that_says_nonsense_is_not_taken_for_nobody(
    tmp_path: Path, content: bytes
) -> None:
    with only_one(tmp_path):
        (tmp_path / LOCK).write_bytes(content)
        with pytest.raises(BetweenTimes):
            running(tmp_path)


def test_a_folder_that_does_not_exist_yet_is_made(tmp_path: Path) -> None:
    with only_one(tmp_path / "a" / "run"):
        assert (tmp_path / "a" / "run" / LOCK).exists()


def test_the_token_is_in_no_repr_and_in_the_fragment_of_a_page() -> None:
    assert ADDRESS.token not in repr(ADDRESS)
    assert ADDRESS.page("/verify") == "http://127.0.0.1:8610/verify#t=a-token"
