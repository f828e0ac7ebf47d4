"""Who is let in: guessing, replaying, and what is told to whom has no account."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest

from kiosk_app.accounts.book import (
    FIRST_LOCK_S,
    FREE_TRIES,
    LONGEST_LOCK_S,
    MOST_NAMES,
    Account,
    AccountBook,
    AccountError,
    Locked,
    Refused,
    lock_after,
)
from kiosk_app.accounts.passwords import PasswordTooWeak, otpauth
from kiosk_app.accounts.roles import Role

PASSWORD = "correct horse battery"
START = 1_800_000_000.0


class Clock:
    """Seconds since the epoch that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records" / "accounts.sqlite"


@pytest.fixture
def book(path: Path, clock: Clock) -> Iterator[AccountBook]:
    opened = AccountBook.open(path, clock)
    yield opened
    opened.close()


def code(secret: str, clock: Clock, *, steps: int = 0) -> str:
    return str(pyotp.TOTP(secret).at(int(clock.now) + 30 * steps))


def fail(book: AccountBook, name: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises((Refused, Locked)) as told:
            book.check(name, "wrong password here", "000000")
        assert not isinstance(told.value, Locked) or told.value.begun


def test_all_three_let_in(book: AccountBook, clock: Clock) -> None:
    secret = book.add("lin", Role.TECHNICIAN, PASSWORD)
    assert book.check("lin", PASSWORD, code(secret, clock)).role is Role.TECHNICIAN


def test_a_wrong_one_of_three_is_refused_alike(book: AccountBook, clock: Clock) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    right = code(secret, clock)
    for name, password, number in (
        ("wang", PASSWORD, right),
        ("lin", "correct horse batterz", right),
        ("lin", PASSWORD, f"{(int(right) + 1) % 1_000_000:06d}"),
        ("lin", PASSWORD, ""),
        ("lin' OR '1'='1", PASSWORD, right),
    ):
        with pytest.raises(Refused) as refusal:
            book.check(name, password, number)
        assert refusal.value.args == ()


def test_a_code_counts_once(book: AccountBook, clock: Clock) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    used = code(secret, clock)
    book.check("lin", PASSWORD, used)
    with pytest.raises(Refused):
        book.check("lin", PASSWORD, used)
    earlier = code(secret, clock, steps=-1)
    with pytest.raises(Refused):
        book.check("lin", PASSWORD, earlier)
    clock.now += 30
    book.check("lin", PASSWORD, code(secret, clock))


def test_a_code_counts_once_even_at_once(book: AccountBook, path: Path, clock: Clock) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    used, other, let_in = code(secret, clock), AccountBook.open(path, clock), []

    def try_it(each: AccountBook) -> None:
        with contextlib.suppress(Refused):
            let_in.append(each.check("lin", PASSWORD, used))

    threads = [threading.Thread(target=try_it, args=(each,)) for each in (book, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(let_in) == 1


def test_an_old_code_is_refused(book: AccountBook, clock: Clock) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    old = code(secret, clock, steps=-2)
    with pytest.raises(Refused):
        book.check("lin", PASSWORD, old)


@pytest.mark.parametrize("name", ["lin", "nobody"])
def test_guessing_locks_a_name_that_is_there_or_not(
    book: AccountBook, clock: Clock, name: str
) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    fail(book, name, FREE_TRIES - 1)
    with pytest.raises(Locked) as begun:
        book.check(name, "wrong password here", "000000")
    assert (begun.value.seconds, begun.value.begun) == (FIRST_LOCK_S, True)
    with pytest.raises(Locked) as lock:
        book.check(name, PASSWORD, code(secret, clock))
    assert lock.value.seconds == pytest.approx(FIRST_LOCK_S)
    assert not lock.value.begun
    clock.now += FIRST_LOCK_S
    fail(book, name, 1)
    with pytest.raises(Locked) as longer:
        book.check(name, PASSWORD, code(secret, clock))
    assert longer.value.seconds == pytest.approx(2 * FIRST_LOCK_S)


def test_a_lock_outlives_a_restart(book: AccountBook, path: Path, clock: Clock) -> None:
    book.add("lin", Role.ADMIN, PASSWORD)
    fail(book, "lin", FREE_TRIES)
    again = AccountBook.open(path, clock)
    with pytest.raises(Locked):
        again.check("lin", PASSWORD, "000000")
    again.close()


def test_success_and_reset_begin_anew(book: AccountBook, clock: Clock) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    fail(book, "lin", FREE_TRIES - 1)
    book.check("lin", PASSWORD, code(secret, clock))
    fail(book, "lin", FREE_TRIES)
    secret = book.reset("lin", "another good phrase")
    assert book.check("lin", "another good phrase", code(secret, clock)).name == "lin"


def test_locks_grow_to_a_limit() -> None:
    row = [lock_after(failures) for failures in range(1, 40)]
    assert row[: FREE_TRIES - 1] == [0.0] * (FREE_TRIES - 1)
    assert row == sorted(row)
    assert row[-1] == LONGEST_LOCK_S


def test_a_flood_of_names_is_forgotten_and_lifts_no_lock(
    book: AccountBook, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk_app.accounts.passwords.password_fits", lambda *_: False)
    book.add("lin", Role.ADMIN, PASSWORD)
    fail(book, "lin", FREE_TRIES)
    monkeypatch.setattr("kiosk_app.accounts.book.MOST_NAMES", 20)
    for number in range(40):
        clock.now += 0.01
        fail(book, f"name{number}", 1)
    with book._store.reading() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM attempt").fetchone()
    assert kept == 21
    assert MOST_NAMES > 20
    with pytest.raises(Locked):
        book.check("lin", PASSWORD, "000000")


def test_a_clock_set_back_does_not_lock_for_years(book: AccountBook, clock: Clock) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    fail(book, "lin", FREE_TRIES)
    clock.now -= 365 * 86_400
    assert book.check("lin", PASSWORD, code(secret, clock)).name == "lin"


@pytest.mark.parametrize(
    "password", ["short", "eleven char", "lin lin lin lin!", "aaaaaaaaaaaaaa", "x" * 129]
)
def test_a_weak_password_is_not_taken(book: AccountBook, password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        book.add("lin", Role.ADMIN, password)
    assert book.all() == ()


@pytest.mark.parametrize("name", ["", "a", "Lin", "lin wei", "林", "../x", "a" * 33, "1lin"])
def test_a_name_that_is_none_is_not_taken(book: AccountBook, name: str) -> None:
    with pytest.raises(AccountError):
        book.add(name, Role.ADMIN, PASSWORD)


def test_accounts_come_and_go(book: AccountBook) -> None:
    book.add("lin", Role.STAFF, PASSWORD)
    book.add("bao", Role.ADMIN, PASSWORD)
    with pytest.raises(AccountError):
        book.add("lin", Role.ADMIN, PASSWORD)
    assert [(each.name, each.role) for each in book.all()] == [
        ("bao", Role.ADMIN),
        ("lin", Role.STAFF),
    ]
    book.remove("lin")
    assert isinstance(book.find("bao"), Account)
    assert book.find("lin") is None
    with pytest.raises(AccountError):
        book.remove("lin")
    with pytest.raises(AccountError):
        book.reset("lin", PASSWORD)


def test_nothing_of_a_password_lies_on_the_disk(book: AccountBook, path: Path) -> None:
    book.add("lin", Role.ADMIN, PASSWORD)
    files = list(path.parent.glob("accounts.sqlite*"))
    assert all(each.stat().st_mode & 0o077 == 0 for each in files)
    assert not any(PASSWORD.encode() in each.read_bytes() for each in files)
    assert any(b"$argon2id$" in each.read_bytes() for each in files)


def test_the_secret_is_given_as_an_authenticator_wants_it(book: AccountBook) -> None:
    secret = book.add("lin", Role.ADMIN, PASSWORD)
    parsed = pyotp.parse_uri(otpauth("lin", secret, "terminal-03"))
    assert isinstance(parsed, pyotp.TOTP)
    assert parsed.secret == secret
