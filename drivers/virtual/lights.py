"""Lights on a relay board at the far end of a pseudo-terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drivers.lights.contract import LightName
from drivers.lights.relay_board import RelayBoardSettings
from drivers.virtual.peer import FaultSwitch, SwitchedPeer
from drivers.virtual.serial_line import SerialLine

_UNPLUGGED = "lights-unplugged"
_SILENT = "lights-silent"
_STUCK = "lights-stuck"
_LIGHTS = {
    1: LightName.CARD_READER,
    2: LightName.DOCUMENT_PRINTER,
    3: LightName.RECEIPT_PRINTER,
    4: LightName.SCANNER,
    5: LightName.STATUS_GOOD,
    6: LightName.CONTACTLESS,
    7: LightName.STATUS_BAD,
    8: LightName.STATUS_IN_SERVICE,
}
"""What hangs on the relays of the board."""
_START, _ASK = 0xA0, 0xFF
_COMMAND = 4
_STUCK_RELAY = 1


class VirtualLights(SwitchedPeer):
    """A board of eight relays on ``<run_dir>/lights``, at 9600 baud.

    It has its power from the cable, and all its relays fall when it is pulled.
    ``lights-stuck``: the card reader's relay stays as it is.
    """

    role = "lights"
    driver = "lights"
    switches = tuple(FaultSwitch(name) for name in (_UNPLUGGED, _SILENT, _STUCK))

    def __init__(self, run_dir: Path, baud: int = 9600) -> None:
        super().__init__()
        self.port = run_dir / self.role
        """Where a driver finds the board."""
        self._baud = baud
        self._pending = b""
        self._relays = dict.fromkeys(_LIGHTS, False)
        self._turns = dict.fromkeys(_LIGHTS, 0)
        self._line = SerialLine(self.port, baud, self._received)

    @property
    def settings(self) -> RelayBoardSettings:
        """What a driver of this board is to be given."""
        return RelayBoardSettings(
            port=str(self.port),
            baud=self._baud,
            card_reader=1,
            document_printer=2,
            receipt_printer=3,
            scanner=4,
            status_good=5,
            contactless=6,
            status_bad=7,
            status_in_service=8,
        )

    def state(self) -> dict[str, Any]:
        """``lights``: whether each is on now; ``turns``: how often each was switched; ``light``
        (``off`` when unplugged, ``on``), ``port``."""
        with self._lock:
            return {
                "light": "on" if self._line.plugged else "off",
                "lights": {name.value: self._relays[relay] for relay, name in _LIGHTS.items()},
                "turns": {name.value: self._turns[relay] for relay, name in _LIGHTS.items()},
                "port": str(self.port),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """There is nothing that a person does with lights."""
        raise KeyError(action)

    def _reconcile(self) -> None:
        if self._started and _UNPLUGGED not in self._on:
            self._line.plug()
        else:
            self._line.unplug()
            with self._lock:
                self._pending = b""
                self._relays = dict.fromkeys(_LIGHTS, False)

    def _received(self, data: bytes) -> None:
        with self._lock:
            self._pending += data
            while self._pending:
                if self._pending[0] == _START and len(self._pending) < _COMMAND:
                    return
                self._pending = self._pending[self._step() :]

    def _step(self) -> int:
        """Carry out the first command; returns its length, 1 for a byte that begins none."""
        first = self._pending[0]
        if first == _ASK:
            self._tell()
            return 1
        relay, wanted, check = self._pending[1:_COMMAND] if first == _START else (0, 0, 0)
        if relay not in _LIGHTS or wanted > 1 or check != (first + relay + wanted) & 0xFF:
            return 1
        stuck = relay == _STUCK_RELAY and _STUCK in self._on
        if not stuck and self._relays[relay] != bool(wanted):
            self._relays[relay] = bool(wanted)
            self._turns[relay] += 1
        return _COMMAND

    def _tell(self) -> None:
        if _SILENT not in self._on:
            lines = (
                f"CH{relay}: {'ON' if on else 'OFF'}\r\n" for relay, on in self._relays.items()
            )
            self._line.send("".join(lines).encode("ascii"))
