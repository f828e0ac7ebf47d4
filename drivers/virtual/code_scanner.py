"""A code scanner at the far end of a pseudo-terminal, and a hand that shows it codes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drivers.code_scanner.contract import Symbology
from drivers.code_scanner.serial_line import SerialCodeScannerSettings
from drivers.virtual.peer import FaultSwitch, SwitchedPeer
from drivers.virtual.serial_line import SerialLine

IDENTIFIERS: Mapping[Symbology, str] = {
    Symbology.QR_CODE: "]Q1",
    Symbology.CODE_128: "]C0",
    Symbology.GS1_128: "]C1",
    Symbology.PDF_417: "]L2",
    Symbology.DATA_MATRIX: "]d1",
    Symbology.EAN_13: "]E0",
    Symbology.EAN_8: "]E4",
    Symbology.CODE_39: "]A0",
    Symbology.ITF: "]I0",
}
"""AIM identifiers (ISO/IEC 15424) by the words of XFS4IoT."""
_UNPLUGGED = "code-scanner-unplugged"
_GARBAGE = "code-scanner-garbage"
_HALF = "code-scanner-half"
_ENDLESS = "code-scanner-endless"
_SILENT = "code-scanner-silent"
_LONGEST_SHOWN = 8000
_GARBAGE_LENGTH = 40
_STREAM_PORTION = 256


class VirtualCodeScanner(SwitchedPeer):
    """Sends each code that it is shown on ``<run_dir>/code-scanner``, with AIM identifier and CR
    LF. ``code-scanner-silent`` is a scanner that sees no code any more; the line faults spoil what
    travels."""

    role = "code-scanner"
    driver = "code-scanner-serial"
    switches = tuple(FaultSwitch(name) for name in (_UNPLUGGED, _SILENT, _GARBAGE, _HALF, _ENDLESS))

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__()
        self.port = run_dir / "code-scanner"
        self._baud = baud
        self._shown = 0
        self._line = SerialLine(self.port, baud, lambda _: None)
        self._line.when_idle(self._stream)
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run

    @property
    def settings(self) -> SerialCodeScannerSettings:
        """See ``VirtualPeer.settings``."""
        return SerialCodeScannerSettings(port=str(self.port), baud=self._baud, aim_identifiers=True)

    def state(self) -> dict[str, Any]:
        """``light`` (``on`` while it has power), ``shown`` (codes so far), ``port``."""
        return {
            "light": "on" if self._line.plugged else "off",
            "shown": self._shown,
            "port": str(self.port),
        }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``scan`` ``{"text", "symbology"?}`` shows a code (``qrCode`` unless another word of
        XFS4IoT is given); a GS1 code's separators are written as GS. Returns the new state."""
        if action != "scan":
            raise KeyError(action)
        text = arguments.get("text")
        if not isinstance(text, str) or not 1 <= len(text) <= _LONGEST_SHOWN:
            raise ValueError("a code needs a text")
        try:
            identifier = IDENTIFIERS[Symbology(arguments.get("symbology", Symbology.QR_CODE))]
        except (KeyError, ValueError):
            raise ValueError("there is no such code in the drawer") from None
        self._shown += 1
        if self._line.plugged:
            self._send(f"{identifier}{text}\r\n".encode())
        return self.state()

    def _send(self, data: bytes) -> None:
        faults = set(self.faults())
        if _SILENT in faults or _ENDLESS in faults:
            return
        if _GARBAGE in faults:
            data = bytes(self._random.choices((0x80, 0xFF), k=_GARBAGE_LENGTH)) + b"\r\n"
        if _HALF in faults:
            data = data[: len(data) // 2]
        self._line.send(data)

    def _stream(self) -> float | None:
        if _ENDLESS not in self._on:
            return None
        self._line.send(bytes(self._random.choices(range(0x20, 0x7F), k=_STREAM_PORTION)))
        return 0.0

    def _reconcile(self) -> None:
        """Make the line be as the switches say."""
        if self._started and _UNPLUGGED not in self._on:
            self._line.plug()
            self._line.wake()
        else:
            self._line.unplug()
