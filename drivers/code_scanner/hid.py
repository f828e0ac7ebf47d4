"""Code scanners that play a keyboard, read by the kernel's event interface (evdev).

The device is grabbed (``EVIOCGRAB``), so that no key of a code reaches the page or the console. A
named pipe that carries the same events is read by the same code, without the grab: that is how a
recording is played back (``drivers.virtual.replay_wires``), which no other program can hear.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import evdev
from pydantic import Field

from drivers.code_scanner.contract import CodeScannerCapabilities
from drivers.code_scanner.key_mask import KeyMask
from drivers.code_scanner.keys import EVENT, EventParser, KeyReader
from drivers.code_scanner.reading import NOISE_LIMIT, REST_S, WaitingCodeScanner
from drivers.device import DeviceEvent, DriverSettings
from drivers.errors import DeviceNotReady, ProtocolError
from drivers.recording.tap import Recordable

_CHUNK = EVENT.size * 64
_CHARACTER = EVENT.size * 6
"""Bytes of a character: its key goes down and up, each with a scan code and a report's end."""
_REFUSALS = {
    errno.EACCES: ("code-scanner-port-denied", "this process may not open the scanner"),
    errno.EPERM: ("code-scanner-port-denied", "this process may not open the scanner"),
    errno.EBUSY: ("code-scanner-port-busy", "another process has grabbed the scanner"),
}


class HidCodeScannerSettings(DriverSettings):
    """A code scanner that plays a keyboard."""

    device: str = Field(
        title="Device",
        description="A stable path: /dev/input/by-id/…-event-kbd.",
        min_length=1,
    )


class HidCodeScanner(Recordable, WaitingCodeScanner):
    """See the module."""

    settings_type = HidCodeScannerSettings

    def __init__(
        self, settings: HidCodeScannerSettings, emit: Callable[[DeviceEvent], None]
    ) -> None:
        super().__init__(settings, emit)
        self._path = Path(settings.device)
        self._keyboard: evdev.InputDevice[str] | None = None
        self._descriptor: int | None = None
        self._model = ""
        self._events = EventParser()
        self._keys = KeyReader()
        self._heard_at = 0.0

    def open(self) -> None:
        """See ``Driver.open``."""
        with self._truthful(), _as_scanner():
            if stat.S_ISFIFO(self._path.stat().st_mode):
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
            else:
                self._grab()
        self.refresh()

    def close(self) -> None:
        """See ``Driver.close``. Closing gives up the grab."""
        keyboard, self._keyboard = self._keyboard, None
        descriptor, self._descriptor = self._descriptor, None
        with contextlib.suppress(OSError):
            if keyboard is not None:
                keyboard.close()
            elif descriptor is not None:
                os.close(descriptor)

    def capabilities(self) -> CodeScannerCapabilities:
        """See ``Driver.capabilities``."""
        return CodeScannerCapabilities(model=self._model)

    def codes_within(self, seconds: float) -> list[bytes]:
        """See ``WaitingCodeScanner.codes_within``."""
        received = self._receive(seconds)
        codes = [
            data
            for event in self._events.feed(received)
            if (data := self._keys.feed(event)) is not None
        ]
        if received:
            self._heard_at = time.monotonic()
        elif self._keys.waiting and time.monotonic() - self._heard_at > REST_S:
            self._keys = KeyReader()
            raise ProtocolError("code-scanner-garbled", "the scanner typed half a code")
        if self._keys.spoilt_codes:
            self._keys = KeyReader()
            raise ProtocolError("code-scanner-garbled", "the scanner typed keys of no code")
        return codes

    def forget(self) -> int:
        """See ``WaitingCodeScanner.forget``."""
        self._events, self._keys = EventParser(), KeyReader()
        count = 0
        while count < NOISE_LIMIT * _CHARACTER and (received := self._receive(0.0)):
            count += len(received)
        return count // _CHARACTER

    def new_mask(self) -> KeyMask:
        """See ``Recordable.new_mask``."""
        return KeyMask()

    def _grab(self) -> None:
        keyboard = evdev.InputDevice(str(self._path))
        try:
            keyboard.grab()
        except OSError:
            keyboard.close()
            raise
        self._keyboard, self._descriptor, self._model = keyboard, keyboard.fd, keyboard.name

    def _receive(self, seconds: float) -> bytes:
        if self._descriptor is None:
            raise _absent()
        with _as_scanner():
            if not select.select((self._descriptor,), (), (), seconds)[0]:
                return b""
            received = os.read(self._descriptor, _CHUNK)
        if not received:
            raise _absent()
        self.tap.heard(received)
        return received


@contextlib.contextmanager
def _as_scanner() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _REFUSALS:
            raise DeviceNotReady(*_REFUSALS[error.errno]) from None
        raise _absent() from None


def _absent() -> DeviceNotReady:
    return DeviceNotReady("code-scanner-absent", "the scanner is not there")
