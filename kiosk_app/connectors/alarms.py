"""What a connector must tell staff at once. No alarm holds personal data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AlarmKind(StrEnum):
    """What is wrong with the other side, or with the way to it."""

    OTHER_PERSON = "other-person"
    """It answered about somebody who was not asked for."""
    BAD_SIGNATURE = "bad-signature"
    """What claims to be its answer is not signed with its key."""
    NOT_TRUSTED = "not-trusted"
    """Its certificate is expired, of another name or of an unknown issuer."""
    CLOCK_SKEW = "clock-skew"
    """It finds this terminal's clock wrong."""
    NOT_ACCEPTED = "not-accepted"
    """It does not accept this terminal's key, or does not understand its protocol."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: which connector, during which act (``query``, ``issue`` …)."""

    connector: str
    kind: AlarmKind
    act: str
