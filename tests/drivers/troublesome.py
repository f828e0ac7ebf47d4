"""A driver of another package that does, on command, what drivers should not do.

``hosts.offered`` makes a package with an entry point of a copy of this file.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import stat
import time
from pathlib import Path
from typing import Any

from drivers.device import (
    Capabilities,
    DeviceEvent,
    DeviceState,
    Driver,
    DriverSettings,
    command,
    sensed,
)
from drivers.errors import DeviceNotReady, UserFault
from drivers.id_card.contract import CardMedia, IdCardReaderStatus


class TroublesomeSettings(DriverSettings):
    device: Path
    """There while the device is plugged in."""
    hang_refresh: Path = Path("/nonexistent")
    """There while refreshing hangs."""
    vanish_at_open: Path = Path("/nonexistent")
    """There while opening ends the process."""
    files: int = 200
    """How many files are left open at once."""


class Troublesome(Driver):
    device_class = "id-card-reader"
    settings_type = TroublesomeSettings
    refresh_every_s = 0.1

    def __init__(self, settings: TroublesomeSettings, emit: Any) -> None:
        super().__init__(settings, emit)
        self.settings = settings
        self.sane = True

    def open(self) -> None:
        if self.settings.vanish_at_open.exists():
            self.vanish()
        self.refresh()

    def close(self) -> None:
        self.settings.device.with_suffix(".closed").touch()

    def refresh(self) -> None:
        while self.settings.hang_refresh.exists():
            time.sleep(0.02)
        if not self.settings.device.exists():
            raise DeviceNotReady("reader-absent", "not plugged in")

    def status(self) -> IdCardReaderStatus:
        media: Any = sensed(CardMedia.PRESENT) if self.sane else 5
        return IdCardReaderStatus(sensed(DeviceState.ONLINE), media, sensed("ready"))

    def capabilities(self) -> Capabilities:
        return Capabilities(model="troublesome")

    @command(deadline_s=5.0)
    def echo(self, value: Any) -> Any:
        return value

    @command(deadline_s=0.3)
    def too_long(self) -> None:
        time.sleep(30)

    @command(deadline_s=30.0)
    def patient(self, seconds: float) -> str:
        self.emit(DeviceEvent("MediaInsertedEvent"))
        self.cancellation.sleep(seconds)
        return "slept"

    @command(deadline_s=30.0)
    def deaf(self, seconds: float) -> None:
        self.emit(DeviceEvent("MediaInsertedEvent"))
        time.sleep(seconds)

    @command(deadline_s=30.0)
    def refuse(self) -> None:
        raise UserFault("card-collision", "two cards", error_code="cardCollision")

    @command(deadline_s=30.0)
    def lose(self) -> None:
        self.settings.device.unlink()
        raise DeviceNotReady("reader-absent", "pulled out")

    @command(deadline_s=30.0)
    def stumble(self, secret: str) -> None:
        raise RuntimeError(f"cannot read {secret}")

    @command(deadline_s=30.0)
    def vanish(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @command(deadline_s=30.0)
    def segfault(self) -> None:
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        ctypes.string_at(0)

    @command(deadline_s=30.0)
    def abort(self) -> None:
        os.abort()

    @command(deadline_s=30.0)
    def read_nowhere(self, secret: str) -> None:
        ctypes.string_at(len(secret))

    @command(deadline_s=30.0)
    def seize_interpreter(self) -> None:
        ctypes.PyDLL(None).sleep(30)

    @command(deadline_s=30.0)
    def attack(self, mark: str) -> Any:
        class Attack:
            def __reduce__(self) -> Any:
                return os.mkdir, (mark,)

        return Attack()

    def not_a_command(self) -> None:
        raise AssertionError("the host must not call this")

    @command(deadline_s=20.0)
    def leak_files(self) -> None:
        files = [os.open(os.devnull, os.O_RDONLY) for _ in range(self.settings.files)]
        while files:
            time.sleep(0.02)

    @command(deadline_s=20.0)
    def flood(self) -> None:
        while True:
            self.emit(DeviceEvent("MediaInsertedEvent"))

    @command(deadline_s=20.0)
    def chatter(self, words: str) -> None:
        for descriptor in (1, 2):
            for _ in range(2000):
                os.write(descriptor, words.encode() + b"\n")

    @command(deadline_s=20.0)
    def ramble(self) -> None:
        self.sane = False

    @command(deadline_s=20.0)
    def fork_and_vanish(self) -> None:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        Path(self.settings.device).with_suffix(".forked").write_text(str(child))
        os.kill(os.getpid(), signal.SIGKILL)

    @command(deadline_s=20.0)
    def answer_with_too_much(self) -> bytes:
        return bytes(40 * 2**20)

    @command(deadline_s=20.0)
    def answer_with_what_is_no_value(self) -> Any:
        return lambda: None

    @command(deadline_s=20.0)
    def speak_out_of_turn(self, words: bytes) -> None:
        """Write to the host what no part of the driver's process would."""
        for descriptor in range(3, 64):
            with contextlib.suppress(OSError):
                if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                    os.write(descriptor, words)
        time.sleep(20)

    @command(deadline_s=20.0)
    def leak(self) -> None:
        hoard = []
        while True:
            hoard.append(bytearray(8 * 2**20))
            time.sleep(0.02)
