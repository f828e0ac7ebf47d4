"""The accounts of one terminal, and the guard against guessing.

None is shipped: the first is made on the console. A name that guesses wrong too often is locked,
longer each time, whether an account of that name exists or not; locks outlive a restart.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk_app.accounts import passwords
from kiosk_app.accounts.roles import Role
from kiosk_app.records import Store

FREE_TRIES = 5
FIRST_LOCK_S = 30.0
LONGEST_LOCK_S = 3600.0
FORGET_S = 24 * 3600.0
"""After this long without a try, failures are forgotten."""
MOST_NAMES = 512
"""Names without an account whose failures are remembered."""

NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")

_SCHEMA = (
    """
CREATE TABLE account (
  name TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  password TEXT NOT NULL,
  secret TEXT NOT NULL,
  last_step INTEGER NOT NULL,
  generation INTEGER NOT NULL
) STRICT;

CREATE TABLE attempt (
  digest TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  at REAL NOT NULL,
  lock_s REAL NOT NULL
) STRICT
""",
)


class AccountError(Exception):
    """An account cannot be made or changed so; the message says why."""


class Refused(Exception):
    """Name, password or code is wrong; which of them is not told."""


class Locked(Exception):
    """Too many failures; ``seconds`` until the next try counts. ``begun``: this failure was the one
    too many; else nothing was looked at."""

    def __init__(self, seconds: float, *, begun: bool = False) -> None:
        super().__init__(f"locked for {seconds:.0f} s")
        self.seconds = seconds
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in. ``generation`` changes with each reset, which ends older sessions."""

    name: str
    role: Role
    generation: int


class AccountBook:
    """All accounts. Safe to use from several threads and processes.

    ``clock``: seconds since the epoch, as codes count them. All methods raise ``StoreError``.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._one_try = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Callable[[], float] = time.time) -> AccountBook:
        """Open or create the book."""
        return cls(Store.open("accounts", path, _SCHEMA), clock)

    def close(self) -> None:
        """Give the file back."""
        self._store.close()

    def add(self, name: str, role: Role, password: str) -> str:
        """Make an account; returns its TOTP secret, which is not shown again.

        Raises ``AccountError``, ``PasswordTooWeak``.
        """
        self.check_free(name)
        passwords.check_strength(name, password)
        hashed, secret = passwords.hash_password(password), passwords.new_secret()
        generation = time.time_ns()
        with self._store.writing() as connection:
            connection.execute(
                "INSERT INTO account VALUES (?, ?, ?, ?, 0, ?)",
                (name, str(role), hashed, secret, generation),
            )
            connection.execute("DELETE FROM attempt WHERE digest = ?", (_digest(name),))
        return secret

    def check_free(self, name: str) -> None:
        """Raise ``AccountError`` for what cannot be a new account's name."""
        if not NAME.fullmatch(name):
            raise AccountError("a name has 2 to 32 small letters, digits and . _ -")
        if self.find(name) is not None:
            raise AccountError(f"there is an account {name} already")

    def reset(self, name: str, password: str) -> str:
        """Give an account another password and secret, and lift its lock; returns the secret.

        Raises ``AccountError``, ``PasswordTooWeak``.
        """
        self.check_known(name)
        passwords.check_strength(name, password)
        hashed, secret = passwords.hash_password(password), passwords.new_secret()
        with self._store.writing() as connection:
            connection.execute(
                "UPDATE account SET password = ?, secret = ?, last_step = 0, generation = ?"
                " WHERE name = ?",
                (hashed, secret, time.time_ns(), name),
            )
            connection.execute("DELETE FROM attempt WHERE digest = ?", (_digest(name),))
        return secret

    def remove(self, name: str) -> None:
        """Remove an account; its sessions end. Raises ``AccountError``."""
        self.check_known(name)
        with self._store.writing() as connection:
            connection.execute("DELETE FROM account WHERE name = ?", (name,))

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with self._store.reading() as connection:
            rows = connection.execute("SELECT name, role, generation FROM account ORDER BY name")
            return tuple(Account(name, Role(role), number) for name, role, number in rows)

    def find(self, name: str) -> Account | None:
        """The account of a name."""
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT role, generation FROM account WHERE name = ?", (name,)
            ).fetchone()
        return Account(name, Role(row[0]), row[1]) if row is not None else None

    def check(self, name: str, password: str, code: str) -> Account:
        """The account, when all three fit. A code counts once.

        Raises ``Refused``, ``Locked``. Blocks for about 50 ms; tries wait for one another.
        """
        with self._one_try:
            self._require_unlocked(name)
            row = self._secrets(name)
            fits = passwords.password_fits(row[0] if row else None, password)
            step = passwords.matching_step(row[1] if row else None, code, self._clock())
            if not (fits and step is not None and self._use(name, step)):
                lock_s = self._note_failure(name)
                raise Locked(lock_s, begun=True) if lock_s else Refused
            account = self.find(name)
            if account is None:
                raise Refused
            return account

    def _secrets(self, name: str) -> tuple[str, str] | None:
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT password, secret FROM account WHERE name = ?", (name,)
            ).fetchone()
        return (row[0], row[1]) if row is not None else None

    def _use(self, name: str, step: int) -> bool:
        """Spend a code; ``False`` when it, or a later one, was used before."""
        with self._store.writing() as connection:
            spent = connection.execute(
                "UPDATE account SET last_step = ? WHERE name = ? AND last_step < ?",
                (step, name, step),
            ).rowcount
            if spent:
                connection.execute("DELETE FROM attempt WHERE digest = ?", (_digest(name),))
        return bool(spent)

    def _require_unlocked(self, name: str) -> None:
        with self._store.reading() as connection:
            row = connection.execute(
                "SELECT at, lock_s FROM attempt WHERE digest = ?", (_digest(name),)
            ).fetchone()
        if row is None:
            return
        since, lock_s = self._clock() - row[0], row[1]
        if 0 <= since < lock_s:
            raise Locked(lock_s - since)

    def _note_failure(self, name: str) -> float:
        """Count it; returns the seconds that the name is locked for now."""
        now, digest = self._clock(), _digest(name)
        with self._store.writing() as connection:
            row = connection.execute(
                "SELECT failures, at FROM attempt WHERE digest = ?", (digest,)
            ).fetchone()
            failures = row[0] + 1 if row and 0 <= now - row[1] < FORGET_S else 1
            connection.execute(
                "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?)",
                (digest, failures, now, lock_after(failures)),
            )
            known = [_digest(each[0]) for each in connection.execute("SELECT name FROM account")]
            marks = ", ".join("?" * len(known))
            connection.execute(
                "DELETE FROM attempt WHERE digest IN (SELECT digest FROM attempt"  # noqa: S608 - marks alone
                f" WHERE digest NOT IN ({marks}) ORDER BY at DESC LIMIT -1 OFFSET ?)",
                (*known, MOST_NAMES),
            )
        return lock_after(failures)

    def check_known(self, name: str) -> None:
        """Raise ``AccountError`` where there is no such account."""
        if self.find(name) is None:
            raise AccountError(f"there is no account {name}")


def lock_after(failures: int) -> float:
    """Seconds that a name is locked after so many failures in a row."""
    if failures < FREE_TRIES:
        return 0.0
    return min(LONGEST_LOCK_S, FIRST_LOCK_S * 2.0 ** min(failures - FREE_TRIES, 20))


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
