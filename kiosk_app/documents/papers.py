"""The facts of a paper, checked before a template sees them.

A ``Draft`` is what may be shown before anything is issued; a ``Paper`` is a draft that has its
number and its time. Values are plain words to be printed as they are; the labels around them
stand in the template. ``repr`` hides what is personal.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from kiosk_app.documents.errors import PaperInvalid
from kiosk_app.local_time import LOCAL
from kiosk_app.people import IdKind, Relation, ShownBy

SERIAL_PATTERN = r"[A-Z0-9][A-Z0-9-]{2,31}"
MAX_APPLICANTS = 4
MAX_HOMES = 6
"""More than fits on one page belongs to the counter."""
FACTS_DIGEST_BYTES = 16


def _printable(value: str) -> str:
    """Refuse what no paper shows: controls, bidi overrides, halves of surrogate pairs."""
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in value):
        raise ValueError("holds a character that cannot be printed")
    return unicodedata.normalize("NFC", value)


_Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    AfterValidator(_printable),
]
Short = Annotated[_Words, StringConstraints(max_length=40)]
Name = Annotated[_Words, StringConstraints(max_length=70)]
Long = Annotated[_Words, StringConstraints(max_length=60)]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class PaperKind(StrEnum):
    """What a paper says."""

    CERTIFICATE = "certificate"
    """Nothing is registered."""
    RECORD = "record"
    """This is registered."""


class PaperApplicant(_Facts):
    """One person on the paper. ``id_number`` is printed as given, whole or masked."""

    name: Name = Field(repr=False)
    id_kind: IdKind
    id_number: Short = Field(repr=False)
    relation: Relation
    shown_by: ShownBy


class PaperHome(_Facts):
    """One registered home. ``applicant``: whose it is, an index into the paper's applicants.
    ``share``: ``sole``, ``joint`` or a fraction such as ``1/2``."""

    applicant: int = Field(ge=0, lt=MAX_APPLICANTS)
    certificate_number: Short = Field(repr=False)
    location: Long = Field(repr=False)
    area_m2: Decimal = Field(gt=0, lt=1_000_000, decimal_places=2)
    use: Short
    share: Annotated[str, StringConstraints(pattern=r"^(sole|joint|[1-9]\d{0,3}/[1-9]\d{0,3})$")]
    encumbrances: tuple[Literal["mortgaged", "seized", "objection"], ...] = ()
    presale: bool = False


class Draft(_Facts):
    """A paper before it has a number: what the preview shows."""

    kind: PaperKind
    title: Short
    subtitle: Short | None = None
    applicants: tuple[PaperApplicant, ...] = Field(min_length=1, max_length=MAX_APPLICANTS)
    districts: tuple[Short, ...] = Field(min_length=1, max_length=20)
    includes_presale: bool
    purpose: Short
    receiving_body: Long | None
    as_of: AwareDatetime
    homes: tuple[PaperHome, ...] = Field(max_length=MAX_HOMES)
    issuer: Short
    terminal: Short
    phone: Short
    validity_days: int | None = Field(default=None, ge=1, le=366)

    @model_validator(mode="after")
    def _says_what_it_is(self) -> Self:
        if bool(self.homes) != (self.kind is PaperKind.RECORD):
            raise ValueError("a certificate lists no home, a record lists at least one")
        if any(home.applicant >= len(self.applicants) for home in self.homes):
            raise ValueError("a home belongs to nobody on the paper")
        return self

    @classmethod
    def of(cls, **facts: object) -> Self:
        """Build from facts. Raises ``PaperInvalid``, which names the fields that are wrong."""
        try:
            return cls.model_validate(facts)
        except ValidationError as problem:
            raise PaperInvalid(_what_is_wrong(problem)) from None

    def template_data(self) -> dict[str, Any]:
        """The facts as the template reads them: instants as calendar fields of China's time."""
        facts = self.model_dump(mode="json")
        facts["as_of"] = _calendar(self.as_of)
        return facts | {"serial": None, "issued_at": None}


class Paper(Draft):
    """A numbered paper. ``serial`` is the register's; ``issued_at`` when it took effect."""

    serial: Annotated[str, StringConstraints(pattern=f"^{SERIAL_PATTERN}$")]
    issued_at: AwareDatetime

    def template_data(self) -> dict[str, Any]:
        """As for a draft, with number and time of issue."""
        return super().template_data() | {
            "serial": self.serial,
            "issued_at": _calendar(self.issued_at),
        }

    def facts_digest(self) -> bytes:
        """SHA-256 over all that the paper states, shortened to 16 bytes.

        Ties a copy code to one content: a genuine code put on other facts does not fit. 128 bits
        suffice against a second content (the issuer chooses the first one).
        """
        facts = json.dumps(
            self.template_data(), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(facts.encode()).digest()[:FACTS_DIGEST_BYTES]


def _calendar(instant: datetime) -> dict[str, int]:
    local = instant.astimezone(LOCAL)
    return {
        name: getattr(local, name) for name in ("year", "month", "day", "hour", "minute", "second")
    }


def _what_is_wrong(problem: ValidationError) -> str:
    parts = (
        f"{'.'.join(str(step) for step in error['loc']) or 'paper'}: {error['type']}"
        for error in problem.errors(include_input=False, include_context=False, include_url=False)
    )
    return "; ".join(parts)
