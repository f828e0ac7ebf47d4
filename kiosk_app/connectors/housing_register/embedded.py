"""A housing register of synthetic records in SQLite: for terminals with virtual hardware, for
rehearsals, and as the far end of the reference server.

It keeps what a real register must: an idempotency key has one serial for ever, numbers come from
a counter, a certificate is never issued against the answer that it would state. Of a query it
keeps a digest and the outcome, not the people.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from drivers.id_card.id_number import InvalidIdNumber, to_eighteen, to_fifteen
from kiosk_app.connectors.housing_register import seed
from kiosk_app.connectors.housing_register.contract import (
    SERIES,
    Answer,
    Caveat,
    Encumbrance,
    IssueRequest,
    OutcomeUnknown,
    Question,
    Receipt,
    RegisteredHome,
    RegisterError,
    RegisterRefused,
    RegisterUnavailable,
)
from kiosk_app.connectors.housing_register.wire import (
    Refusal,
    digest_of,
    fitting,
    question_digest,
)
from kiosk_app.local_time import LOCAL
from kiosk_app.people import IdKind, Person

SERIAL_KINDS = {"certificate": "WF", "record": "JL"}
"""无房证明 and 查询记录, as they stand in a serial."""
QUERY_KIND = "CX"
CERTIFIABLE_FOR = timedelta(minutes=30)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS home (
    id INTEGER PRIMARY KEY, certificate_number TEXT NOT NULL UNIQUE, location TEXT NOT NULL,
    district TEXT NOT NULL, area_m2 TEXT NOT NULL, use TEXT NOT NULL, presale INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS holder (
    home INTEGER NOT NULL REFERENCES home ON DELETE CASCADE, name TEXT NOT NULL,
    id_number TEXT NOT NULL, share TEXT NOT NULL, PRIMARY KEY (home, id_number));
CREATE INDEX IF NOT EXISTS holder_by_number ON holder (id_number);
CREATE TABLE IF NOT EXISTS encumbrance (
    home INTEGER NOT NULL REFERENCES home ON DELETE CASCADE, kind TEXT NOT NULL,
    PRIMARY KEY (home, kind));
CREATE TABLE IF NOT EXISTS pending (
    id_number TEXT NOT NULL, district TEXT NOT NULL, PRIMARY KEY (id_number, district));
CREATE TABLE IF NOT EXISTS query (
    number TEXT PRIMARY KEY, question TEXT NOT NULL, asked_at TEXT NOT NULL,
    homes INTEGER NOT NULL, caveats INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS issuance (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, serial TEXT NOT NULL UNIQUE,
    issued_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS seeded (fingerprint TEXT NOT NULL);
"""

_HOMES_OF = """
SELECT home.id, certificate_number, location, district, area_m2, use, presale, share, name
FROM home JOIN holder ON holder.home = home.id
WHERE id_number IN (SELECT value FROM json_each(:numbers))
    AND district IN (SELECT value FROM json_each(:districts))
ORDER BY home.id"""
_PENDING_OF = """
SELECT 1 FROM pending
WHERE id_number IN (SELECT value FROM json_each(:numbers))
    AND district IN (SELECT value FROM json_each(:districts))"""

Result = TypeVar("Result")


