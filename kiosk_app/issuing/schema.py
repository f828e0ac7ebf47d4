"""The journal's tables, and the line in which audit entries wait.

The partial unique index is the last guard of the rule that a document has at most one live copy.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from kiosk_app.audit import AuditKind, Entry
from kiosk_app.issuing.states import SPENT, CopyState, IssuanceState


def listed(states: Iterable[StrEnum]) -> str:
    """States as a list of SQL literals."""
    return ", ".join(sorted(f"'{state}'" for state in states))


MIGRATIONS: Final = (
    f"""
CREATE TABLE journal (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  generation TEXT NOT NULL,
  key_check BLOB NOT NULL,
  counter INTEGER NOT NULL
) STRICT;

CREATE TABLE issuance (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  basis TEXT NOT NULL,
  subject TEXT NOT NULL,
  service TEXT NOT NULL,
  kind TEXT NOT NULL,
  day TEXT NOT NULL,
  sealed BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ({listed(IssuanceState)})),
  request_hash TEXT NOT NULL,
  serial TEXT UNIQUE,
  issued_at TEXT,
  opened INTEGER NOT NULL,
  changed INTEGER NOT NULL UNIQUE,
  mark BLOB NOT NULL,
  CHECK ((state = 'issued') = (serial IS NOT NULL)),
  CHECK ((state = 'issued') = (issued_at IS NOT NULL))
) STRICT;

CREATE INDEX issuance_by_basis ON issuance (basis, day);

CREATE INDEX issuance_by_subject ON issuance (subject, day);

CREATE TABLE copy (
  id TEXT PRIMARY KEY,
  issuance TEXT NOT NULL REFERENCES issuance (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  pages INTEGER NOT NULL CHECK (pages >= 1),
  digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ({listed(CopyState)})),
  reason TEXT NOT NULL,
  printer_uuid TEXT NOT NULL,
  counter_before INTEGER,
  job_id INTEGER,
  printer_uri TEXT NOT NULL,
  sheets INTEGER,
  opened INTEGER NOT NULL,
  changed INTEGER NOT NULL UNIQUE,
  mark BLOB NOT NULL,
  UNIQUE (issuance, number)
) STRICT;

CREATE UNIQUE INDEX one_live_copy ON copy (issuance) WHERE state NOT IN ({listed(SPENT)});

CREATE INDEX copy_by_state ON copy (state);

CREATE TABLE outbox (
  place INTEGER PRIMARY KEY,
  entry TEXT NOT NULL
) STRICT
""",
)
"""One script a schema version; statements are parted by an empty line."""


def hand_over(connection: sqlite3.Connection, entry: Entry, generation: str, counter: int) -> None:
    """Put an entry in line, marked with the journal's generation and counter."""
    values = entry.as_json()
    values["details"] = {**entry.details, "journal": generation, "change": counter}
    connection.execute("INSERT INTO outbox (entry) VALUES (?)", (json.dumps(values),))


def waiting(connection: sqlite3.Connection) -> list[tuple[int, Entry]]:
    """The entries in line, first come first."""
    rows = connection.execute("SELECT place, entry FROM outbox ORDER BY place").fetchall()
    return [(place, _entry(json.loads(entry))) for place, entry in rows]


def _entry(values: dict[str, object]) -> Entry:
    kind = AuditKind(str(values.pop("kind")))
    return Entry(kind, **values)  # type: ignore[arg-type]
