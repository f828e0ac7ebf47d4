from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from kiosk_app.answers import (
    Answer,
    Back,
    CallStaff,
    Chosen,
    Comfort,
    Go,
    Leave,
    PersonEntered,
    Rated,
    Remove,
    Start,
    Stay,
)
from kiosk_app.journey import Ending, Journey, Patience, WentBack
from kiosk_app.screens import (
    Choose,
    Done,
    EnterPerson,
    Family,
    Icon,
    Identify,
    IdleWarning,
    Member,
    Option,
    Progress,
    Review,
    Row,
    Screen,
    Take,
    Tile,
    Way,
    Welcome,
)
from kiosk_app.stage import Stage
from kiosk_app.texts import Text

T = Text(zh="字", en="words")


def option(value: str, *, exclusive: bool = False) -> Option:
    return Option(value=value, label=T, exclusive=exclusive)


ONE_OF = Choose(title=T, options=(option("a"), option("b")), can_go_back=True)
SOME_OF = ONE_OF.model_copy(
    update={"options": (option("all", exclusive=True), option("a"), option("b")), "multiple": True}
)
IDENTIFY = Identify(title=T, state="waiting", ways=(Way(action="no-card", label=T),))
TAKE = Take(title=T, things=(), ways=(Way(action="taken", label=T),), can_leave=False)
DONE = Done(title=T, things=(), rating=(), rating_title=T, ways=(), seconds=5)
PROGRESS = Progress(title=T, acts=(), fraction=0.5, can_leave=False)
ENTER = EnterPerson(title=T, consent=T, confirm=T)
REVIEW = Review(
    title=T,
    preview="/p",
    preview_says=T,
    rows=(Row(label=T, value=T, change="range"), Row(label=T, value=T)),
    confirm=T,
)
FAMILY = Family(
    title=T,
    members=tuple(
        Member(number=n, name="张*", relation=T, shown_by=T, icon=Icon.USER, removable=n > 0)
        for n in range(2)
    ),
    ways=(Way(action="done", label=T),),
    confirm=T,
)
WELCOME = Welcome(
    title=T,
    tiles=tuple(
        Tile(service=name, title=T, detail=T, icon=Icon.HOME, available=name == "open")
        for name in ("open", "closed")
    ),
)


class Room:
    """A journey on a stage, with the staff bell."""

    def __init__(self, idle: float = 60, warning: float = 30) -> None:
        self.stage = Stage()
        self.bells = 0
        self.patience = Patience(idle, warning, self._warn)
        self.journey = Journey(3, self.stage, self._ring)

    def _warn(self, seconds: int) -> IdleWarning:
        return IdleWarning(seconds=seconds, title=T, lead=T, stay=T, leave=T)

    def _ring(self) -> None:
        self.bells += 1

    @property
    def screen(self) -> Screen:
        assert self.stage.frame is not None
        return self.stage.frame.screen

    @property
    def warned(self) -> bool:
        return self.stage.frame is not None and self.stage.frame.idle is not None

    def say(self, kind: Callable[..., Any], **values: Any) -> bool:
        """Answer the screen that is shown."""
        return self.journey.accept(kind(screen=self.screen.id, **values))


