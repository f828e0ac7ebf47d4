"""A change that does not come up goes back by itself, over the driver's own process and wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from drivers.device import DeviceEvent, DeviceState
from drivers.virtual.id_card_reader import VirtualIdCardReader
from kiosk_app.api.guard import Rules
from kiosk_app.devices import READER, Devices
from kiosk_app.interop.door import PORT_TAKEN, Door
from kiosk_app.interop.settings import InteropSettings
from kiosk_app.settings import DeviceBinding
from kiosk_app.surroundings import as_bound
from kiosk_app.workbench.binder import (
    CITIZEN_S,
    MOST_STARTS,
    TRIAL_S,
    WELL_S,
    Binder,
    NothingChanged,
)
from kiosk_app.workbench.bindings import (
    AUTOMATIC,
    BindingStore,
    ChangedMeanwhile,
    Reason,
    ReasonCode,
    State,
    Version,
    VersionUnknown,
)
from kiosk_app.workbench.interop import INTEROP, InteropSwitch, as_binding
from tests.interop.conftest import Maintenance


class Clock:
    """Seconds that pass only when a test lets them."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return self.ahead


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[VirtualIdCardReader]:
    virtual = VirtualIdCardReader(tmp_path)
    virtual.start()
    yield virtual
    virtual.stop()


async def unrecorded(service: str, command: str) -> None:
    """Nothing personal is handed out here."""
    raise AssertionError(f"{service} handed out {command}")


class Terminal:
    """The devices of one life of a terminal."""

    def __init__(self, folder: Path, seed: dict[str, DeviceBinding]) -> None:
        self.clock = Clock()
        self.devices = Devices()
        self.store = BindingStore(folder / "bindings.jsonl")
        self.noted: list[Version] = []
        self.quiet = True
        rules, mode = Rules("http://127.0.0.1:8610", "token"), Maintenance()
        self.door = Door(rules, self.devices, lambda role: False, mode, unrecorded)
        self.binder = Binder(
            self.store,
            self.devices,
            seed,
            as_bound,
            clock=self.clock,
            on_change=self.noted.append,
            quiet=lambda: self.quiet,
            attached={INTEROP: InteropSwitch(self.door)},
        )

    async def well(self) -> None:
        """The reader answers, and its version is proved."""
        await self.becomes(DeviceState.ONLINE)
        await self.binder.look()
        self.clock.ahead += WELL_S
        await self.binder.look()

    async def becomes(self, state: DeviceState) -> None:
        """The driver says so of its reader."""
        slot, said = self.devices.slot(READER), asyncio.Event()

        def heard(event: DeviceEvent) -> None:
            if event.payload.get("device") == state:
                said.set()

        async with asyncio.timeout(15):
            with slot.listening(heard):
                if slot.status().device.value is not state:
                    await said.wait()

    def on_trial(self) -> bool:
        return self.binder.pending is not None

    @property
    def states(self) -> list[tuple[int, State]]:
        return [(each.number, each.state) for each in self.binder.history]


@pytest.fixture
def seed(reader: VirtualIdCardReader) -> dict[str, DeviceBinding]:
    return {READER: DeviceBinding(driver="sam-v-serial", settings={"port": str(reader.port)})}


@pytest.fixture
async def terminal(tmp_path: Path, seed: dict[str, DeviceBinding]) -> AsyncIterator[Terminal]:
    started = Terminal(tmp_path, seed)
    await started.binder.start()
    yield started
    await started.devices.release()


def elsewhere(binding: DeviceBinding) -> DeviceBinding:
    return DeviceBinding(driver=binding.driver, settings={"port": "/dev/serial/by-id/nothing"})


def slower(binding: DeviceBinding) -> DeviceBinding:
    return DeviceBinding(
        driver=binding.driver, settings={**binding.settings, "poll_interval_s": 0.5}
    )


