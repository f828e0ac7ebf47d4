"""Records as rows: how a document and a copy lie in their tables.

Each row ends with a mark, a keyed authentication code over all its columns. A row whose mark does
not fit was changed from outside, by a flipped bit or a hand, and is never believed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final, TypeVar

from kiosk_app.issuing.errors import RecordUnreadable, SerialConflict
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


def insert(connection: sqlite3.Connection, record: RecordT, keys: Keys) -> None:
    """Write a new row."""
    values = _values(record, keys)
    columns = ", ".join(f":{name}" for name in values)
    connection.execute(f"INSERT INTO {_TABLES[type(record)]} VALUES ({columns})", values)  # noqa: S608 - our own names


def update(connection: sqlite3.Connection, old: RecordT, new: RecordT, keys: Keys) -> None:
    """Write a row anew. Raises ``SerialConflict``, and ``RuntimeError`` if ``old`` is outdated."""
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
        raise RuntimeError(f"a row of {table} was changed by somebody else meanwhile")


def select(
    connection: sqlite3.Connection,
    kind: type[RecordT],
    condition: str,
    values: Sequence[object],
    keys: Keys,
) -> list[RecordT]:
    """The rows that fit, in the order they were opened. Raises ``RecordUnreadable``."""
    columns = ", ".join((*(each.name for each in fields(kind)), "mark"))
    cursor = connection.execute(
        f"SELECT {columns} FROM {_TABLES[kind]} WHERE {condition} ORDER BY opened",  # noqa: S608 - our own names
        tuple(values),
    )
    return [_record(kind, row, keys) for row in cursor.fetchall()]


def _record(kind: type[RecordT], row: Sequence[Any], keys: Keys) -> RecordT:
    *values, mark = row
    record = kind(*values)
    if _mark(record, keys) != mark:
        raise RecordUnreadable(f"a row of {_TABLES[kind]} was changed from outside")
    return replace(record, state=_STATES[kind](record.state))


def _values(record: IssuanceRecord | CopyRecord, keys: Keys) -> dict[str, Any]:
    return {**asdict(record), "mark": _mark(record, keys)}


def _mark(record: IssuanceRecord | CopyRecord, keys: Keys) -> bytes:
    return keys.mark(_TABLES[type(record)], *asdict(record).values())
