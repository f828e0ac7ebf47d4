"""Pinyin into Hanzi for the keyboard on the screen: the best of the hall's lexicon, the best of
the decoder, then the rest of both.

Nothing is learnt from what is typed, and ``forget`` throws away the decoder's process, so that
nothing of one citizen's typing is left in memory for the next.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from kiosk_app.forms import pinyin_engine
from kiosk_app.forms.lexicon import Lexicon

LONGEST = 40
"""Letters looked at; the decoder's rows hold no more."""
CANDIDATES = 48

_DICTIONARY = "googlepinyin/data/dict_pinyin.dat"
_LIBRARIES = (Path("/usr/lib"), Path("/usr/local/lib"))
_ANSWER_WITHIN_S = 0.5
_READY_WITHIN_S = 5.0
_CHUNK = 16 * 1024
_OTHER = re.compile(r"[^a-z']")


class PinyinUnavailable(Exception):
    """The decoder is not installed (Debian ``libgooglepinyin0``), or does not start."""


class Pinyin:
    """One keyboard's input method. Its methods block, for under a millisecond as a rule, and may
    be called from any thread.

    Raises ``PinyinUnavailable`` when the decoder's dictionary is not on this machine.
    """

    def __init__(self, lexicon: Lexicon, dictionary: Path | None = None) -> None:
        self._lexicon = lexicon
        self._dictionary = dictionary or find_dictionary()
        self._lock = threading.Lock()
        self._engine: _Engine | None = None

    def candidates(self, letters: str) -> list[str]:
        """What may be meant, best first; empty when nothing is. Other than letters are left out.

        Raises ``PinyinUnavailable`` when the decoder cannot be started.
        """
        clean = _OTHER.sub("", letters[: LONGEST * 2].lower().replace("ü", "v"))[:LONGEST]
        if not clean.strip("'"):
            return []
        known = self._lexicon.candidates(clean.replace("'", ""))
        with self._lock:
            found = self._ask(clean)
        offers = (*known[:1], *found[:1], *known[1:], *found[1:])
        return list(dict.fromkeys(offers))[:CANDIDATES]

    def forget(self) -> None:
        """Throw away all that the decoder may remember, and start a new one."""
        with self._lock:
            self._end()
            self._engine = _Engine(self._dictionary)

    def close(self) -> None:
        """End the decoder."""
        with self._lock:
            self._end()

    def _ask(self, letters: str) -> list[str]:
        if self._engine is None:
            self._engine = _Engine(self._dictionary)
        try:
            return self._engine.candidates(letters)
        except _EngineEnded:
            self._end()
            return []

    def _end(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.end()


def find_dictionary(folders: Iterable[Path] = _LIBRARIES) -> Path:
    """The decoder's dictionary. Raises ``PinyinUnavailable``."""
    for folder in folders:
        for pattern in (f"*/{_DICTIONARY}", _DICTIONARY):
            for found in sorted(folder.glob(pattern)):
                return found
    raise PinyinUnavailable("no dictionary of libgooglepinyin0 on this machine")


class _EngineEnded(Exception):
    """The decoder's process ended or hung over a question."""


class _Engine:
    """One decoder process. It starts in the background; the first question waits for it."""

    def __init__(self, dictionary: Path) -> None:
        self._ready = False
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", pinyin_engine.__file__, str(dictionary)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,  # a Ctrl-C is for the service, which ends its engines
            )
        except OSError as problem:
            raise PinyinUnavailable("the decoder's process cannot be started") from problem

    def candidates(self, letters: str) -> list[str]:
        """Ask. Raises ``_EngineEnded``, or ``PinyinUnavailable`` when it never was ready."""
        if not self._ready:
            try:
                self._ready = self._line(_READY_WITHIN_S) == "ready"
            except _EngineEnded:
                self.end()
                raise PinyinUnavailable("the decoder does not start") from None
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        try:
            self._process.stdin.write(f"{letters}\n".encode())
        except OSError as problem:
            raise _EngineEnded from problem
        return [text for text in self._line(_ANSWER_WITHIN_S).split("\t") if text]

    def end(self) -> None:
        """End the process and all it holds."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _line(self, within_s: float) -> str:
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        descriptor = self._process.stdout.fileno()
        until = time.monotonic() + within_s
        line = b""
        while not line.endswith(b"\n"):
            left = max(0.0, until - time.monotonic())
            readable, _, _ = select.select([descriptor], [], [], left)
            chunk = os.read(descriptor, _CHUNK) if readable else b""
            if not chunk:
                raise _EngineEnded
            line += chunk
        return line.decode().rstrip("\n")
