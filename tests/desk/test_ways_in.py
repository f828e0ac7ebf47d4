"""Several readers wait for one card: the first that is read counts, two at once do not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import date
from pathlib import Path

import pytest

from drivers.errors import DeviceError, DeviceNotReady, UserFault
from kiosk_app.desk.ways_in import Shown, WayFailed, WayIn, cards_to_bring, first_card
from kiosk_app.devices import READER, SOCIAL, TRAVEL
from kiosk_app.people import IdKind, Person
from kiosk_app.texts import Texts

SOMEBODY = Person("李秀兰", IdKind.RESIDENT_CARD, "445281195203070021", date(1952, 3, 7))
ON_CARD = Callable[[], None]


class Reader:
    """A reader whose card comes after a while, and takes a while."""

    def __init__(
        self, role: str, *, after: float, takes: float = 0.0, error: DeviceError | None = None
    ) -> None:
        self.role = role
        self.called_off = False
        self._after, self._takes, self._error = after, takes, error

    def way(self) -> WayIn:
        return WayIn(self.role, self.read)

    async def read(self, on_card: ON_CARD) -> Shown:
        try:
            await asyncio.sleep(self._after)
            if self._error is not None and not self._takes:
                raise self._error
            on_card()
            await asyncio.sleep(self._takes)
            if self._error is not None:
                raise self._error
        except asyncio.CancelledError:
            self.called_off = True
            raise
        return Shown(self.role, SOMEBODY, accepted=True)


def read(*readers: Reader) -> tuple[Awaitable[Shown], list[str]]:
    seen: list[str] = []
    return first_card([reader.way() for reader in readers], seen.append), seen


async def test_the_first_card_counts_and_the_other_readers_are_called_off() -> None:
    fast, slow = Reader(SOCIAL, after=0.01, takes=0.01), Reader(READER, after=5)
    shown, seen = read(slow, fast)
    assert (await shown).role == SOCIAL
    assert seen == [SOCIAL]
    assert slow.called_off


async def test_cards_on_two_readers_are_nobodys() -> None:
    one, other = Reader(READER, after=0.01, takes=5), Reader(SOCIAL, after=0.02, takes=5)
    shown, seen = read(one, other)
    with pytest.raises(WayFailed) as caught:
        await shown
    assert (caught.value.error.code, caught.value.role) == ("card-two-readers", None)
    assert seen == [READER, SOCIAL]
    assert one.called_off
    assert other.called_off


async def test_a_reader_that_is_gone_is_left_out_while_another_waits() -> None:
    gone = Reader(READER, after=0, error=DeviceNotReady("reader-absent", "it is gone"))
    shown, _ = read(gone, Reader(SOCIAL, after=0.05))
    assert (await shown).role == SOCIAL


class Changed(Exception):
    """What a test's heed raises."""


async def test_what_changes_while_no_card_was_found_ends_the_wait() -> None:
    waiting = Reader(SOCIAL, after=5)
    asked: list[list[str]] = []

    async def heed(roles: Collection[str]) -> None:
        asked.append([*roles])
        if len(asked) > 1:
            raise Changed

    with pytest.raises(Changed):
        await first_card([waiting.way()], lambda role: None, heed)
    assert asked == [[SOCIAL], [SOCIAL]]
    assert waiting.called_off


async def test_what_changes_takes_nobodys_card_away() -> None:
    reading = Reader(SOCIAL, after=0, takes=0.5)

    async def heed(roles: Collection[str]) -> None:
        raise Changed

    assert (await first_card([reading.way()], lambda role: None, heed)).role == SOCIAL


@pytest.mark.parametrize("after", [0.1, 0.4])
async def test_a_card_laid_down_right_after_the_first_was_read_makes_two(after: float) -> None:
    read_at_once, beside = Reader(SOCIAL, after=0), Reader(READER, after=after, takes=5)
    shown, seen = read(read_at_once, beside)
    with pytest.raises(WayFailed) as caught:
        await shown
    assert caught.value.error.code == "card-two-readers"
    assert seen == [SOCIAL, READER]
    assert beside.called_off


async def test_a_reader_that_goes_takes_nobodys_card_away() -> None:
    gone = Reader(READER, after=0.05, error=DeviceNotReady("reader-absent", "it is gone"))
    shown, _ = read(gone, Reader(SOCIAL, after=0, takes=0.2))
    assert (await shown).role == SOCIAL


async def test_the_last_reader_tells_why_it_cannot() -> None:
    gone = Reader(READER, after=0, error=DeviceNotReady("reader-absent", "it is gone"))
    down = Reader(SOCIAL, after=0.05, error=DeviceNotReady("pcsc-down", "no service"))
    shown, _ = read(gone, down)
    with pytest.raises(WayFailed) as caught:
        await shown
    assert (caught.value.error.code, caught.value.role) == ("pcsc-down", SOCIAL)


async def test_a_card_that_cannot_be_read_is_told_at_once() -> None:
    pulled = Reader(READER, after=0, takes=0.01, error=UserFault("card-pulled", "it is gone"))
    waiting = Reader(SOCIAL, after=5)
    shown, _ = read(waiting, pulled)
    with pytest.raises(WayFailed) as caught:
        await shown
    assert (caught.value.error.code, caught.value.role) == ("card-pulled", READER)
    assert waiting.called_off


async def test_leaving_calls_every_reader_off() -> None:
    readers = [Reader(READER, after=5), Reader(SOCIAL, after=5)]
    shown, _ = read(*readers)
    task = asyncio.ensure_future(shown)
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(reader.called_off for reader in readers)


@pytest.mark.parametrize(
    ("roles", "zh", "en"),
    [
        ([READER], "身份证", "identity card"),
        ([SOCIAL, TRAVEL], "社保卡或通行证、护照", "social security card or travel document"),
        ([READER, SOCIAL, TRAVEL], "身份证、社保卡或", "identity card, social security card or"),
    ],
)
def test_what_to_bring_is_what_can_be_read(roles: list[str], zh: str, en: str) -> None:
    texts = Texts.load(Path(__file__).parents[2] / "config" / "texts" / "journey")
    cards = cards_to_bring(texts, roles)
    assert cards.zh.startswith(zh)
    assert cards.en.startswith(en)
