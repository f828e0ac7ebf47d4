"""Reading a card: what driver and host process add to the bytes' time on the wire."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from drivers.host import DeviceHost
from drivers.id_card import sam_link
from drivers.id_card.contract import IdentityRecord
from drivers.virtual.residents import resident
from drivers.virtual.room import start_room
from drivers.virtual.sam import Sam

BAUD = 115_200
_BITS_A_BYTE = 10
_ROUNDS = 25
_WARM_UP = 3
_GOAL = 1.05
_RESIDENT = 1


def run() -> dict[str, Any]:
    """Median milliseconds of a read through ``DeviceHost``, and of its bytes alone at 115,200 baud.

    The virtual reader answers in no time and paces each byte, so that all beyond the wire's time
    is the driver's, the host's and the pseudo-terminal's.
    """
    ours_ms = asyncio.run(_measure())
    wire_ms = _wire_bytes() * _BITS_A_BYTE / BAUD * 1000
    ratio = ours_ms / wire_ms
    return {
        "ours_ms": round(ours_ms, 2),
        "peers": {"wire": round(wire_ms, 2)},
        "ratio": round(ratio, 4),
        "goal": _GOAL,
        "met": ratio <= _GOAL,
    }


def _wire_bytes() -> int:
    """Bytes of both directions of one read, told by the module itself."""
    sam = Sam()
    sam.place(resident(_RESIDENT))
    requests = (
        sam_link.STATUS,
        sam_link.FIND,
        sam_link.SELECT,
        sam_link.READ_TEXT_AND_PHOTO,
        sam_link.READ_NEWEST_ADDRESS,
    )
    return sum(len(each.encode()) + len(sam.answer(each).encode()) for each in requests)


async def _measure() -> float:
    with tempfile.TemporaryDirectory() as folder:
        room = await start_room(Path(folder), ["id-card-reader"])
        try:
            binding = (await room.client.bindings())["id-card-reader"]
            host = DeviceHost("id-card-reader", binding.driver, binding.settings)
            await host.start()
            try:
                await host.ready(20)
                times = []
                for _ in range(_WARM_UP + _ROUNDS):
                    await room.client.act("id-card-reader", "place", {"resident": _RESIDENT})
                    times.append(await _read(host))
            finally:
                await host.stop()
        finally:
            await room.stop()
    return statistics.median(times[_WARM_UP:])


async def _read(host: DeviceHost) -> float:
    started = time.perf_counter()
    record = await host.call("read_card", 1.0)
    elapsed = time.perf_counter() - started
    if not isinstance(record, IdentityRecord) or record.name != resident(_RESIDENT).name:
        raise RuntimeError("the card was not read")
    return elapsed * 1000


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
