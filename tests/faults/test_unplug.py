"""Every device of a running terminal, unplugged at every moment: what the citizen sees, that the
invariants hold, and that all is back within ten seconds of being plugged in again.

``MATRIX`` is the plan. What else goes wrong with reader, printer and register is in
``test_faults.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.device import SelfTest
from drivers.errors import DeviceError
from drivers.stamping_machine.contract import StampPosition
from drivers.virtual.control import SOCKET, RoomClient
from drivers.virtual.password_keypad import MASTER_KEY, encrypt
from drivers.virtual.room import PEERS
from kiosk_app import fitting
from kiosk_app.desk import Outcome
from kiosk_app.desk.identify import BY_DOCUMENT
from kiosk_app.devices import DOCUMENT_CAMERA, PRINTER, READER, ROLES, SOCIAL, TRAVEL, Slot
from kiosk_app.stagehand import Stagehand
from tests.faults.attached import Attached, far_ends
from tests.faults.invariants import hold
from tests.faults.unplugging import (
    Sees,
    before_it_is_issued,
    comes_to,
    is_back_once_plugged_in,
    once_told,
    sees,
    while_it_looks,
    while_it_prints,
    while_it_reads,
)
from tests.stand import Played, Stand, go, nothing

ALL, LESS, CLOSED, OTHER, TYPED, STAFF, PAPER = Sees


@dataclass(frozen=True)
class Row:
    """``switch`` pulls the cable; the rest is what is seen when it is pulled at that moment."""

    switch: str
    at_boot: Sees
    idle: Sees
    mid_command: Sees
    mid_print: Sees


# fmt: off
MATRIX = {
    #                           the cable                       at boot  idle    command  print
    READER:                Row("reader-unplugged",              LESS,    LESS,   OTHER,   PAPER),
    SOCIAL:                Row("ssc-unplugged",                 LESS,    LESS,   OTHER,   PAPER),
    TRAVEL:                Row("travel-document-unplugged",     LESS,    LESS,   OTHER,   PAPER),
    PRINTER:               Row("printer-offline",               CLOSED,  CLOSED, STAFF,   STAFF),
    "receipt-printer":     Row("receipt-unplugged",             ALL,     ALL,    ALL,     PAPER),
    "camera":              Row("camera-unplugged",              ALL,     ALL,    ALL,     PAPER),
    DOCUMENT_CAMERA:       Row("document-camera-unplugged",     ALL,     ALL,    TYPED,   PAPER),
    "document-scanner":    Row("document-scanner-unplugged",    ALL,     ALL,    ALL,     PAPER),
    "code-scanner":        Row("code-scanner-unplugged",        ALL,     ALL,    ALL,     PAPER),
    "lights":              Row("lights-unplugged",              ALL,     ALL,    ALL,     PAPER),
    "speaker":             Row("speaker-absent",                ALL,     ALL,    ALL,     PAPER),
    "ups":                 Row("ups-gone",                      ALL,     ALL,    ALL,     PAPER),
    "stamping-machine":    Row("stamp-unplugged",               ALL,     ALL,    ALL,     PAPER),
    "fingerprint-reader":  Row("fingerprint-unplugged",         ALL,     ALL,    ALL,     PAPER),
    "password-keypad":     Row("keypad-unplugged",              ALL,     ALL,    ALL,     PAPER),
    "film-laminator":      Row("laminator-unplugged",           ALL,     ALL,    ALL,     PAPER),
}
# fmt: on
SWITCH = {role: row.switch for role, row in MATRIX.items()}
PRINTER_IN_MID_PRINT = "printer-unplugged-mid-print"
"""Pulls the printer's cable itself, when there is ink on the sheet."""


@dataclass(frozen=True)
class Work:
    """A command that lasts until the cable is pulled. ``slowly``: the fault that makes it last;
    ``first``: what the device must be given before; ``goes_on``: the pull does not end it."""

    command: str
    arguments: tuple[Any, ...] = ()
    slowly: str | None = None
    first: Callable[[Slot, Stagehand], Awaitable[object]] | None = None
    goes_on: bool = False


