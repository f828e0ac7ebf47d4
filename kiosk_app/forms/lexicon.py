"""What a hall's people type more often than a sentence: its own words, and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter

from kiosk_app.forms.names import GIVEN, SURNAMES
from kiosk_app.forms.romanise import romanise

_NAMES_AT_MOST = 12
_CHOICES = 3
_SHORTEST_PREFIX = 3


class Lexicon:
    """Words by their pinyin. It learns nothing from what is typed."""

    def __init__(self) -> None:
        self._words: dict[str, list[str]] = {}
        self._initials: dict[str, list[str]] = {}

    def add(self, words: Iterable[str]) -> None:
        """Take in the hall's words: titles, districts, streets. Blocks.

        Raises ``RomaniseError``.
        """
        fresh = sorted(set(words))
        for word, syllables in zip(fresh, romanise(fresh), strict=True):
            self._words.setdefault("".join(syllables).lower(), []).append(word)
            initials = "".join(syllable[:1] for syllable in syllables).lower()
            self._initials.setdefault(initials, []).append(word)

    def candidates(self, letters: str) -> list[str]:
        """What is offered for these letters, best first; each once."""
        if not letters:
            return []
        offers = (
            *self._words.get(letters, ()),
            *(self._initials.get(letters, ()) if len(letters) > 1 else ()),
            *self._beginning_with(letters),
            *SURNAMES.get(letters, ()),
            *names_for(letters)[:_NAMES_AT_MOST],
        )
        return list(dict.fromkeys(offers))

    def _beginning_with(self, letters: str) -> Iterator[str]:
        if len(letters) >= _SHORTEST_PREFIX:
            for pinyin, words in self._words.items():
                if pinyin.startswith(letters):
                    yield from words


def names_for(letters: str) -> list[str]:
    """Full names that these letters may spell: a surname and one or two characters, the common
    ones first."""
    spelt = [
        (surname_rank + rank, surname + given)
        for end in range(len(letters) - 1, 0, -1)
        for surname_rank, surname in _ranked(SURNAMES, letters[:end])
        for rank, given in _given_names(letters[end:])
    ]
    return [name for _, name in sorted(spelt, key=itemgetter(0))]


def _given_names(letters: str) -> Iterator[tuple[int, str]]:
    yield from _ranked(GIVEN, letters)
    for end in range(1, len(letters)):
        for first_rank, first in _ranked(GIVEN, letters[:end]):
            for second_rank, second in _ranked(GIVEN, letters[end:]):
                yield first_rank + second_rank, first + second


def _ranked(table: Mapping[str, tuple[str, ...]], letters: str) -> Iterator[tuple[int, str]]:
    return enumerate(table.get(letters, ())[:_CHOICES])
