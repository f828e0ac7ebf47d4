"""Readers that go while a citizen needs them: what the screen says, what holds, how soon they are
back. The printer's moments are in ``test_faults.py``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from kiosk_app.desk import Outcome
from kiosk_app.devices import READER, SOCIAL, TRAVEL
from kiosk_app.screens import OutOfService
from kiosk_app.stagehand import Stagehand
from tests.faults.invariants import hold
from tests.stand import LEAVE, Act, Screen, Stand

BACK_S = 10.0
UNPLUGGED = {READER: "reader-unplugged", SOCIAL: "ssc-unplugged", TRAVEL: "ssc-unplugged"}
"""Both chip readers are slots of one machine, as they often are."""
KIND = {READER: "id-card", SOCIAL: "social-card", TRAVEL: "travel-document"}


@pytest.fixture
def stand(card_hall: Stand) -> Iterator[Stand]:
    yield card_hall
    card_hall.put_right()
    hold(card_hall.folder)


def switch(stand: Stand, name: str, on: bool) -> None:
    stand.run(stand.hands.set_fault(name, on))


def wait_for(stand: Stand, role: str, *, here: bool) -> float:
    """Wait until the terminal knows; returns how long it took."""
    began = time.monotonic()
    slot = stand.running.terminal.parts.devices.slot(role)
    while (slot.status().device.value == "online") is not here:
        assert time.monotonic() < began + BACK_S, slot.status()
        time.sleep(0.05)
    return time.monotonic() - began


def lay_and_pull(card: str, slowly: str, fault: str) -> Act:
    """Lay a card, and pull the reader's cable while it is read; then put it back."""

    async def act(hands: Stagehand, screen: Screen) -> None:
        await hands.set_fault(slowly, True)
        await hands.act(card, "place", {"resident": 1})
        await asyncio.sleep(0.3)
        await hands.set_fault(fault, True)
        await hands.set_fault(slowly, False)

    return act


@pytest.mark.parametrize("role", [READER, SOCIAL, TRAVEL])
def test_a_reader_that_goes_while_nobody_is_there_is_left_out(stand: Stand, role: str) -> None:
    switch(stand, UNPLUGGED[role], on=True)
    wait_for(stand, role, here=False)
    played = stand.play(turns=[("identify", LEAVE)])
    (screen,) = played.shown("identify")
    assert KIND[role] not in [place["kind"] for place in screen["places"]]
    switch(stand, UNPLUGGED[role], on=False)
    assert wait_for(stand, role, here=True) < BACK_S
    assert stand.play().report.outcome is Outcome.PRINTED


def test_without_any_reader_the_terminal_closes_before_a_card_is_asked_for(stand: Stand) -> None:
    for fault in {*UNPLUGGED.values()}:
        switch(stand, fault, on=True)
    for role in UNPLUGGED:
        wait_for(stand, role, here=False)
    deadline = time.monotonic() + 5
    while not isinstance(stand.frame.screen, OutOfService):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    screen = stand.frame.screen
    assert isinstance(screen, OutOfService)
    assert screen.code == "ID-DOWN"
    for fault in {*UNPLUGGED.values()}:
        switch(stand, fault, on=False)
    assert stand.recover() < BACK_S


def test_a_reader_pulled_in_mid_read_is_told_and_another_card_will_do(stand: Stand) -> None:
    turn = ("identify", lay_and_pull(SOCIAL, "ssc-slow", UNPLUGGED[SOCIAL]))

    async def other_card(hands: Stagehand, screen: Screen) -> None:
        await hands.act(READER, "place", {"resident": 1})

    played = stand.play(turns=[turn, ("identify", other_card)])
    notices = [screen["notice"]["zh"] for screen in played.shown("identify") if screen["notice"]]
    gone, failed = "这个读卡器没反应了，请换一种证件", "刚才没读好，请再放一次"
    assert gone in notices
    assert {*notices} <= {gone, failed}, "the reading fails before pcscd says that the reader went"
    assert played.report.outcome is Outcome.PRINTED
    switch(stand, UNPLUGGED[SOCIAL], on=False)
    assert wait_for(stand, SOCIAL, here=True) < BACK_S


def test_the_last_reader_pulled_in_mid_read_makes_nobody_half_known(stand: Stand) -> None:
    switch(stand, UNPLUGGED[SOCIAL], on=True)
    wait_for(stand, SOCIAL, here=False)
    turn = ("identify", lay_and_pull(READER, "reader-slow", UNPLUGGED[READER]))
    played = stand.play(turns=[turn])
    assert played.report.outcome is Outcome.OUT_OF_SERVICE
    assert played.report.serial is None
    assert not played.shown("choose"), "somebody was known"
    switch(stand, UNPLUGGED[READER], on=False)
    assert wait_for(stand, READER, here=True) < BACK_S
