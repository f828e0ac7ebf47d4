"""Fingerprint readers: a template given once, and nothing of it anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceState
from drivers.errors import HardwareFault, ProtocolError, UserFault
from drivers.fingerprint_reader.contract import Fingerprint, Subject
from drivers.fingerprint_reader.minutiae import quality_of
from drivers.fingerprint_reader.serial_line import SerialFingerprintReader
from drivers.virtual.fingerprint_reader import VirtualFingerprintReader, template_of
from tests.drivers.serial_device.bench import Bench, opened

Reader = Bench[SerialFingerprintReader, VirtualFingerprintReader]
FINGER = template_of(2)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Reader]:
    with opened(SerialFingerprintReader, VirtualFingerprintReader, tmp_path) as found:
        yield found


def test_a_finger_that_comes_later_is_scanned(bench: Reader) -> None:
    bench.soon("press", finger=7)
    found = bench.driver.capture(5.0)
    assert (found.template, found.quality) == (template_of(7), 86)
    assert [event.name for event in bench.events] == ["SubjectDetectedEvent"]
    assert bench.driver.status().subject.value is Subject.PRESENT


def test_nothing_of_a_finger_stays_or_is_said(bench: Reader) -> None:
    bench.peer.act("press", {"finger": 3})
    found = bench.driver.capture(1.0)
    kept = repr(vars(bench.driver)) + repr(bench.events) + repr(found)
    assert found.template.hex() not in kept
    assert repr(found.template)[2:40] not in kept
    assert not any(value == found.template for value in vars(bench.driver).values())
    assert repr(Fingerprint(b"secret", 5)) == "Fingerprint(quality=5)"


def test_no_finger_is_a_timeout(bench: Reader) -> None:
    error = bench.refusal("capture", 0.2)
    assert (type(error), error.code) == (UserFault, "finger-timeout")
    assert bench.device() is DeviceState.ONLINE


@pytest.mark.parametrize(
    ("fault", "code"),
    [("wet", "finger-wet"), ("poor", "finger-poor"), ("moved", "finger-moved")],
)
def test_a_finger_that_scans_badly_may_be_tried_again(bench: Reader, fault: str, code: str) -> None:
    bench.peer.act("press", {"finger": 2})
    bench.fault(fault)
    error = bench.refusal("capture", 1.0)
    assert (type(error), error.code) == (UserFault, code)
    bench.fault(fault, on=False)
    bench.peer.act("press", {"finger": 2})
    assert bench.driver.capture(1.0).template == FINGER


def test_a_dirty_glass_is_for_staff(bench: Reader) -> None:
    bench.fault("dirty")
    assert isinstance(bench.refusal("capture", 1.0), HardwareFault)
    bench.driver.refresh()
    assert bench.device() is DeviceState.USER_ERROR


def test_a_finger_is_seen_to_go(bench: Reader) -> None:
    bench.peer.act("press", {"finger": 2})
    assert not bench.driver.wait_removed(0.1)
    bench.soon("lift")
    assert bench.driver.wait_removed(5.0)
    assert bench.events[-1].name == "SubjectRemovedEvent"


@pytest.mark.parametrize("finger", [0, 11, "2", None, 2.5, [2]])
def test_a_hand_has_ten_fingers(bench: Reader, finger: object) -> None:
    with pytest.raises(ValueError, match="finger"):
        bench.peer.act("press", {"finger": finger})


def test_a_record_says_its_quality() -> None:
    assert quality_of(template_of(1, 0)) == 0
    assert quality_of(template_of(10, 100)) == 100


@given(st.data())
def test_a_record_that_is_not_whole_is_refused(data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(FINGER) - 1))
    tail = data.draw(st.binary(max_size=5))
    if FINGER[:cut] + tail == FINGER:
        return
    with pytest.raises(ProtocolError):
        quality_of(FINGER[:cut] + tail)


@pytest.mark.parametrize(
    ("at", "value"), [(0, 0), (4, 0x31), (11, 0), (22, 2), (26, 101), (27, 0), (27, 255)]
)
def test_a_record_that_contradicts_itself_is_refused(at: int, value: int) -> None:
    with pytest.raises(ProtocolError):
        quality_of(FINGER[:at] + bytes((value,)) + FINGER[at + 1 :])