def _key(slot: Slot, hands: Stagehand) -> Awaitable[object]:
    check_value = encrypt(_SESSION_KEY, bytes(8))[:3]
    return slot.call("load_session_key", encrypt(MASTER_KEY, _SESSION_KEY), check_value)


def _sheet(slot: Slot, hands: Stagehand) -> Awaitable[object]:
    return hands.act(slot.role, "feed", {})


_SESSION_KEY = bytes.fromhex("fedcba98765432100123456789abcdef")
_STAMP = (StampPosition(105.0, 220.5), "unplugged:1")
OUTSIDE_ERRANDS = {
    "receipt-printer": Work("self_test"),
    "camera": Work("self_test"),
    # SANE's test backend keeps a scanner that it has opened, and scans on.
    "document-scanner": Work("scan_document", ("feeder",), goes_on=True),
    "code-scanner": Work("read", ((), 20.0)),
    "lights": Work("self_test"),
    "speaker": Work("self_test"),
    "ups": Work("self_test", slowly="ups-silent"),
    "stamping-machine": Work("stamp", _STAMP, first=_sheet),
    "fingerprint-reader": Work("capture", (20.0,)),
    "password-keypad": Work("read_pin", ("6217004452810000019", 20.0), first=_key),
    "film-laminator": Work("warm_up", (20.0,), slowly="laminator-cold"),
}
"""What a device is in the middle of that no errand asks for anything."""


def test_the_matrix_is_over_every_role_and_every_virtual_device() -> None:
    assert MATRIX.keys() == {*ROLES} == PEERS.keys()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A terminal that has every device there is."""
    with Stand(tmp_path_factory.mktemp("all") / "run", devices=ROLES) as stand:
        yield stand


@pytest.fixture
def stand(hall: Stand) -> Iterator[Stand]:
    """That terminal with all devices well; after the test the invariants hold."""
    for role in MATRIX:
        hall.fit(role)
    restarts = hall.running.terminal.parts.devices.restarts()
    yield hall
    hall.put_right()
    hold(hall.folder)
    assert hall.running.terminal.parts.devices.restarts() == restarts, "a driver broke"


@pytest.fixture(scope="module")
def far_away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run folder with every device and the register, where one terminal after another starts."""
    folder = tmp_path_factory.mktemp("booted") / "run"
    with far_ends(folder, ROLES):
        yield folder


