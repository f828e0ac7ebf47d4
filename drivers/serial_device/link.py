"""One request and its answer on the wire of a serial device; the wire format is in ``frames``."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable, Mapping

from drivers.errors import (
    CommandRejected,
    DeviceCancelled,
    DeviceError,
    DeviceTimeout,
    HardwareFault,
    ProtocolError,
)
from drivers.recording.tap import Tap, TappedStream
from drivers.serial_device.frames import Command, Field, Fields, Frame, FrameParser, Kind, Refusal
from drivers.serial_port import SerialPort

SILENCE_S = 1.0
"""How long no good frame may come before a device counts as silent."""
ANSWER_S = 5.0
"""How long one answer may take beyond the work that was announced."""
WITHDRAWAL_S = 0.6
"""How long a device may take to let go of a request."""
NOISE_LIMIT = 16_384
_SLICE_S = 0.1

COMMON_REFUSALS: Mapping[int, DeviceError] = {
    Refusal.UNKNOWN_COMMAND: CommandRejected("device-command-unknown", "no command of the device"),
    Refusal.BAD_FIELDS: CommandRejected("device-request-invalid", "the device takes no such value"),
    Refusal.BUSY: DeviceTimeout("device-busy", "the device is still busy with something else"),
    Refusal.CANCELLED: DeviceCancelled("cancelled", "the command was withdrawn"),
    Refusal.TIMED_OUT: DeviceTimeout("device-timeout", "what the device waited for did not come"),
    Refusal.BROKEN: HardwareFault("device-failed", "the device says that it is broken"),
}
"""By refusal; a class of devices adds its own."""


class Link:
    """Asks one device, and holds it to the protocol.

    ``check`` is called while waiting and raises to withdraw the request; ``heard`` gets the events
    that come meanwhile.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        refusals: Mapping[int, DeviceError],
        check: Callable[[], None],
        heard: Callable[[int, Fields], None],
        tap: Tap | None = None,
    ) -> None:
        """Open the port; ``tap`` is told what goes over it. Raises ``DeviceNotReady``
        ``device-absent``, ``device-port-busy``, ``device-port-denied``."""
        self._refusals = {**COMMON_REFUSALS, **refusals}
        self._check = check
        self._heard = heard
        self._sequence = 0
        self._parser = FrameParser()
        self._port = TappedStream(SerialPort(port, baud, "device"), tap or Tap())
        self._port.discard_input()

    def close(self) -> None:
        """Give the wire back."""
        self._port.close()

    def ask(
        self, command: int, payload: bytes = b"", *, work_s: float = 0.0, withdrawable: bool = True
    ) -> Fields:
        """Send a request and return its answer; when none comes it is repeated once, which the
        device does not take for a second request.

        ``work_s``: seconds that the device may be working. Raises ``DeviceTimeout``
        ``device-silent``, ``ProtocolError`` ``device-garbled``, ``DeviceNotReady``
        ``device-absent``, and what the device's refusal stands for.
        """
        self._sequence = 0 if command == Command.HELLO else self._sequence % 255 + 1
        request = Frame(Kind.REQUEST, self._sequence, command, payload)
        check = self._check if withdrawable else _never
        try:
            reply = self._insist(request, work_s + ANSWER_S, check)
        except DeviceCancelled:
            self._withdraw(request)
            raise
        if reply.kind == Kind.ANSWER:
            return Fields(reply.payload)
        raise self._refusal(reply.payload)

    def _insist(self, request: Frame, within_s: float, check: Callable[[], None]) -> Frame:
        with contextlib.suppress(DeviceTimeout, ProtocolError):
            return self._exchange(request, within_s, check)
        return self._exchange(request, within_s, check)

    def _refusal(self, payload: bytes) -> DeviceError:
        known = self._refusals.get(payload[0]) if len(payload) == 1 else None
        return copy.copy(known) if known is not None else _garbled("a refusal of no known kind")

    def _withdraw(self, request: Frame) -> None:
        """Tell the device that nobody waits any more, and hear it out."""
        withdrawal = Frame(Kind.WITHDRAW, request.sequence, request.command)
        with contextlib.suppress(DeviceError):
            self._exchange(withdrawal, WITHDRAWAL_S, _never)

    def _exchange(self, sent: Frame, within_s: float, check: Callable[[], None]) -> Frame:
        """Send a frame; return the answer or refusal that belongs to it."""
        self._port.write(sent.encode())
        noise_before = self._parser.noise
        end = time.monotonic() + within_s
        good_until = time.monotonic() + SILENCE_S
        while (now := time.monotonic()) < min(end, good_until):
            check()
            received = self._port.read(min(_SLICE_S, good_until - now))
            for frame in self._parser.feed(received):
                if (frame.sequence, frame.command) != (sent.sequence, sent.command):
                    continue
                if frame.kind in (Kind.ANSWER, Kind.REFUSAL):
                    return frame
                good_until = time.monotonic() + SILENCE_S
                if frame.kind == Kind.EVENT:
                    self._notice(frame)
            if self._parser.noise - noise_before > NOISE_LIMIT:
                break
        if self._parser.noise > noise_before:
            raise _garbled("noise in place of an answer")
        raise DeviceTimeout("device-silent", "the device does not answer")

    def _notice(self, frame: Frame) -> None:
        fields = Fields(frame.payload)
        self._heard(fields.number(Field.EVENT), fields)


def _never() -> None:
    """No withdrawal."""


def _garbled(what: str) -> ProtocolError:
    return ProtocolError("device-garbled", f"the device sends {what}")
