"""Hosts of the driver ``troublesome``, and waiting for what becomes of them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import DeviceError
from drivers.host import DeviceHost, RestartPolicy

POLICY = RestartPolicy(
    restart_delays_s=(0.05, 0.1),
    reopen_delays_s=(0.05, 0.1),
    beat_every_s=0.1,
    beats_missed=20,
    unasked_s=1.0,
    withdrawal_s=0.4,
    most_memory_mb=160,
    most_descriptors=100,
)


def offered(site: Path) -> Path:
    """Make a folder for ``sys.path`` with a package that offers the driver ``troublesome`` and two
    that cannot be loaded."""
    metadata = site / "troublesome-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: troublesome\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[yimen.drivers]\n"
        "troublesome = troublesome:Troublesome\n"
        "no-module = nowhere.at.all:Driver\n"
        "no-driver = troublesome:TroublesomeSettings\n"
    )
    shutil.copy(Path(__file__).with_name("troublesome.py"), site)
    return site


@asynccontextmanager
async def hosted(
    tmp_path: Path, policy: RestartPolicy = POLICY, **settings: Any
) -> AsyncIterator[DeviceHost]:
    """A host that runs while the block lasts."""
    settings = {"device": str(tmp_path / "device"), **settings}
    host = DeviceHost("reader", "troublesome", settings, policy)
    await host.start()
    try:
        yield host
    finally:
        await host.stop()


async def until(condition: Callable[[], Any], timeout_s: float = 10.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - files and processes send no event
            await asyncio.sleep(0.01)


async def fails_with(call: Awaitable[Any], kind: type[DeviceError]) -> DeviceError:
    """The error of this kind that a call must raise."""
    with pytest.raises(kind) as caught:
        await call
    return caught.value


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
