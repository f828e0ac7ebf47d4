"""Records that survive a power cut: how every SQLite file of the terminal is opened and written.

WAL with ``synchronous=FULL`` is the only pair that lost no acknowledged row when the power was
cut (measured: NORMAL lost hundreds, a rollback journal with FULL lost the last one), so both are
set and asserted. A file that fails its integrity check is moved aside, never deleted, and stays
in the way until staff release it: an empty file in its place would forget what was issued.

    StoreError            ``code`` is ``<store>-<fault>``, such as ``journal-full``
     +- StoreCorrupt      quarantined; nothing may be issued until staff release it
     +- StoreFull         no room on the disk
     +- StoreBusy         another process held the file beyond the busy timeout
     +- StoreReadOnly     the file or its file system cannot be written
     +- StoreUnsafe       the file system cannot give WAL with synchronous=FULL
     +- StoreNewer        written by a newer version of the software
     +- StoreFailed       any other fault of input and output
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, Final

SYNCHRONOUS_FULL: Final = 2
"""What ``PRAGMA synchronous`` answers for FULL (SQLite documentation, pragma synchronous)."""

_SIDE_FILES = ("", "-wal", "-shm")


class StoreError(Exception):
    """A store cannot be used as asked. ``action`` says what to do, in English, for staff."""

    fault: ClassVar[str] = "failed"
    action: ClassVar[str] = "call maintenance; do not restart in a loop"

    def __init__(self, store: str, what: str) -> None:
        super().__init__(f"{store}-{self.fault}: {what}; {self.action}")
        self.store = store
        self.what = what

    @property
    def code(self) -> str:
        """``journal-full``, ``audit-busy`` …"""
        return f"{self.store}-{self.fault}"


class StoreCorrupt(StoreError):
    """The file is damaged. ``quarantined`` is where it lies now."""

    fault = "corrupt"
    action = "keep the quarantined file for the hall, then release the quarantine"

    def __init__(self, store: str, what: str, quarantined: Sequence[Path] = ()) -> None:
        super().__init__(store, what)
        self.quarantined = tuple(quarantined)


class StoreFull(StoreError):
    """There is no room to write."""

    fault = "full"
    action = "free space on the disk"


class StoreBusy(StoreError):
    """Another process holds the file."""

    fault = "busy"
    action = "try again; end the other program that holds the file"


class StoreReadOnly(StoreError):
    """The file cannot be written."""

    fault = "read-only"
    action = "check the disk and the owner and mode of the file"


class StoreUnsafe(StoreError):
    """What is written here might not survive a power cut."""

    fault = "unsafe"
    action = "put the file on a local disk with a journaling file system"


class StoreNewer(StoreError):
    """The file's schema is newer than this software."""

    fault = "newer"
    action = "install the software version that wrote it"


class StoreFailed(StoreError):
    """Input or output failed in another way."""

    fault = "failed"


_BY_CODE: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
    sqlite3.SQLITE_PERM: StoreReadOnly,
    sqlite3.SQLITE_CANTOPEN: StoreReadOnly,
    sqlite3.SQLITE_CORRUPT: StoreCorrupt,
    sqlite3.SQLITE_NOTADB: StoreCorrupt,
}


