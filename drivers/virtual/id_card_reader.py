"""A resident identity-card reader at the far end of a pseudo-terminal, or of another wire."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from drivers.id_card.frames import Answer, Frame, FrameParser
from drivers.id_card.sam_codes import Sw3
from drivers.id_card.sam_v import SamVPcscSettings, SamVSettings, SamVTcpSettings
from drivers.virtual import residents
from drivers.virtual.pcscd import READER, VirtualPcscd
from drivers.virtual.peer import FaultSwitch, SwitchedPeer
from drivers.virtual.sam import Mischief, Sam
from drivers.virtual.sam_wires import PseudoCommandModule, Reply, TcpWire
from drivers.virtual.serial_line import SerialLine
from drivers.virtual.smart_card import CardSlot

_PREFIX = "reader-"
_UNPLUGGED = "reader-unplugged"
_SILENT = "reader-silent"
_GARBAGE = "reader-garbage"
_NOISE = "reader-noise"
_HALF_FRAME = "reader-half-frame"
_BAD_CHECKSUM = "reader-bad-checksum"
_SLOW = "reader-slow"
_ENDLESS_STREAM = "reader-endless-stream"
_LINE_FAULTS = (
    _UNPLUGGED,
    _SILENT,
    _GARBAGE,
    _NOISE,
    _HALF_FRAME,
    _BAD_CHECKSUM,
    _SLOW,
    _ENDLESS_STREAM,
)
_SLOW_S = 0.6
_STREAM_PORTION = 256


class VirtualIdCardReader(SwitchedPeer):
    """Speaks SAM_V on ``<run_dir>/id-card-reader``, at the pace of its baud rate.

    Line faults spoil what travels (``reader-noise`` puts noise before good answers, and a driver
    must cope; ``reader-garbage`` sends nothing else); the others are the module's or the card's.

    ``wires``: what else the same module answers on, ``tcp`` and ``pcsc``: see ``tcp_settings`` and
    ``pcsc_settings``. On these nothing comes unasked, so ``reader-endless-stream`` is silence.
    """

    role = "id-card-reader"
    driver = "sam-v-serial"
    switches = (
        *(FaultSwitch(name) for name in _LINE_FAULTS),
        *(
            FaultSwitch(_PREFIX + mischief, once=mischief is Mischief.PULLED_MID_READ)
            for mischief in Mischief
        ),
    )

    def __init__(self, run_dir: Path, baud: int = 115_200, wires: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.port = run_dir / "id-card-reader"
        """Where a driver finds the reader."""
        self._sam = Sam()
        parser = FrameParser()
        self._line = SerialLine(
            self.port, baud, lambda data: self._received(parser, data, self._line.send)
        )
        self._tcp = TcpWire(self._received) if "tcp" in wires else None
        self._pcscd = VirtualPcscd.shared(run_dir, "module") if "pcsc" in wires else None
        self._line.when_idle(self._stream)
        self._random = random.Random(445281)  # noqa: S311 - noise, the same in each run

    @property
    def settings(self) -> SamVSettings:
        """What a driver of this reader is to be given."""
        return SamVSettings(port=str(self.port))

    @property
    def tcp_settings(self) -> SamVTcpSettings:
        """The same for the driver on TCP, once started."""
        if self._tcp is None:
            raise ValueError("the reader has no TCP wire")
        return SamVTcpSettings(host="127.0.0.1", tcp_port=self._tcp.port)

    @property
    def pcsc_settings(self) -> SamVPcscSettings:
        """The same for the driver on PC/SC."""
        if self._pcscd is None:
            raise ValueError("the reader has no PC/SC wire")
        return SamVPcscSettings(reader=READER, pcscd_socket=str(self._pcscd.socket), answer_s=3.0)

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        if self._pcscd is not None:
            self._pcscd.start()
        super().start()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        super().stop()
        if self._pcscd is not None:
            self._pcscd.stop()

    def faults(self) -> tuple[str, ...]:
        """See ``VirtualPeer.faults``."""
        with self._lock:
            on = self._on | {_PREFIX + mischief for mischief in self._sam.mischief}
        return tuple(switch.name for switch in self.switches if switch.name in on)

    def state(self) -> dict[str, Any]:
        """``light`` (``off`` when unplugged), ``card`` (the resident's number or ``None``),
        ``card_was_read``, ``port``."""
        with self._lock:
            return {
                "light": self._sam.light if self._line.plugged else "off",
                "card": self._sam.card.number if self._sam.card else None,
                "card_was_read": self._sam.card_was_read,
                "port": str(self.port),
            }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``place`` ``{"resident": number}`` lays a card on the reader; ``remove`` takes it away.
        Both return the new state."""
        if action == "place":
            number = arguments.get("resident")
            try:
                card = residents.resident(number)  # type: ignore[arg-type]
            except (KeyError, TypeError):
                raise ValueError("there is no such resident in the drawer") from None
            with self._lock:
                self._sam.place(card)
        elif action == "remove":
            with self._lock:
                self._sam.remove()
        else:
            raise KeyError(action)
        return self.state()

    def _turn(self, name: str, on: bool) -> None:
        if name in _LINE_FAULTS:
            super()._turn(name, on)
        else:
            mischief, known = Mischief(name.removeprefix(_PREFIX)), self._sam.mischief
            (known.add if on else known.discard)(mischief)

    def _reconcile(self) -> None:
        """Make the wires be as the switches say."""
        plugged = self._started and _UNPLUGGED not in self._on
        if plugged:
            self._line.plug()
            self._line.wake()
        else:
            self._line.unplug()
        if self._tcp is not None:
            (self._tcp.plug if plugged else self._tcp.unplug)()
        if self._pcscd is not None:
            self._reconcile_slot(self._pcscd.slots["card"], plugged=plugged)

    def _reconcile_slot(self, slot: CardSlot, *, plugged: bool) -> None:
        if not plugged:
            slot.remove()
        elif slot.card is None:
            slot.insert(PseudoCommandModule(self._received))

    def _received(self, parser: FrameParser, data: bytes, send: Reply) -> None:
        for frame in parser.feed(data):
            if _SILENT not in self._on and _ENDLESS_STREAM not in self._on:
                self._reply(self._answer(frame), send)

    def _answer(self, frame: Frame) -> Answer:
        request = frame.request()
        if request is None:
            return Answer(0, 0, Sw3.LENGTH_ERROR if frame.intact else Sw3.CHECKSUM_ERROR)
        with self._lock:
            return self._sam.answer(request)

    def _reply(self, answer: Answer, send: Reply) -> None:
        data = answer.encode()
        faults = self._on
        if _SLOW in faults:
            self._line.pause(_SLOW_S)
        if _BAD_CHECKSUM in faults:
            data = data[:-1] + bytes((data[-1] ^ 0xFF,))
        if _HALF_FRAME in faults:
            data = data[: len(data) // 2]
        if _NOISE in faults:
            data = self._random.randbytes(23) + b"\xaa\xaa\x96" + data
        if _GARBAGE in faults:
            data = self._random.randbytes(len(data))
        send(data)

    def _stream(self) -> float | None:
        if _ENDLESS_STREAM not in self._on:
            return None
        self._line.send(self._random.randbytes(_STREAM_PORTION))
        return 0.0
