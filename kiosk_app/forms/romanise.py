"""Hanzi into pinyin syllables without tones, in a process that ends when it is done.

The dictionaries of pypinyin take 57 MiB and most of a second to load, for a handful of titles when
the service starts; so another process loads them and gives them back.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

_WITHIN_S = 30.0


class RomaniseError(Exception):
    """The other process failed; what asked for pinyin must do without."""


def romanise(texts: Sequence[str]) -> list[list[str]]:
    """The syllables of each text, ü as ``v``; what is no Hanzi stays as it is, in one piece.

    Blocks for about a second, so call it in a thread. Raises ``RomaniseError``.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(list(texts)).encode(),
            capture_output=True,
            timeout=_WITHIN_S,
            check=True,
        )
        return [[str(syllable) for syllable in text] for text in json.loads(done.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as problem:
        raise RomaniseError(f"pinyin cannot be made: {type(problem).__name__}") from problem


def main() -> None:
    """Read texts from standard input, write their syllables."""
    from pypinyin import lazy_pinyin

    texts = json.load(sys.stdin)
    json.dump([lazy_pinyin(text) for text in texts], sys.stdout)


if __name__ == "__main__":
    main()
