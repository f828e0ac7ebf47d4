"""The journal's file: safe, whole, private; and typed errors for every way it can fail."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk_app.audit import AuditKind, AuditLog
from kiosk_app.issuing.errors import (
    JournalRolledBack,
    KeyUnusable,
    RecordChanged,
    RecordUnreadable,
)
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.office import IssuingOffice, accept_new_journal
from kiosk_app.issuing.rows import CopyRecord, IssuanceRecord
from kiosk_app.issuing.states import CopyState, IllegalTransition, IssuanceState
from kiosk_app.records import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
    StoreUnsafe,
)
from tests.issuing.far_ends import AuthorityAt, World, local
from tests.issuing.terminal import ID_NUMBER, NAME, open_office, order, paths, whole_errand

BLANK = IssuanceRecord("i1", "k1", "b", "s", "service", "kind", "2026-11-24")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.load(tmp_path / "keys")


@pytest.fixture
def journal(tmp_path: Path, keys: Keys) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.sqlite", keys, busy_timeout_s=0.1)
    yield opened
    opened.close()


def issued(journal: Journal) -> IssuanceRecord:
    record = journal.move_issuance(journal.draft(BLANK, b"paper"), IssuanceState.ISSUING)
    return journal.move_issuance(
        record, IssuanceState.ISSUED, serial="PN-1", issued_at="2026-11-24T09:00:00+08:00"
    )


def test_wal_and_full_are_in_force(journal: Journal, tmp_path: Path) -> None:
    issued(journal)
    with journal.store.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_where_wal_is_impossible_nothing_is_opened(
    keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreUnsafe, match="journal-unsafe: journal_mode=memory"):
        Journal.open(Path(":memory:"), keys)


def test_a_wrong_transition_raises_and_changes_nothing(journal: Journal) -> None:
    record = issued(journal)
    before = journal.counter
    for state in IssuanceState:
        with pytest.raises(IllegalTransition):
            journal.move_issuance(record, state)
    with pytest.raises(IllegalTransition):
        journal.redraft(record, b"other paper")
    copy = journal.render(record.id, 1, 1, "")
    with pytest.raises(IllegalTransition):
        journal.move_copy(copy, CopyState.TAKEN)
    assert journal.counter == before + 1


def test_the_database_itself_refuses_a_second_live_copy(journal: Journal) -> None:
    record = issued(journal)
    journal.render(record.id, 1, 1, "")
    with pytest.raises(sqlite3.IntegrityError):
        journal.render(record.id, 2, 1, "")


def test_a_stale_record_cannot_overwrite_a_newer_one(journal: Journal) -> None:
    stale = journal.draft(BLANK, b"paper")
    journal.move_issuance(stale, IssuanceState.ISSUING)
    with pytest.raises(RecordChanged, match="meanwhile"):
        journal.move_issuance(stale, IssuanceState.ISSUING)


def test_order_is_that_of_the_counter(journal: Journal) -> None:
    record = issued(journal)
    copy = journal.render(record.id, 1, 1, "")
    assert record.opened < record.changed < copy.opened == journal.counter


def test_a_second_writer_beyond_the_timeout_is_busy(journal: Journal, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="journal-busy"):
        journal.draft(BLANK, b"paper")
    other.execute("ROLLBACK")
    assert journal.draft(BLANK, b"paper").state is IssuanceState.DRAFT
    other.close()


def test_a_full_file_says_so_and_still_reads(journal: Journal) -> None:
    record = issued(journal)
    with journal.store.reading() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreFull, match="journal-full"):
        journal.draft(replace(BLANK, id="i2", key="k2"), bytes(1 << 20))
    assert journal.issuance(serial="PN-1") == record


def test_a_file_that_turned_read_only_says_so_and_still_reads(journal: Journal) -> None:
    record = issued(journal)
    with journal.store.reading() as connection:
        connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreReadOnly, match="journal-read-only"):
        journal.draft(replace(BLANK, id="i2", key="k2"), b"paper")
    assert journal.issuance(serial="PN-1") == record


SMALL_DISK = """
import sys
from pathlib import Path
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.issuing.rows import IssuanceRecord
from kiosk_app.records import StoreError

