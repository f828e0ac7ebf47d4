"""A receipt printer at the far end of a pseudo-terminal, with a roll and a slot."""

from __future__ import annotations

import random
import threading
from collections import deque
from pathlib import Path
from typing import Any

from PIL import Image

from drivers.receipt_printer.settings import EscPosSettings
from drivers.runtime_folder import remove_runtime_folder, runtime_folder
from drivers.virtual.peer import FaultSwitch, SwitchedPeer
from drivers.virtual.receipt_printer_machine import PRESENT, RETRACT, EscPosMachine
from drivers.virtual.receipt_printer_panel import Panel
from drivers.virtual.serial_line import SerialLine

_DOTS = 576
_ROLL_MM = 80_000.0
_KEPT = 8
"""Receipts that stay in the slot; older ones have fallen."""
_PANEL = {
    "receipt-paper-out": "paper_out",
    "receipt-near-end": "near_end",
    "receipt-cover-open": "cover_open",
    "receipt-cutter-jam": "cutter_jam",
    "receipt-offline": "offline",
}
_SILENT = "receipt-silent"
_UNPLUGGED = "receipt-unplugged"
_UNPLUGGED_MID_PRINT = "receipt-unplugged-mid-print"
_GARBAGE_STATUS = "receipt-garbage-status"
_SHORT_WRITE = "receipt-short-write"
_STUCK = "receipt-stuck"
_SHORT = 200
"""Bytes of a print that a printer with ``receipt-short-write`` takes before it takes no more."""
_LOOK_S = 0.05


