"""A USB reader that comes and goes while pcscd runs and the service waits for readers."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.smart_card.pcsc_context import reader_names
from drivers.smart_card.service import PcscService
from drivers.smart_card.settings import PcscSettings
from drivers.virtual.namespace import NAMESPACES
from tests.drivers.smart_card.hot_plug import ATR, READER

ROOT = Path(__file__).parents[3]
AT_ONCE_S = 1.0
"""Well below the five seconds after which the list of readers is looked through all the same."""


class Hub:
    """A USB port and a hand."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "run" / "pcscd.comm"
        apart = next(
            each
            for each in NAMESPACES
            if subprocess.run([*each, "true"], check=False).returncode == 0
        )
        command = [*apart, sys.executable, "-m", "tests.drivers.smart_card.hot_plug", str(folder)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True)

    def tell(self, order: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.communicate(timeout=10)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    found = Hub(tmp_path)
    end = time.monotonic() + 20
    while not found.socket.exists():
        assert time.monotonic() < end, "pcscd did not start"
        time.sleep(0.05)
    yield found
    found.end()


def never() -> None:
    """Nobody withdraws."""


def test_a_reader_is_seen_to_come_and_go_at_once(hub: Hub) -> None:
    service = PcscService(PcscSettings(reader=READER, pcscd_socket=str(hub.socket)))
    service.start()
    try:
        assert reader_names(str(hub.socket)) == []
        up = service.slot.up
        for _ in range(3):
            time.sleep(1.2)  # the service has settled, and waits
            hub.tell("plug")
            assert service.wait(lambda slot: slot.reader is not None, AT_ONCE_S, never)
            assert service.wait(lambda slot: slot.present, AT_ONCE_S, never)
            assert (service.slot.reader, service.slot.atr) == (f"{READER} 00 00", ATR)
            with service.connect() as channel:
                assert channel.transmit(bytes(4)) == bytes(4) + b"\x90\x00"
            hub.tell("unplug")
            assert service.wait(lambda slot: slot.reader is None, AT_ONCE_S, never)
        assert (service.slot.running, service.slot.up) == (True, up), "pcscd was not started anew"
    finally:
        service.stop()
