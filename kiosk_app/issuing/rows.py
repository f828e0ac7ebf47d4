"""Records as rows: how a document and a copy lie in their tables.

Each row ends with a mark, a keyed authentication code over all its columns. A row whose mark does
not fit was changed from outside, by a flipped bit or a hand, and is never believed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Final, TypeVar

from kiosk_app.issuing.errors import RecordChanged, RecordUnreadable, SerialConflict
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.states import CopyState, IssuanceState


@dataclass(frozen=True, slots=True)
class IssuanceRecord:
    """One document. ``sealed`` is what the paper says, encrypted."""

    id: str
    key: str
    basis: str
    subject: str
    service: str
    kind: str
    day: str
    sealed: bytes = field(default=b"", repr=False)
    state: IssuanceState = IssuanceState.DRAFT
    request_hash: str = ""
    serial: str | None = None
    issued_at: str | None = None
    opened: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class CopyRecord:
    """One attempt on paper. ``opened`` and ``changed`` are the journal's counter, not times."""

    id: str
    issuance: str
    number: int
    pages: int
    digest: str
    state: CopyState = CopyState.RENDERED
    reason: str = ""
    printer_uuid: str = ""
    counter_before: int | None = None
    job_id: int | None = None
    printer_uri: str = ""
    sheets: int | None = None
    opened: int = 0
    changed: int = 0

    @property
    def job_name(self) -> str:
        """The only trace of the copy at the queue; no personal data."""
        return f"cert:{self.id}"


RecordT = TypeVar("RecordT", IssuanceRecord, CopyRecord)

_TABLES: Final[dict[type[Any], str]] = {IssuanceRecord: "issuance", CopyRecord: "copy"}
_STATES: Final[dict[type[Any], type[Any]]] = {
    IssuanceRecord: IssuanceState,
    CopyRecord: CopyState,
}
_COLUMNS: Final = {kind: tuple(each.name for each in fields(kind)) for kind in _TABLES}
_VALUES: Final = {kind: attrgetter(*columns) for kind, columns in _COLUMNS.items()}


def insert(connection: sqlite3.Connection, record: RecordT, keys: Keys) -> None:
    """Write a new row."""
    values = _values(record, keys)
    columns = ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO {_TABLES[type(record)]} VALUES ({columns})", values)  # noqa: S608 - our own names


def update(connection: sqlite3.Connection, old: RecordT, new: RecordT, keys: Keys) -> None:
    """Write a row anew. Raises ``SerialConflict``; ``RecordChanged`` when ``old`` is outdated."""
    values = _values(new, keys)
    columns = ", ".join(f"{name} = :{name}" for name in values if name != "id")
    table = _TABLES[type(new)]
    try:
        done = connection.execute(
            f"UPDATE {table} SET {columns} WHERE id = :id AND changed = {old.changed}",  # noqa: S608 - our own names
            values,
        )
    except sqlite3.IntegrityError as problem:
        if "issuance.serial" in str(problem):
            raise SerialConflict("the register gave a number twice") from problem
        raise
    if done.rowcount != 1:
        raise RecordChanged(f"a row of {table} was changed by somebody else meanwhile")


def select(
    connection: sqlite3.Connection,
    kind: type[RecordT],
    condition: str,
    values: Sequence[object],
    keys: Keys,
) -> list[RecordT]:
    """The rows that fit, in the order they were opened. Raises ``RecordUnreadable``."""
    rows = _rows(connection, kind, f"{condition} ORDER BY opened", values, keys)
    return [_record(kind, row) for row in rows]


def prove(connection: sqlite3.Connection, keys: Keys) -> int:
    """Check the mark of every row; returns the latest change. Raises ``RecordUnreadable``."""
    latest = 0
    for kind in _TABLES:
        changed = _COLUMNS[kind].index("changed")
        for row in _rows(connection, kind, "TRUE", (), keys):
            latest = max(latest, row[changed])
    return latest


def _rows(
    connection: sqlite3.Connection,
    kind: type[Any],
    condition: str,
    values: Sequence[object],
    keys: Keys,
) -> Iterator[list[Any]]:
    table, columns = _TABLES[kind], ", ".join(_COLUMNS[kind])
    found = connection.execute(
        f"SELECT mark, {columns} FROM {table} WHERE {condition}",  # noqa: S608 - our own names
        tuple(values),
    )
    for mark, *row in found:
        if keys.mark(table, *row) != mark:
            raise RecordUnreadable(f"a row of {table} was changed from outside")
        yield row


def _record(kind: type[RecordT], row: Sequence[Any]) -> RecordT:
    record = kind(*row)
    return replace(record, state=_STATES[kind](record.state))


def _values(record: IssuanceRecord | CopyRecord, keys: Keys) -> dict[str, Any]:
    columns = zip(_COLUMNS[type(record)], _VALUES[type(record)](record), strict=True)
    return {**dict(columns), "mark": _mark(record, keys)}


def _mark(record: IssuanceRecord | CopyRecord, keys: Keys) -> bytes:
    return keys.mark(_TABLES[type(record)], *_VALUES[type(record)](record))
