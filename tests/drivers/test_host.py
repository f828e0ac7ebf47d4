"""What a device host promises, whatever its driver does."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from drivers.crash_dump import Crash
from drivers.device import DeviceEvent, DeviceState, Source
from drivers.errors import (
    CommandRejected,
    DeviceError,
    DeviceNotReady,
    DeviceTimeout,
    DriverCrashed,
    UserFault,
)
from drivers.host import DeviceHost, RestartPolicy
from drivers.id_card.contract import CardMedia, IdCardReaderStatus
from tests.drivers.hosts import POLICY, alive, fails_with, hosted, until

pytestmark = pytest.mark.usefixtures("package")


def beginning(host: DeviceHost) -> asyncio.Event:
    """Set when a command of the driver says that it has begun."""
    begun = asyncio.Event()
    host.subscribe(lambda event: begun.set() if event.name == "MediaInsertedEvent" else None)
    return begun


async def test_a_command_returns_what_the_driver_returns(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        assert await host.call("echo", {"a": (1, b"\0" * 100_000)}) == {"a": (1, b"\0" * 100_000)}
        assert host.capabilities().model == "troublesome"
        assert host.status().device.value is DeviceState.ONLINE


async def test_a_drivers_error_arrives_whole_and_costs_no_restart(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        error = await fails_with(host.call("refuse"), UserFault)
        assert (error.code, error.error_code) == ("card-collision", "cardCollision")
        assert await host.call("echo", 1) == 1
        assert host.restarts == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("not_a_command",), "command-unknown"),
        (("close",), "command-unknown"),
        (("__init__",), "command-unknown"),
        (("echo",), "command-arguments"),
        (("echo", 1, 2), "command-arguments"),
    ],
)
async def test_what_is_no_command_is_rejected(
    tmp_path: Path, arguments: tuple[Any, ...], code: str
) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        assert (await fails_with(host.call(*arguments), CommandRejected)).code == code
        assert host.restarts == 0


@pytest.mark.parametrize(
    ("command", "what"),
    [("vanish", "SIGKILL"), ("segfault", "SIGSEGV")],
)
async def test_a_crash_takes_only_its_own_device_and_is_mended(
    tmp_path: Path, command: str, what: str
) -> None:
    async with hosted(tmp_path) as other, hosted(tmp_path) as host:
        await asyncio.gather(host.ready(10), other.ready(10))
        error = await fails_with(host.call(command), DriverCrashed)
        assert what in error.message
        status = host.status()
        assert isinstance(status, IdCardReaderStatus)
        assert (status.device.value, status.device.source) == (DeviceState.OFFLINE, Source.DRIVER)
        assert status.media.value is CardMedia.UNKNOWN
        assert await other.call("echo", "alive") == "alive"
        await host.ready(10)
        assert await host.call("echo", "back") == "back"
        assert (host.restarts, other.restarts) == (1, 0)


async def test_an_unforeseen_error_tells_where_but_not_what(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        error = await fails_with(host.call("stumble", "445281199001010000"), DriverCrashed)
        assert "RuntimeError in troublesome.py line" in error.message
        assert "445281" not in f"{error} {error!r} {host.last_error}"
        await until(lambda: host.restarts > 0)
        assert host.last_error is None or host.last_error.code == "driver-failed"


async def test_a_deadline_ends_the_driver(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        first = host.pid
        error = await fails_with(host.call("too_long"), DeviceTimeout)
        assert error.code == "driver-deadline"
        await fails_with(host.call("echo", 1), DeviceError)
        await host.ready(10)
        assert host.pid != first
        error = await fails_with(host.call("deaf", 30, deadline_s=0.2), DeviceTimeout)
        assert error.code == "driver-deadline"


async def test_cancelling_withdraws_the_command_and_keeps_the_driver(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        begun = beginning(host)
        task = asyncio.create_task(host.call("patient", 30))
        await begun.wait()
        waiting = asyncio.create_task(host.call("echo", "next"))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await waiting == "next"
        assert host.restarts == 0


async def test_a_driver_that_holds_on_to_a_withdrawn_command_is_ended(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        begun = beginning(host)
        task = asyncio.create_task(host.call("deaf", 30))
        await begun.wait()
        started = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - started < 5
        await until(lambda: host.restarts > 0)
        await host.ready(10)


async def test_commands_take_turns(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        results = await asyncio.gather(*(host.call("echo", n) for n in range(30)))
        assert results == list(range(30))


@pytest.mark.parametrize("how", ["stopped", "interpreter seized"])
async def test_a_hung_driver_is_found_by_its_missing_heartbeat(tmp_path: Path, how: str) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        pid = host.pid
        assert pid is not None
        if how == "stopped":
            os.kill(pid, signal.SIGSTOP)
            call = host.call("echo", 1)
        else:
            call = host.call("seize_interpreter")
        error = await fails_with(call, DriverCrashed)
        assert error.code == "driver-hung"
        await host.ready(10)
        assert await host.call("echo", 1) == 1


async def test_a_driver_that_hangs_while_idle_is_found(tmp_path: Path) -> None:
    hang = tmp_path / "hang"
    async with hosted(tmp_path, hang_refresh=str(hang)) as host:
        await host.ready(10)
        hang.touch()
        await until(lambda: host.restarts > 0)
        hang.unlink()
        await until(lambda: host.status().device.value is DeviceState.ONLINE)
        await host.ready(10)


async def test_a_missing_device_is_no_fault_and_may_come_later(tmp_path: Path) -> None:
    (tmp_path / "device").unlink()
    async with hosted(tmp_path) as host:
        error = await fails_with(host.ready(1.0), DeviceNotReady)
        assert error.code in ("reader-absent", "driver-starting")
        await until(lambda: host.status().device.value is DeviceState.NO_DEVICE)
        error = await fails_with(host.call("echo", 1), DeviceNotReady)
        assert error.code == "reader-absent"
        (tmp_path / "device").touch()
        await host.ready(10)
        assert await host.call("echo", 1) == 1
        assert host.restarts == 0


@pytest.mark.parametrize("when", ["idle", "in a command"])
async def test_unplugging_is_an_event_and_plugging_in_mends_it(tmp_path: Path, when: str) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        events: list[DeviceEvent] = []
        unsubscribe = host.subscribe(events.append)
        if when == "idle":
            (tmp_path / "device").unlink()
        else:
            await fails_with(host.call("lose"), DeviceNotReady)
        await until(lambda: host.status().device.value is DeviceState.NO_DEVICE)
        assert events[-1].payload == {"device": "noDevice"}
        status = host.status()
        assert isinstance(status, IdCardReaderStatus)
        assert (status.security.value, status.security.source) == ("unknown", Source.ASSUMED)
        assert (tmp_path / "device.closed").exists()
        unsubscribe()
        heard = len(events)
        (tmp_path / "device").touch()
        await host.ready(10)
        assert (host.restarts, len(events)) == (0, heard)


async def test_restarts_are_held_back_more_and_more_up_to_a_bound(tmp_path: Path) -> None:
    policy = RestartPolicy(restart_delays_s=(0.05, 0.4), reopen_delays_s=(0.05,))
    async with hosted(tmp_path, policy) as host:
        gaps = []
        for _ in range(3):
            await host.ready(10)
            await fails_with(host.call("vanish"), DriverCrashed)
            crashed = time.monotonic()
            await until(lambda: host.pid is not None)
            gaps.append(time.monotonic() - crashed)
        assert host.restarts == 3
        assert gaps[1] >= 0.4
        assert gaps[2] >= 0.4


@pytest.mark.parametrize(
    ("driver", "code"),
    [
        ("nothing-like-it", "driver-unknown"),
        ("no-module", "driver-broken"),
        ("no-driver", "driver-broken"),
        ("troublesome", "settings-invalid"),
    ],
)
async def test_a_driver_that_cannot_be_loaded_is_not_tried_again(driver: str, code: str) -> None:
    host = DeviceHost("reader", driver, {}, POLICY)
    await host.start()
    await until(lambda: host.status().device.value is DeviceState.OFFLINE)
    error = await fails_with(host.call("echo", 1), CommandRejected)
    assert error.code == code
    assert (host.restarts, host.pid) == (0, None)
    await host.stop()


async def test_stopping_closes_the_device_and_ends_the_process(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        pid = host.pid
        assert pid is not None
        await host.stop()
        assert (tmp_path / "device.closed").exists()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        error = await fails_with(host.call("echo", 1), DeviceNotReady)
        assert error.code == "driver-stopped"


async def test_stopping_frees_a_waiting_caller(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        begun = beginning(host)
        waiting = asyncio.create_task(host.call("deaf", 30))
        await begun.wait()
        started = time.monotonic()
        await host.stop()
        assert time.monotonic() - started < 5
        await fails_with(waiting, DriverCrashed)


_PARENT = """
import asyncio, sys
from drivers.host import DeviceHost

