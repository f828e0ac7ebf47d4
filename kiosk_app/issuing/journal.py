"""The journal: which documents exist, and what became of each attempt on paper.

Every change is one transaction in WAL with synchronous=FULL, checked against the state machine,
numbered by a counter that only rises (the clock orders nothing), and bound to an entry for the
audit log in the same transaction. What is personal in a record is sealed; its plain columns are
authenticated, so that a flipped bit is found and never believed.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kiosk_app.audit import AuditKind, Entry
from kiosk_app.issuing import failpoints, rows, schema
from kiosk_app.issuing.errors import RecordUnreadable
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.rows import CopyRecord, IssuanceRecord, RecordT
from kiosk_app.issuing.states import (
    SPENT,
    WITH_STAFF,
    CopyState,
    IllegalTransition,
    IssuanceState,
    check_copy,
    check_issuance,
)
from kiosk_app.records import Store, StoreCorrupt, quarantine

_AUDITED: Final = SPENT | WITH_STAFF | {CopyState.PRESENTED, CopyState.TAKEN}


class Journal:
    """The records of one terminal. Its methods block for a few milliseconds; use a thread."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self.store = store
        self._keys = keys

    @classmethod
    def open(cls, path: Path, keys: Keys, *, busy_timeout_s: float = 2.0) -> Journal:
        """Open or create the journal and prove every record.

        Raises ``StoreError`` (codes ``journal-…``; a damaged file is quarantined) and
        ``RecordUnreadable`` when the keys are not those that it was written with.
        """
        store = Store.open("journal", path, schema.MIGRATIONS, busy_timeout_s=busy_timeout_s)
        journal = cls(store, keys)
        try:
            journal._claim()
            journal._prove()
        except StoreCorrupt as damage:
            store.close()
            raise StoreCorrupt("journal", damage.what, quarantine(path)) from damage
        except BaseException:
            store.close()
            raise
        return journal

    def _claim(self) -> None:
        with self.store.writing() as connection:
            row = connection.execute("SELECT generation, key_check FROM journal").fetchone()
            if row is None:
                generation = secrets.token_hex(16)
                check = self._keys.mark("journal", generation)
                connection.execute("INSERT INTO journal VALUES (1, ?, ?, 0)", (generation, check))
            elif self._keys.mark("journal", row[0]) != row[1]:
                raise RecordUnreadable("the keys are not those of this journal")

    def _prove(self) -> None:
        """Check every record, and the counter, which is that of the latest change."""
        try:
            with self.store.reading() as connection:
                latest = rows.prove(connection, self._keys)
        except RecordUnreadable as damage:
            raise StoreCorrupt("journal", damage.what) from damage
        if self.counter != latest:
            raise StoreCorrupt("journal", f"counter {self.counter}, latest change {latest}")

    @property
    def generation(self) -> str:
        """A random name of this file: a new journal never repeats an old one's keys."""
        with self.store.reading() as connection:
            return str(connection.execute("SELECT generation FROM journal").fetchone()[0])

    @property
    def counter(self) -> int:
        """How many changes were committed."""
        with self.store.reading() as connection:
            return int(connection.execute("SELECT counter FROM journal").fetchone()[0])

    def require_room(self, free_bytes: int) -> None:
        """Raise ``StoreFull`` unless so many bytes are free."""
        self.store.require_room(free_bytes)

    def payload(self, issuance: IssuanceRecord) -> bytes:
        """What the paper says. Raises ``RecordUnreadable``."""
        return self._keys.unseal(issuance.id, issuance.sealed)

    def draft(self, blank: IssuanceRecord, payload: bytes) -> IssuanceRecord:
        """Commit a new document in ``draft``; ``blank`` holds its plain columns."""
        return self._commit(None, self._sealed(blank, payload), None)

    def redraft(self, old: IssuanceRecord, payload: bytes) -> IssuanceRecord:
        """Commit another payload for a document of which nothing was sent yet."""
        if old.state is not IssuanceState.DRAFT:
            raise IllegalTransition(old.state, IssuanceState.DRAFT)
        return self._commit(old, self._sealed(old, payload), None)

    def _sealed(self, record: IssuanceRecord, payload: bytes) -> IssuanceRecord:
        return replace(record, sealed=self._keys.seal(record.id, payload))

    def move_issuance(
        self, old: IssuanceRecord, state: IssuanceState, **changes: Any
    ) -> IssuanceRecord:
        """Commit a document's next state. Raises ``IllegalTransition``, ``SerialConflict``."""
        check_issuance(old.state, state)
        new = replace(old, state=state, **changes)
        entry = None
        if state is IssuanceState.ISSUED:
            entry = Entry(AuditKind.ISSUED, {"serial": str(new.serial)}, subject=new.subject)
        return self._commit(old, new, entry)

    def render(self, issuance: str, number: int, pages: int, digest: str) -> CopyRecord:
        """Commit a new copy in ``rendered``."""
        copy = CopyRecord(str(uuid.uuid4()), issuance, number, pages, digest)
        return self._commit(None, copy, None)

    def move_copy(
        self, old: CopyRecord, state: CopyState, *, by: str = "", **changes: Any
    ) -> CopyRecord:
        """Commit a copy's next state. ``by``: who decided, when staff did.

        Raises ``IllegalTransition``.
        """
        check_copy(old.state, state)
        new = replace(old, state=state, **changes)
        entry = self._about(new, by) if state in _AUDITED else None
        return self._commit(old, new, entry)

    def _about(self, copy: CopyRecord, by: str) -> Entry:
        issuance = self.issuance(id=copy.issuance)
        return Entry(
            AuditKind.DECISION if by else AuditKind.COPY,
            {
                "serial": str(issuance.serial),
                "copy": copy.number,
                "state": str(copy.state),
                "reason": copy.reason,
            },
            subject=issuance.subject,
            actor=by or "terminal",
        )

    def _commit(self, old: RecordT | None, new: RecordT, entry: Entry | None) -> RecordT:
        generation = self.generation
        edges = failpoints.around(f"commit-{new.state}")
        with self.store.writing(*edges) as connection:
            connection.execute("UPDATE journal SET counter = counter + 1")
            now = connection.execute("SELECT counter FROM journal").fetchone()[0]
            new = replace(new, changed=now, opened=new.opened or now)
            if old is None:
                rows.insert(connection, new, self._keys)
            else:
                rows.update(connection, old, new, self._keys)
            if entry is not None:
                schema.hand_over(connection, entry, generation, now)
        return new

    def issuance(self, **where: str) -> IssuanceRecord:
        """The one document with these values. Raises ``LookupError``."""
        found = self.issuances(**where)
        if len(found) != 1:
            raise LookupError("no such document")
        return found[0]

    def issuances(self, **where: str) -> list[IssuanceRecord]:
        """Documents with these values, in the order they were opened."""
        return self._select(IssuanceRecord, _equal(where), tuple(where.values()))

    def without_paper(self) -> list[IssuanceRecord]:
        """Documents that have a number and no live copy."""
        spent = schema.listed(SPENT)
        condition = (
            f"state = 'issued' AND NOT EXISTS (SELECT 1 FROM copy WHERE"  # noqa: S608 - our own names
            f" copy.issuance = issuance.id AND copy.state NOT IN ({spent}))"
        )
        return self._select(IssuanceRecord, condition, ())

    def copies(self, **where: str | int) -> list[CopyRecord]:
        """Copies with these values, in the order they were opened."""
        return self._select(CopyRecord, _equal(where), tuple(where.values()))

    def copies_in(self, states: Iterable[CopyState]) -> list[CopyRecord]:
        """Copies in any of these states, in the order they were opened."""
        return self._select(CopyRecord, f"state IN ({schema.listed(states)})", ())

    def live_copy(self, issuance: str) -> CopyRecord | None:
        """The copy that is neither void nor retracted; there is at most one."""
        live = [each for each in self.copies(issuance=issuance) if each.state not in SPENT]
        return live[0] if live else None

    def next_copy_number(self, issuance: str) -> int:
        """One more than the copies so far."""
        return 1 + max((each.number for each in self.copies(issuance=issuance)), default=0)

    def handed_over(self) -> list[tuple[int, Entry]]:
        """Entries that the audit log has not received yet, with their place in line."""
        with self.store.reading() as connection:
            return schema.waiting(connection)

    def received(self, place: int) -> None:
        """The audit log has the entry."""
        with self.store.writing(*failpoints.around("commit-audited")) as connection:
            connection.execute("DELETE FROM outbox WHERE place = ?", (place,))

    def close(self) -> None:
        """Give the file back."""
        self.store.close()

    def _select(
        self, kind: type[RecordT], condition: str, values: tuple[object, ...]
    ) -> list[RecordT]:
        with self.store.reading() as connection:
            return rows.select(connection, kind, condition, values, self._keys)


def _equal(where: Iterable[str]) -> str:
    return " AND ".join(f"{name} = ?" for name in where) or "TRUE"
