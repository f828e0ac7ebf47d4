from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from kiosk_app.screens import Frame, OutOfService, Take
from kiosk_app.stage import Stage
from kiosk_app.texts import Text

WORDS = Text(zh="暂停", en="closed")


def frame(number: int) -> Frame:
    return Frame(journey=number, screen=OutOfService(title=WORDS, phone="1", code="X", id="s"))


async def next_of(frames: AsyncIterator[Frame]) -> Frame:
    return await asyncio.wait_for(anext(frames), 1)


async def test_a_page_gets_the_present_frame_and_then_each_newer_one() -> None:
    stage = Stage()
    stage.publish(frame(1))
    frames = stage.frames()
    assert (await next_of(frames)).journey == 1
    stage.publish(frame(2))
    assert (await next_of(frames)).journey == 2


async def test_a_slow_page_gets_the_newest_frame_only() -> None:
    stage = Stage()
    stage.publish(frame(1))
    frames = stage.frames()
    assert (await next_of(frames)).journey == 1
    for number in range(2, 50):
        stage.publish(frame(number))
    assert (await next_of(frames)).journey == 49


async def test_a_page_that_comes_again_gets_the_same_frame() -> None:
    stage = Stage()
    stage.publish(frame(7))
    first, second = stage.frames(), stage.frames()
    assert await next_of(first) == await next_of(second) == stage.frame


async def test_a_page_waits_until_there_is_something_to_draw() -> None:
    stage = Stage()
    assert stage.frame is None
    waiting = asyncio.create_task(next_of(stage.frames()))
    await asyncio.sleep(0)
    assert not waiting.done()
    stage.publish(frame(1))
    assert (await waiting).journey == 1


async def test_pages_are_counted_while_they_draw() -> None:
    stage = Stage()
    stage.publish(frame(1))
    watched = [stage.watched]
    frames = stage.frames()
    await next_of(frames)
    watched.append(stage.watched)
    assert isinstance(frames, AsyncGenerator)
    await frames.aclose()
    watched.append(stage.watched)
    assert watched == [False, True, False]


async def test_no_change_between_look_and_wait_is_missed() -> None:
    stage = Stage()
    seen: list[int] = []

    async def draw() -> None:
        async for each in stage.frames():
            seen.append(each.journey)
            if each.journey == 200:
                return

    drawing = asyncio.create_task(draw())
    for number in range(201):
        stage.publish(frame(number))
        if number % 3 == 0:
            await asyncio.sleep(0)
    await asyncio.wait_for(drawing, 2)
    assert seen == sorted(set(seen))
    assert seen[-1] == 200


async def test_a_closed_stage_lets_its_pages_go() -> None:
    stage = Stage()
    stage.publish(frame(1))

    async def draw() -> list[int]:
        return [each.journey async for each in stage.frames()]

    drawing = asyncio.create_task(draw())
    await asyncio.sleep(0)
    stage.close()
    assert await asyncio.wait_for(drawing, 1) == [1]
    assert not stage.watched


async def test_every_frame_says_what_can_be_read_aloud_and_a_change_shows_at_once() -> None:
    stage = Stage()
    stage.publish(frame(1))
    frames = stage.frames()
    assert (await next_of(frames)).languages == ()
    stage.speak(("zh",))
    assert (await next_of(frames)).languages == ("zh",)
    stage.publish(frame(2))
    assert (await next_of(frames)).languages == ("zh",)


def taking(number: int) -> Frame:
    things = Take(title=WORDS, things=(), ways=(), insist=False, can_leave=False, id="s")
    return Frame(journey=number, screen=things)


async def test_whoever_is_at_the_machine_is_told_at_once_and_nobody_else() -> None:
    stage = Stage()
    stage.publish(taking(1))
    frames = stage.frames()
    assert (await next_of(frames)).alert is None
    stage.alert(WORDS)
    assert (await next_of(frames)).alert == WORDS
    stage.publish(frame(2))
    assert (await next_of(frames)).alert is None
    stage.publish(taking(3))
    assert (await next_of(frames)).alert == WORDS
    stage.alert(None)
    assert (await next_of(frames)).alert is None


async def test_what_is_shown_last_still_reaches_the_page() -> None:
    stage = Stage()
    stage.publish(taking(1))
    frames = stage.frames()
    await next_of(frames)
    stage.publish(frame(2))
    stage.close()
    assert [each.journey async for each in frames] == [2]
