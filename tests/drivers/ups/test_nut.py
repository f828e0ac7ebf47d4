"""A power supply behind NUT: the real server with its dummy driver, and hostile servers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceEvent, DeviceState, Source
from drivers.errors import CommandRejected, DeviceError, DeviceNotReady, ProtocolError
from drivers.ups import nut, protocol
from drivers.ups.contract import BatteryLevel, PowerSource
from drivers.ups.nut import NutSettings, NutUps
from drivers.virtual.ups import VirtualUps
from tests.drivers.hosted import eventually, put_right, started


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualUps]:
    yield from started(VirtualUps(tmp_path_factory.mktemp("ups")))


@pytest.fixture
def peer(room: VirtualUps) -> Iterator[VirtualUps]:
    yield from put_right(room)


class Bench:
    def __init__(self, settings: NutSettings) -> None:
        self.events: list[DeviceEvent] = []
        self.driver = NutUps(settings, self.events.append)

    @property
    def names(self) -> list[str]:
        return [event.name for event in self.events]

    def power(self) -> PowerSource:
        self.driver.refresh()
        return self.driver.status().power.value

    def comes_back(self) -> bool:
        """Open it as its host does, until it is there."""
        self.driver.close()
        try:
            self.driver.open()
        except DeviceNotReady:
            return False
        return self.power() is PowerSource.LINE


@pytest.fixture
def bench(peer: VirtualUps) -> Iterator[Bench]:
    found = Bench(peer.settings)
    eventually(found.comes_back)
    found.events.clear()
    yield found
    found.driver.close()


def test_readings_have_source_and_age(bench: Bench) -> None:
    status = bench.driver.status()
    assert (status.power.value, status.power.source) == (PowerSource.LINE, Source.SENSOR)
    assert status.battery.value is BatteryLevel.OPERATIONAL
    assert (status.charge_percent.value, status.runtime_s.value) == (98, 1800)
    assert status.runtime_s.age_s < 5
    assert bench.driver.capabilities().model == "V-UPS 600"
    assert bench.driver.self_test().ok


def test_a_power_failure_is_told_step_by_step(peer: VirtualUps, bench: Bench) -> None:
    peer.act("unplug", {})
    eventually(lambda: bench.power() is PowerSource.BATTERY)
    assert bench.names == ["PowerLostEvent"]
    assert bench.events[0].payload == {"charge_percent": 61, "runtime_s": 900}
    peer.set_fault("ups-low-battery", on=True)
    eventually(lambda: bench.power() is PowerSource.BATTERY and len(bench.events) > 1)
    assert bench.names[1:] == ["LowBatteryEvent"]
    assert bench.driver.status().battery.value is BatteryLevel.LOW
    peer.act("plug", {})
    eventually(lambda: bench.power() is PowerSource.LINE)
    assert bench.names[2:] == ["PowerBackEvent"]


def test_two_changes_within_one_second_are_both_seen(peer: VirtualUps, bench: Bench) -> None:
    """Of a file's time, dummy-ups looks at whole seconds."""
    time.sleep(1 - time.time() % 1)
    peer.act("unplug", {})
    eventually(lambda: bench.power() is PowerSource.BATTERY, 5)
    peer.act("plug", {})
    eventually(lambda: bench.power() is PowerSource.LINE, 5)


def test_a_terminal_that_starts_on_battery_hears_of_it(peer: VirtualUps) -> None:
    peer.set_fault("ups-on-battery", on=True)
    late = Bench(peer.settings)
    late.driver.open()
    try:
        eventually(lambda: late.power() is PowerSource.BATTERY)
        assert late.names == ["PowerLostEvent"]
    finally:
        late.driver.close()


def test_silence_is_no_power_failure(
    peer: VirtualUps, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nut, "_ANSWER_S", 0.3)
    peer.set_fault("ups-silent", on=True)
    assert bench.power() is PowerSource.UNKNOWN
    assert bench.driver.status().device.value is DeviceState.OFFLINE
    peer.set_fault("ups-silent", on=False)
    assert bench.power() is PowerSource.LINE
    assert bench.names == []


def test_a_pulled_cable_is_told_and_passes(peer: VirtualUps, bench: Bench) -> None:
    peer.set_fault("ups-gone", on=True)
    with pytest.raises(DeviceNotReady) as caught:
        eventually(lambda: bench.power() is PowerSource.BATTERY)
    assert caught.value.code == "ups-unplugged"
    assert bench.driver.status().device.value is DeviceState.NO_DEVICE
    peer.set_fault("ups-gone", on=False)
    eventually(bench.comes_back)
    assert bench.names == []


def test_a_name_that_the_server_does_not_know(peer: VirtualUps) -> None:
    bench = Bench(peer.settings.model_copy(update={"ups": "other"}))
    with pytest.raises(DeviceNotReady) as caught:
        bench.driver.open()
    assert caught.value.code == "ups-unknown"


@pytest.mark.parametrize("address", ["unix:/nowhere", "127.0.0.1:1", "127.0.0.1", "no-port:x"])
def test_nobody_at_the_address(address: str) -> None:
    with pytest.raises(DeviceNotReady) as caught:
        Bench(NutSettings(address=address, ups="yimen")).driver.open()
    assert caught.value.code == "ups-absent"