class VirtualReceiptPrinter(SwitchedPeer):
    """Speaks ESC/POS on ``<run_dir>/receipt-printer``, at the pace of its baud rate.

    It has its power from the cable: unplugging clears its buffer, not its paper.
    ``receipt-unplugged-mid-print`` pulls the cable after the next line that comes out, once, and
    leaves it out (``receipt-unplugged``). With ``receipt-stuck`` the presenter moves nothing.
    """

    role = "receipt-printer"
    driver = "receipt-printer"
    switches = (
        *(FaultSwitch(name) for name in _PANEL),
        FaultSwitch(_SILENT),
        FaultSwitch(_UNPLUGGED),
        FaultSwitch(_UNPLUGGED_MID_PRINT, once=True),
        FaultSwitch(_GARBAGE_STATUS),
        FaultSwitch(_SHORT_WRITE),
        FaultSwitch(_STUCK),
    )

    def __init__(self, run_dir: Path, baud: int = 115_200) -> None:
        super().__init__()
        self.port = run_dir / self.role
        """Where a driver finds the printer."""
        self._slot = run_dir / "receipts"
        self._baud = baud
        self._plugging = threading.Lock()
        self._count = 0
        self._receipts: deque[dict[str, Any]] = deque()
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run
        self._line = SerialLine(self.port, baud, self._received)
        self._line.when_idle(self._idle)
        self._retracted = 0
        self._machine = EscPosMachine(_DOTS, self._say, self._keep, self._line_came_out, self._move)

    @property
    def settings(self) -> EscPosSettings:
        """What a driver of this printer is to be given."""
        return EscPosSettings(port=str(self.port), baud=self._baud, presenter=True)

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        super().stop()
        remove_runtime_folder(self._slot)

    def state(self) -> dict[str, Any]:
        """``light`` (``off``, ``error``, ``on``), ``receipts`` in the slot, oldest first, each
        with ``number``, ``picture`` (a PNG file) and ``length_mm``; ``presented``: whether one
        waits to be taken; ``retracted``: how many lie in the bin; ``hanging_mm`` of paper not cut
        off, ``roll_mm``, ``printed_mm``, ``drawer_pulses``, ``unknown_commands``, ``port``."""
        with self._lock:
            machine = self._machine
            lit = "error" if machine.panel.stopped else "on"
            return {
                "light": lit if self._line.plugged else "off",
                "receipts": list(self._receipts),
                "presented": machine.presented,
                "retracted": self._retracted,
                "hanging_mm": machine.hanging_rows // 8,
                "roll_mm": round(max(0.0, machine.roll_mm)),
                "printed_mm": round(machine.printed_mm),
                "drawer_pulses": machine.drawer_pulses,
                "unknown_commands": machine.unknown_commands,
                "port": str(self.port),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``take`` takes the receipts out of the slot; ``load`` puts in a roll of ``{"mm": …}``,
        80 m unless told, and shuts the cover. Both return the new state."""
        if action == "take":
            with self._lock:
                self._drop(0)
                self._machine.presented = False
        elif action == "load":
            length = arguments.get("mm", _ROLL_MM)
            if not isinstance(length, int | float) or not 0 < length <= _ROLL_MM:
                raise ValueError("a roll is 1 to 80,000 mm long")
            with self._lock:
                self._machine.roll_mm = float(length)
            for name in ("receipt-paper-out", "receipt-near-end", "receipt-cover-open"):
                self.set_fault(name, on=False)
        else:
            raise KeyError(action)
        return self.state()

    def _turn(self, name: str, on: bool) -> None:
        super()._turn(name, on)
        self._machine.faults = Panel(
            **{fault: switch in self._on for switch, fault in _PANEL.items()}
        )

    def _reconcile(self) -> None:
        """Make the line be as the switches say. The line's own thread never waits for this."""
        with self._plugging:
            if self._started and _UNPLUGGED not in self._on:
                self._line.plug()
                self._line.wake()
                return
            self._line.unplug()
            with self._lock:
                self._machine.power_off()

    def _idle(self) -> None:
        """On the line's thread, whenever a switch was turned."""
        with self._lock:
            self._machine.look()

    def _received(self, data: bytes) -> None:
        self._line.pause(len(data) * 10 / self._baud)
        with self._lock:
            if _SHORT_WRITE in self._on and len(data) > _SHORT:
                self._machine.feed(data[:_SHORT])
            else:
                self._machine.feed(data)
                return
        while _SHORT_WRITE in self._on and _UNPLUGGED not in self._on and self._started:
            self._line.pause(_LOOK_S)
        with self._lock:
            self._machine.feed(data[_SHORT:])

    def _say(self, data: bytes) -> None:
        if _SILENT in self._on or not self._line.plugged:
            return
        if _GARBAGE_STATUS in self._on:
            data = bytes(self._random.randrange(0x80, 0x100) for _ in range(len(data) + 3))
        self._line.send(data)

    def _keep(self, receipt: Image.Image) -> None:
        self._count += 1
        picture = runtime_folder(self._slot) / f"receipt-{self._count:04d}.png"
        receipt.save(picture)
        self._receipts.append(
            {
                "number": self._count,
                "picture": str(picture),
                "length_mm": receipt.height // 8,
            }
        )
        self._drop(_KEPT)

    def _move(self, move: bytes) -> None:
        """On the line's thread: the presenter brings out, draws in or throws out."""
        machine = self._machine
        if move == PRESENT:
            machine.presented = bool(self._receipts)
        elif machine.presented and _STUCK not in self._on:
            machine.presented = False
            self._retracted += move == RETRACT
            Path(self._receipts.pop()["picture"]).unlink(missing_ok=True)

    def _drop(self, down_to: int) -> None:
        while len(self._receipts) > down_to:
            Path(self._receipts.popleft()["picture"]).unlink(missing_ok=True)

    def _line_came_out(self) -> None:
        if _UNPLUGGED_MID_PRINT in self._on:
            self._on.discard(_UNPLUGGED_MID_PRINT)
            self._on.add(_UNPLUGGED)
            self._machine.power_off()
            # The cable cannot be pulled on the line's own thread, which reads from it.
            threading.Thread(target=self._reconcile, daemon=True).start()
            self._line.pause(5.0)