class Store:
    """One SQLite file in WAL with synchronous=FULL. Safe to use from several threads."""

    def __init__(self, name: str, path: Path, connection: sqlite3.Connection) -> None:
        self.name = name
        self.path = path
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(
        cls, name: str, path: Path, migrations: Sequence[str], *, busy_timeout_s: float = 2.0
    ) -> Store:
        """Open or create the file, prove that it is sound and safe, and bring its schema up.

        ``migrations``: one SQL script a schema version; ``user_version`` counts those applied.
        Raises ``StoreError``; a damaged file is quarantined first.
        """
        held = quarantined(path)
        if held:
            raise StoreCorrupt(name, f"{held[0].name} waits for staff", held)
        with translated(name, path):
            _create_private(path)
            connection = sqlite3.connect(
                path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False
            )
        store = cls(name, path, connection)
        try:
            store._prepare(migrations)
        except StoreCorrupt as damage:
            store.close()
            raise StoreCorrupt(name, damage.what, quarantine(path)) from damage
        except BaseException:
            store.close()
            raise
        return store

    def _prepare(self, migrations: Sequence[str]) -> None:
        with self.reading() as connection:
            mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA cell_size_check=ON")
            connection.execute("PRAGMA secure_delete=ON")
            level = connection.execute("PRAGMA synchronous").fetchone()[0]
            if (mode, level) != ("wal", SYNCHRONOUS_FULL):
                raise StoreUnsafe(self.name, f"journal_mode={mode}, synchronous={level}")
            findings = connection.execute("PRAGMA integrity_check(1)").fetchall()
            if findings != [("ok",)]:
                raise StoreCorrupt(self.name, "the integrity check failed")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(migrations):
            raise StoreNewer(self.name, f"schema {version}, known up to {len(migrations)}")
        for number, script in enumerate(migrations[version:], start=version + 1):
            with self.writing() as connection:
                _run(connection, script)
                connection.execute(f"PRAGMA user_version={number}")
        with self.reading() as connection:
            if _schema(connection) != _schema_of(migrations):
                raise StoreCorrupt(self.name, "its schema was changed from outside")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for statements that change nothing. Raises ``StoreError``."""
        with self._lock, translated(self.name, self.path):
            yield self._connection

    @contextmanager
    def writing(
        self,
        before_commit: Callable[[], None] | None = None,
        after_commit: Callable[[], None] | None = None,
    ) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when the block has ended. Raises ``StoreError``."""
        with self._lock, translated(self.name, self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                if before_commit is not None:
                    before_commit()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        if after_commit is not None:
            after_commit()

    def require_room(self, free_bytes: int) -> None:
        """Raise ``StoreFull`` when the disk has less than so many bytes left."""
        with translated(self.name, self.path):
            if shutil.disk_usage(self.path.parent).free < free_bytes:
                raise StoreFull(self.name, f"less than {free_bytes} bytes are free")

    def require_writable(self, table: str) -> None:
        """Raise ``StoreError`` when a change of this table would be refused. Changes nothing."""
        with self._lock, translated(self.name, self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.execute(f"DELETE FROM {table} WHERE FALSE")  # noqa: S608 - our own name
            finally:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._connection.close()


@contextmanager
def translated(store: str, path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say about a file into ``StoreError``."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except UnicodeDecodeError as problem:
        raise StoreCorrupt(store, "a text in it is none") from problem
    except sqlite3.Error as problem:
        raise _typed(store, path, problem) from problem
    except OSError as problem:
        kind = StoreFull if problem.errno == 28 else StoreReadOnly
        raise kind(store, problem.strerror or "the system refused") from problem


def _typed(store: str, path: Path, problem: sqlite3.Error) -> StoreError:
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    kind = _BY_CODE.get(code, StoreFailed)
    if code == 0 and "UTF-8" in str(problem):
        kind = StoreCorrupt
    if code == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < 65536:
        kind = StoreFull
    return kind(store, getattr(problem, "sqlite_errorname", type(problem).__name__))


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run a script without ending the transaction; its statements are parted by empty lines."""
    for statement in script.split(";\n\n"):
        connection.execute(statement)


def _schema(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "SELECT type, name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name"
    ).fetchall()


def _schema_of(migrations: Sequence[str]) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(":memory:")) as blank:
        for script in migrations:
            _run(blank, script)
        return _schema(blank)


def _create_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def quarantine(path: Path) -> tuple[Path, ...]:
    """Move a damaged file and its side files to ``<name>.corrupt-<n>``; returns where they are."""
    number = 1 + len(quarantined(path)) + len(list(path.parent.glob(f"{path.name}.kept-*")))
    return _move(path, f"{path.name}.corrupt-{number}")


def quarantined(path: Path) -> tuple[Path, ...]:
    """The damaged files of this name that staff have not released yet."""
    return tuple(sorted(path.parent.glob(f"{path.name}.corrupt-*")))


def release_quarantine(path: Path) -> tuple[Path, ...]:
    """Staff have seen the damage: keep the files as ``<name>.kept-<n>`` and let a new one begin."""
    kept = [
        each.rename(each.with_name(each.name.replace(".corrupt-", ".kept-", 1)))
        for each in quarantined(path)
    ]
    _sync_folder(path.parent)
    return tuple(kept)


def _move(path: Path, name: str) -> tuple[Path, ...]:
    moved = []
    for side in _SIDE_FILES:
        source = path.with_name(path.name + side)
        if source.exists():
            moved.append(source.rename(path.with_name(name + side)))
    _sync_folder(path.parent)
    return tuple(moved)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
