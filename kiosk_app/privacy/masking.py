"""What may be shown of a person: on a screen, and in a log.

A screen shows enough to recognise oneself and no more; a log holds no name and no number at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

REDACTED = "[id]"

_STAR = "＊"
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]+")
_HOUSE = re.compile(
    r"\d"
    r"|[零〇一二三四五六七八九十百]+(?=号|幢|栋|座|单元|室|房|楼|层)"
    r"|[A-Za-z]+(?=号|幢|栋|座|单元|室|房|楼|层)"
)
_ID_SHAPED = re.compile(
    r"""
      \d{15,}[Xx]?                                      # GB 11643, 15 or 18, or a longer run
    | (?<!\d) \d{6}[ -]\d{8}[ -]\d{3}[\dXx]             # ... as people group it
    | (?<!\d) \d{6}[ -]\d{6}[ -]\d{3} (?!\d)
    | (?<![A-Za-z]) [A-Z]{3}\d{12}                      # foreign permanent residence, before 2023
    | (?<![A-Za-z0-9]) [HM]\d{8}(?:\d{2})? (?!\d)   # permit of Hong Kong and Macao
    """,
    re.VERBOSE,
)


def mask_name(name: str) -> str:
    """A name with its first character, and its last when there are three or more.

    ``李秀兰`` → ``李＊兰``, ``张伟`` → ``张＊``; of a Latin name the first letter of each word.
    Dots, commas and blanks stay. A single character is hidden.
    """
    name = name.strip()
    if _LATIN_WORD.match(name):
        return _LATIN_WORD.sub(lambda word: word[0][0] + "*" * (len(word[0]) - 1), name)
    letters = [place for place, character in enumerate(name) if character.isalnum()]
    shown = set(letters[:1] if len(letters) > 1 else ())
    if len(letters) > 2:
        shown.add(letters[-1])
    hidden = set(letters) - shown
    return "".join(_STAR if place in hidden else name[place] for place in range(len(name)))


def mask_id_number(number: str, *, public: bool = False) -> str:
    """A number with at most its first and last four characters, never more than half of it.

    ``public``: a screen that bystanders see, so the last ones only.
    """
    shown = min(4, len(number) // 4)
    head = 0 if public else shown
    return number[:head] + "*" * (len(number) - head - shown) + number[len(number) - shown :]


def mask_location(location: str) -> str:
    """District and road of an address; from the house number on it is hidden.

    An address without a number shows its first half.
    """
    location = location.strip()
    house = _HOUSE.search(location)
    kept = location[: house.start()] if house else location[: len(location) // 2]
    return kept + _STAR * 2


def redact_text(text: str) -> str:
    """The text with everything replaced that is shaped like an identity number."""
    return _ID_SHAPED.sub(REDACTED, text)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Processor of structlog: nothing shaped like an identity number passes, however deep.

    Place it last before the renderer, after exceptions have become text. A value that would be
    shown by its ``repr`` is replaced by the redacted ``repr`` when that holds a number.
    """
    return {redact_text(str(key)): _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {_redacted(key): _redacted(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted(inner) for inner in value]
    if isinstance(value, bytes | bytearray):
        shown = value.decode("utf-8", "replace")
    else:
        shown = repr(value)
    clean = redact_text(shown)
    return value if clean == shown else clean