async def main():
    host = DeviceHost("reader", "troublesome", {"device": sys.argv[1]})
    await host.start()
    await host.ready(10)
    print(host.pid, flush=True)
    await host.call("seize_interpreter")

asyncio.run(main())
"""


async def test_a_driver_dies_with_its_host_even_while_it_hangs(
    tmp_path: Path, package: Path
) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT, str(tmp_path / "device")),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    os.kill(child, signal.SIGINT)
    os.kill(child, 0)
    parent.kill()
    await parent.wait()
    await until(lambda: not alive(child))


async def test_a_crash_tells_where_it_was_and_nothing_of_what_it_held(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    crashes: list[Crash] = []
    settings = {"device": str(tmp_path / "device")}
    host = DeviceHost("reader", "troublesome", settings, POLICY, on_crash=crashes.append)
    await host.start()
    try:
        await host.ready(10)
        await fails_with(host.call("read_nowhere", "445281199001010000"), DriverCrashed)
        await host.ready(10)
        await fails_with(host.call("vanish"), DriverCrashed)
        await until(lambda: len(crashes) == 2)
        await fails_with(host.call("stumble", "445281199001010000"), DeviceError)
    finally:
        await host.stop()
    segfault, killed = crashes
    assert segfault.signal == "SIGSEGV"
    assert re.fullmatch(r"__init__\.py:\d+:string_at", segfault.frames[0])
    assert re.fullmatch(r"troublesome\.py:\d+:read_nowhere", segfault.frames[1])
    assert killed == Crash("SIGKILL", ())
    assert "445281" not in repr(crashes)
    assert capfd.readouterr().err == ""
