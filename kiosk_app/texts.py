"""Words for people, in Chinese and English, read from config.

Every language file holds the same keys; a key that is missing in one of them, or whose
placeholders differ, fails at start and in the tests, not before the citizen.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

LANGUAGES = ("zh", "en")


class Text(BaseModel):
    """One message in every language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str

    def fill(self, **values: object) -> Text:
        """The text with its ``{placeholders}`` filled. A ``Text`` value fills by language."""

        def in_language(language: str) -> str:
            own = {
                name: getattr(value, language) if isinstance(value, Text) else value
                for name, value in values.items()
            }
            return str(getattr(self, language)).format_map(own)

        return Text(zh=in_language("zh"), en=in_language("en"))


class TextsError(Exception):
    """The language files do not fit together; the message names file and key."""


class Texts(Mapping[str, Text]):
    """Messages by dotted key (``identify.title``)."""

    def __init__(self, messages: Mapping[str, Text]) -> None:
        self._messages = dict(messages)

    @classmethod
    def load(cls, folder: Path) -> Texts:
        """Read ``zh.toml`` and ``en.toml`` of a folder.

        Raises ``TextsError`` when a file is unreadable, a key stands in one file only, a value is
        no text, a placeholder has no plain name, or those of the two languages differ.
        """
        by_language = {language: _read(folder / f"{language}.toml") for language in LANGUAGES}
        zh, en = by_language["zh"], by_language["en"]
        for language, own, other in (("en", en, zh), ("zh", zh, en)):
            missing = sorted(other.keys() - own.keys())
            if missing:
                raise TextsError(f"{folder / language}.toml lacks: {', '.join(missing)}")
        for key in zh:
            names = [
                _placeholders(texts[key], f"{folder / language}.toml: {key}")
                for language, texts in by_language.items()
            ]
            if names[0] != names[1]:
                raise TextsError(f"{folder}: {key} has other placeholders in zh than in en")
        return cls({key: Text(zh=zh[key], en=en[key]) for key in zh})

    def under(self, prefix: str) -> dict[str, Text]:
        """The messages below a prefix, by the rest of their keys."""
        start = f"{prefix}."
        return {k.removeprefix(start): v for k, v in self._messages.items() if k.startswith(start)}

    def say(self, key: str, **values: object) -> Text:
        """The message of a key, filled. Raises ``KeyError`` for an unknown key."""
        return self._messages[key].fill(**values)

    def __getitem__(self, key: str) -> Text:
        return self._messages[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def __len__(self) -> int:
        return len(self._messages)


def _read(path: Path) -> dict[str, str]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise TextsError(f"{path} cannot be read: {problem}") from problem
    return dict(_flatten(tree, "", path))


def _flatten(tree: Mapping[str, Any], prefix: str, path: Path) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            yield from _flatten(value, f"{name}.", path)
        else:
            raise TextsError(f"{path}: {name} is no text")


def _placeholders(message: str, place: str) -> set[str]:
    """The names in a message. Raises ``TextsError`` for a placeholder that could not be filled."""
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(message) if name is not None]
    except ValueError as problem:
        raise TextsError(f"{place}: {problem}") from problem
    nameless = [name for name in fields if not name.isidentifier()]
    if nameless:
        raise TextsError(f"{place} has a placeholder without a plain name: {{{nameless[0]}}}")
    return set(fields)
