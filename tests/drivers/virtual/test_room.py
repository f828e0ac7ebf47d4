"""The room of virtual devices and its control socket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import DeviceState
from drivers.host import DeviceHost
from drivers.virtual.control import (
    LONGEST_LINE,
    BadRequest,
    ControlServer,
    RoomClient,
    RoomUnreachable,
    UnknownName,
)
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.residents import resident
from drivers.virtual.room import ERRAND, Room, RoomFailed, start_room

READER = "id-card-reader"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    found = await start_room(tmp_path, [READER])
    yield found
    await found.stop()


async def say(path: Path, *lines: bytes) -> list[dict[str, Any]]:
    """Write lines to the socket as they are; return the answers until it is closed."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.writelines(lines)
    writer.write_eof()
    answers = [json.loads(line) async for line in reader]
    writer.close()
    return answers


def listing(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def network_of(pid: int) -> Path:
    return Path(f"/proc/{pid}/ns/net").readlink()


async def test_an_errand_at_the_virtual_reader(room: Room) -> None:
    binding = (await room.client.bindings())[READER]
    host = DeviceHost(READER, binding.driver, binding.settings)
    await host.start()
    try:
        await host.ready(20)
        state = await room.client.act(READER, "place", {"resident": 3})
        assert (state["light"], state["card"]) == ("idle", 3)
        record = await host.call("read_card", 2.0)
        assert record.id_number == resident(3).id_number
        assert (await room.client.state())[READER]["light"] == "ok"
        await room.client.act(READER, "remove")
        assert await host.call("wait_removed", 2.0)
    finally:
        await host.stop()


async def test_a_reader_is_back_within_ten_seconds_of_plugging_it_in(room: Room) -> None:
    binding = (await room.client.bindings())[READER]
    host = DeviceHost(READER, binding.driver, binding.settings)
    gone, back = asyncio.Event(), asyncio.Event()
    host.subscribe(lambda event: (back if event.payload.get("device") == "online" else gone).set())
    await host.start()
    try:
        await host.ready(20)
        back.clear()
        await room.client.set_fault("reader-unplugged", on=True)
        await asyncio.wait_for(gone.wait(), 10)
        assert host.status().device.value is DeviceState.NO_DEVICE
        assert (await room.client.state())[READER]["light"] == "off"
        await room.client.set_fault("reader-unplugged", on=False)
        await asyncio.wait_for(back.wait(), 10)
        assert host.restarts == 0
    finally:
        await host.stop()


async def test_switches_are_listed_with_how_they_stand(room: Room) -> None:
    await room.client.set_fault("reader-slow", on=True)
    faults = {each.name: each for each in await room.client.faults()}
    assert len(faults) >= 9
    assert all(name.startswith("reader-") for name in faults)
    assert {each.device for each in faults.values()} == {READER}
    assert [name for name, each in faults.items() if each.on] == ["reader-slow"]
    assert faults["reader-pulled-mid-read"].once


async def test_the_socket_is_for_this_user_alone(room: Room) -> None:
    mode = room.socket_path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


async def test_what_does_not_exist_is_told(room: Room) -> None:
    with pytest.raises(UnknownName, match="unknown-fault"):
        await room.client.set_fault("reader-on-fire", on=True)
    with pytest.raises(UnknownName, match="unknown-role"):
        await room.client.act("toaster", "place")
    with pytest.raises(UnknownName, match="unknown-action"):
        await room.client.act(READER, "swallow")
    for arguments in ({}, {"resident": 0}, {"resident": "1"}, {"resident": [1]}):
        with pytest.raises(BadRequest):
            await room.client.act(READER, "place", arguments)


HOSTILE = (
    b"\n",
    b"nonsense\n",
    b"[]\n",
    b"null\n",
    b'{"op": 1}\n',
    b'{"op": "no-such"}\n',
    b'{"op": "state", "extra": 1}\n',
    b'{"op": "fault", "name": "' + b"x" * 65 + b'", "on": true}\n',
    b'{"op": "act", "role": "id-card-reader", "action": "place", "arguments": 7}\n',
    b"\xff\xfe\n",
    b'{"op": ' + b"[" * 5000 + b"\n",
)


async def test_lines_that_are_no_requests_are_answered_and_the_next_still_works(
    room: Room,
) -> None:
    *refused, last = await say(room.socket_path, *HOSTILE, b'{"op": "state"}\n')
    assert [answer["error"]["code"] for answer in refused] == ["bad-request"] * len(HOSTILE)
    assert last["ok"]


async def test_a_line_without_end_is_cut_off_and_the_room_goes_on(room: Room) -> None:
    (answer,) = await say(room.socket_path, b"x" * (2 * LONGEST_LINE))
    assert "too long" in answer["error"]["message"]
    assert (await room.client.state())[READER]["card"] is None


async def test_a_caller_that_goes_away_harms_nobody(room: Room) -> None:
    for _ in range(20):
        _, writer = await asyncio.open_unix_connection(room.socket_path)
        writer.write(b'{"op": "state"}\n{"op"')
        writer.transport.abort()
    assert READER in await room.client.state()


async def test_callers_beside_each_other_are_all_answered(room: Room) -> None:
    states = await asyncio.gather(*(room.client.state() for _ in range(40)))
    assert all(READER in state for state in states)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(max_size=200).filter(lambda line: b"\n" not in line), max_size=5))
def test_any_bytes_are_answered_line_by_line(tmp_path: Path, lines: list[bytes]) -> None:
    async def run() -> list[dict[str, Any]]:
        peer = VirtualIdCardReader(tmp_path)
        server = ControlServer({READER: peer}, {}, tmp_path / "control.sock")
        await server.start()
        try:
            return await say(tmp_path / "control.sock", *(line + b"\n" for line in lines))
        finally:
            server.stop()

    answers = asyncio.run(run())
    assert [answer["ok"] for answer in answers] == [False] * len(lines)


async def test_no_room_is_told(tmp_path: Path) -> None:
    with pytest.raises(RoomUnreachable):
        await RoomClient(tmp_path / "control.sock").state()


async def test_stopping_leaves_no_process_and_no_device(tmp_path: Path) -> None:
    room = await start_room(tmp_path, [READER])
    pid = room.pid
    await room.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert listing(tmp_path) == []


async def test_a_room_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / READER).mkdir()
    (tmp_path / READER / "in the way").touch()
    with pytest.raises(RoomFailed, match="irectory"):
        await start_room(tmp_path, [READER])


_PARENT = """
import asyncio, sys
from pathlib import Path
from drivers.virtual.room import start_room

async def main():
    room = await start_room(Path(sys.argv[1]), ["id-card-reader"])
    print(room.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_a_room_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT, str(tmp_path)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    os.kill(pid, signal.SIGINT)
    assert READER in await RoomClient(tmp_path / "control.sock").state()
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(10):
        while listing(tmp_path):  # noqa: ASYNC110 - a process's end sends no event
            await asyncio.sleep(0.02)


async def test_the_rooms_ports_are_hidden_where_namespaces_are_granted(tmp_path: Path) -> None:
    room = await start_room(tmp_path, ERRAND)
    try:
        assert (network_of(os.getpid()) != network_of(room.pid)) == room.private
        assert set(await room.client.state()) == set(ERRAND)
        assert set(await room.client.bindings()) == set(ERRAND)
        names = [fault.name for fault in await room.client.faults()]
        assert len(names) == len(set(names))
    finally:
        await room.stop()
