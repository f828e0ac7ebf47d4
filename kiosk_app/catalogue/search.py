"""Finds services by what people call them: words, parts of words, pinyin, initials.

An index of FTS5 in memory. Hanzi are stored one by one with blanks between, so that a phrase query
finds any part of a title; SQLite's ``trigram`` would find nothing for two characters, the commonest
query. Pinyin is added after the start, since making it takes a second.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kiosk_app.forms.romanise import romanise

LONGEST_QUERY = 64
AT_MOST = 20

_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+")
_HAN_CHARACTER = re.compile(rf"[{_HAN}]")
_SCHEMA = """
CREATE VIRTUAL TABLE service USING fts5 (
    id UNINDEXED, title, alias, body, pinyin, initials, tokenize = 'unicode61');
"""
_FIND = """
SELECT id FROM service WHERE service MATCH ?
ORDER BY bm25(service, 0, 10, 6, 1, 4, 3), id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one service is found by. ``titles`` in every language; ``aliases``: what people say."""

    id: str
    titles: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    body: str = ""


class ServiceIndex:
    """An index of services; may be asked from any thread."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute(_SCHEMA)
        self._database.executemany(
            "INSERT INTO service VALUES (?, ?, ?, ?, '', '')",
            [
                (
                    entry.id,
                    _spaced(" / ".join(entry.titles)),
                    _spaced(" / ".join(entry.aliases)),
                    _spaced(entry.body),
                )
                for entry in self._entries
            ],
        )

    @classmethod
    def build(cls, entries: Iterable[Entry]) -> ServiceIndex:
        """An index that knows words; ``add_pinyin`` teaches it the rest."""
        return cls(tuple(entries))

    def add_pinyin(self) -> None:
        """Let services be found by pinyin and by initials. Blocks for about a second.

        Raises ``RomaniseError``; the index then goes on without.
        """
        names = [(entry.id, (*entry.titles, *entry.aliases)) for entry in self._entries]
        syllables = iter(romanise([name for _, own in names for name in own]))
        rows = []
        for service, own in names:
            read = [next(syllables) for _ in own]
            rows.append(
                (
                    " ".join(word for one in read for word in _tails(one)),
                    " ".join(word for one in read for word in _tails([s[:1] for s in one])),
                    service,
                )
            )
        with self._lock:
            self._database.executemany(
                "UPDATE service SET pinyin = ?, initials = ? WHERE id = ?", rows
            )

    def find(self, text: str) -> list[str]:
        """The ids of the services that fit, best first.

        First those that hold the words as they stand; when there are none, those that share the
        most pairs of characters with them (``我要开无房证明``).
        """
        words = _words(text[: LONGEST_QUERY * 4])
        return self._match(_as_it_stands(words)) or self._match(_any_pair(words))

    def _match(self, query: str) -> list[str]:
        if not query:
            return []
        with self._lock:
            return [row[0] for row in self._database.execute(_FIND, (query, AT_MOST))]


def _words(text: str) -> list[list[str]]:
    """A query's words, each as its tokens: single Hanzi, or letters and digits together."""
    plain = unicodedata.normalize("NFKC", text).lower()[:LONGEST_QUERY]
    return [tokens for word in plain.split() if (tokens := _TOKEN.findall(word))]


def _spaced(text: str) -> str:
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", text).lower()))


def _tails(syllables: Sequence[str]) -> list[str]:
    """The pinyin from each syllable on, so that a query may begin at any of them."""
    return [
        "".join(_TOKEN.findall("".join(syllables[start:]).lower()))
        for start in range(len(syllables))
    ]


def _as_it_stands(words: list[list[str]]) -> str:
    """All words, each as a phrase whose last letters may go on. Letters alone may be pinyin with
    blanks between the syllables."""
    phrases = [_phrase(tokens) for tokens in words]
    query = " AND ".join(phrases)
    joined = "".join(token for tokens in words for token in tokens)
    if len(phrases) > 1 and joined.isascii():
        return f'({query}) OR {{pinyin initials}} : "{joined}" *'
    return query


def _phrase(tokens: list[str]) -> str:
    last = "" if _HAN_CHARACTER.match(tokens[-1]) else " *"
    return f'"{" ".join(tokens)}"{last}'


def _any_pair(words: list[list[str]]) -> str:
    pairs = (pair for tokens in words for pair in pairwise(tokens))
    return " OR ".join(f'"{first} {second}"' for first, second in pairs)
