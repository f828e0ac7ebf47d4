"""One citizen at the machine, from the first touch to the wiped screen.

Events go down as screens, answers come up; the procedure is a coroutine between them. Leaving, by
whatever cause, cancels that coroutine: its ``async with`` blocks put everything back.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from kiosk_app.answers import (
    Answer,
    AnswerBase,
    Back,
    CallStaff,
    Chosen,
    Comfort,
    DocumentEntered,
    Go,
    Leave,
    PersonEntered,
    Rated,
    Remove,
    Signed,
    Start,
    Stay,
)
from kiosk_app.screens import (
    Choose,
    Done,
    EnterDocument,
    EnterPerson,
    Family,
    Fault,
    Frame,
    Identify,
    IdleWarning,
    Refused,
    Review,
    Screen,
    ScreenBase,
    Sign,
    Take,
    Welcome,
)
from kiosk_app.stage import Stage

T = TypeVar("T")


class Ending(StrEnum):
    """Why a journey was cut short."""

    LEFT = "left"
    IDLE = "idle"
    STOPPED = "stopped"
    """The terminal is being switched off."""


class WentBack(Exception):
    """The citizen wants the screen before this one."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds without a touch before the warning, and from the warning to the end."""

    idle: float
    warning: float
    warn: Callable[[int], IdleWarning]


@dataclass(slots=True)
class Trace:
    """What a journey did, without anything personal: for rehearsals, tests and the log."""

    screens: list[str] = field(default_factory=list)
    steps: list[tuple[str, float]] = field(default_factory=list)
    """Name and milliseconds."""


