"""What the terminal does when the power fails."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from drivers.device import DeviceEvent, DeviceState, Status, assumed, sensed
from drivers.ups.contract import BatteryLevel, PowerSource, UpsStatus
from kiosk_app import power
from kiosk_app.devices import PRINTER, READER
from kiosk_app.fitness import MAINTENANCE, POWER
from kiosk_app.power import PowerWatch
from tests.drivers.hosted import eventually
from tests.stand import Stand


class Machine:
    def __init__(self) -> None:
        self.closed_for: str | None = None
        self.quiet = True
        self.told: str | None = None

    def warn(self, of: str | None) -> None:
        self.told = of


@pytest.fixture
def machine() -> Machine:
    return Machine()


def silent() -> Status:
    """A power supply that says nothing of itself."""
    return Status(assumed(DeviceState.STARTING))


def measured(power: PowerSource, device: DeviceState = DeviceState.ONLINE) -> UpsStatus:
    """What a power supply says of itself now."""
    return UpsStatus(
        sensed(device), sensed(power), sensed(BatteryLevel.OPERATIONAL), sensed(80.0), sensed(900)
    )


async def hear(watch: PowerWatch, *names: str) -> None:
    for name in names:
        watch.hear(DeviceEvent(name))
    await asyncio.sleep(0.05)


async def test_nobody_new_is_served_while_the_power_is_out(machine: Machine) -> None:
    watch = PowerWatch(machine, lambda: pytest.fail("stopped"), silent)
    await hear(watch, "PowerLostEvent")
    assert (machine.closed_for, machine.told) == (POWER, "power-lost")
    await hear(watch, "PowerBackEvent")
    assert (machine.closed_for, machine.told) == (None, None)


async def test_who_closed_it_for_maintenance_opens_it_again(machine: Machine) -> None:
    machine.closed_for = MAINTENANCE
    watch = PowerWatch(machine, lambda: pytest.fail("stopped"), silent)
    await hear(watch, "PowerLostEvent", "PowerBackEvent", "StatusChangedEvent")
    assert machine.closed_for == MAINTENANCE


async def test_a_low_battery_stops_a_quiet_terminal_once(machine: Machine) -> None:
    stops: list[int] = []
    await hear(
        PowerWatch(machine, lambda: stops.append(1), silent), "LowBatteryEvent", "LowBatteryEvent"
    )
    assert stops == [1]


async def test_a_citizen_is_served_as_long_as_the_battery_allows(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(power, "FAREWELL_S", 0.4)
    stops: list[int] = []
    machine.quiet = False
    await hear(PowerWatch(machine, lambda: stops.append(1), silent), "LowBatteryEvent")
    assert (stops, machine.told) == ([], "power-ending")
    await asyncio.sleep(0.7)
    assert stops == [1]


async def test_power_that_comes_back_keeps_it_running(machine: Machine) -> None:
    machine.quiet = False
    watch = PowerWatch(machine, lambda: pytest.fail("stopped"), silent)
    await hear(watch, "PowerLostEvent", "LowBatteryEvent", "PowerBackEvent")
    machine.quiet = True
    await asyncio.sleep(0.3)
    assert (machine.closed_for, machine.told) == (None, None)


async def test_what_a_supply_measures_counts_though_its_driver_told_of_no_change(
    machine: Machine,
) -> None:
    said: list[Status] = [measured(PowerSource.BATTERY)]
    watch = PowerWatch(machine, lambda: pytest.fail("stopped"), lambda: said[-1])
    watch.look()
    assert machine.closed_for == POWER
    await hear(watch, "LowBatteryEvent")
    for silence in (silent(), measured(PowerSource.LINE, DeviceState.OFFLINE)):
        said.append(silence)
        watch.look()
        assert machine.closed_for == POWER
    said.append(measured(PowerSource.LINE))
    watch.look()
    assert machine.closed_for is None


async def test_what_was_measured_before_the_power_went_opens_nothing(machine: Machine) -> None:
    before = measured(PowerSource.LINE)
    watch = PowerWatch(machine, lambda: pytest.fail("stopped"), lambda: before)
    await hear(watch, "PowerLostEvent")
    watch.look()
    assert machine.closed_for == POWER


def test_a_driver_that_is_started_anew_keeps_nothing_closed(tmp_path: Path) -> None:
    with Stand(tmp_path / "run", devices=(READER, PRINTER, "ups")) as stand:
        terminal = stand.running.terminal
        stand.run(terminal.parts.devices.ready("ups", 20))
        stand.run(stand.hands.set_fault("ups-on-battery", True))
        eventually(lambda: terminal.closed_for == POWER)
        host = terminal.parts.devices.slot("ups")._host
        assert host is not None
        assert host.pid is not None
        os.kill(host.pid, signal.SIGKILL)
        stand.run(stand.hands.set_fault("ups-on-battery", False))
        eventually(lambda: terminal.closed_for is None)


def test_a_power_supply_on_its_wire_closes_reopens_and_ends_the_terminal(tmp_path: Path) -> None:
    def shows(code: str | None) -> bool:
        frame = stand.running.terminal.stage.frame
        screen = frame.screen if frame is not None else None
        return getattr(screen, "code", None) == code

    def wait(code: str | None) -> None:
        deadline = time.monotonic() + 15
        while not shows(code):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    with Stand(tmp_path / "run", devices=(READER, PRINTER, "ups")) as stand:
        stand.run(stand.running.terminal.parts.devices.ready("ups", 20))
        stand.run(stand.hands.set_fault("ups-on-battery", True))
        wait("PW-OUT")
        stand.run(stand.hands.set_fault("ups-on-battery", False))
        wait(None)
        stand.run(stand.hands.set_fault("ups-low-battery", True))
        stand.run(asyncio.wait_for(stand.running.over.wait(), 15))
        assert stand.running.over.is_set()
