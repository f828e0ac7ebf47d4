"""Plays the world around a terminal with virtual hardware: devices, register and disk.

Everything a person could do before the machine, and everything that can go wrong, goes through
here: the rehearsal page, ``yimen fault`` and ``yimen rehearse`` use the same switches.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.virtual.control import Fault, RoomClient
from kiosk_app.connectors.housing_register import faults as register_faults
from kiosk_app.connectors.housing_register.reference_process import ReferenceProcess
from kiosk_app.issuing.office import IssuingOffice

REGISTER = "register"
DATABASE = "database"

LOCKED, FULL, READ_ONLY = "database-locked", "database-full", "database-read-only"
REGISTER_FAULTS = register_faults.FAULTS
DAMAGED = "database-corrupt"
"""A part of the journal overwritten before the start; it cannot be switched on later."""
DATABASE_FAULTS = (LOCKED, FULL, READ_ONLY)


class RecordFaults:
    """Faults of the disk under the journal.

    ``database-locked``: another connection holds the write lock. ``database-full``: the office
    finds less room than it asks for. ``database-read-only``: SQLite refuses to write
    (``SQLITE_READONLY``).
    """

    def __init__(self, office: IssuingOffice) -> None:
        self._office = office
        self._on: dict[str, Callable[[], None]] = {}

    @property
    def on(self) -> tuple[str, ...]:
        """The switches that are on."""
        return tuple(sorted(self._on))

    def set_fault(self, name: str, on: bool) -> None:
        """Turn a switch. ``KeyError`` for an unknown one."""
        start = {LOCKED: self._lock, FULL: self._fill, READ_ONLY: self._forbid}[name]
        if on and name not in self._on:
            self._on[name] = start()
        elif not on and name in self._on:
            self._on.pop(name)()

    def _lock(self) -> Callable[[], None]:
        path = self._office.store.path
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        return other.close

    def _fill(self) -> Callable[[], None]:
        before = self._office.min_free_bytes
        self._office.min_free_bytes = sys.maxsize

        def mend() -> None:
            self._office.min_free_bytes = before

        return mend

    def _forbid(self) -> Callable[[], None]:
        def set_to(number: int) -> None:
            with self._office.store.reading() as connection:
                connection.execute(f"PRAGMA query_only={number}")

        set_to(1)
        return lambda: set_to(0)


def damage(journal: Path) -> None:
    """Spoil a journal as a failing disk does: half a page of noise in its middle.

    A journal that is not there yet is made of noise alone.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    size = journal.stat().st_size if journal.exists() else 0
    with journal.open("r+b" if size else "wb") as file:
        file.seek(size // 2)
        file.write(bytes(range(256)) * 8)


class Stagehand:
    """Everything around the terminal that can be moved or broken."""

    def __init__(
        self, room: RoomClient, register: ReferenceProcess, records: RecordFaults | None
    ) -> None:
        self._room = room
        self._register = register
        self._records = records

    async def switches(self) -> list[tuple[str, str]]:
        """Every fault's name with the device that it belongs to."""
        devices = [(fault.name, fault.device) for fault in await self._room.faults()]
        register = [(name, REGISTER) for name in REGISTER_FAULTS]
        records = DATABASE_FAULTS if self._records is not None else ()
        return [*devices, *register, *((name, DATABASE) for name in records)]

    async def device_faults(self) -> tuple[Fault, ...]:
        """Every switch of the devices and how it stands. Raises ``ControlError``."""
        return await self._room.faults()

    async def set_fault(self, name: str, on: bool) -> None:
        """Turn a switch; returns when it has its effect. ``KeyError`` for an unknown one."""
        if name in REGISTER_FAULTS:
            await asyncio.to_thread(self._register.set_fault, name, on)
        elif name in DATABASE_FAULTS and self._records is not None:
            await asyncio.to_thread(self._records.set_fault, name, on)
        else:
            await self._room.set_fault(name, on)

    async def state(self) -> dict[str, Any]:
        """What a person standing before the devices sees, and which switches are on."""
        devices, faults = await asyncio.gather(self._room.state(), self._room.faults())
        for role, state in devices.items():
            state["faults"] = [each.name for each in faults if each.on and each.device == role]
        register = await asyncio.to_thread(self._register.faults)
        return {
            "devices": devices,
            REGISTER: {"faults": list(register)},
            DATABASE: {"faults": list(self._records.on) if self._records is not None else []},
        }

    async def act(self, role: str, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do with a device what a person would do. Raises ``ControlError``."""
        return await self._room.act(role, action, arguments)

    async def sheet(self, sheet: str) -> Path | None:
        """The picture of a printed sheet by its id."""
        printer = (await self._room.state())["document-printer"]
        for each in (*printer["tray"], *printer["taken"]):
            if str(each["id"]) == sheet:
                return Path(each["png"])
        return None
