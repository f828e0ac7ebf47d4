"""A driver of another package that does, on command, what drivers should not do.

``test_host`` installs a copy of this file as a package with an entry point.
"""

from __future__ import annotations

import ctypes
import os
import signal
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


class Troublesome(Driver):
    device_class = "id-card-reader"
    settings_type = TroublesomeSettings
    refresh_every_s = 0.1

    def __init__(self, settings: TroublesomeSettings, emit: Any) -> None:
        super().__init__(settings, emit)
        self.settings = settings

    def open(self) -> None:
        self.refresh()

    def close(self) -> None:
        self.settings.device.with_suffix(".closed").touch()

    def refresh(self) -> None:
        while self.settings.hang_refresh.exists():
            time.sleep(0.02)
        if not self.settings.device.exists():
            raise DeviceNotReady("reader-absent", "not plugged in")

    def status(self) -> IdCardReaderStatus:
        return IdCardReaderStatus(
            sensed(DeviceState.ONLINE), sensed(CardMedia.PRESENT), sensed("ready")
        )

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
    def leak(self) -> None:
        hoard = []
        while True:
            hoard.append(bytearray(8 * 2**20))
            time.sleep(0.02)
