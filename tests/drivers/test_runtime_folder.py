"""The memory-backed folders: held while somebody lives, swept when nobody does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.runtime_folder import remove_runtime_folder, runtime_folder, runtime_path

_KEEPER = """
import sys
from pathlib import Path
from drivers.runtime_folder import runtime_folder
folder = runtime_folder(Path(sys.argv[1]))
(folder / "spool").mkdir()
(folder / "spool" / "paper").write_bytes(b"a citizen's paper")
print(folder, flush=True)
sys.stdin.read()
"""


class Keeper:
    """A process that needs a folder."""

    def __init__(self, run_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _KEEPER, str(run_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert self.process.stdout is not None
        self.folder = Path(self.process.stdout.readline().decode().strip())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    found = Keeper(tmp_path / "first")
    yield found
    found.kill()
    found.process.communicate()
    remove_runtime_folder(tmp_path / "first")


def test_a_killed_process_s_folder_goes_with_the_next_that_needs_one(
    keeper: Keeper, tmp_path: Path
) -> None:
    keeper.kill()
    assert (keeper.folder / "spool" / "paper").exists()
    second = Keeper(tmp_path / "second")
    assert not keeper.folder.exists()
    assert second.folder.exists()
    second.kill()
    remove_runtime_folder(tmp_path / "second")


def test_a_living_process_s_folder_stays(keeper: Keeper, tmp_path: Path) -> None:
    second = Keeper(tmp_path / "second")
    assert (keeper.folder / "spool" / "paper").exists()
    second.kill()
    remove_runtime_folder(tmp_path / "second")


def test_a_folder_that_two_need_stays_until_the_last_has_gone(
    keeper: Keeper, tmp_path: Path
) -> None:
    ours = runtime_folder(tmp_path / "first")
    assert ours == keeper.folder
    keeper.kill()
    third = Keeper(tmp_path / "third")
    assert ours.exists()
    third.kill()
    remove_runtime_folder(tmp_path / "third")


def test_what_is_not_ours_is_not_swept(tmp_path: Path) -> None:
    stranger = runtime_path(tmp_path / "stranger")
    stranger.mkdir()  # no lock: of something that is not held so
    keeper = Keeper(tmp_path / "keeper")
    assert stranger.exists()
    keeper.kill()
    for name in ("stranger", "keeper"):
        remove_runtime_folder(tmp_path / name)
    assert not stranger.exists()


def test_a_link_in_the_folder_s_place_is_refused_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    place = runtime_path(tmp_path / "linked")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises((PermissionError, FileExistsError)):
        runtime_folder(tmp_path / "linked")
    place.unlink()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_comes_again_after_it_was_removed(tmp_path: Path) -> None:
    for _ in range(2):
        folder = runtime_folder(tmp_path / "again")
        assert folder.is_dir()
        remove_runtime_folder(tmp_path / "again")
        assert not folder.exists()
    remove_runtime_folder(tmp_path / "again")
