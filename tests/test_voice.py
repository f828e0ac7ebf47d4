"""Which words of a screen are spoken, unasked and asked."""

from __future__ import annotations

import pytest

from kiosk_app.screens import Frame, Identify, IdleWarning, Screen, Take, Welcome
from kiosk_app.texts import Text
from kiosk_app.voice import guiding_words, read_aloud


def text(word: str) -> Text:
    return Text(zh=word, en=word)


IDENTIFY = Identify(title=text("lay"), lead=text("wait"), state="waiting")
TAKE = Take(title=text("take"), things=(), ways=())
WELCOME = Welcome(title=text("what"), lead=text("search"), tiles=())


@pytest.mark.parametrize(
    ("screen", "words"),
    [
        (IDENTIFY, "lay"),
        (IDENTIFY.model_copy(update={"notice": text("again")}), "again"),
        (TAKE, "take"),
        (WELCOME, None),
    ],
)
def test_unasked_it_says_only_what_the_hand_is_to_do(screen: Screen, words: str | None) -> None:
    said = guiding_words(Frame(journey=1, screen=screen))
    assert (said.zh if said is not None else None) == words


def test_asked_it_reads_a_screen_whole() -> None:
    again = IDENTIFY.model_copy(update={"notice": text("again")})
    assert read_aloud(Frame(journey=1, screen=IDENTIFY)).zh == "lay。wait"
    assert read_aloud(Frame(journey=1, screen=again)).en == "again. lay. wait"
    assert read_aloud(Frame(journey=1, screen=TAKE)).zh == "take"


def test_a_screen_may_have_words_of_its_own_for_the_ear() -> None:
    spoken = WELCOME.model_copy(update={"speech": text("hello")})
    assert read_aloud(Frame(journey=1, screen=spoken)).zh == "hello"


def test_a_warning_comes_before_what_it_lies_over() -> None:
    words = text("still there")
    idle = IdleWarning(seconds=15, title=words, lead=text("touch"), stay=words, leave=words)
    assert read_aloud(Frame(journey=1, screen=WELCOME, idle=idle)).zh == "still there。touch"
