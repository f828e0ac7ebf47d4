"""The terminal: what is offered now, who is at the machine, and the wipe after each."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from drivers.device import DeviceState
from drivers.document_printer.contract import PaperLevel
from kiosk_app.catalogue.services import Service
from kiosk_app.audit.chain import AuditKind, Entry
from kiosk_app.desk import Desk, Parts, Report, StartAgain, Stopped, code_of
from kiosk_app.devices import PRINTER
from kiosk_app.journey import Ending, Journey, Patience, Trace, WentBack
from kiosk_app.privacy.wipe import Residue
from kiosk_app.procedures import Procedure
from kiosk_app.screens import (
    Answer,
    IdleWarning,
    OutOfService,
    Start,
    Tile,
    Welcome,
    Wiped,
)
from kiosk_app.stage import Stage
from kiosk_app.texts import Text

log = structlog.get_logger(__name__)

WATCH_EVERY_S = 0.5
"""How often fitness is looked at while the first screen is up."""
PAGE_PROOF_S = 5.0
"""How long the page has to prove that it is clean."""
_FIT = frozenset({DeviceState.ONLINE, DeviceState.DEVICE_BUSY})


@dataclass(frozen=True, slots=True)
class Finished:
    """One journey that is over, without anything personal."""

    number: int
    service: str
    report: Report
    trace: Trace
    ending: Ending | None


class Terminal:
    """Runs one citizen after the other. ``procedures``: coroutines by name."""

    def __init__(
        self,
        parts: Parts,
        services: Mapping[str, Service],
        procedures: Mapping[str, Procedure],
        residue: Residue,
    ) -> None:
        self.parts = parts
        self.services = dict(services)
        self.stage = Stage()
        self.finished: asyncio.Queue[Finished] = asyncio.Queue(maxsize=64)
        self.page_seen = time.monotonic()
        self.staff_calls = 0
        self._procedures = procedures
        self._residue = residue
        self._journey: Journey | None = None
        self._number = 0
        self._page_proofs: dict[int, asyncio.Future[Wiped]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve citizens until cancelled."""
        while True:
            self._number += 1
            journey = self._open_journey()
            service = await self._welcome(journey)
            try:
                await self._errand(journey, service)
            finally:
                self._wipe(journey)

    def accept(self, answer: Answer) -> bool:
        """Take an answer from a page; ``False`` when it does not fit what is shown now."""
        return self._journey is not None and self._journey.accept(answer)

    def picture(self, name: str) -> bytes | None:
        """A PNG of the present journey, by name."""
        return self._journey.pictures.get(name) if self._journey else None

    def page_wiped(self, proof: Wiped) -> None:
        """A page says what is left in it of a journey."""
        waiting = self._page_proofs.get(proof.journey)
        if waiting is not None and not waiting.done():
            waiting.set_result(proof)

    def obstacle(self, service: Service) -> str | None:
        """Why a service cannot be offered now, as the end of a text key; ``None`` when it can."""
        status = self.parts.devices.status()
        for role in service.devices:
            state = status[role].device.value
            if state is DeviceState.STARTING:
                return "starting"
            if state not in _FIT:
                return role
        if PRINTER in service.devices:
            return self._paper_obstacle()
        return None

    def _paper_obstacle(self) -> str | None:
        printer = self.parts.devices.printer.status()
        if printer.paper.value is PaperLevel.OUT:
            return "paper-out"
        if any(reason.stops for reason in printer.reasons.value):
            return PRINTER
        return None

    def _open_journey(self) -> Journey:
        timers, texts = self.parts.terminal.timers, self.parts.texts

        def warn(seconds: int) -> IdleWarning:
            words = {key: texts[f"idle.{key}"] for key in ("title", "lead", "stay", "leave")}
            return IdleWarning(seconds=seconds, **words)

        patience = Patience(idle=timers.idle, warning=timers.warning, warn=warn)
        self._journey = Journey(self._number, self.stage, patience, self.call_staff)
        return self._journey

    def call_staff(self) -> None:
        """Ask a member of staff to come to this terminal."""
        self.staff_calls += 1
        self.parts.audit.append(Entry(AuditKind.STAFF_CALL))

    async def _errand(self, journey: Journey, service: Service) -> None:
        desk = Desk(self.parts, journey, self._stages(service))
        await journey.run(self._carry_out(desk, service))
        self._note(
            Finished(journey.number, service.id, desk.report, journey.trace, journey.ending)
        )

    def _note(self, finished: Finished) -> None:
        if self.finished.full():
            self.finished.get_nowait()
        self.finished.put_nowait(finished)
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
                await self._procedures[service.procedure](desk, service)
            except (Stopped, WentBack, StartAgain):
                raise
            except Exception as error:
                code = code_of(error)
                if code == "internal":
                    log.exception("procedure failed", service=service.id)
                await desk.stop(code)

    def _stages(self, service: Service) -> tuple[Text, ...]:
        texts = self.parts.texts.under(f"stages.{service.procedure}")
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
            screen = await self._first_screen()
            if screen.kind != shown.kind:
                return
            if screen != shown:
                shown = screen
                journey.update(screen)

    async def _first_screen(self) -> Welcome | OutOfService:
        texts = self.parts.texts
        obstacles = {
            service.id: self.obstacle(service) or await self._back_office_obstacle(service)
            for service in self.services.values()
        }
        closed = [reason for reason in obstacles.values() if reason and reason != "starting"]
        if closed and len(closed) == len(obstacles):
            return OutOfService(
                title=texts["out-of-service.title"],
                lead=texts[f"out-of-service.{closed[0]}"],
                phone=self.parts.hall.phone,
                code=closed[0].upper(),
            )
        return Welcome(
            title=texts["welcome.title"],
            tiles=tuple(
                Tile(
                    service=service.id,
                    title=service.title,
                    detail=(
                        texts[f"obstacle.{reason}"] if reason else service.texts["detail"]
                    ),
                    brings=service.texts["brings"],
                    icon=service.icon,
                    available=reason is None,
                )
                for service in self.services.values()
                for reason in (obstacles[service.id],)
            ),
        )

    async def _back_office_obstacle(self, service: Service) -> str | None:
        """Whether register and records would answer now."""
        connector = getattr(service, "connector", None)
        register = self.parts.registers.get(connector) if connector else None
        if register is not None and not await register.ready():
            return "register"
        return "records" if self.parts.office.trouble is not None else None

    def _wipe(self, journey: Journey) -> None:
        """Drop all that is the citizen's; the proof of it follows when the page has answered."""
        journey.forget()
        if self.parts.pinyin is not None:
            self.parts.pinyin.forget()
        self._page_proofs[journey.number] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._prove(journey, self._page_proofs[journey.number]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prove(self, journey: Journey, page: asyncio.Future[Wiped]) -> None:
        said: Wiped | None = None
        if self.stage.watched:
            with contextlib.suppress(TimeoutError):
                said = await asyncio.wait_for(page, PAGE_PROOF_S)
        self._page_proofs.pop(journey.number, None)
        proof = self._residue.check(journey.holds_anything, said)
        self.parts.audit.append(Entry(AuditKind.WIPE, {"journey": journey.number, **proof.counts}))
        if not proof.clean:
            log.error("wipe incomplete", journey=journey.number, **proof.counts)