@contextlib.asynccontextmanager
async def asking(room: Room, screen: Screen, **options: Any) -> AsyncIterator[asyncio.Task[Any]]:
    """A screen that is shown and waits for its answer."""
    task = asyncio.create_task(room.journey.ask(screen, **options))
    await asyncio.sleep(0)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def soon(condition: Callable[[], bool], within: float = 3) -> None:
    for _ in range(round(within / 0.01)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come in time")


async def test_an_answer_reaches_the_procedure_that_asked() -> None:
    room = Room()
    async with asking(room, ONE_OF) as asked:
        assert room.say(Chosen, values=("b",))
        assert await asked == Chosen(screen=room.screen.id, values=("b",))


async def test_an_answer_to_a_screen_that_is_gone_does_nothing() -> None:
    room = Room()
    async with asking(room, ONE_OF):
        old = room.screen.id
    async with asking(room, ONE_OF) as asked:
        assert room.screen.id != old
        assert not room.journey.accept(Chosen(screen=old, values=("a",)))
        assert not room.journey.accept(Leave(screen=old))
        await asyncio.sleep(0)
        assert not asked.done()


async def test_a_double_tap_has_one_effect() -> None:
    room = Room()
    async with asking(room, ONE_OF) as asked:
        assert [room.say(Chosen, values=(v,)) for v in ("a", "b", "a")] == [True, False, False]
        assert (await asked).values == ("a",)
        assert not room.say(Chosen, values=("a",)), "the screen stays until the next one is shown"


@pytest.mark.parametrize(
    ("screen", "kind", "values", "fits"),
    [
        (ONE_OF, Chosen, {"values": ("a",)}, True),
        (ONE_OF, Chosen, {"values": ("a", "b")}, False),
        (ONE_OF, Chosen, {"values": ()}, False),
        (ONE_OF, Chosen, {"values": ("c",)}, False),
        (SOME_OF, Chosen, {"values": ("a", "b")}, True),
        (SOME_OF, Chosen, {"values": ("a", "a")}, False),
        (SOME_OF, Chosen, {"values": ("all",)}, True),
        (SOME_OF, Chosen, {"values": ("all", "a")}, False),
        (ONE_OF, Go, {"way": "a"}, False),
        (ONE_OF, Rated, {"score": 5}, False),
        (ONE_OF, Back, {}, True),
        (IDENTIFY, Back, {}, False),
        (IDENTIFY, Go, {"way": "no-card"}, True),
        (IDENTIFY, Go, {"way": "print"}, False),
        (REVIEW, Go, {"way": "print"}, True),
        (REVIEW, Go, {"way": "range"}, True),
        (REVIEW, Go, {"way": "who"}, False),
        (FAMILY, Remove, {"number": 1}, True),
        (FAMILY, Remove, {"number": 0}, False),
        (FAMILY, Remove, {"number": 2}, False),
        (FAMILY, Go, {"way": "add-spouse"}, False),
        (ENTER, PersonEntered, {"name": "", "id_number": "", "consent": False}, True),
        (FAMILY, PersonEntered, {"name": "", "id_number": "", "consent": True}, False),
        (DONE, Rated, {"score": 1}, True),
        (WELCOME, Start, {"service": "open"}, True),
        (WELCOME, Start, {"service": "closed"}, False),
        (WELCOME, Start, {"service": "none"}, False),
        (REVIEW, Start, {"service": "open"}, False),
    ],
)
async def test_only_what_a_screen_offers_is_taken(
    screen: Screen, kind: type[Any], values: dict[str, Any], fits: bool
) -> None:
    room = Room()
    async with asking(room, screen) as asked:
        assert room.say(kind, **values) is fits
        await asyncio.sleep(0)
        assert asked.done() is fits


async def test_back_is_told_to_the_procedure() -> None:
    room = Room()
    async with asking(room, ONE_OF) as asked:
        assert room.say(Back)
        with pytest.raises(WentBack):
            await asked


async def test_no_answer_in_time_is_none() -> None:
    room = Room()
    async with asking(room, DONE, within=0.02) as asked:
        assert await asked is None
        assert not room.say(Rated, score=5)


async def test_leaving_cancels_the_procedure_and_runs_its_cleanups() -> None:
    room, put_back = Room(), []

    async def procedure() -> None:
        try:
            await room.journey.ask(ONE_OF)
        finally:
            await asyncio.sleep(0)
            put_back.append("card")

    running = asyncio.create_task(room.journey.run(procedure(), room.patience))
    await soon(lambda: room.stage.frame is not None)
    assert room.say(Leave)
    await asyncio.wait_for(running, 1)
    assert put_back == ["card"]
    assert room.journey.ending is Ending.LEFT
    assert not room.say(Chosen, values=("a",)), "nothing is taken after the end"


async def test_a_screen_that_may_not_be_left_stays() -> None:
    room = Room()
    running = asyncio.create_task(
        room.journey.run(_ignoring(room.journey.ask(TAKE)), room.patience)
    )
    await soon(lambda: room.stage.frame is not None)
    assert not room.say(Leave)
    assert room.say(Go, way="taken")
    await asyncio.wait_for(running, 1)
    assert room.journey.ending is None


async def test_the_first_cause_of_an_end_counts() -> None:
    room = Room()
    running = asyncio.create_task(
        room.journey.run(_ignoring(room.journey.ask(ONE_OF)), room.patience)
    )
    await soon(lambda: room.stage.frame is not None)
    room.journey.end(Ending.IDLE)
    room.journey.end(Ending.LEFT)
    await running
    assert room.journey.ending is Ending.IDLE


async def test_switching_the_terminal_off_ends_the_journey_and_goes_on_up() -> None:
    room = Room()
    running = asyncio.create_task(
        room.journey.run(_ignoring(room.journey.ask(ONE_OF)), room.patience)
    )
    await soon(lambda: room.stage.frame is not None)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert room.journey.ending is Ending.STOPPED


async def test_who_does_not_touch_is_warned_and_then_the_journey_ends() -> None:
    room = Room(idle=0.2, warning=0.2)
    running = asyncio.create_task(
        room.journey.run(_ignoring(room.journey.ask(ONE_OF)), room.patience)
    )
    await soon(lambda: room.warned)
    assert not running.done()
    await asyncio.wait_for(running, 2)
    assert room.journey.ending is Ending.IDLE


async def test_stay_takes_the_warning_away_and_leaves_the_screen() -> None:
    room = Room(idle=0.2, warning=5)
    running = asyncio.create_task(
        room.journey.run(_ignoring(room.journey.ask(ONE_OF)), room.patience)
    )
    await soon(lambda: room.warned)
    before = room.screen
    assert room.say(Stay)
    assert not room.warned
    assert room.screen == before
    assert room.say(Chosen, values=("a",))
    await asyncio.wait_for(running, 1)


async def test_elder_mode_doubles_the_patience() -> None:
    room = Room(idle=0.3, warning=5)
    running = asyncio.create_task(
        room.journey.run(_ignoring(room.journey.ask(ONE_OF)), room.patience)
    )
    await soon(lambda: room.stage.frame is not None)
    assert room.say(Comfort, elder=True, language="zh", aloud=False)
    await asyncio.sleep(0.45)
    assert not room.warned
    await soon(lambda: room.warned)
    assert room.stage.frame is not None
    assert room.stage.frame.idle is not None
    assert room.stage.frame.idle.seconds == 10
    assert room.say(Leave)
    await running


async def test_nobody_is_warned_while_the_machine_works() -> None:
    room = Room(idle=0.1, warning=0.1)

    async def procedure() -> None:
        room.journey.show(PROGRESS)
        await asyncio.sleep(0.6)

    await asyncio.wait_for(room.journey.run(procedure(), room.patience), 2)
    assert not room.warned
    assert room.journey.ending is None


async def test_calling_staff_leaves_the_screen_as_it_is() -> None:
    room = Room()
    async with asking(room, ONE_OF) as asked:
        before = room.screen
        assert room.say(CallStaff)
        assert (room.bells, room.screen) == (1, before)
        assert not asked.done()


async def test_work_is_cancelled_when_the_citizen_answers_first() -> None:
    room, ended = Room(), []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("work")

    asked = asyncio.create_task(room.journey.ask_while(IDENTIFY, work()))
    await soon(lambda: room.stage.frame is not None)
    await asyncio.sleep(0)
    assert room.say(Go, way="no-card")
    answer = await asked
    assert isinstance(answer, Go)
    assert ended == ["work"]


async def test_the_result_of_the_work_is_given_back_and_answers_come_too_late() -> None:
    room = Room()

    async def work() -> str:
        return "a card"

    assert await room.journey.ask_while(IDENTIFY, work()) == "a card"
    assert not room.say(Go, way="no-card")


async def test_what_the_work_raises_reaches_the_procedure() -> None:
    room = Room()

    async def work() -> None:
        raise LookupError("the reader is gone")

    with pytest.raises(LookupError, match="the reader is gone"):
        await room.journey.ask_while(IDENTIFY, work())


async def test_an_update_keeps_the_screen_id_and_an_answer_on_its_way_stays_good() -> None:
    room = Room()
    async with asking(room, IDENTIFY) as asked:
        old = room.screen.id
        room.journey.update(IDENTIFY.model_copy(update={"state": "reading"}))
        assert room.screen.id == old
        assert room.journey.accept(Go(screen=old, way="no-card"))
        assert isinstance(await asked, Go)
        with pytest.raises(ValueError, match="same kind"):
            room.journey.update(PROGRESS)


async def test_a_journey_that_is_wiped_holds_nothing() -> None:
    room = Room()
    async with asking(room, ONE_OF):
        path = room.journey.add_picture(b"png")
        assert room.journey.pictures[path.rpartition("/")[2]] == b"png"
        held = [room.journey.holds_anything]
    room.journey.forget()
    held.append(room.journey.holds_anything)
    assert held == [True, False]
    assert room.journey.pictures == {}


async def test_a_new_picture_takes_the_place_of_the_old_one() -> None:
    room = Room()
    old, new = room.journey.add_picture(b"old"), room.journey.add_picture(b"new")
    assert old != new
    assert list(room.journey.pictures.values()) == [b"new"]


async def _ignoring(answer: Awaitable[Answer | None]) -> None:
    await answer
