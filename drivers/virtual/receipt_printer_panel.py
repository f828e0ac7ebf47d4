"""What is seen at a virtual receipt printer, and how its status bytes say so.

Source: Epson, ESC/POS Application Programming Guide (DLE EOT, ASB); Pyramid Technologies, ESC/POS
Command Set (DLE EOT 20).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Panel:
    """What stops the printer, or is seen at it."""

    paper_out: bool = False
    near_end: bool = False
    cover_open: bool = False
    cutter_jam: bool = False
    offline: bool = False

    @property
    def stopped(self) -> bool:
        """Whether it cannot print."""
        return self.paper_out or self.cover_open or self.cutter_jam or self.offline

    def real_time(self, question: int) -> int | None:
        """The answer to DLE EOT."""
        bits = {
            1: 0x08 * self.stopped,
            2: 0x04 * self.cover_open | 0x20 * self.paper_out | 0x40 * self.cutter_jam,
            3: 0x08 * self.cutter_jam,
            4: 0x0C * self.near_end | 0x60 * self.paper_out,
        }.get(question)
        return None if bits is None else 0x12 | bits

    def full(self, *, presented: bool) -> bytes:
        """The answer to DLE EOT 20."""
        paper = 0x01 * self.paper_out | 0x04 * self.near_end | 0x20 * presented
        return bytes((0x10, 0x0F, paper, 0x03 * self.cover_open, 0, 0x01 * self.cutter_jam))

    def automatic(self) -> bytes:
        """The four bytes of ASB."""
        return bytes(
            (
                0x10 | 0x08 * self.stopped | 0x20 * self.cover_open,
                0x08 * self.cutter_jam,
                0x03 * self.near_end | 0x0C * self.paper_out,
                0x0F,
            )
        )
