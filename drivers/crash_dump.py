"""What a driver's process leaves when it crashes: where it was, and nothing of what it held.

The process writes it with ``faulthandler``, whose text names files, lines and functions of each
thread and quotes no value. It writes into memory of the host's that cannot grow, so that a process
gone mad fills neither a disk nor a log.
"""

from __future__ import annotations

import fcntl
import os
import re
from dataclasses import dataclass

LONGEST = 65_536
"""Bytes of a dump; what a process writes beyond them is refused by the kernel."""
MOST_FRAMES = 5
_CRASHED_THREAD = re.compile(rb"^Current thread .*$", re.MULTILINE)
_FRAME = re.compile(rb'^  File "([^"\n]{1,4096})", line (\d{1,9}) in ([^\s"]{1,200})', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Crash:
    """A process that ended by a signal (``SIGSEGV``). ``frames``: where its thread was, innermost
    first, ``file:line:function`` each; none where nobody wrote that down, as with ``SIGKILL``."""

    signal: str
    frames: tuple[str, ...]


class CrashDump:
    """Room for one process's dump. Raises ``OSError``."""

    def __init__(self) -> None:
        number = os.memfd_create("crash", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self._memory = os.fdopen(number, "rb+", buffering=0)
        self._memory.truncate(LONGEST)
        fcntl.fcntl(number, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)

    @property
    def descriptor(self) -> int:
        """What is to be the process's standard error."""
        return self._memory.fileno()

    def take(self) -> tuple[str, ...]:
        """The frames, and give the room back."""
        with self._memory:
            return frames(os.pread(self.descriptor, LONGEST, 0))


def frames(dump: bytes) -> tuple[str, ...]:
    """The innermost frames of the thread that crashed, as ``faulthandler`` wrote them, at most
    ``MOST_FRAMES``. Whatever else the text holds is not looked at."""
    crashed = _CRASHED_THREAD.search(dump)
    if crashed is None:
        return ()
    thread = dump[crashed.end() :].partition(b"\n\n")[0]
    return tuple(
        f"{_word(file.rpartition(b'/')[2])}:{int(line)}:{_word(function)}"
        for file, line, function in _FRAME.findall(thread)[:MOST_FRAMES]
    )


def _word(name: bytes) -> str:
    """A name of a file or function in the characters of identifiers, and not too long."""
    return re.sub(r"[^A-Za-z0-9_.-]", "", name.decode("ascii", "ignore"))[:60]
