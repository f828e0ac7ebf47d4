"""The audit log: append-only, each entry bound to the one before it by SHA-256.

The chain shows a changed, removed or moved entry by itself. A removed end shows only against a
head that was published earlier, so ``head`` is small and made to be sent to the hall.

No entry holds personal data: a person appears as a keyed hash, and free text is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from drivers.id_card.id_number import is_valid
from kiosk_app.records import Store

_GENESIS: Final = bytes(32)

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+@#=-]{0,127}|")
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")

_SCHEMA = (
    """
CREATE TABLE entry (
  number INTEGER PRIMARY KEY,
  reference TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32)
) STRICT;

CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
""",
)


class AuditKind(StrEnum):
    """What an entry is about."""

    ISSUED = "issued"
    """The register gave a number."""
    COPY = "copy"
    """A copy came into a state that lasts: presented, taken, void, unknown, with staff."""
    DECISION = "decision"
    """Staff settled a copy."""
    RECOVERY = "recovery"
    """The terminal settled what an interruption had left."""
    ALARM = "alarm"
    """Something that must not happen did (an answer about another person, a broken journal)."""
    WIPE = "wipe"
    """The proof that nothing of a journey was left."""
    STAFF_CALL = "staff-call"
    """A citizen asked for help."""
    RATING = "rating"
    """How satisfied a citizen was, five to one."""
    QUARANTINE = "quarantine"
    """Staff released a damaged file's quarantine."""
    LOGIN = "login"
    """Somebody who looks after the terminal logged in or out, or was refused."""
    UPKEEP = "upkeep"
    """Somebody who looks after the terminal changed or tried something."""
    INTEROP = "interop"
    """Another program of the machine was handed what may be personal."""


class PersonalData(ValueError):
    """An entry holds free text or an id number, and was refused."""

    code = "audit-personal-data"


class ChainBroken(Exception):
    """The log is not what was written. ``number`` is the first entry that shows it."""

    code = "audit-chain-broken"

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"entry {number}: {what}; keep the file and call the hall")
        self.number = number
        self.what = what


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to record.

    ``subject`` is a keyed hash of a person, ``actor`` a login name or ``terminal``. ``details``
    are codes, numbers and identifiers, no sentences. ``reference`` makes recording idempotent.
    """

    kind: AuditKind
    details: Mapping[str, str | int] = field(default_factory=dict)
    subject: str = ""
    actor: str = "terminal"
    reference: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        """Raise ``PersonalData`` for anything that is not a code, a number or an identifier."""
        words = [self.subject, self.actor, self.reference]
        words += [word for pair in self.details.items() for word in map(str, pair)]
        for word in words:
            if not _WORD.fullmatch(word) or holds_id_number(word):
                raise PersonalData(f"an entry of kind {self.kind} would hold more than codes")

    def as_json(self) -> dict[str, object]:
        """The entry as plain values, complete."""
        return {
            "kind": str(self.kind),
            "details": dict(self.details),
            "subject": self.subject,
            "actor": self.actor,
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry in the log. ``at`` is for people; ``number`` is the order."""

    number: int
    at: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: how many entries, and the digest of the last one in hexadecimal."""

    length: int
    digest: str


class AuditLog:
    """The log of one terminal, in a file of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 2.0) -> AuditLog:
        """Open or create the log. Raises ``StoreError`` (codes ``audit-…``)."""
        return cls(Store.open("audit", path, _SCHEMA, busy_timeout_s=busy_timeout_s))

    def append(self, entry: Entry) -> Head:
        """Record an entry, durably. An entry with a reference that is there changes nothing."""
        with self._store.writing() as connection:
            known = connection.execute(
                "SELECT 1 FROM entry WHERE reference = ?", (entry.reference,)
            ).fetchone()
            if known is None:
                last = connection.execute(
                    "SELECT number, digest FROM entry ORDER BY number DESC LIMIT 1"
                ).fetchone()
                number, previous = (last[0] + 1, last[1]) if last else (1, _GENESIS)
                at = datetime.now(UTC).isoformat(timespec="milliseconds")
                content = json.dumps({"at": at, **entry.as_json()}, sort_keys=True)
                connection.execute(
                    "INSERT INTO entry VALUES (?, ?, ?, ?)",
                    (number, entry.reference, content, _digest(previous, number, content)),
                )
        return self.head()

    def head(self) -> Head:
        """The end of the chain now, to be published."""
        with self._store.reading() as connection:
            last = connection.execute(
                "SELECT number, digest FROM entry ORDER BY number DESC LIMIT 1"
            ).fetchone()
        return Head(last[0], last[1].hex()) if last else Head(0, _GENESIS.hex())

    def verify(self, published: Head | None = None) -> Head:
        """Recompute the chain from its first entry; returns its head.

        Raises ``ChainBroken`` for a changed, removed or moved entry, and, against a head
        published earlier, for an end that was cut off or written anew.
        """
        previous, length = _GENESIS, 0
        if published is not None and published.length == 0:
            published = None
        with self._store.reading() as connection:
            rows = connection.execute(
                "SELECT number, reference, content, digest FROM entry ORDER BY number"
            )
            for number, reference, content, digest in rows:
                length += 1
                if number != length:
                    raise ChainBroken(length, "it is missing")
                if not hmac.compare_digest(_digest(previous, number, content), digest):
                    raise ChainBroken(number, "it was changed or moved")
                if json.loads(content)["reference"] != reference:
                    raise ChainBroken(number, "its reference was changed")
                if published and number == published.length and digest.hex() != published.digest:
                    raise ChainBroken(number, "it is not the entry that was published")
                previous = digest
        if published is not None and length < published.length:
            raise ChainBroken(length + 1, "the end was cut off")
        return Head(length, previous.hex())

    def entries(self, kind: AuditKind | None = None) -> Iterator[Recorded]:
        """All entries in order, or those of one kind."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT number, content FROM entry ORDER BY number")
            for number, content in rows.fetchall():
                values = json.loads(content)
                at = values.pop("at")
                if kind is None or values["kind"] == kind:
                    values["kind"] = AuditKind(values["kind"])
                    yield Recorded(number, at, Entry(**values))

    def latest_change(self, journal: str) -> int:
        """The highest change of a journal that any entry tells of; 0 when none does."""
        with self._store.reading() as connection:
            found = connection.execute(
                "SELECT max(json_extract(content, '$.details.change')) FROM entry"
                " WHERE json_extract(content, '$.details.journal') = ?",
                (journal,),
            ).fetchone()[0]
        return int(found or 0)

    def close(self) -> None:
        """Give the file back."""
        self._store.close()


def _digest(previous: bytes, number: int, content: str) -> bytes:
    return hashlib.sha256(previous + number.to_bytes(8, "big") + content.encode()).digest()


def holds_id_number(text: str) -> bool:
    """Whether a resident id number (GB 11643) stands in a text: its date and check digit fit."""
    return any(is_valid(number) for number in _ID_NUMBER.findall(text))
