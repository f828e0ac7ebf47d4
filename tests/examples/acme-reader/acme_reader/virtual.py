"""The far end of an Acme reader's wire: a pseudo-terminal, and a person who does not exist."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from acme_reader.lines import Line, LineParser
from drivers.id_card.id_number import compose
from drivers.virtual.serial_line import SerialLine

PERSON = (
    "样本",
    compose("445281", date(1990, 3, 15), 442),
    "2",
    "01",
    "1990-03-15",
    "广东省普宁市样本街 1 号",
    "样本市公安局",
    "2020-01-01",
    "",
)
"""A card's fields as the reader sends them; the number is of no citizen."""


class VirtualAcmeReader:
    """Answers on ``port``. ``fault``: ``None``, ``silent``, ``garbage``, ``half``, ``broken``,
    ``two-cards``, ``bad-card`` or ``pulled``."""

    def __init__(self, port: Path, baud: int = 38_400) -> None:
        self.port = port
        self.card: tuple[str, ...] | None = None
        self.fault: str | None = None
        self._parser = LineParser()
        self.line = SerialLine(port, baud, self._received)

    def _received(self, data: bytes) -> None:
        for request in self._parser.feed(data):
            if self.fault != "silent":
                self.line.send(self._spoil(self._answer(request.word).encode()))

    def _spoil(self, answer: bytes) -> bytes:
        if self.fault == "garbage":
            return bytes(byte ^ 0x15 for byte in answer[:-2]) + b"\r\n"
        return answer[: len(answer) // 2] + b"\r\n" if self.fault == "half" else answer

    def _answer(self, request: str) -> Line:
        match request:
            case "HELLO":
                return Line("<", "HELLO", ("ID-7", "A7-000442", "3.1"))
            case "STATE" if self.fault == "broken":
                return Line("<", "STATE", ("FAULT",))
            case "STATE":
                return Line("<", "STATE", ("CARD" if self.card else "EMPTY",))
            case "READ":
                return self._read()
            case "RESET":
                return Line("<", "DONE")
            case _:
                return Line("<", "WHAT")

    def _read(self) -> Line:
        refusal = {"two-cards": "TWOCARDS", "bad-card": "BADCARD", "pulled": "NOCARD"}
        if self.fault in refusal:
            return Line("<", refusal[self.fault])
        return Line("<", "NOCARD") if self.card is None else Line("<", "CARD", self.card)
