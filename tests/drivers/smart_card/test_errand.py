"""Calls on a thread of their own: one, or a whole conversation, and what is done when none ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from drivers.errors import DeviceTimeout, UserFault
from drivers.smart_card.pcsc_context import Errand


@pytest.fixture
def errand() -> Iterator[Errand]:
    found = Errand("test errand")
    yield found
    found.end()


def test_a_conversation_changes_threads_once(errand: Errand) -> None:
    def word() -> int:
        return threading.get_ident()

    def conversation() -> set[int]:
        return {threading.get_ident(), *(errand.call(word, 1.0) for _ in range(3))}

    (thread,) = errand.call(conversation, 1.0)
    assert thread != threading.get_ident()
    assert errand.call(word, 1.0) == thread


def test_each_word_has_time_of_its_own(errand: Errand) -> None:
    def conversation() -> str:
        for _ in range(5):
            errand.call(lambda: time.sleep(0.1), 0.25)
        return "heard out"

    assert errand.call(conversation, 0.25) == "heard out"


def test_what_goes_wrong_in_a_conversation_is_told(errand: Errand) -> None:
    def pulled() -> None:
        raise UserFault("card-pulled", "the card has gone")

    with pytest.raises(UserFault, match="the card has gone"):
        errand.call(lambda: errand.call(pulled, 1.0), 1.0)
    assert errand.call(lambda: 1, 1.0) == 1


def test_a_conversation_that_was_given_up_says_no_further_word(errand: Errand) -> None:
    silent, spoken, ended = threading.Event(), [], threading.Event()

    def conversation() -> None:
        try:
            errand.call(silent.wait, 0.1)
            errand.call(lambda: spoken.append("more"), 0.1)
        finally:
            ended.set()

    with pytest.raises(DeviceTimeout, match="does not answer"):
        errand.call(conversation, 0.1)
    silent.set()
    assert ended.wait(2.0)
    assert errand.lost
    assert not spoken
