"""A short, private, memory-backed folder that stands in for a folder of the checkout.

Two things need it. A Unix socket's path may hold 107 bytes at most (``unix(7)``, ``sun_path``),
and a checkout may lie deeper than that. And programs that give up root, such as the filters of a
print scheduler, must be able to walk to their files even when the checkout lies in ``/root``.
Memory-backed, so that a citizen's document in a spool never reaches the disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

_BASES = (Path("/dev/shm"), Path("/run"))  # noqa: S108 - the folder made there is private


def runtime_path(run_dir: Path) -> Path:
    """Where the stand-in for ``run_dir`` is, or would be; always the same place."""
    digest = hashlib.sha256(os.fsencode(run_dir.absolute())).hexdigest()[:12]
    return _base() / f"yimen-{os.geteuid()}-{digest}"


def runtime_folder(run_dir: Path, *, group: int | None = None) -> Path:
    """The stand-in for ``run_dir``, made when it is not there.

    Only this user may use it; ``group`` (a numeric id) may walk through it. Raises
    ``PermissionError`` when something that is not ours sits in its place.
    """
    folder = runtime_path(run_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    _check_ours(folder)
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


def _base() -> Path:
    for base in _BASES:
        if base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            return base
    return Path(tempfile.gettempdir())
