"""Controls of a camera whose pictures come over a Unix socket.

Beside its socket such a camera has a second one (``SOCK_SEQPACKET``, the same path with
``-controls`` behind it) that answers what the kernel answers for a V4L2 device: a question is the
number of the ioctl (four bytes, the machine's order) and its structure, the answer an error number
(four bytes; 0: done) and the structure as the device filled it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.runtime_folder import socket_address

Ioctl = Callable[[int, bytes], bytes]
"""Number and structure; gives the structure back. Raises ``OSError``."""
NUMBER = struct.Struct("=I")
LONGEST = 1024
_ANSWER_S = 2.0


def controls_path(device: str) -> str:
    """Where the controls of a camera on a socket are."""
    return f"{socket_address(device)}-controls"


def is_there(device: str) -> bool:
    """Whether a camera has such a second socket."""
    try:
        return stat.S_ISSOCK(Path(controls_path(device)).stat().st_mode)
    except OSError:
        return False


@contextmanager
def opened(device: str) -> Iterator[Ioctl]:
    """Ask a camera while the block lasts. Raises ``OSError``."""
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)) as line:
        line.settimeout(_ANSWER_S)
        line.connect(controls_path(device))

        def ioctl(number: int, structure: bytes) -> bytes:
            line.sendall(NUMBER.pack(number) + structure)
            answer = line.recv(LONGEST)
            if len(answer) != NUMBER.size + len(structure):
                raise OSError("the camera answers with something else")
            (error,) = NUMBER.unpack_from(answer)
            if error:
                raise OSError(error, os.strerror(error))
            return answer[NUMBER.size :]

        yield ioctl
