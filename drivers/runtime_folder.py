"""A short, private, memory-backed folder that stands in for a folder of the checkout.

Two things need it. A Unix socket's path may hold 107 bytes at most (``unix(7)``, ``sun_path``),
and a checkout may lie deeper than that. And programs that give up root, such as the filters of a
print scheduler, must be able to walk to their files even when the checkout lies in ``/root``.
Memory-backed, so that a citizen's document in a spool never reaches the disk.

A process that is killed cannot clear up. So each holds its folders by a lock (``flock(2)``), which
the system lets go with the process, and whoever needs such a folder first takes away those that
nobody holds.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

_HELD = ".held"
"""The file whose lock says that somebody lives who needs the folder."""
_BASES = (Path("/dev/shm"), Path("/run"))  # noqa: S108 - the folder made there is private


def runtime_path(run_dir: Path) -> Path:
    """Where the stand-in for ``run_dir`` is, or would be; always the same place."""
    digest = hashlib.sha256(os.fsencode(run_dir.absolute())).hexdigest()[:12]
    return _base() / f"{_prefix()}{digest}"


def runtime_folder(run_dir: Path, *, group: int | None = None) -> Path:
    """The stand-in for ``run_dir``, made when it is not there.

    Only this user may use it; ``group`` (a numeric id) may walk through it. Raises
    ``PermissionError`` when something that is not ours sits in its place.
    """
    _sweep()
    folder = runtime_path(run_dir)
    while not _hold(folder):
        pass
    if group is not None:
        os.chown(folder, -1, group)
    folder.chmod(0o700 if group is None else 0o710)
    return folder


def remove_runtime_folder(run_dir: Path) -> None:
    """Take the stand-in away with all that is in it; no error when there is none."""
    folder = runtime_path(run_dir)
    if folder.is_symlink() or folder.exists():
        _check_ours(folder)
        shutil.rmtree(folder)
    if (lock := _locks.pop(folder, None)) is not None:
        os.close(lock)


_locks: dict[Path, int] = {}
"""What this process holds: the open ``.held`` of each folder."""


def _hold(folder: Path) -> bool:
    """Make the folder where it is not there, and hold it; ``False`` when it was taken away
    meanwhile."""
    folder.mkdir(mode=0o700, exist_ok=True)
    _check_ours(folder)
    try:
        lock = os.open(folder / _HELD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError:
        return False
    fcntl.flock(lock, fcntl.LOCK_SH)
    if not _is_still(folder / _HELD, lock):
        os.close(lock)
        return False
    if (before := _locks.pop(folder, None)) is not None:
        os.close(before)
    _locks[folder] = lock
    return True


@cache
def _sweep() -> None:
    """Once a process: take away the folders of this user whose processes have all ended."""
    for folder in _base().glob(f"{_prefix()}*"):
        with contextlib.suppress(OSError):
            _check_ours(folder)
            _take_if_left(folder)


def _take_if_left(folder: Path) -> None:
    lock = os.open(folder / _HELD, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(folder / _HELD, lock):
            shutil.rmtree(folder)
    finally:
        os.close(lock)


def _is_still(path: Path, descriptor: int) -> bool:
    """Whether the open file lies at a path."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _check_ours(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is there and not ours; remove it")


def publish(link: Path, target: Path) -> None:
    """Make ``link`` lead to ``target``, in one step, whatever it led to before."""
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


def socket_address(path: str | Path) -> str:
    """The path to give to ``connect``: links followed, as the limit counts what is written."""
    return os.path.realpath(path)


def _prefix() -> str:
    return f"yimen-{os.geteuid()}-"


def _base() -> Path:
    for base in _BASES:
        if base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            return base
    return Path(tempfile.gettempdir())