folder = Path(sys.argv[1])
journal = Journal.open(folder / "journal.sqlite", Keys.load(folder / "keys"))
try:
    for number in range(10000):
        blank = IssuanceRecord(f"i{number}", f"k{number}", "b", "s", "v", "k", "d")
        journal.draft(blank, bytes(4096))
except StoreError as problem:
    print(problem.code, len(journal.issuances()) == number)
"""


def in_namespace(script: str, folder: Path) -> str:
    """Run a shell script as the root of a mount namespace of its own."""
    become_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        ["unshare", *become_root, "--mount", "sh", "-ec", script, "sh", str(folder)],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_full_disk_says_so_and_still_reads(tmp_path: Path) -> None:
    (tmp_path / "fill.py").write_text(SMALL_DISK)
    (tmp_path / "disk").mkdir()
    told = in_namespace(
        'mount -t tmpfs -o size=600k none "$1/disk"; "$PYTHON" "$1/fill.py" "$1/disk"', tmp_path
    )
    assert told == "journal-full True"


READ_ONLY_DISK = """
import sys
from pathlib import Path
from kiosk_app.issuing.journal import Journal
from kiosk_app.issuing.keys import Keys
from kiosk_app.records import StoreError

folder = Path(sys.argv[1])
try:
    Journal.open(folder / "journal.sqlite", Keys.load(folder / "keys"))
except StoreError as problem:
    print(problem.code)
