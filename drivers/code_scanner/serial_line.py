"""Code scanners on a serial port (or USB in serial mode) that send each code as a line.

Such a scanner has no command that every make knows, so nothing is asked of it: that its port is
open is concluded to be health, and only a code that is shown proves more (``self_test``). Set the
scanner to send AIM identifiers where its menu has them: then each code's kind is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import Field

from drivers.byte_stream import ByteStream
from drivers.code_scanner.contract import CodeScannerCapabilities
from drivers.code_scanner.lines import LineParser
from drivers.code_scanner.mask import CodeMask
from drivers.code_scanner.payload import Charset
from drivers.code_scanner.reading import NOISE_LIMIT, REST_S, WaitingCodeScanner
from drivers.device import FASTEST_BIT_S, DeviceEvent, DriverSettings
from drivers.errors import DeviceNotReady, ProtocolError
from drivers.recording.tap import Recordable, TappedStream
from drivers.serial_port import SerialPort

_HEX = r"([0-9A-Fa-f]{2}){0,8}"


class SerialCodeScannerSettings(DriverSettings):
    """A code scanner on a serial port."""

    port: str = Field(
        title="Serial port",
        description="A stable path: /dev/serial/by-id/… or the virtual scanner's link.",
        min_length=1,
    )
    baud: int = Field(
        default=9600,
        title="Speed",
        description="Bits a second.",
        ge=1200,
        le=FASTEST_BIT_S,
        json_schema_extra={"unit": "bit/s"},
    )
    prefix: str = Field(
        default="",
        title="Before each code",
        description="What the scanner sends first, in hex: 02 for STX. Empty for nothing.",
        pattern=f"^{_HEX}$",
    )
    suffix: str = Field(
        default="",
        title="After each code",
        description="What the scanner sends before the line's end, in hex: 03 for ETX.",
        pattern=f"^{_HEX}$",
    )
    charset: Charset = Field(
        default="auto",
        title="Characters",
        description="How the scanner encodes Chinese; auto tries UTF-8, then GB18030.",
    )
    aim_identifiers: bool = Field(
        default=False,
        title="Sends AIM identifiers",
        description="The scanner puts ]Q1, ]C0 … before each code, so that its kind is known.",
    )


class SerialCodeScanner(Recordable, WaitingCodeScanner):
    """See the module."""

    settings_type = SerialCodeScannerSettings

    def __init__(
        self, settings: SerialCodeScannerSettings, emit: Callable[[DeviceEvent], None]
    ) -> None:
        super().__init__(settings, emit)
        self.charset = settings.charset
        self._settings = settings
        self._port: ByteStream | None = None
        self._parser = self._new_parser()
        self._heard_at = 0.0

    def open(self) -> None:
        """See ``Driver.open``."""
        with self._truthful():
            port = SerialPort(self._settings.port, self._settings.baud, "code-scanner")
            self._port = TappedStream(port, self.tap)
        self.refresh()

    def close(self) -> None:
        """See ``Driver.close``."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def capabilities(self) -> CodeScannerCapabilities:
        """See ``Driver.capabilities``."""
        return CodeScannerCapabilities(can_filter_symbologies=self._settings.aim_identifiers)

    def codes_within(self, seconds: float) -> list[bytes]:
        """See ``WaitingCodeScanner.codes_within``."""
        received = self._receive(seconds)
        codes = self._parser.feed(received)
        if received:
            self._heard_at = time.monotonic()
        elif self._parser.waiting and time.monotonic() - self._heard_at > REST_S:
            self._parser.give_up()
            raise ProtocolError("code-scanner-garbled", "the scanner sent half a code")
        if self._parser.discarded > NOISE_LIMIT:
            raise ProtocolError("code-scanner-garbled", "the scanner sends no codes")
        return codes

    def forget(self) -> int:
        """See ``WaitingCodeScanner.forget``. Reads until nothing more is there, a bound at most:
        that a port has gone shows only when it is read."""
        self._parser = self._new_parser()
        count = 0
        while count < NOISE_LIMIT and (received := self._receive(0.0)):
            count += len(received)
        return count

    def new_mask(self) -> CodeMask:
        """See ``Recordable.new_mask``."""
        return CodeMask(*self._around, aim_identifiers=self._settings.aim_identifiers)

    @property
    def _around(self) -> tuple[bytes, bytes]:
        return bytes.fromhex(self._settings.prefix), bytes.fromhex(self._settings.suffix)

    def _new_parser(self) -> LineParser:
        return LineParser(*self._around)

    def _receive(self, seconds: float) -> bytes:
        if self._port is None:
            raise DeviceNotReady("code-scanner-absent", "the scanner is not open")
        return self._port.read(seconds)
