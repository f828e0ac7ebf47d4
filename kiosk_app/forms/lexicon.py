"""What a hall's people type more often than a sentence: its own words, and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product

from kiosk_app.forms.names import GIVEN, SURNAMES
from kiosk_app.forms.romanise import romanise

_NAMES_AT_MOST = 9
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
            *islice(names_for(letters), _NAMES_AT_MOST),
        )
        return list(dict.fromkeys(offers))

    def _beginning_with(self, letters: str) -> Iterator[str]:
        if len(letters) >= _SHORTEST_PREFIX:
            for pinyin, words in self._words.items():
                if pinyin.startswith(letters):
                    yield from words


def names_for(letters: str) -> Iterator[str]:
    """Full names that these letters may spell: a surname and one or two characters, the common
    ones first."""
    for end in range(len(letters) - 1, 0, -1):
        for given in _given_names(letters[end:]):
            for surname in SURNAMES.get(letters[:end], ())[:1]:
                yield surname + given


def _given_names(letters: str) -> Iterator[str]:
    yield from GIVEN.get(letters, ())[:3]
    for end in range(1, len(letters)):
        first, second = GIVEN.get(letters[:end], ()), GIVEN.get(letters[end:], ())
        ranked = product(enumerate(first[:3]), enumerate(second[:3]))
        for (_, one), (_, other) in sorted(ranked, key=lambda pair: pair[0][0] + pair[1][0]):
            yield one + other