class Journey:
    """Screens shown and answers taken for one citizen.

    ``call_staff`` is called when the citizen asks for help.
    """

    def __init__(self, number: int, stage: Stage, call_staff: Callable[[], None]) -> None:
        self.number = number
        self.trace = Trace()
        self.ending: Ending | None = None
        self.pictures: dict[str, bytes] = {}
        """PNG pictures by the name that a screen's path ends with."""
        self._stage = stage
        self.call_staff = call_staff
        self._screen: Screen | None = None
        self._answered: asyncio.Future[AnswerBase] | None = None
        self._task: asyncio.Task[object] | None = None
        self._touched = time.monotonic()
        self._idle: IdleWarning | None = None
        self._comfort = Comfort(screen="", elder=False, language="zh", aloud=False)

    async def run(self, procedure: Awaitable[None], patience: Patience) -> None:
        """Carry the procedure out, and watch for a citizen who has gone.

        Returns when the procedure returns or the journey was ended early (see ``ending``).
        """
        task = asyncio.ensure_future(procedure)
        self._task = task
        watch = asyncio.create_task(self._watch_idle(patience))
        try:
            await task
        except asyncio.CancelledError:
            if self.ending is None:
                self.ending = Ending.STOPPED
                raise
        finally:
            watch.cancel()
            task.cancel()
            await asyncio.gather(watch, task, return_exceptions=True)

    def end(self, ending: Ending) -> None:
        """Cut the journey short. The first cause counts."""
        if self.ending is None and self._task is not None and not self._task.done():
            self.ending = ending
            self._task.cancel()

    def add_picture(self, png: bytes) -> str:
        """Keep a picture for a screen until the wipe; returns its path for the page."""
        name = secrets.token_urlsafe(12)
        self.pictures = {name: png}
        return f"/api/citizen/pictures/{name}"

    def show(self, screen: Screen) -> None:
        """Show a screen that awaits no answer."""
        self._present(screen)

    def update(self, screen: Screen) -> None:
        """Change the screen in place: it keeps its id, and an answer on its way stays good."""
        if self._screen is None or self._screen.kind != screen.kind:
            raise ValueError("only a screen of the same kind can take this one's place")
        self._screen = screen.model_copy(update={"id": self._screen.id})
        self._publish()

    async def ask(self, screen: Screen, *, within: float | None = None) -> Answer | None:
        """Show a screen and wait for its answer; ``None`` when ``within`` seconds have passed.

        Raises ``WentBack`` when the citizen goes back.
        """
        answered = self._await_answer(screen)
        try:
            answer = await asyncio.wait_for(answered, within)
        except TimeoutError:
            return None
        finally:
            self._answered = None
        return _or_back(answer)

    async def ask_while(self, screen: Screen, work: Awaitable[T]) -> Answer | T:
        """Show a screen, and do something until it is done or the citizen answers first.

        The work is cancelled when the answer comes first. Raises ``WentBack``, and what the work
        raises.
        """
        answered = self._await_answer(screen)
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait((answered, working), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                self.touch()
                return working.result()
            return _or_back(answered.result())
        finally:
            self._answered = None
            answered.cancel()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    def accept(self, answer: Answer) -> bool:
        """Take an answer from a page; ``False`` when it does not fit what is shown."""
        screen = self._screen
        if screen is None or answer.screen != screen.id or self.ending is not None:
            return False
        self.touch()
        if isinstance(answer, Stay):
            return True
        if isinstance(answer, Comfort):
            self._comfort = answer
            self._publish()
            return True
        if isinstance(answer, CallStaff):
            self.call_staff()
            return True
        if isinstance(answer, Leave):
            if screen.can_leave:
                self.end(Ending.LEFT)
            return screen.can_leave
        if self._answered is None or self._answered.done() or not offers(screen, answer):
            return False
        self._answered.set_result(answer)
        return True

    def touch(self) -> None:
        """Somebody is there."""
        self._touched = time.monotonic()
        if self._idle is not None:
            self._idle = None
            self._publish()

    def forget(self) -> None:
        """Drop all that this journey held of its citizen."""
        self.pictures.clear()
        self._screen = None
        self._answered = None
        self._task = None
        self._idle = None

    @property
    def holds_anything(self) -> bool:
        """Whether anything of the citizen is still held here."""
        return bool(self.pictures) or self._screen is not None or self._answered is not None

    def _await_answer(self, screen: Screen) -> asyncio.Future[AnswerBase]:
        self._present(screen)
        self._touched = time.monotonic()
        self._answered = asyncio.get_running_loop().create_future()
        return self._answered

    def _present(self, screen: Screen) -> None:
        self._screen = screen.model_copy(update={"id": secrets.token_hex(6)})
        self._idle = None
        if not self.trace.screens or self.trace.screens[-1] != screen.kind:
            self.trace.screens.append(screen.kind)
        self._publish()

    def _publish(self) -> None:
        if self._screen is not None:
            self._stage.publish(
                Frame(
                    journey=self.number,
                    screen=self._screen,
                    idle=self._idle,
                    elder=self._comfort.elder,
                    language=self._comfort.language,
                    aloud=self._comfort.aloud,
                )
            )

    async def _watch_idle(self, patience: Patience) -> None:
        """Warn, then end, when nobody touches a screen that awaits an answer."""
        while True:
            quiet = time.monotonic() - self._touched
            slowly = 2.0 if self._comfort.elder else 1.0
            idle, warning = patience.idle * slowly, patience.warning * slowly
            waiting = self._answered is not None and not isinstance(self._screen, Done)
            if not waiting or quiet < idle:
                await asyncio.sleep(max(0.05, min(1.0, idle - quiet)))
            elif self._idle is None:
                self._idle = patience.warn(round(warning))
                self.trace.screens.append("idle-warning")
                self._publish()
                await asyncio.sleep(0.05)
            elif quiet >= idle + warning:
                self.end(Ending.IDLE)
                return
            else:
                await asyncio.sleep(min(0.2, warning))


def offers(screen: Screen, answer: AnswerBase) -> bool:
    """Whether a screen offers what an answer says: its kind, and each value in it."""
    if isinstance(answer, Back):
        return screen.can_go_back
    if isinstance(answer, Start):
        return isinstance(screen, Welcome) and any(
            tile.service == answer.service and tile.available for tile in screen.tiles
        )
    if isinstance(answer, Go):
        return answer.way in _ways(screen)
    if isinstance(answer, Chosen):
        return isinstance(screen, Choose) and _fits(screen, answer.values)
    if isinstance(answer, Remove):
        return isinstance(screen, Family) and any(
            member.number == answer.number and member.removable for member in screen.members
        )
    asks = _ASKS.get(type(answer))
    return asks is not None and isinstance(screen, asks)


_ASKS: Mapping[type[AnswerBase], type[ScreenBase]] = {
    PersonEntered: EnterPerson,
    DocumentEntered: EnterDocument,
    Signed: Sign,
    Rated: Done,
}
"""Answers that any screen of one kind takes as they are."""


def _ways(screen: Screen) -> set[str]:
    if isinstance(screen, Review):
        return {"print", *(row.change for row in screen.rows if row.change)}
    if isinstance(screen, Family):
        done = {"done"} if screen.confirm is not None else set()
        return done | {way.action for way in screen.ways}
    if isinstance(screen, Identify | EnterDocument | Sign | Take | Done | Refused | Fault):
        return {way.action for way in screen.ways}
    return set()


def _fits(screen: Choose, values: tuple[str, ...]) -> bool:
    known = {option.value: option for option in screen.options}
    if not values or len(set(values)) != len(values) or any(v not in known for v in values):
        return False
    alone = screen.multiple is False or any(known[value].exclusive for value in values)
    return len(values) == 1 or not alone


def _or_back(answer: AnswerBase) -> Answer:
    if isinstance(answer, Back):
        raise WentBack
    return answer  # type: ignore[return-value]  # every answer that reaches here is of the union
