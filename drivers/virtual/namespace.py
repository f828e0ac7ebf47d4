"""Namespaces that hide virtual devices from the machine (``unshare(1)``, ``setns(2)``)."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import time
from pathlib import Path

NAMESPACES = (
    ("unshare", "--net", "--mount"),
    ("unshare", "--map-current-user", "--keep-caps", "--net", "--mount"),
)
"""Commands that give a program a network and mounts of its own: as root, and as anybody."""
NAMESPACES_REFUSED = "namespaces-refused"
"""Code of the error of a virtual device that cannot be had without."""
_LOOPBACK_S = 3.0
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_CLONE_NEWNET = 0x4000_0000


def bring_loopback_up() -> None:
    """Set the interface ``lo`` of a new network namespace up (``netdevice(7)``); the kernel then
    gives it 127.0.0.1 and ::1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", _IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)
    _await_address(socket.AF_INET6, "::1")


def enter_network(pid: int) -> None:
    """Let the calling thread's sockets be of another process's network, and no other thread's.

    Raises ``OSError`` when the process has gone or this one may not.
    """
    with Path(f"/proc/{pid}/ns/net").open("rb") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))


def _await_address(family: socket.AddressFamily, address: str) -> None:
    deadline = time.monotonic() + _LOOPBACK_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
            return
        time.sleep(0.02)
