"""One terminal at a time in a run folder, and how to reach the one that runs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

LOCK = "terminal.lock"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a terminal answers. The token is for this user's own tools (file mode 0600)."""

    url: str
    token: str = field(repr=False)
    pid: int

    def page(self, path: str = "/") -> str:
        """The address of a page, with the token in the fragment, which no request carries."""
        return f"{self.url}{path}#t={self.token}"


class AlreadyRunning(Exception):
    """Another terminal holds the run folder; ``address`` says where it answers."""

    def __init__(self, address: Address | None) -> None:
        super().__init__("a terminal is running here already")
        self.address = address


class BetweenTimes(Exception):
    """A terminal holds the run folder and does not answer yet, or no more."""

    def __init__(self) -> None:
        super().__init__("the terminal is starting or stopping: try again in a moment")


@contextmanager
def only_one(run_dir: Path) -> Iterator[Callable[[Address], None]]:
    """Hold the run folder while the block lasts; gives the function that makes the address known.

    Raises ``AlreadyRunning``.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(run_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_read(run_dir)) from None
        os.ftruncate(descriptor, 0)
        yield lambda address: _write(descriptor, address)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _write(descriptor: int, address: Address) -> None:
    os.pwrite(descriptor, json.dumps(asdict(address)).encode(), 0)


def running(run_dir: Path) -> Address | None:
    """The terminal that runs in this folder; ``None`` when there is none. Raises
    ``BetweenTimes``."""
    path = run_dir / LOCK
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            address = _read(run_dir)
            if address is None:
                raise BetweenTimes from None
            return address
    return None


def _read(run_dir: Path) -> Address | None:
    try:
        return Address(**json.loads((run_dir / LOCK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
