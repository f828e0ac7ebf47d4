"""What the four serial devices share, over real pseudo-terminals: the wire and its faults."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import Cancellation, DeviceState, Source
from drivers.errors import DeviceCancelled, DeviceNotReady
from drivers.film_laminator.serial_line import SerialFilmLaminator
from drivers.fingerprint_reader.serial_line import SerialFingerprintReader
from drivers.host import DeviceHost, RestartPolicy
from drivers.id_card import sam_v
from drivers.password_keypad.serial_line import SerialKeypad
from drivers.serial_device.frames import Frame, FrameParser, Kind, Refusal
from drivers.serial_device.probe import probe
from drivers.stamping_machine.serial_line import SerialStampingMachine
from drivers.virtual.film_laminator import VirtualFilmLaminator
from drivers.virtual.fingerprint_reader import VirtualFingerprintReader
from drivers.virtual.id_card_reader import VirtualIdCardReader
from drivers.virtual.password_keypad import VirtualPasswordKeypad
from drivers.virtual.serial_line import SerialLine
from drivers.virtual.stamping_machine import VirtualStampingMachine
from tests.drivers.serial_device.bench import Bench, opened

PAIRS: dict[str, tuple[Any, Any]] = {
    "stamp": (SerialStampingMachine, VirtualStampingMachine),
    "fingerprint": (SerialFingerprintReader, VirtualFingerprintReader),
    "keypad": (SerialKeypad, VirtualPasswordKeypad),
    "laminator": (SerialFilmLaminator, VirtualFilmLaminator),
}
Any_ = Bench[Any, Any]


@pytest.fixture(params=PAIRS)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any_]:
    driver, peer = PAIRS[request.param]
    with opened(driver, peer, tmp_path) as found:
        yield found


def test_opening_learns_what_the_device_is(bench: Any_) -> None:
    assert bench.driver.capabilities().model == bench.peer.model
    status = bench.driver.status().as_json()
    assert {each["source"] for each in status.values()} == {Source.SENSOR}
    assert bench.device() is DeviceState.ONLINE


def test_a_device_is_recognised_by_its_handshake(bench: Any_) -> None:
    bench.driver.close()
    found = probe(str(bench.peer.port))
    assert found is not None
    assert (found.role, found.model) == (bench.peer.role, bench.peer.model)


def test_what_is_no_device_of_ours_is_not_claimed(tmp_path: Path) -> None:
    reader = VirtualIdCardReader(tmp_path)
    reader.start()
    try:
        assert probe(str(reader.port)) is None
        assert sam_v.probe(str(reader.port)), "and the reader was not confused"
    finally:
        reader.stop()


def test_a_self_test_measures(bench: Any_) -> None:
    result = bench.driver.self_test()
    assert result.ok
    assert 0 < result.values["answer_ms"] < 1000
    assert len(result.values) > 1


@pytest.mark.parametrize(
    ("name", "fault", "code", "state"),
    [
        ("stamp", "silent", "device-silent", DeviceState.OFFLINE),
        ("fingerprint", "garbage", "device-garbled", DeviceState.HARDWARE_ERROR),
        ("keypad", "half-frame", "device-garbled", DeviceState.HARDWARE_ERROR),
    ],
)
def test_a_bad_line_is_told_and_passes(
    tmp_path: Path, name: str, fault: str, code: str, state: DeviceState
) -> None:
    with opened(*PAIRS[name], tmp_path) as bench:
        bench.fault(fault)
        began = time.monotonic()
        assert bench.refusal("self_test").code == code
        assert time.monotonic() - began < 5
        assert bench.device() is state
        told = bench.driver.status().as_json().values()
        assert Source.SENSOR not in {each["source"] for each in told}
        bench.fault(fault, on=False)
        bench.driver.refresh()
        assert bench.device() is DeviceState.ONLINE


def test_a_lost_answer_is_asked_for_again(bench: Any_) -> None:
    bench.fault("lost-answer")
    assert bench.driver.self_test().ok
    assert bench.peer.faults() == ()


def test_unplugging_is_told_and_plugging_in_mends_it(bench: Any_) -> None:
    bench.fault("unplugged")
    assert bench.refusal("refresh").code == "device-absent"
    assert bench.device() is DeviceState.NO_DEVICE
    bench.driver.close()
    assert isinstance(bench.refusal("open"), DeviceNotReady)
    bench.fault("unplugged", on=False)
    bench.driver.open()
    assert bench.device() is DeviceState.ONLINE


def test_another_class_of_device_is_not_taken(bench: Any_) -> None:
    bench.driver.close()
    others = [driver for driver, peer in PAIRS.values() if not isinstance(bench.peer, peer)]
    for other in others:
        with pytest.raises(DeviceNotReady) as caught:
            other(other.settings_type(port=str(bench.peer.port)), bench.events.append).open()
        assert caught.value.code == "device-other-class"


def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    for driver, _ in PAIRS.values():
        with pytest.raises(DeviceNotReady) as caught:
            driver(driver.settings_type(port=str(tmp_path / "none")), print).open()
        assert caught.value.code == "device-absent"


@pytest.mark.parametrize("action", ["", "explode", "place"])
def test_an_action_that_nobody_can_do_is_refused(bench: Any_, action: str) -> None:
    with pytest.raises(KeyError):
        bench.peer.act(action, {})
    with pytest.raises(KeyError):
        bench.peer.set_fault("reader-silent", on=True)


class Hostile:
    """A far end that answers every request with whatever it is given."""

    def __init__(self, port: Path) -> None:
        self.answers: Callable[[Frame], bytes] = lambda request: b""
        self._parser = FrameParser()
        self.line = SerialLine(port, 10_000_000, self._received)
        self.line.plug()

    def _received(self, data: bytes) -> None:
        for request in self._parser.feed(data):
            self.line.send(self.answers(request))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hostile, Path]]:
    port = tmp_path_factory.mktemp("hostile") / "port"
    far_end = Hostile(port)
    yield far_end, port
    far_end.line.unplug()


@given(st.sampled_from(sorted(PAIRS)), st.binary(max_size=60), st.sampled_from((2, 3)))
@settings(
    max_examples=60, deadline=None, suppress_health_check=(HealthCheck.function_scoped_fixture,)
)
def test_a_well_framed_lie_is_refused_and_never_believed(
    hostile: tuple[Hostile, Path], name: str, payload: bytes, kind: int
) -> None:
    far_end, port = hostile
    far_end.answers = lambda request: Frame(
        kind, request.sequence, request.command, payload
    ).encode()
    driver = PAIRS[name][0](PAIRS[name][0].settings_type(port=str(port)), print)
    with pytest.raises(DeviceNotReady) as caught:
        driver.open()
    assert caught.value.code.startswith(
        ("device-", "cancelled", "finger-", "film-", "keypad-", "pin-")
    )
    assert driver.status().device.value is not DeviceState.ONLINE


def test_an_answer_to_another_request_is_not_taken(hostile: tuple[Hostile, Path]) -> None:
    far_end, port = hostile
    far_end.answers = lambda request: Frame(Kind.ANSWER, 77, request.command, b"").encode()
    driver = SerialKeypad(SerialKeypad.settings_type(port=str(port)), print)
    with pytest.raises(DeviceNotReady) as caught:
        driver.open()
    assert caught.value.code == "device-silent"


def test_a_device_that_talks_without_end_is_not_listened_to(hostile: tuple[Hostile, Path]) -> None:
    far_end, port = hostile
    far_end.answers = lambda request: b"\x7ebabble" * 6000
    driver = SerialKeypad(SerialKeypad.settings_type(port=str(port)), print)
    with pytest.raises(DeviceNotReady) as caught:
        driver.open()
    assert caught.value.code == "device-garbled"


def test_withdrawing_frees_the_device(tmp_path: Path) -> None:
    with opened(SerialFingerprintReader, VirtualFingerprintReader, tmp_path) as bench:
        cancellation = bench.driver.cancellation = Cancellation()
        threading.Timer(0.15, cancellation.cancel).start()
        began = time.monotonic()
        with pytest.raises(DeviceCancelled):
            bench.driver.capture(60)
        assert time.monotonic() - began < 1
        bench.driver.cancellation = Cancellation()
        assert bench.device() is DeviceState.ONLINE
        bench.driver.refresh()
        assert bench.peer.state()["light"] == "on"


def test_a_second_request_finds_the_device_busy(tmp_path: Path) -> None:
    """Two hosts on one line, or a host that lost count."""
    peer = VirtualFingerprintReader(tmp_path)
    replies: list[Frame] = []
    peer._send = replies.append  # type: ignore[method-assign,assignment]
    with peer._lock:
        wait = bytes.fromhex("09 0004 0000ea60".replace(" ", ""))
        peer._take(Frame(Kind.REQUEST, 1, 0x10, wait))
        peer._take(Frame(Kind.REQUEST, 2, 0x02))
        peer._take(Frame(Kind.REQUEST, 1, 0x10, wait))
    assert [(each.sequence, each.payload[0]) for each in replies] == [(2, Refusal.BUSY)]


async def test_each_runs_under_a_host_and_comes_back(tmp_path: Path) -> None:
    """Plugged in late, used, pulled out, plugged in again: all four at once, in their processes."""
    policy = RestartPolicy(reopen_delays_s=(0.05, 0.2))
    peers = [peer(tmp_path) for _, peer in PAIRS.values()]
    hosts = [DeviceHost(each.role, each.driver, each.settings, policy) for each in peers]
    try:
        await asyncio.gather(*(host.start() for host in hosts))
        await asyncio.gather(*(until_not_ready(host) for host in hosts))
        for peer in peers:
            peer.start()
        await asyncio.gather(*(host.ready(20) for host in hosts))
        results = await asyncio.gather(*(host.call("self_test") for host in hosts))
        assert all(result.ok for result in results)
        for peer in peers:
            peer.set_fault(f"{peer.prefix}-unplugged", on=True)
        await asyncio.gather(*(until_not_ready(host) for host in hosts))
        for peer in peers:
            peer.set_fault(f"{peer.prefix}-unplugged", on=False)
        began = time.monotonic()
        await asyncio.gather(*(host.ready(10) for host in hosts))
        assert time.monotonic() - began < 10
    finally:
        await asyncio.gather(*(host.stop() for host in hosts))
        for peer in peers:
            peer.stop()


async def until_not_ready(host: DeviceHost) -> None:
    async with asyncio.timeout(20):
        while host.last_error is None:  # noqa: ASYNC110 - the host tells nobody of an error
            await asyncio.sleep(0.05)
    assert host.last_error.code == "device-absent"
