"""The terminal: what is offered now, who is at the machine, and the wipe after each."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from kiosk_app.answers import Answer, Start, Wiped
from kiosk_app.audit.chain import AuditKind, Entry
from kiosk_app.catalogue.services import Service
from kiosk_app.desk import Parts, Report, StartAgain, Stopped, code_of
from kiosk_app.desk.left_cards import see_cards_off
from kiosk_app.desk.ways_in import cards_to_bring
from kiosk_app.fitness import (
    DEVICE,
    RECORDS,
    REGISTER,
    STARTING,
    STOPPING,
    closed,
    obstacle,
    role_obstacle,
)
from kiosk_app.journey import Ending, Journey, Patience, Trace, WentBack
from kiosk_app.privacy.wipe import Residue
from kiosk_app.procedures import procedure
from kiosk_app.records import StoreError
from kiosk_app.screens import IdleWarning, OutOfService, Tile, Welcome
from kiosk_app.settings import Hall, TerminalSettings
from kiosk_app.stage import Stage
from kiosk_app.texts import Text, Texts

if TYPE_CHECKING:
    from kiosk_app.desk.desk import Desk
    from kiosk_app.issuing.office import IssuingOffice

log = structlog.get_logger(__name__)

WATCH_EVERY_S = 0.5
"""How often fitness is looked at while the first screen is up."""
RECORDS_EVERY_S = 3.0
SCREEN_FIRST_S = 0.2
PAGE_PROOF_S = 5.0
"""How long the page has to prove that it is clean."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One journey that is over, without anything personal."""

    number: int
    service: str
    report: Report
    trace: Trace
    ending: Ending | None


@dataclass(frozen=True, slots=True)
class Front:
    """What the first screen needs."""

    texts: Texts
    hall: Hall
    settings: TerminalSettings


