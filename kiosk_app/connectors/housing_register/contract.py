"""What the terminal asks of a city's housing register.

Two acts, kept apart: ``query`` reads and may be repeated; ``issue`` has legal effect and happens
once for each idempotency key, however often it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from kiosk_app.people import Applicant

SERIES = "PN"
"""What the numbers of papers begin with."""
REHEARSED = "YL"
"""演练: the series of rehearsals, whose numbers cannot be taken for those of papers."""


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to look up, where, and what for. Districts are codes of the service's list."""

    applicants: tuple[Applicant, ...]
    districts: tuple[str, ...]
    purpose: str
    receiving_body: str


class Encumbrance(StrEnum):
    """What restricts a home."""

    MORTGAGED = "mortgaged"
    SEIZED = "seized"
    OBJECTION = "objection"


@dataclass(frozen=True, slots=True)
class RegisteredHome:
    """One home found. ``applicant``: index into the question's applicants."""

    applicant: int
    certificate_number: str = field(repr=False)
    location: str = field(repr=False)
    district: str
    area_m2: Decimal
    use: str
    share: str
    """``sole``, ``joint`` (共同共有) or a fraction such as ``1/2``."""
    encumbrances: tuple[Encumbrance, ...] = ()
    presale: bool = False
    """A presale contract filing (网签备案), not yet a registration."""


class Caveat(StrEnum):
    """Why a machine may not certify though nothing was found: the counter must look."""

    NAME_DIFFERS = "name-differs"
    """The number is on record with another name."""
    REGISTER_UPDATING = "register-updating"
    """Records of the range are being changed at this moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register says. ``as_of`` is the register's own time, with a zone."""

    query_number: str
    as_of: datetime
    homes: tuple[RegisteredHome, ...]
    includes_presale: bool
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """Ask for one numbered document about an answer. ``kind`` is the document's name in the
    service (``certificate``, ``record``)."""

    service: str
    kind: str
    query_number: str
    question: Question


@dataclass(frozen=True, slots=True)
class Receipt:
    """The register's word that a document exists: its serial and when it took effect."""

    serial: str
    issued_at: datetime


class RegisterError(Exception):
    """The register did not do what was asked. ``code`` is stable and kebab-case."""

    code = "register-error"


class RegisterUnavailable(RegisterError):
    """No usable answer (no connection, time-out, 5xx, a page instead of data, breaker open)."""

    code = "register-unavailable"


class RegisterBusy(RegisterUnavailable):
    """The register asks for fewer questions (HTTP 429), and went on asking so."""

    code = "register-busy"


class RegisterRefused(RegisterError):
    """The register understood and said no."""

    code = "register-refused"


class RegisterGarbled(RegisterError):
    """The answer does not follow the protocol, or its signature is wrong."""

    code = "register-garbled"


class OtherPerson(RegisterError):
    """The answer is about somebody who was not asked for: refused, and an alarm."""

    code = "register-other-person"


class OutcomeUnknown(RegisterError):
    """``issue`` was sent and no word came back: ask ``receipt`` with the same key, never anew."""

    code = "register-outcome-unknown"


class HousingRegister(Protocol):
    """The connector. All methods raise ``RegisterError`` and nothing else."""

    async def query(self, question: Question) -> Answer:
        """Look the applicants up. Safe to repeat."""
        ...

    async def issue(self, key: str, request: IssueRequest) -> Receipt:
        """Have a document issued, once per key. The same key with another request is refused."""
        ...

    async def receipt(self, key: str) -> Receipt | None:
        """What became of a key; ``None`` when the register has never accepted it."""
        ...

    async def ready(self) -> bool:
        """Whether a question would be answered now; cheap, cached for a few seconds."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
