"""What the workshop and its worker say to each other: a JSON object and a body of bytes, each
behind its length (4 bytes, big-endian)."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, Self

LENGTHS = struct.Struct("!II")
INSPECTION_SECONDS = 10
"""Processor time that the inspection of one file may take."""


@dataclass(frozen=True, slots=True)
class Message:
    """One request or answer."""

    head: dict[str, Any]
    body: bytes = b""

    def pack(self) -> bytes:
        """As bytes, with both lengths in front."""
        head = json.dumps(self.head, ensure_ascii=False).encode()
        return LENGTHS.pack(len(head), len(self.body)) + head + self.body

    @classmethod
    def unpack(cls, head: bytes, body: bytes) -> Self:
        """From the two parts that stood behind the lengths."""
        return cls(json.loads(head), body)
