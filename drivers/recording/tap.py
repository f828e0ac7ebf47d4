"""Recording what goes over a device's wire, with everything personal taken out before it is
written.

Each transport tells a ``Tap`` what goes by, at one place. While nobody records that costs a
comparison. While somebody does, the ``Mask`` of the wire's protocol decides what may be written,
and everything that it does not know to be harmless is hidden: of that the length alone is kept
(default deny). Where a recording must hold what was personal to be played back, a mask puts a
made-up content of the same length in its place (``drivers.virtual.replay``).
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from drivers.byte_stream import ByteStream
from drivers.device import DeviceEvent, Driver, DriverSettings, command
from drivers.errors import CommandRejected, DeviceCancelled, DeviceError
from drivers.recording.file import IN, OUT, Head, Recording, Setting

Piece = bytes | int
"""Bytes that may be written, or how many there were that may not."""


class Mask(ABC):
    """Decides what of one protocol's wire may be written. It is given the wire from some moment
    on, in whatever portions it comes."""

    protocol: ClassVar[str]

    @abstractmethod
    def said(self, data: bytes) -> Iterable[Piece]:
        """What may be written of what the host sent with one call."""

    @abstractmethod
    def heard(self, data: bytes) -> Iterable[Piece]:
        """What may be written of what came in, up to now; a mask keeps what is not whole."""

    def unfinished(self) -> Iterable[Piece]:
        """What may be written, as the recording ends, of what came in and is not whole."""
        return ()

    def settings(self) -> Mapping[str, Setting]:
        """What a driver must be told to understand the wire; nothing personal."""
        return {}


class Tap:
    """The place at a transport where its bytes go by."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._mask: Mask | None = None
        self._recording: Recording | None = None

    def begin(self, path: Path, role: str, mask: Mask) -> None:
        """Write to a new file. Raises ``CommandRejected`` ``recording-refused``."""
        try:
            recording = Recording(path, Head(mask.protocol, role, mask.settings()))
        except OSError as problem:
            raise CommandRejected(
                "recording-refused", f"the file cannot be made: {type(problem).__name__}"
            ) from None
        with self._turn:
            self._mask, self._recording = mask, recording

    def end(self) -> None:
        """Write no more."""
        with self._turn:
            mask, recording = self._mask, self._recording
            self._mask, self._recording = None, None
            if mask is None or recording is None:
                return
            for piece in mask.unfinished():
                recording.note(IN, piece)
            recording.close()

    def said(self, data: bytes) -> None:
        """The host is about to send something."""
        if self._mask is not None:
            self._note(OUT, data)

    def heard(self, data: bytes) -> None:
        """Something came."""
        if self._mask is not None and data:
            self._note(IN, data)

    def _note(self, way: str, data: bytes) -> None:
        with self._turn:
            mask, recording = self._mask, self._recording
            if mask is None or recording is None:
                return
            for piece in mask.said(data) if way == OUT else mask.heard(data):
                recording.note(way, piece)


class TappedStream(ByteStream):
    """A byte stream that tells a tap what goes by."""

    def __init__(self, inner: ByteStream, tap: Tap) -> None:
        self._inner = inner
        self._tap = tap

    def close(self) -> None:
        """See ``ByteStream.close``. A recording goes on: the device may come back."""
        self._inner.close()

    def write(self, data: bytes) -> None:
        """See ``ByteStream.write``."""
        self._tap.said(data)
        self._inner.write(data)

    def read(self, timeout_s: float) -> bytes:
        """See ``ByteStream.read``."""
        data = self._inner.read(timeout_s)
        self._tap.heard(data)
        return data

    def discard_input(self) -> None:
        """See ``ByteStream.discard_input``."""
        self._inner.discard_input()


class Recordable(Driver):
    """A driver whose wire can be written down. Its transport is given ``tap``."""

    def __init__(self, settings: DriverSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self.tap = Tap()

    @abstractmethod
    def new_mask(self) -> Mask:
        """The mask of this driver's wire. Raises ``CommandRejected`` where the wire that is set is
        not the driver's to record."""

    def ask_again(self) -> None:
        """Ask the device what opening it asks, without disturbing it, so that a recording holds
        the answers. Raises ``DeviceError``."""

    @command(deadline_s=20.0)
    def record(self, path: Path | None) -> None:
        """Write down what goes over the wire from now on, without anything personal; ``None`` ends
        it. Raises ``CommandRejected`` ``recording-refused`` when the file cannot be made, and as
        ``new_mask``. A device that is silent now is recorded all the same."""
        self.tap.end()
        if path is None:
            return
        self.tap.begin(path, self.device_class, self.new_mask())
        with contextlib.suppress(DeviceError):
            try:
                self.ask_again()
            except DeviceCancelled:
                self.tap.end()
                raise
