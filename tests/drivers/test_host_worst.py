"""Drivers at their worst: each is ended alone, and started again."""

from __future__ import annotations

import asyncio
import os
import struct
import time
from pathlib import Path

import pytest

from drivers.errors import DriverCrashed
from drivers.host_wire import Beat, Hello, Now, pack
from tests.drivers.hosts import POLICY, alive, fails_with, hosted, until
from tests.drivers.streams import Reduced

pytestmark = pytest.mark.usefixtures("package")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("leak", "driver-memory"),
        ("leak_files", "driver-descriptors"),
        ("flood", "driver-flood"),
        ("ramble", "driver-garbled"),
        ("answer_with_too_much", "driver-failed"),
        ("answer_with_what_is_no_value", "driver-failed"),
        ("fork_and_vanish", "driver-crashed"),
    ],
)
async def test_a_driver_beside_itself_is_ended_alone_and_started_again(
    tmp_path: Path, command: str, code: str
) -> None:
    async with hosted(tmp_path) as other, hosted(tmp_path) as host:
        await asyncio.gather(host.ready(10), other.ready(10))
        error = await fails_with(host.call(command), DriverCrashed)
        assert error.code == code
        assert await other.call("echo", "alive") == "alive"
        await host.ready(10)
        assert await host.call("echo", "back") == "back"
        assert (host.restarts, other.restarts) == (1, 0)


async def test_what_a_driver_started_ends_with_it(tmp_path: Path) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        began = time.monotonic()
        await fails_with(host.call("fork_and_vanish"), DriverCrashed)
        assert time.monotonic() - began < POLICY.beat_every_s * POLICY.beats_missed, "nobody saw it"
        forked = int((tmp_path / "device.forked").read_text())
        await until(lambda: not alive(forked))


async def test_what_a_driver_prints_is_not_for_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        await host.call("chatter", "445281199001010000")
        await fails_with(host.call("abort"), DriverCrashed)
    said = capfd.readouterr()
    assert "445281" not in said.out + said.err
    assert said.err == ""


HOSTILE = {
    "no length": b"\xff\xff\xff\xff",
    "no pickle": struct.pack("!I", 4) + b"nope",
    "a call": pack(Reduced(os.system, "true")),
    "a wrong kind of beat": pack(Beat("long")),  # type: ignore[arg-type]
    "deadlines that are none": pack(Hello(None)),  # type: ignore[arg-type]
    "no status": pack(Now(5)),  # type: ignore[arg-type]
    "room for 32 GiB": struct.pack("!I", 9) + b"\x80\x05Nr\xff\xff\xff\x7f.",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
async def test_a_process_that_speaks_out_of_turn_is_ended_and_replaced(
    tmp_path: Path, words: bytes
) -> None:
    async with hosted(tmp_path) as host:
        await host.ready(10)
        error = await fails_with(host.call("speak_out_of_turn", words), DriverCrashed)
        assert error.code == "driver-garbled"
        await host.ready(10)
        assert await host.call("echo", "back") == "back"


async def test_a_driver_cannot_run_code_in_the_service(tmp_path: Path) -> None:
    mark = tmp_path / "attacked"
    async with hosted(tmp_path) as host:
        await host.ready(10)
        error = await fails_with(host.call("attack", str(mark)), DriverCrashed)
        assert error.code == "driver-garbled"
        assert not mark.exists()
        await host.ready(10)
