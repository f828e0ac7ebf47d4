"""The audit log shows every change that somebody makes to it afterwards, without exception."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk_app.audit import AuditKind, AuditLog, ChainBroken, Entry, Head, PersonalData
from kiosk_app.records import StoreCorrupt

LENGTH = 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[AuditLog]:
    opened = AuditLog.open(path)
    for number in range(LENGTH):
        opened.append(Entry(AuditKind.COPY, {"copy": number, "state": "taken"}, subject="5f00"))
    yield opened
    opened.close()


def tamper(path: Path, *statements: str) -> None:
    """Change the file as somebody would who has the disk, past the triggers."""
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER entry_is_final")
        connection.execute("DROP TRIGGER entry_stays")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_an_honest_log_verifies_against_every_earlier_head(path: Path) -> None:
    log = AuditLog.open(path)
    heads = [log.append(Entry(AuditKind.WIPE, {"files": n})) for n in range(LENGTH)]
    log.close()
    log = AuditLog.open(path)
    for head in heads:
        assert log.verify(head) == heads[-1] == log.head()
    log.close()


def test_entries_come_back_as_they_were(log: AuditLog) -> None:
    wanted = Entry(AuditKind.ALARM, {"code": "journal-full"}, actor="staff.li", reference="r1")
    log.append(wanted)
    (found,) = log.entries(AuditKind.ALARM)
    assert (found.number, found.entry) == (LENGTH + 1, wanted)
    assert len(list(log.entries())) == LENGTH + 1


def test_the_same_reference_is_recorded_once(log: AuditLog) -> None:
    entry = Entry(AuditKind.ISSUED, {"serial": "PN-1"}, reference="once")
    assert log.append(entry) == log.append(entry)
    assert log.verify().length == LENGTH + 1


def test_the_log_itself_refuses_changes(log: AuditLog, path: Path) -> None:
    connection = sqlite3.connect(path)
    for statement in ("UPDATE entry SET content = ''", "DELETE FROM entry"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("number", range(1, LENGTH + 1))
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET content = replace(content, 'taken', 'void!') WHERE number = {0}",
        "UPDATE entry SET reference = 'other' WHERE number = {0}",
        "UPDATE entry SET digest = zeroblob(32) WHERE number = {0}",
        "UPDATE entry SET number = number + 100 WHERE number = {0}",
        "DELETE FROM entry WHERE number = {0}",
        "DELETE FROM entry WHERE number >= {0}",
    ],
)
def test_any_change_to_any_entry_is_found(
    log: AuditLog, path: Path, number: int, change: str
) -> None:
    published = log.head()
    tamper(path, change.format(number))
    with pytest.raises(ChainBroken):
        log.verify(published)


@pytest.mark.parametrize("number", range(1, LENGTH))
def test_two_entries_in_the_other_order_are_found(log: AuditLog, path: Path, number: int) -> None:
    tamper(
        path,
        f"UPDATE entry SET number = -1 WHERE number = {number}",
        f"UPDATE entry SET number = {number} WHERE number = {number + 1}",
        f"UPDATE entry SET number = {number + 1} WHERE number = -1",
    )
    with pytest.raises(ChainBroken) as caught:
        log.verify()
    assert caught.value.number == number


def test_an_end_that_was_cut_off_shows_only_against_a_published_head(
    log: AuditLog, path: Path
) -> None:
    published = log.head()
    tamper(path, f"DELETE FROM entry WHERE number > {LENGTH - 2}")
    assert log.verify().length == LENGTH - 2
    with pytest.raises(ChainBroken, match="the end was cut off"):
        log.verify(published)


def test_a_history_written_anew_does_not_match_the_published_head(
    log: AuditLog, tmp_path: Path
) -> None:
    published = log.head()
    forged = AuditLog.open(tmp_path / "forged.sqlite")
    for number in range(LENGTH + 3):
        forged.append(Entry(AuditKind.COPY, {"copy": number, "state": "void"}))
    with pytest.raises(ChainBroken, match="not the entry that was published"):
        forged.verify(published)
    forged.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Entry(AuditKind.ALARM, {"code": "林晓梅"}),
        lambda: Entry(AuditKind.ALARM, {"code": "445281199003154424"}),
        lambda: Entry(AuditKind.ALARM, {"code": "id 44528119900315001X."}),
        lambda: Entry(AuditKind.ALARM, {"445281199003154424": 1}),
        lambda: Entry(AuditKind.ALARM, actor="林"),
        lambda: Entry(AuditKind.ALARM, subject="445281199003154424"),
        lambda: Entry(AuditKind.ALARM, {"code": "two\nlines"}),
    ],
)
def test_an_entry_that_would_tell_of_a_person_is_refused(make: Callable[[], Entry]) -> None:
    with pytest.raises(PersonalData) as caught:
        make()
    assert "4452" not in str(caught.value)
    assert "林" not in str(caught.value)


def test_a_log_without_its_guards_is_quarantined(log: AuditLog, path: Path) -> None:
    log.close()
    tamper(path)
    with pytest.raises(StoreCorrupt, match="audit-corrupt"):
        AuditLog.open(path)
    assert path.with_name("audit.sqlite.corrupt-1").exists()


def test_an_empty_log_has_a_head(path: Path) -> None:
    log = AuditLog.open(path)
    assert log.head() == log.verify() == Head(0, "00" * 32)
    assert json.dumps(log.head().digest)
    log.close()