class EmbeddedRegister:
    """``HousingRegister`` over a SQLite file, made and filled when it is not there.

    ``now`` must give times with a zone. ``series``: the letters that numbers begin with. The
    records are opened at the first act.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(LOCAL),
        series: str = SERIES,
    ) -> None:
        self._path = path
        self._series = series
        self._now = now
        self._database: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="housing-register")

    async def query(self, question: Question) -> Answer:
        """See ``HousingRegister.query``."""
        with fitting():
            digest = question_digest(question)
        return await self._run(self._query, question, digest)

    async def issue(self, key: str, request: IssueRequest) -> Receipt:
        """See ``HousingRegister.issue``."""
        with fitting():
            digest = digest_of(request)
            asked = question_digest(request.question)
        return await self._run(self._issue, key, request, digest, asked)

    async def receipt(self, key: str) -> Receipt | None:
        """See ``HousingRegister.receipt``."""
        return await self._run(self._receipt, key)

    async def ready(self) -> bool:
        """Whether the records can be read."""
        try:
            await self._run(lambda database: database.execute("SELECT 1 FROM home").fetchone())
        except RegisterUnavailable:
            return False
        return True

    async def close(self) -> None:
        """Close the records, after what is under way."""
        if self._database is not None:
            await self._run(lambda database: database.close())
            self._database = None
        self._thread.shutdown(wait=False)

    async def _run(self, act: Callable[..., Result], *arguments: Any) -> Result:
        def work() -> Result:
            try:
                if self._database is None:
                    self._database = _open(self._path)
                return act(self._database, *arguments)
            except (sqlite3.Error, OSError) as problem:
                raise RegisterUnavailable(type(problem).__name__) from problem

        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _query(self, database: sqlite3.Connection, question: Question, digest: str) -> Answer:
        if not set(question.districts) <= set(seed.DISTRICTS):
            raise RegisterRefused(Refusal.DISTRICT_UNKNOWN)
        as_of = self._now()
        with _transaction(database):
            homes: list[RegisteredHome] = []
            caveats: set[Caveat] = set()
            for index, applicant in enumerate(question.applicants):
                found, doubts = _look_up(database, index, applicant.person, question.districts)
                homes += found
                caveats |= doubts
            number = self._next_number(database, QUERY_KIND, as_of)
            database.execute(
                "INSERT INTO query VALUES (?, ?, ?, ?, ?)",
                (number, digest, as_of.isoformat(), len(homes), len(caveats)),
            )
        return Answer(number, as_of, tuple(homes), True, tuple(sorted(caveats)))

    def _issue(
        self,
        database: sqlite3.Connection,
        key: str,
        request: IssueRequest,
        digest: str,
        asked: str,
    ) -> Receipt:
        with _transaction(database, commit_failed=OutcomeUnknown):
            before = database.execute(
                "SELECT request, serial, issued_at FROM issuance WHERE key = ?", (key,)
            ).fetchone()
            if before is not None:
                if before[0] != digest:
                    raise RegisterRefused(Refusal.KEY_REUSED)
                return Receipt(before[1], datetime.fromisoformat(before[2]))
            issued_at = self._now()
            self._check(database, request, asked, issued_at)
            serial = self._next_number(database, SERIAL_KINDS[request.kind], issued_at)
            database.execute(
                "INSERT INTO issuance VALUES (?, ?, ?, ?)",
                (key, digest, serial, issued_at.isoformat()),
            )
        return Receipt(serial, issued_at)

    def _next_number(self, database: sqlite3.Connection, kind: str, now: datetime) -> str:
        """The day is for people; what makes a number unique is the counter, which no clock
        moves."""
        series = self._series
        (value,) = database.execute(
            "INSERT INTO counter VALUES (?, 1)"
            " ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (kind if series == SERIES else f"{series}-{kind}",),
        ).fetchone()
        return f"{series}-{kind}-{now.astimezone(LOCAL):%Y%m%d}-{value:07d}"

    def _check(
        self, database: sqlite3.Connection, request: IssueRequest, asked: str, now: datetime
    ) -> None:
        if request.kind not in SERIAL_KINDS:
            raise RegisterRefused(Refusal.KIND_UNKNOWN)
        row = database.execute(
            "SELECT asked_at, homes, caveats FROM query WHERE number = ? AND question = ?",
            (request.query_number, asked),
        ).fetchone()
        if row is None:
            raise RegisterRefused(Refusal.QUERY_UNKNOWN)
        if now - datetime.fromisoformat(row[0]) > CERTIFIABLE_FOR:
            raise RegisterRefused(Refusal.QUERY_TOO_OLD)
        if request.kind == "certificate" and row[1]:
            raise RegisterRefused(Refusal.HOMES_FOUND)
        if request.kind == "certificate" and row[2]:
            raise RegisterRefused(Refusal.COUNTER_MUST_LOOK)

    def _receipt(self, database: sqlite3.Connection, key: str) -> Receipt | None:
        row = database.execute(
            "SELECT serial, issued_at FROM issuance WHERE key = ?", (key,)
        ).fetchone()
        return Receipt(row[0], datetime.fromisoformat(row[1])) if row else None


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA foreign_keys = ON")
    database.executescript(_SCHEMA)
    with _transaction(database):
        if database.execute("SELECT fingerprint FROM seeded").fetchone() != (seed.fingerprint(),):
            _fill(database)
    return database


def _fill(database: sqlite3.Connection) -> None:
    """Put the synthetic records in; what was asked and issued before stays."""
    database.execute("DELETE FROM home")
    database.execute("DELETE FROM pending")
    database.execute("DELETE FROM seeded")
    for home in seed.HOMES:
        row = database.execute(
            "INSERT INTO home VALUES (NULL, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                home.certificate_number,
                home.location,
                home.district,
                str(home.area_m2),
                home.use,
                home.presale,
            ),
        ).fetchone()
        database.executemany(
            "INSERT INTO holder VALUES (?, ?, ?, ?)",
            [(row[0], holder.name, holder.id_number, holder.share) for holder in home.holders],
        )
        database.executemany(
            "INSERT INTO encumbrance VALUES (?, ?)", [(row[0], kind) for kind in home.encumbrances]
        )
    database.executemany(
        "INSERT INTO pending VALUES (?, ?)", [(p.id_number, p.district) for p in seed.PENDING]
    )
    database.execute("INSERT INTO seeded VALUES (?)", (seed.fingerprint(),))


@contextmanager
def _transaction(
    database: sqlite3.Connection, commit_failed: type[RegisterError] = RegisterUnavailable
) -> Iterator[None]:
    """One writer at a time; all of it or nothing. What a failed commit left on the disk is known
    only after the next start, so the caller says what such a failure means."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        try:
            database.execute("COMMIT")
        except sqlite3.Error as problem:
            raise commit_failed(type(problem).__name__) from problem
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def _look_up(
    database: sqlite3.Connection, index: int, person: Person, districts: Sequence[str]
) -> tuple[list[RegisteredHome], set[Caveat]]:
    """One person's homes in the range: name and number must both be as on record."""
    numbers = numbers_of(person)
    asked = {"numbers": json.dumps(numbers), "districts": json.dumps(districts)}
    rows = database.execute(_HOMES_OF, asked).fetchall()
    caveats = {Caveat.NAME_DIFFERS for row in rows if row[8] != person.name}
    if database.execute(_PENDING_OF, asked).fetchone():
        caveats.add(Caveat.REGISTER_UPDATING)
    homes = [
        RegisteredHome(
            applicant=index,
            certificate_number=row[1],
            location=row[2],
            district=row[3],
            area_m2=Decimal(row[4]),
            use=row[5],
            share=row[7],
            encumbrances=_encumbrances(database, row[0]),
            presale=bool(row[6]),
        )
        for row in rows
        if row[8] == person.name
    ]
    return homes, caveats


def _encumbrances(database: sqlite3.Connection, home: int) -> tuple[Encumbrance, ...]:
    rows = database.execute("SELECT kind FROM encumbrance WHERE home = ?", (home,))
    return tuple(sorted(Encumbrance(kind) for (kind,) in rows))


def numbers_of(person: Person) -> tuple[str, ...]:
    """All numbers that one person may be on record with (GB 11643: 18 characters, before 1999 15
    digits)."""
    if person.id_kind is not IdKind.RESIDENT_CARD:
        return (person.id_number,)
    try:
        old = to_fifteen(person.id_number)
        return (to_eighteen(person.id_number), *((old,) if old else ()))
    except InvalidIdNumber:
        return (person.id_number,)
