"""Words into sound, by espeak-ng: English as it is written, Mandarin from its pinyin.

espeak-ng's own Mandarin reads Hanzi as English letters (1.51), so it is given syllables with tones
in its voice ``cmn-latn-pinyin``, and numbers the way a clerk says them: what counts things as a
number, what names things (three digits and more, or beside a letter) figure by figure, where one
is ``yāo``.
"""

from __future__ import annotations

import re
import shutil
import subprocess

from drivers.errors import CommandRejected, DeviceNotReady, OperatorAction
from drivers.speaker.clips import Clip, read_clip

LANGUAGES = ("zh", "en")
LONGEST_TEXT = 300
"""Characters; about a minute of Mandarin."""
_PROGRAM = "espeak-ng"
_VOICES = {"zh": "cmn-latn-pinyin", "en": "en-gb"}
_WORDS_A_MINUTE = {"zh": "140", "en": "145"}
"""Slower than its 175: for a loud hall and old ears."""
_WITHIN_S = 5.0
_NAMING = re.compile(r"(?<=[A-Za-z])[0-9]+|[0-9]+(?=[A-Za-z])|[0-9]{3,}")
_COUNTING = re.compile(r"[0-9]{1,2}")
_FIGURES = "零一二三四五六七八九"
_FIGURES_OF_NAMES = "零幺二三四五六七八九"
_TEN, _TWO_OF = "十", "两"
_COUNTED = "秒分张份个次位种步页天"
"""Words before which two is ``liǎng``."""


def languages() -> tuple[str, ...]:
    """What can be spoken on this machine."""
    return LANGUAGES if shutil.which(_PROGRAM) else ()


def speak(text: str, language: str) -> Clip:
    """A text as sound. ``language``: ``zh`` or ``en``.

    Raises ``CommandRejected`` ``speech-invalid`` for a text that is empty, longer than
    ``LONGEST_TEXT`` or in another language; ``DeviceNotReady`` ``program-missing``,
    ``voice-failed``.
    """
    words = " ".join(text.split())
    if (
        not words
        or len(words) > LONGEST_TEXT
        or language not in LANGUAGES
        or not words.isprintable()
    ):
        raise CommandRejected(
            "speech-invalid", f"speech is 1 to {LONGEST_TEXT} characters of {', '.join(LANGUAGES)}"
        )
    if language == "zh":
        words = syllables(words)
    return _read_aloud(words, language)


def syllables(text: str) -> str:
    """Mandarin as pinyin with tones (``qing3 na2 zou3``); what is no Hanzi stays as it is."""
    from pypinyin import Style, lazy_pinyin  # takes a third of a second and 57 MiB

    hanzi = _COUNTING.sub(_counted, _NAMING.sub(_named, text))
    return " ".join(lazy_pinyin(hanzi, style=Style.TONE3, neutral_tone_with_five=True))


def _named(figures: re.Match[str]) -> str:
    return "".join(_FIGURES_OF_NAMES[int(figure)] for figure in figures.group())


def _counted(figures: re.Match[str]) -> str:
    number = int(figures.group())
    following = figures.string[figures.end() :].lstrip()[:1]
    if number == 2 and following and following in _COUNTED:
        return _TWO_OF
    tens, ones = divmod(number, 10)
    before = "" if tens < 2 else _FIGURES[tens]
    return before + (_TEN if tens else "") + (_FIGURES[ones] if ones or not tens else "")


def _read_aloud(words: str, language: str) -> Clip:
    """The words are handed over by the input, where no other user of the machine sees them."""
    command = (_PROGRAM, "-v", _VOICES[language], "-s", _WORDS_A_MINUTE[language])
    try:
        done = subprocess.run(
            [*command, "--stdin", "--stdout"],
            input=words.encode(),
            capture_output=True,
            timeout=_WITHIN_S,
            check=True,
        )
        return read_clip(done.stdout)
    except FileNotFoundError:
        raise DeviceNotReady(
            "program-missing",
            f"{_PROGRAM} is not installed; install the package {_PROGRAM}",
            action=OperatorAction.CONFIGURATION,
        ) from None
    except (OSError, subprocess.SubprocessError, CommandRejected):
        raise DeviceNotReady("voice-failed", f"{_PROGRAM} gave no sound") from None
