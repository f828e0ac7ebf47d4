"""One command to a card: our channel beside a bare SCardTransmit on the same connection."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from smartcard import scard

from drivers.smart_card.pcsc_channel import PcscChannel
from drivers.smart_card.service import PcscService
from drivers.smart_card.settings import PcscSettings
from drivers.social_security_card.records import SSSE
from drivers.virtual.room import start_room
from tests.bench.entry import Entry, at_most

ROLE = "social-security-card-reader"
_SELECT = bytes((0x00, 0xA4, 0x04, 0x00, len(SSSE))) + SSSE
_READ_NAME = bytes.fromhex("00B2023420")
_ANSWER_BYTES = 34
_ROUNDS = 40
_IN_A_ROUND = 50
_WARM_UP = 200
_GOAL = 2.0


def run() -> Entry:
    """Median milliseconds of one READ RECORD of 32 bytes, the two in turn.

    The card lives in a process of its own; pcscd and vpcd are the same for both.
    """
    ours_ms, bare_ms = asyncio.run(_measure())
    return at_most(ours_ms, bare_ms, _GOAL, {"SCardTransmit": bare_ms})


async def _measure() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        room = await start_room(Path(folder), [ROLE])
        try:
            binding = (await room.client.bindings())[ROLE]
            await room.client.act(ROLE, "place", {"resident": 1})
            settings = PcscSettings.model_validate(binding.settings)
            return await asyncio.to_thread(_compare, settings)
        finally:
            await room.stop()


def _compare(settings: PcscSettings) -> tuple[float, float]:
    service = PcscService(settings)
    service.start()
    try:
        if not service.wait(lambda slot: slot.present, 5.0, lambda: None):
            raise RuntimeError("the card is not seen")
        with service.connect() as channel:
            return _in_turn(channel)
    finally:
        service.stop()


def _in_turn(channel: PcscChannel) -> tuple[float, float]:
    command = list(_READ_NAME)

    def ours() -> int:
        return len(channel.transmit(_READ_NAME))

    def bare() -> int:
        _, answer = scard.SCardTransmit(*channel.connection, command)
        return len(answer)

    channel.transmit(_SELECT)
    for _ in range(_WARM_UP):
        ours(), bare()
    times: dict[Callable[[], int], list[float]] = {ours: [], bare: []}
    for _ in range(_ROUNDS):
        for each, taken in times.items():
            taken += [_timed(each) for _ in range(_IN_A_ROUND)]
    return statistics.median(times[ours]), statistics.median(times[bare])


def _timed(exchange: Callable[[], int]) -> float:
    started = time.perf_counter()
    length = exchange()
    elapsed = time.perf_counter() - started
    if length != _ANSWER_BYTES:
        raise RuntimeError("the card did not answer")
    return elapsed * 1000


if __name__ == "__main__":
    json.dump(run(), sys.stdout, indent=2)
