"""Who is logged in now. Held in memory: a restart of the service ends every session."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk_app.accounts.book import Account, AccountBook
from kiosk_app.accounts.roles import RIGHTS, Right, Role

IDLE_S = 15 * 60.0
LONGEST_S = 8 * 3600.0
MOST = 32
CONSOLE = "console"
"""Who acts through the command line: whoever may read the run folder."""
CONSOLE_FILE = "console.session"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in."""

    name: str
    role: Role

    def may(self, right: Right) -> bool:
        """Whether this person may do that."""
        return right in RIGHTS[self.role]


@dataclass(slots=True)
class _Open:
    session: Session
    generation: int | None
    began: float
    seen: float


class Sessions:
    """Sessions by their token. Without a ``book`` only the console has one. ``clock``: monotonic
    seconds."""

    def __init__(
        self, book: AccountBook | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._book = book
        self._clock = clock
        self._open: dict[bytes, _Open] = {}

    def begin(self, account: Account) -> str:
        """Open a session; returns its token. The oldest gives way when there are too many."""
        session = Session(account.name, account.role)
        return self._keep(session, account.generation)

    def begin_console(self, run_dir: Path) -> Path:
        """Open the session of the command line, whose token only this user can read."""
        path = run_dir / CONSOLE_FILE
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self._keep(Session(CONSOLE, Role.ADMIN), None))
        return path

    def of(self, token: str) -> Session | None:
        """Whose session it is, which goes on from now; ``None`` when it has ended."""
        key = _key(token)
        found = self._open.get(key)
        if found is None:
            return None
        now = self._clock()
        if not self._lives(found, now):
            self._open.pop(key, None)
            return None
        found.seen = now
        return found.session

    def lasts(self, token: str) -> bool:
        """Whether a session goes on. Unlike ``of``, looking does not make it last longer."""
        found = self._open.get(_key(token))
        return found is not None and self._lives(found, self._clock())

    def end(self, token: str) -> None:
        """Close a session; no error when it has ended."""
        self._open.pop(_key(token), None)

    def _keep(self, session: Session, generation: int | None) -> str:
        now = self._clock()
        self._open = {key: each for key, each in self._open.items() if self._lives(each, now)}
        while len(self._open) >= MOST:
            people = [key for key, each in self._open.items() if each.generation is not None]
            self._open.pop(min(people, key=lambda key: self._open[key].seen))
        token = secrets.token_urlsafe(32)
        self._open[_key(token)] = _Open(session, generation, now, now)
        return token

    def _lives(self, found: _Open, now: float) -> bool:
        if found.generation is None:
            return True
        if now - found.seen >= IDLE_S or now - found.began >= LONGEST_S:
            return False
        account = self._book.find(found.session.name) if self._book is not None else None
        return account is not None and account.generation == found.generation


def _key(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
