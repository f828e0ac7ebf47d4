"""How long a session lasts, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk_app.accounts.book import Account, AccountBook
from kiosk_app.accounts.roles import Right, Role
from kiosk_app.accounts.sessions import IDLE_S, LONGEST_S, MOST, Sessions

PASSWORD = "correct horse battery"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AccountBook]:
    opened = AccountBook.open(tmp_path / "accounts.sqlite")
    opened.add("lin", Role.TECHNICIAN, PASSWORD)
    yield opened
    opened.close()


@pytest.fixture
def sessions(book: AccountBook, clock: Clock) -> Sessions:
    return Sessions(book, clock)


def account(book: AccountBook) -> Account:
    found = book.find("lin")
    assert found is not None
    return found


def test_a_token_stands_for_its_owner_alone(sessions: Sessions, book: AccountBook) -> None:
    token = sessions.begin(account(book))
    found = sessions.of(token)
    assert found is not None
    assert (found.name, found.role) == ("lin", Role.TECHNICIAN)
    for other in ("", token[:-1], token + "x", token.swapcase(), "\ud800"):
        assert sessions.of(other) is None
    assert token not in repr(sessions.__dict__)


def test_it_ends_when_nobody_uses_it(sessions: Sessions, book: AccountBook, clock: Clock) -> None:
    token = sessions.begin(account(book))
    clock.now += IDLE_S - 1
    assert sessions.of(token) is not None
    clock.now += IDLE_S - 1
    assert sessions.of(token) is not None
    clock.now += IDLE_S
    assert sessions.of(token) is None


def test_watching_does_not_keep_it(sessions: Sessions, book: AccountBook, clock: Clock) -> None:
    token = sessions.begin(account(book))
    clock.now += IDLE_S - 1
    assert sessions.lasts(token)
    clock.now += 1
    assert not sessions.lasts(token)
    assert not sessions.lasts("never there")


def test_it_ends_after_a_day_of_work(sessions: Sessions, book: AccountBook, clock: Clock) -> None:
    token, began = sessions.begin(account(book)), clock.now
    while clock.now < began + LONGEST_S - IDLE_S / 2:
        clock.now += IDLE_S / 2
        assert sessions.of(token) is not None
    clock.now = began + LONGEST_S
    assert sessions.of(token) is None


def test_it_ends_with_its_account(sessions: Sessions, book: AccountBook) -> None:
    reset, removed = sessions.begin(account(book)), sessions.begin(account(book))
    assert sessions.of(removed) is not None
    book.reset("lin", "another good phrase")
    assert sessions.of(reset) is None
    token = sessions.begin(account(book))
    book.remove("lin")
    assert sessions.of(token) is None


def test_it_ends_when_told(sessions: Sessions, book: AccountBook) -> None:
    token = sessions.begin(account(book))
    sessions.end(token)
    sessions.end("never there")
    assert sessions.of(token) is None


def test_there_are_not_endlessly_many(
    sessions: Sessions, book: AccountBook, clock: Clock, tmp_path: Path
) -> None:
    console = sessions.begin_console(tmp_path).read_text()
    tokens = []
    for _ in range(MOST + 5):
        clock.now += 1
        tokens.append(sessions.begin(account(book)))
    alive = [token for token in tokens if sessions.of(token) is not None]
    assert alive == tokens[-(MOST - 1) :]
    assert sessions.of(console) is not None


def test_the_consoles_is_for_its_owner_alone(sessions: Sessions, tmp_path: Path) -> None:
    path = sessions.begin_console(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    found = sessions.of(path.read_text())
    assert found is not None
    assert found.may(Right.WORK)


def test_staff_look_and_clear_but_do_not_work(book: AccountBook, sessions: Sessions) -> None:
    book.add("bao", Role.STAFF, PASSWORD)
    staff = book.find("bao")
    assert staff is not None
    found = sessions.of(sessions.begin(staff))
    assert found is not None
    assert [right for right in Right if found.may(right)] == [Right.LOOK, Right.CLEAR]


def test_only_an_administrator_lets_others_in(book: AccountBook, sessions: Sessions) -> None:
    for role in (Role.TECHNICIAN, Role.ADMIN):
        book.add(f"the-{role}", role, PASSWORD)
        account = book.find(f"the-{role}")
        assert account is not None
        found = sessions.of(sessions.begin(account))
        assert found is not None
        assert found.may(Right.WORK)
        assert found.may(Right.GOVERN) is (role is Role.ADMIN)