GOOD = (
    b'BEGIN LIST VAR yimen\nVAR yimen ups.status "OB"\nVAR yimen battery.charge "15"\n'
    b'VAR yimen battery.runtime "nan"\nEND LIST VAR yimen\n'
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[[list[bytes]], NutSettings]]:
    """A server on a Unix socket that answers each question with the next of some pieces."""
    listeners = []

    def serve(pieces: list[bytes]) -> NutSettings:
        path = tmp_path / "upsd"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen()
        listeners.append(listener)

        def run() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.01)
                connection.recv(4096)

        threading.Thread(target=run, daemon=True).start()
        return NutSettings(address=f"unix:{path}", ups="yimen")

    yield serve
    for each in listeners:
        each.close()


def test_a_list_in_pieces_and_a_low_charge_that_the_device_does_not_call_low(
    server: Callable[[list[bytes]], NutSettings],
) -> None:
    bench = Bench(server([GOOD[:7], GOOD[7:60], GOOD[60:]]))
    bench.driver.open()
    try:
        status = bench.driver.status()
        assert (status.battery.value, status.battery.source) == (BatteryLevel.LOW, Source.DRIVER)
        assert status.runtime_s.value is None
        assert bench.names == ["PowerLostEvent", "LowBatteryEvent"]
    finally:
        bench.driver.close()


@pytest.mark.parametrize(
    "pieces",
    [[b"x" * 3000], [b"\xff\xfe\n" * 2000], [b'BEGIN LIST VAR yimen\nVAR "\n', b"END x\n"]],
)
def test_rubbish_is_told_and_is_no_power_failure(
    server: Callable[[list[bytes]], NutSettings], pieces: list[bytes]
) -> None:
    bench = Bench(server(pieces))
    bench.driver.open()
    assert bench.driver.status().device.value is DeviceState.HARDWARE_ERROR
    assert bench.driver.status().power.value is PowerSource.UNKNOWN
    assert bench.names == []
    bench.driver.close()


def test_an_answer_that_came_too_late_is_not_taken_for_the_next(tmp_path: Path) -> None:
    late = GOOD.replace(b'"OB"', b'"OL"')

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            for answers in (late + late, GOOD):
                connection.recv(4096)
                connection.sendall(answers)
            connection.recv(4096)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "upsd"))
        listener.listen()
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        bench = Bench(NutSettings(address=f"unix:{tmp_path / 'upsd'}", ups="yimen"))
        bench.driver.open()
        assert bench.driver.status().power.value is PowerSource.LINE
        assert bench.power() is PowerSource.BATTERY
        bench.driver.close()


def test_words_and_escapes() -> None:
    line = b'VAR yimen ups.mfr "A \\"B\\" \\\\ C"'
    assert protocol.words(line) == ("VAR", "yimen", "ups.mfr", 'A "B" \\ C')


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=20)))
def test_words_come_back_from_their_quotes(words: list[str]) -> None:
    quoted = (
        b'"' + each.encode().replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"' for each in words
    )
    line = b" ".join(quoted)
    if len(line) <= protocol.LONGEST_LINE:
        assert protocol.words(line) == tuple(words)


@given(st.lists(st.binary(max_size=30) | st.sampled_from(GOOD.splitlines()), max_size=7))
def test_any_lines_are_values_or_a_device_error(lines: list[bytes]) -> None:
    try:
        found = protocol.variables(lines, "yimen")
    except DeviceError as error:
        assert error.code.startswith("ups-")  # noqa: PT017 - nothing else may be raised
        return
    assert lines[0] == b"BEGIN LIST VAR yimen"
    assert len(found) <= len(lines) - 2


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"ERR DATA-STALE", DeviceNotReady),
        (b"ERR DRIVER-NOT-CONNECTED", DeviceNotReady),
        (b"ERR UNKNOWN-UPS", CommandRejected),
        (b"ERR ACCESS-DENIED", CommandRejected),
        (b"ERR", ProtocolError),
        (b"ERR SOMETHING-NEW", ProtocolError),
        (b"", ProtocolError),
    ],
)
def test_refusals(line: bytes, kind: type[DeviceError]) -> None:
    with pytest.raises(kind):
        protocol.checked(line)


@pytest.mark.parametrize(
    ("flags", "power", "battery"),
    [
        ("OL", PowerSource.LINE, BatteryLevel.OPERATIONAL),
        ("OL CHRG RB", PowerSource.LINE, BatteryLevel.FAILURE),
        ("OB DISCHRG LB", PowerSource.BATTERY, BatteryLevel.LOW),
        ("FSD OB", PowerSource.BATTERY, BatteryLevel.OPERATIONAL),
        ("WAIT", PowerSource.UNKNOWN, BatteryLevel.UNKNOWN),
        ("OLD", PowerSource.UNKNOWN, BatteryLevel.UNKNOWN),
        ("", PowerSource.UNKNOWN, BatteryLevel.UNKNOWN),
    ],
)
def test_flags(flags: str, power: PowerSource, battery: BatteryLevel) -> None:
    assert (protocol.power_of(flags), protocol.battery_of(flags)) == (power, battery)
