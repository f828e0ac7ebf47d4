"""One whole terminal among far ends that were there before it and outlive it, until it is killed.

A real printer goes on printing when the terminal dies, and a register keeps what it has accepted;
so here the room of virtual devices and the register stay, and only the terminal comes and goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.virtual.room import ERRAND, start_room
from kiosk_app import app, fitting
from kiosk_app.connectors.housing_register.reference_process import ReferenceProcess
from kiosk_app.connectors.registry import open_register
from kiosk_app.desk import Outcome
from kiosk_app.issuing import failpoints
from kiosk_app.options import Options
from kiosk_app.rehearse import Player, Result, Script
from kiosk_app.settings import DeviceBinding, Timers, load_settings
from kiosk_app.surroundings import (
    HOUSING_REGISTER,
    AlarmCallback,
    Found,
    VirtualSurroundings,
)
from tests.faults.invariants import hold

SERVICE = "no-housing-certificate"
TIMERS = Timers(idle=30, warning=5, done=5, card_removal=2, paper=2)


@contextmanager
def far_ends(folder: Path, roles: Sequence[str] = ERRAND) -> Iterator[None]:
    """A room of devices and a register in a run folder, while the block lasts."""
    terminal = load_settings(Options().config, folder).terminal.id
    register = ReferenceProcess(folder / "register", terminal=terminal)
    with asyncio.Runner() as runner:
        room = runner.run(start_room(folder / "virtual", roles))
        register.start()
        try:
            yield
        finally:
            register.stop()
            runner.run(room.stop())


class Attached(VirtualSurroundings):
    """The same devices and register, found instead of started."""

    @asynccontextmanager
    async def present(self, alarm: AlarmCallback) -> AsyncIterator[Found]:
        """See ``Surroundings.present``."""
        run_dir = self._settings.run_dir
        register = open_register(self.register.settings, run_dir=run_dir, alarm=alarm)
        try:
            bindings = await self.room.bindings()
            devices = {
                role: DeviceBinding(driver=each.driver, settings=each.settings)
                for role, each in bindings.items()
                if role in self._roles
            }
            yield Found(devices, {HOUSING_REGISTER: register})
        finally:
            await register.close()


@dataclass(frozen=True)
class Life:
    """What one terminal does. ``edge``: where it is killed, ``in_recovery`` or in the errand.

    ``occasion``: the same for a citizen who comes again.
    """

    folder: Path
    occasion: str
    edge: str | None = None
    in_recovery: bool = False
    fault: str | None = None
    at: str | None = None
    outcome: Outcome | None = None
    shows: str | None = None


def live(life: Life) -> None:
    """Start, recover, prove, and serve one citizen; in a process of its own."""
    os.chdir(Path(__file__).parents[2])
    vars(fitting)["VirtualSurroundings"] = Attached  # the only part that is another
    if life.in_recovery:
        _arm(life.edge)
    asyncio.run(_live(life))


def _arm(edge: str | None) -> None:
    failpoints._armed = edge
    failpoints.reach = failpoints._die


async def _live(life: Life) -> None:
    options = Options(
        run_dir=life.folder,
        virtual=True,
        papers=life.folder / "papers",
        occasion=life.occasion,
        timers=TIMERS,
    )
    async with app.terminal(options) as running:
        await running.ready
        hold(life.folder)
        _arm(life.edge)
        script = Script(service=SERVICE, fault=life.fault, at=life.at)
        result = await Player(running, script).play()
        await running.terminal.settled()
        _expect(life, result)
        if running.terminal.parts.office is not None:
            await running.terminal.parts.office.quiesce()
    hold(life.folder)


def _expect(life: Life, result: Result) -> None:
    fault = result.finished.report.fault if result.finished is not None else None
    if life.outcome is not None:
        assert (result.outcome, fault) == (life.outcome, life.shows)


def put_right(folder: Path) -> None:
    """No fault, no card, no sheet left: what a next citizen finds."""

    async def work() -> None:
        surroundings = Attached(load_settings(Options().config, folder))
        room, register = surroundings.room, surroundings.register
        for fault in await room.faults():
            if fault.on:
                await room.set_fault(fault.name, on=False)
        for name in register.faults():
            register.set_fault(name, on=False)
        await room.act("id-card-reader", "remove")
        with contextlib.suppress(Exception):
            await room.act("document-printer", "take")

    asyncio.run(work())