"""


def test_a_disk_that_turned_read_only_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    Journal.open(disk / "journal.sqlite", Keys.load(disk / "keys")).close()
    (tmp_path / "open.py").write_text(READ_ONLY_DISK)
    told = in_namespace(
        'mount --bind "$1/disk" "$1/disk"; mount -o remount,ro,bind "$1/disk";'
        ' "$PYTHON" "$1/open.py" "$1/disk"',
        tmp_path,
    )
    assert told == "journal-read-only"


async def test_nothing_new_begins_without_room(tmp_path: Path, audit: AuditLog) -> None:
    office = IssuingOffice.at(paths(tmp_path), audit, min_free_bytes=1 << 60)
    with pytest.raises(StoreFull, match="journal-full"):
        await order(office)
    office.close()


def test_a_schema_that_somebody_changed_is_quarantined(
    journal: Journal, keys: Keys, tmp_path: Path
) -> None:
    with journal.store.writing() as connection:
        connection.execute("DROP INDEX one_live_copy")
    journal.close()
    with pytest.raises(StoreCorrupt, match="schema"):
        Journal.open(tmp_path / "journal.sqlite", keys)


def test_a_newer_schema_is_left_alone(journal: Journal, keys: Keys, tmp_path: Path) -> None:
    with journal.store.reading() as connection:
        connection.execute("PRAGMA user_version = 99")
    journal.close()
    with pytest.raises(StoreNewer, match="journal-newer"):
        Journal.open(tmp_path / "journal.sqlite", keys)
    assert (tmp_path / "journal.sqlite").exists()


def test_garbage_is_quarantined_and_stays_in_the_way(tmp_path: Path, audit: AuditLog) -> None:
    journal = tmp_path / "journal.sqlite"
    journal.write_bytes(b"no database at all" * 1000)
    for _ in range(2):
        with pytest.raises(StoreCorrupt, match="journal-corrupt") as caught:
            open_office(tmp_path, audit)
        assert [each.name for each in caught.value.quarantined] == ["journal.sqlite.corrupt-1"]
    assert not journal.exists()
    assert [each.entry.details["code"] for each in audit.entries(AuditKind.ALARM)] == [
        "journal-corrupt",
        "journal-corrupt",
    ]

    (kept,) = accept_new_journal(paths(tmp_path), audit, by="staff.li")
    assert kept.read_bytes().startswith(b"no database")
    open_office(tmp_path, audit).close()
    (released,) = audit.entries(AuditKind.QUARANTINE)
    assert released.entry.actor == "staff.li"


async def test_every_flipped_bit_is_found_or_harmless(tmp_path: Path, audit: AuditLog) -> None:
    """After a flip the journal either opens and says exactly what it said, or is quarantined."""
    office = open_office(tmp_path, audit)
    world = World(tmp_path / "authority.sqlite")
    await whole_errand(office, local(world))
    said = (await office.copies(), await office.issued())
    office.close()
    whole = (tmp_path / "journal.sqlite").read_bytes()
    written = [place for place, byte in enumerate(whole) if byte]
    places = random.Random(20261124)
    found = 0
    for round_ in range(120):
        folder = tmp_path / f"flip-{round_}"
        shutil.copytree(tmp_path / "keys", folder / "keys")
        damaged = bytearray(whole)
        damaged[places.choice(written)] ^= 1 << places.randrange(8)
        (folder / "journal.sqlite").write_bytes(damaged)
        try:
            again = open_office(folder, AuditLog.open(folder / "audit.sqlite"))
        except (StoreError, RecordUnreadable):
            found += 1
            continue
        assert (await again.copies(), await again.issued()) == said
        again.close()
    assert found > 80


async def test_a_lost_wal_is_noticed(tmp_path: Path, audit: AuditLog) -> None:
    world = World(tmp_path / "authority.sqlite")
    office = open_office(tmp_path, audit)
    office.close()
    office = open_office(tmp_path, audit)
    copy = tmp_path / "earlier.sqlite"
    shutil.copy(tmp_path / "journal.sqlite", copy)
    await whole_errand(office, local(world))
    office.close()
    (tmp_path / "journal.sqlite").unlink()
    copy.rename(tmp_path / "journal.sqlite")
    with pytest.raises(JournalRolledBack, match="journal-corrupt"):
        open_office(tmp_path, audit)


def test_other_keys_open_nothing_and_destroy_nothing(journal: Journal, tmp_path: Path) -> None:
    issued(journal)
    journal.close()
    with pytest.raises(RecordUnreadable):
        Journal.open(tmp_path / "journal.sqlite", Keys.load(tmp_path / "other-keys"))
    assert (tmp_path / "journal.sqlite").exists()


@pytest.mark.parametrize(("size", "mode"), [(31, 0o600), (0, 0o600), (32, 0o640), (32, 0o604)])
def test_an_unusable_key_file_is_refused(tmp_path: Path, size: int, mode: int) -> None:
    key = tmp_path / "hall.key"
    key.write_bytes(bytes(size))
    key.chmod(mode)
    with pytest.raises(KeyUnusable, match="journal-key"):
        Keys.load(tmp_path)


def test_a_sealed_part_does_not_open_in_another_record(keys: Keys) -> None:
    sealed = keys.seal("one", b"secret")
    assert keys.unseal("one", sealed) == b"secret"
    for record, content in (("two", sealed), ("one", sealed[:-1]), ("one", b"")):
        with pytest.raises(RecordUnreadable):
            keys.unseal(record, content)


async def test_nothing_personal_is_readable_on_the_disk(tmp_path: Path, audit: AuditLog) -> None:
    world = World(tmp_path.parent / f"{tmp_path.name}-authority.sqlite")
    office = open_office(tmp_path, audit)
    await whole_errand(office, local(world))
    unfinished = await order(office, "school")
    await office.issue(unfinished, AuthorityAt(local(world)), "request")
    canaries = [NAME.encode(), NAME.encode("utf-16-le"), ID_NUMBER.encode(), "揭阳".encode()]
    looked_at = {each.name for each in read_all(tmp_path, canaries)}
    assert {"journal.sqlite", "journal.sqlite-wal", "audit.sqlite-wal"} <= looked_at
    office.close()
    read_all(tmp_path, canaries)


def read_all(folder: Path, canaries: list[bytes]) -> list[Path]:
    files = [each for each in folder.rglob("*") if each.is_file()]
    for file in files:
        content = file.read_bytes()
        assert not any(canary in content for canary in canaries), f"{file.name} tells"
    return files


async def test_nothing_personal_is_in_what_may_be_logged(
    office: IssuingOffice, world: World
) -> None:
    opened = await order(office)
    issuance = await office.issue(opened, AuthorityAt(local(world)), "request")
    record = replace(BLANK, sealed=b"sealed-part")
    for value in (opened, issuance, record, office._journal._keys, await office.copies()):
        assert NAME not in repr(value)
        assert ID_NUMBER not in repr(value)
        assert "sealed-part" not in repr(value)


def test_a_copy_names_its_job_without_a_person() -> None:
    assert CopyRecord("5f", "i", 1, 1, "").job_name == "cert:5f"