@pytest.mark.parametrize("role", MATRIX)
def test_at_boot(far_away: Path, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    monkeypatch.setattr(fitting, "VirtualSurroundings", Attached)
    room = RoomClient(far_away / "virtual" / SOCKET)
    asyncio.run(room.set_fault(SWITCH[role], on=True))
    roles = dict.fromkeys((READER, SOCIAL, PRINTER, role))
    with Stand(far_away, devices=tuple(roles)) as stand:
        sees(stand, role, MATRIX[role].at_boot)
        is_back_once_plugged_in(stand, role, SWITCH[role])
    hold(far_away)


@pytest.mark.parametrize("role", MATRIX)
def test_while_nobody_is_there(stand: Stand, role: str) -> None:
    stand.run(stand.hands.set_fault(SWITCH[role], on=True))
    sees(stand, role, MATRIX[role].idle)
    is_back_once_plugged_in(stand, role, SWITCH[role])


@pytest.mark.parametrize("role", OUTSIDE_ERRANDS)
def test_in_the_middle_of_a_command(stand: Stand, role: str) -> None:
    work = OUTSIDE_ERRANDS[role]

    async def pull_in_the_middle() -> None:
        slot = stand.running.terminal.parts.devices.slot(role)
        if work.first is not None:
            await work.first(slot, stand.hands)
        if work.slowly is not None:
            await stand.hands.set_fault(work.slowly, on=True)
        asked = asyncio.create_task(slot.call(work.command, *work.arguments, deadline_s=25.0))
        await asyncio.sleep(0.05)
        assert not asked.done(), "it ended before the cable was out"
        await stand.hands.set_fault(SWITCH[role], on=True)
        if work.slowly is not None:
            await stand.hands.set_fault(work.slowly, on=False)
        assert await _succeeds(asked) is work.goes_on

    stand.run(pull_in_the_middle())
    sees(stand, role, MATRIX[role].mid_command)
    is_back_once_plugged_in(stand, role, SWITCH[role])


async def _succeeds(asked: asyncio.Task[Any]) -> bool:
    """Whether a command did what it was asked; it ends with that, or as a device can fail."""
    try:
        result = await asked
    except DeviceError:
        return False
    return not isinstance(result, SelfTest) or result.ok


@pytest.mark.parametrize("role", [role for role in MATRIX if role not in OUTSIDE_ERRANDS])
def test_in_the_middle_of_a_command_of_the_errand(stand: Stand, role: str) -> None:
    played = PULLED_IN[role](stand, SWITCH[role])
    comes_to(stand, played, MATRIX[role].mid_command)
    is_back_once_plugged_in(stand, role, SWITCH[role])


def _identity_card(stand: Stand, switch: str) -> Played:
    reads = while_it_reads(stand, READER, switch, slowly="reader-slow")
    turns = [("identify", reads), ("identify", once_told(stand, SOCIAL))]
    return stand.play(card=SOCIAL, turns=turns)


def _social_card(stand: Stand, switch: str) -> Played:
    reads = while_it_reads(stand, SOCIAL, switch, slowly="ssc-slow")
    return stand.play(turns=[("identify", reads), ("identify", once_told(stand, READER))])


def _travel_document(stand: Stand, switch: str) -> Played:
    reads = while_it_reads(stand, TRAVEL, switch, document="passport")
    turns = [go(BY_DOCUMENT), reads, once_told(stand, READER)]
    return stand.play(document="passport", turns=[("identify", turn) for turn in turns])


def _page(stand: Stand, switch: str) -> Played:
    turns = [("enter-document", while_it_looks(switch)), ("enter-document", nothing)]
    return stand.play(card=TRAVEL, turns=turns)


def _paper(stand: Stand, switch: str) -> Played:
    return stand.play(turns=[("review", before_it_is_issued(switch))])


PULLED_IN = {
    READER: _identity_card,
    SOCIAL: _social_card,
    TRAVEL: _travel_document,
    DOCUMENT_CAMERA: _page,
    PRINTER: _paper,
}
"""An errand in which the cable is pulled while the device does what it is needed for."""


@pytest.mark.parametrize("role", MATRIX)
def test_in_the_middle_of_a_print(stand: Stand, role: str) -> None:
    switch = SWITCH[role]
    turns = [("review", go("print")), ("progress", while_it_prints(stand, switch))]
    if role == PRINTER:
        switch = PRINTER_IN_MID_PRINT
        turns = [("review", before_it_is_issued(switch))]
    comes_to(stand, stand.play(turns=turns), MATRIX[role].mid_print)
    is_back_once_plugged_in(stand, role, switch)


def test_without_any_reader_the_terminal_closes_before_a_card_is_asked_for(stand: Stand) -> None:
    readers = (READER, SOCIAL, TRAVEL)
    for role in readers:
        stand.run(stand.hands.set_fault(SWITCH[role], on=True))
    sees(stand, READER, CLOSED)
    for role in readers:
        is_back_once_plugged_in(stand, role, SWITCH[role])


def test_the_last_reader_pulled_in_mid_read_makes_nobody_half_known(stand: Stand) -> None:
    others = (SOCIAL, TRAVEL)
    for role in others:
        stand.run(stand.hands.set_fault(SWITCH[role], on=True))
        sees(stand, role, LESS)
    reads = while_it_reads(stand, READER, SWITCH[READER], slowly="reader-slow")
    played = stand.play(turns=[("identify", reads)])
    comes_to(stand, played, STAFF, of=READER)
    assert played.report.outcome is Outcome.OUT_OF_SERVICE
    assert not played.shown("choose"), "somebody was known"
    for role in (READER, *others):
        is_back_once_plugged_in(stand, role, SWITCH[role])