class Terminal:
    """Runs one citizen after the other.

    It shows its first screen with what stands in ``front`` alone, and offers nothing until
    ``open`` gives it the ``parts`` to work with.
    """

    parts: Parts
    """There once the terminal is open."""

    def __init__(self, front: Front, services: Mapping[str, Service], residue: Residue) -> None:
        self.front = front
        self.services = dict(services)
        self.stage = Stage()
        self.finished: asyncio.Queue[Finished] = asyncio.Queue(maxsize=64)
        self.page_seen = time.monotonic()
        self.staff_calls = 0
        self.sheets_left: Callable[[str], int | None] = lambda role: None
        """How many sheets a printer's tray holds, as far as they are counted."""
        self.closed_for: str | None = None
        """Why people keep the terminal closed (``maintenance``); a journey that runs is finished
        first."""
        self._residue = residue
        self._forgetters: list[Callable[[], None]] = []
        self._followers: list[Callable[[Finished], None]] = []
        self._journey: Journey | None = None
        self._number = 0
        self._open = False
        self._records_due = 0.0
        self._records_fit = True
        self._page_proofs: dict[int, asyncio.Future[Wiped]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve citizens until cancelled. What goes wrong with one must not reach the next."""
        try:
            while True:
                self._number += 1
                try:
                    await self._serve(self._open_journey())
                except Exception:
                    log.exception("journey failed", journey=self._number)
                    await asyncio.sleep(WATCH_EVERY_S)
        finally:
            for task in self._tasks:
                task.cancel()
            self._take_leave()

    def on_wipe(self, forget: Callable[[], None]) -> None:
        """Call this too when a journey is wiped."""
        self._forgetters.append(forget)

    def on_finished(self, follow: Callable[[Finished], None]) -> None:
        """Call this with each journey that is over."""
        self._followers.append(follow)

    def open(self, parts: Parts) -> None:
        """Devices, register and records are in place: services may be offered."""
        self.parts = parts
        self._open = True

    @property
    def opened(self) -> bool:
        """Whether there are parts to work with."""
        return self._open

    @property
    def quiet(self) -> bool:
        """Whether nobody is at the machine."""
        return self.stage.quiet

    def warn(self, of: str | None) -> None:
        """Tell whoever is at the machine what they must know at once (``warning.<of>``), until
        something else is to be told or ``None``."""
        self.stage.alert(self.front.texts[f"warning.{of}"] if of is not None else None)

    async def settled(self) -> None:
        """Wait until what follows a journey is done: the wipe, its proof."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def accept(self, answer: Answer) -> bool:
        """Take an answer from a page; ``False`` when it does not fit what is shown now."""
        return self._journey is not None and self._journey.accept(answer)

    def picture(self, name: str) -> bytes | None:
        """A PNG of the present journey, by name."""
        return self._journey.pictures.get(name) if self._journey else None

    def page_wiped(self, proof: Wiped) -> None:
        """A page says what is left in it of the journeys before the one that it now shows."""
        for number, waiting in self._page_proofs.items():
            if number < proof.journey and not waiting.done():
                waiting.set_result(proof)

    def _open_journey(self) -> Journey:
        self._journey = Journey(self._number, self.stage, self.call_staff)
        return self._journey

    def _take_leave(self) -> None:
        """Show last what may stay when nobody serves the page: nothing of a citizen."""
        self._number += 1
        self._open_journey().show(self._out_of_service(self.closed_for or STOPPING))

    def _patience(self) -> Patience:
        timers, texts = self.parts.terminal.timers, self.front.texts

        def warn(seconds: int) -> IdleWarning:
            words = {key: texts[f"idle.{key}"] for key in ("title", "lead", "stay", "leave")}
            return IdleWarning(seconds=seconds, **words)

        return Patience(timers.idle, timers.warning, warn)

    def call_staff(self) -> None:
        """Ask a member of staff to come to this terminal."""
        self.staff_calls += 1
        log.warning("staff called", calls=self.staff_calls)
        with contextlib.suppress(StoreError):  # a full disk must not keep the citizen from help
            self.parts.audit.append(Entry(AuditKind.STAFF_CALL))

    async def _serve(self, journey: Journey) -> None:
        if self._open:
            await see_cards_off(self.parts, journey)
            journey.trace.screens.clear()  # until here it was about the citizen before
        service = await self._welcome(journey)
        try:
            await self._errand(journey, service)
        finally:
            self._wipe(journey)

    async def _errand(self, journey: Journey, service: Service) -> None:
        from kiosk_app.desk.desk import Desk

        desk = Desk(self.parts, journey, self._stages(service))
        self._later(self._warm_workshop(journey))
        await journey.run(self._carry_out(desk, service), self._patience())
        self._note(Finished(journey.number, service.id, desk.report, journey.trace, journey.ending))

    async def _warm_workshop(self, journey: Journey) -> None:
        """Have the workshop ready by the time the card is read; the screen comes first."""
        await asyncio.sleep(SCREEN_FIRST_S)
        if self._journey is journey:
            await self.parts.workshop.warm()

    def _note(self, finished: Finished) -> None:
        if self.finished.full():
            self.finished.get_nowait()
        self.finished.put_nowait(finished)
        for follow in self._followers:
            follow(finished)
        log.info(
            "journey over",
            service=finished.service,
            outcome=str(finished.report.outcome),
            ending=str(finished.ending) if finished.ending else None,
        )

    async def _carry_out(self, desk: Desk, service: Service) -> None:
        """The procedure, again as often as the citizen wants to start again."""
        while True:
            with contextlib.suppress(StartAgain):
                return await self._once(desk, service)
            desk.start_again()

    async def _once(self, desk: Desk, service: Service) -> None:
        """The procedure, with every way in which it may end explained to the citizen."""
        with contextlib.suppress(Stopped, WentBack):
            try:
                await procedure(service.procedure)(desk, service)
            except (Stopped, WentBack, StartAgain):
                raise
            except Exception as error:
                code = code_of(error)
                if code == "internal":
                    log.exception("procedure failed", service=service.id)
                else:
                    log.warning("errand stopped", code=code, says=str(error))
                await desk.stop(code)

    def _stages(self, service: Service) -> tuple[Text, ...]:
        texts = self.front.texts.under(f"stages.{service.procedure}")
        return tuple(texts[name] for name in sorted(texts))

    async def _welcome(self, journey: Journey) -> Service:
        """Show what is offered, keep it true, and return what the citizen chose."""
        while True:
            screen = await self._first_screen()
            if isinstance(screen, OutOfService):
                journey.show(screen)
                await self._until_changed(journey, screen)
                continue
            answer = await journey.ask_while(screen, self._until_changed(journey, screen))
            if isinstance(answer, Start):
                return self.services[answer.service]

    async def _until_changed(self, journey: Journey, shown: Welcome | OutOfService) -> None:
        """Keep the screen true while its kind stays; return when another kind is due."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            await self._look_at_readers()
            screen = await self._first_screen()
            if screen.kind != shown.kind:
                return
            if screen != shown:
                shown = screen
                journey.update(screen)

    async def _look_at_readers(self) -> None:
        """Learn when a card that was left is taken, before another one lies in its place."""
        if not self._open:
            return
        devices = self.parts.devices
        for role, reader in devices.card_readers.items():
            if role_obstacle(devices, role) is None:
                await reader.look()

    async def _first_screen(self) -> Welcome | OutOfService:
        if self.closed_for is not None:
            return self._out_of_service(self.closed_for)
        texts = self.front.texts
        obstacles = await self.obstacles()
        lasting = [reason for reason in obstacles.values() if reason and reason != STARTING]
        if lasting and len(lasting) == len(obstacles):
            return self._out_of_service(lasting[0])
        return Welcome(
            title=texts["welcome.title"],
            tiles=tuple(
                Tile(
                    service=service.id,
                    title=service.title,
                    detail=self.why_not(reason) if reason else service.texts["detail"],
                    about=service.texts["about"],
                    brings=self._brings(service),
                    icon=service.icon,
                    available=reason is None,
                )
                for service in self.services.values()
                for reason in (obstacles[service.id],)
            ),
        )

    def _brings(self, service: Service) -> Text:
        """What to have at hand: of the cards that the service takes, those that can be read now."""
        readers = service.chain.readers
        if self._open:
            devices = self.parts.devices
            fit = tuple(role for role in readers if role_obstacle(devices, role) is None)
            readers = fit or readers
        words = service.texts["brings"]
        return words.fill(cards=cards_to_bring(self.front.texts, readers)) if readers else words

    def _out_of_service(self, reason: str) -> OutOfService:
        texts = self.front.texts
        return OutOfService(
            title=texts["out-of-service.title"],
            lead=self._words("out-of-service", reason),
            phone=self.front.hall.phone,
            code=closed(reason).reference,
        )

    def why_not(self, reason: str) -> Text:
        """Why a service is not offered, in a few words."""
        return self._words("obstacle", reason)

    def _words(self, place: str, reason: str) -> Text:
        texts = self.front.texts
        return texts.get(f"{place}.{reason}") or texts[f"{place}.{DEVICE}"]

    async def obstacles(self) -> dict[str, str | None]:
        """Why each service cannot be offered now, as the end of a text key; ``None``: it can."""
        return {
            service.id: self.closed_for or await self._obstacle(service)
            for service in self.services.values()
        }

    async def _obstacle(self, service: Service) -> str | None:
        if not self._open:
            return STARTING
        if self.parts.office is None or not await self._records_are_fit(self.parts.office):
            return RECORDS
        found = obstacle(self.parts.devices, service.chain, self.sheets_left)
        if found is not None or service.connector is None:
            return found
        register = self.parts.registers.get(service.connector)
        return None if register is not None and await register.ready() else REGISTER

    async def _records_are_fit(self, office: IssuingOffice) -> bool:
        """Whether something new could be written; looked at every few seconds."""
        now = time.monotonic()
        if now >= self._records_due:
            self._records_due = now + RECORDS_EVERY_S
            self._records_fit = await asyncio.to_thread(office.is_fit)
        return self._records_fit

    def _wipe(self, journey: Journey) -> None:
        """Drop all that is the citizen's; the proof of it follows when the page has answered."""
        journey.forget()
        for forget in self._forgetters:
            forget()
        self._page_proofs[journey.number] = asyncio.get_running_loop().create_future()
        self._later(self._prove(journey, self._page_proofs[journey.number]))

    def _later(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something beside the journey; its failure is logged and hurts nobody."""

        async def carefully() -> None:
            try:
                await work
            except Exception as problem:
                log.warning("left undone", kind=type(problem).__name__)

        task = asyncio.create_task(carefully())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prove(self, journey: Journey, page: asyncio.Future[Wiped]) -> None:
        await self.parts.workshop.forget()
        said: Wiped | None = None
        if self.stage.watched:
            with contextlib.suppress(TimeoutError):
                said = await asyncio.wait_for(page, PAGE_PROOF_S)
        self._page_proofs.pop(journey.number, None)
        proof = self._residue.check(journey.holds_anything, said)
        self.parts.audit.append(Entry(AuditKind.WIPE, {"journey": journey.number, **proof.counts}))
        if not proof.clean:
            log.error("wipe incomplete", journey=journey.number, **proof.counts)
