"""What may be said about a paper: plain values, judged by ``kiosk_app.verification``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Judgement(StrEnum):
    """What is said about a paper."""

    VALID = "valid"
    VOID = "void"
    """It was issued here, and does not count any more."""
    ALTERED = "altered"
    """It claims to be ours, and is not what we signed."""
    UNKNOWN = "unknown"
    """Nothing is known of it here."""


@dataclass(frozen=True, slots=True)
class Verification:
    """A judgement, and the words for it by key: ``reason`` stands in the verification texts."""

    judgement: Judgement
    reason: str
    serial: str | None = None
    copy: int | None = None
    kind: str | None = None
    issued_on: date | None = None
    development_key: bool | None = None
    """Whether a development key signed it; ``None`` when no trusted key did."""