async def test_a_change_that_works_is_proved(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    number = await terminal.binder.bind(READER, slower(seed[READER]), "lin")
    assert terminal.binder.pending is not None
    assert terminal.binder.pending.number == number
    await terminal.well()
    assert not terminal.on_trial()
    assert terminal.states == [(2, State.ACTIVE), (1, State.PAST)]
    terminal.clock.ahead += 10 * TRIAL_S
    await terminal.binder.look()
    assert terminal.states[0] == (2, State.ACTIVE)


async def test_a_change_that_does_not_come_up_goes_back_by_itself(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    await terminal.binder.bind(READER, elsewhere(seed[READER]), "lin")
    await terminal.becomes(DeviceState.NO_DEVICE)
    terminal.clock.ahead = TRIAL_S - 1
    await terminal.binder.look()
    assert terminal.on_trial()
    terminal.clock.ahead = TRIAL_S + 1
    await terminal.binder.look()
    newest = terminal.binder.history[0]
    assert newest.author == AUTOMATIC
    assert newest.reason == Reason(code=ReasonCode.NOT_WELL, role=READER, error="reader-absent")
    assert terminal.states[:2] == [(3, State.ACTIVE), (2, State.ROLLED_BACK)]
    assert terminal.binder.bindings == seed
    await terminal.devices.ready(READER, 10)
    assert [each.author for each in terminal.noted] == ["lin", AUTOMATIC]


async def test_a_citizen_is_not_disturbed_by_going_back_for_a_while(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    await terminal.binder.bind(READER, elsewhere(seed[READER]), "lin")
    await terminal.becomes(DeviceState.NO_DEVICE)
    terminal.quiet = False
    terminal.clock.ahead = TRIAL_S + CITIZEN_S - 1
    await terminal.binder.look()
    assert terminal.on_trial()
    assert terminal.binder.bindings != seed
    terminal.clock.ahead = TRIAL_S + CITIZEN_S
    await terminal.binder.look()
    assert terminal.binder.bindings == seed
    await terminal.binder.bind(READER, elsewhere(seed[READER]), "lin")
    terminal.clock.ahead += TRIAL_S + 1
    await terminal.binder.look()
    assert terminal.on_trial()
    terminal.quiet = True
    await terminal.binder.look()
    assert terminal.binder.bindings == seed


async def test_what_works_stays_when_another_change_goes_back(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    keypad = DeviceBinding(driver="password-keypad", settings={"port": "/dev/none"})
    await terminal.binder.bind(READER, slower(seed[READER]), "lin")
    await terminal.binder.bind("password-keypad", keypad, "lin")
    await terminal.well()
    assert terminal.on_trial()
    terminal.clock.ahead = 2 * TRIAL_S
    await terminal.binder.look()
    assert not terminal.on_trial()
    assert terminal.binder.bindings == {READER: slower(seed[READER])}
    assert terminal.devices.bound() == {READER: "sam-v-serial"}


async def test_being_well_for_a_blink_proves_nothing(
    terminal: Terminal, seed: dict[str, DeviceBinding], reader: VirtualIdCardReader
) -> None:
    await terminal.binder.bind(READER, slower(seed[READER]), "lin")
    await terminal.becomes(DeviceState.ONLINE)
    await terminal.binder.look()
    reader.set_fault("reader-unplugged", True)
    await terminal.becomes(DeviceState.NO_DEVICE)
    terminal.clock.ahead += WELL_S + 1
    await terminal.binder.look()
    assert terminal.on_trial()


async def test_a_restart_in_the_middle_goes_on_with_the_trial(
    terminal: Terminal, tmp_path: Path, seed: dict[str, DeviceBinding]
) -> None:
    await terminal.binder.bind(READER, elsewhere(seed[READER]), "lin")
    await terminal.devices.release()
    again = Terminal(tmp_path, seed)
    await again.binder.start()
    try:
        assert again.on_trial()
        assert again.binder.bindings == {READER: elsewhere(seed[READER])}
        again.clock.ahead = TRIAL_S + 1
        await again.binder.look()
        assert again.binder.bindings == seed
        assert again.binder.history[0].author == AUTOMATIC
        await again.devices.ready(READER, 10)
    finally:
        await again.devices.release()


async def test_a_terminal_that_keeps_restarting_goes_back(
    terminal: Terminal, tmp_path: Path, seed: dict[str, DeviceBinding]
) -> None:
    await terminal.binder.bind(READER, elsewhere(seed[READER]), "lin")
    for _ in range(MOST_STARTS):
        life = Terminal(tmp_path, seed)
        await life.binder.start()
        assert life.on_trial()
        await life.devices.release()
    last = Terminal(tmp_path, seed)
    await last.binder.start()
    try:
        assert not last.on_trial()
        assert last.binder.bindings == seed
        assert last.binder.history[0].reason == Reason(code=ReasonCode.KEPT_RESTARTING)
        await last.devices.ready(READER, 10)
    finally:
        await last.devices.release()


async def test_going_back_by_hand_is_a_version_on_trial_too(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    await terminal.binder.bind(READER, slower(seed[READER]), "lin")
    await terminal.well()
    assert await terminal.binder.roll_back(1, "bao") == 3
    assert terminal.on_trial()
    await terminal.well()
    assert terminal.states == [(3, State.ACTIVE), (2, State.ROLLED_BACK), (1, State.PAST)]
    with pytest.raises(VersionUnknown):
        await terminal.binder.roll_back(99, "bao")
    with pytest.raises(NothingChanged):
        await terminal.binder.roll_back(1, "bao")


async def test_unbinding_needs_no_proof(terminal: Terminal) -> None:
    await terminal.binder.unbind(READER, "lin")
    assert not terminal.on_trial()
    assert terminal.states[0] == (2, State.ACTIVE)
    assert terminal.devices.bound() == {}
    with pytest.raises(NothingChanged):
        await terminal.binder.unbind(READER, "lin")
    with pytest.raises(KeyError):
        await terminal.binder.unbind("coffee-machine", "lin")


async def test_what_somebody_else_changed_meanwhile_is_not_unbound(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    seen = terminal.binder.history[0].number
    await terminal.binder.bind(READER, slower(seed[READER]), "bao")
    with pytest.raises(ChangedMeanwhile, match="bao changed it"):
        await terminal.binder.unbind(READER, "lin", seen)
    assert terminal.binder.bindings[READER] == slower(seed[READER])
    assert await terminal.binder.unbind(READER, "lin", seen + 1) == 3


async def test_what_is_on_trial_tells_which_version_it_would_go_back_to(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    await terminal.binder.bind(READER, elsewhere(seed[READER]), "lin")
    await terminal.binder.bind(READER, slower(elsewhere(seed[READER])), "lin")
    assert terminal.binder.pending is not None
    assert (terminal.binder.pending.number, terminal.binder.pending.falls_back) == (3, 1)
    await terminal.binder.roll_back(1, "lin")
    assert terminal.binder.bindings == seed
    assert terminal.binder.pending.falls_back in terminal.binder.same_as_now()


async def test_interop_is_switched_proved_and_gone_back_on(terminal: Terminal) -> None:
    binder, door = terminal.binder, terminal.door
    async with door.tended():
        on = as_binding(InteropSettings(enabled=True, port=0))
        assert await binder.bind(INTEROP, on, "lin", "for the laboratory") == 2
        assert binder.history[0].changes[0].place == "interop.driver"
        await door.settled(5)
        assert door.port is not None
        await binder.look()
        terminal.clock.ahead += WELL_S
        await binder.look()
        assert terminal.states[0] == (2, State.ACTIVE)
        assert binder.differing(INTEROP) == {1}
        assert binder.differing(READER) == frozenset()
        await binder.roll_back(1, "lin")
        await door.settled(5)
        assert door.as_wanted
        assert terminal.door.port is None


async def test_a_port_that_interop_cannot_have_goes_back_by_itself(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    binder, door = terminal.binder, terminal.door
    await binder.bind(READER, slower(seed[READER]), "lin")
    await terminal.well()
    with socket.create_server(("127.0.0.1", 0)) as taker:
        async with door.tended():
            port = taker.getsockname()[1]
            await binder.bind(INTEROP, as_binding(InteropSettings(enabled=True, port=port)), "lin")
            await door.settled(5)
            terminal.clock.ahead += TRIAL_S
            await binder.look()
            reason = Reason(code=ReasonCode.NOT_WELL, role=INTEROP, error=PORT_TAKEN)
            assert (binder.history[0].author, binder.history[0].reason) == (AUTOMATIC, reason)
            assert binder.bindings == {READER: slower(seed[READER])}
            await door.settled(5)
            assert door.as_wanted


async def test_what_works_of_interop_stays_when_a_device_goes_back(
    terminal: Terminal, seed: dict[str, DeviceBinding]
) -> None:
    on = as_binding(InteropSettings(enabled=True, port=0))
    async with terminal.door.tended():
        await terminal.binder.bind(INTEROP, on, "lin")
        await terminal.door.settled(5)
        await terminal.binder.bind(READER, elsewhere(seed[READER]), "bao")
        await terminal.becomes(DeviceState.NO_DEVICE)
        await terminal.binder.look()
        terminal.clock.ahead += TRIAL_S
        await terminal.binder.look()
        assert terminal.binder.bindings == {READER: seed[READER], INTEROP: on}
        assert terminal.door.port is not None


async def test_versions_that_cannot_be_read_leave_the_devices_running(
    tmp_path: Path, seed: dict[str, DeviceBinding]
) -> None:
    (tmp_path / "bindings.jsonl").mkdir()
    life = Terminal(tmp_path, seed)
    await life.binder.start()
    try:
        await life.devices.ready(READER, 10)
        with pytest.raises(OSError, match="director"):
            await life.binder.bind(READER, slower(seed[READER]), "lin")
        assert life.binder.bindings == seed
    finally:
        await life.devices.release()
