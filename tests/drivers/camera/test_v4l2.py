"""Answers of the kernel about a camera, laid out as in videodev2.h."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from drivers.camera import v4l2
from drivers.camera.contract import Control
from drivers.errors import CommandRejected, DeviceNotReady


def queried(kind: int, flags: int) -> bytes:
    name = b"Exposure Time, Absolute".ljust(32, b"\0")
    fields = struct.pack("=II32s", 0x009A0902, kind, name)
    return fields + struct.pack("=iiiiIII", 3, 2047, 1, 250, flags, 0, 0)


@pytest.mark.parametrize(("kind", "settable"), [(1, True), (2, True), (3, True), (4, False)])
def test_a_control_is_described_with_its_range(kind: int, settable: bool) -> None:
    found = v4l2.described("exposure", queried(kind, flags=0), 120)
    assert found == (Control("exposure", 3, 2047, 1, 250, 120) if settable else None)


@pytest.mark.parametrize("flag", [0x1, 0x2, 0x4])
def test_a_control_that_cannot_be_set_is_left_out(flag: int) -> None:
    assert v4l2.described("exposure", queried(1, flag), 120) is None
    assert v4l2.described("exposure", queried(1, 0x10), 120) is not None


def test_a_cameras_node_for_metadata_is_told_from_the_one_for_pictures() -> None:
    def answer(node: int) -> bytes:
        head = struct.pack(
            "=16s32s32s", b"uvcvideo", b"HD Camera: HD Camera", b"usb-0000:00:14.0-2"
        )
        return head + struct.pack("=IIIIII", 0x060100, 0x84A00001, node, 0, 0, 0)

    assert v4l2.described_card(answer(0x04200001)) == v4l2.Card("HD Camera: HD Camera", True)
    assert v4l2.described_card(answer(0x04A00000)) == v4l2.Card("HD Camera: HD Camera", False)


def test_what_is_no_v4l2_device_has_no_name_and_no_controls(tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.touch()
    for path in (plain, tmp_path / "nothing", Path("/dev/null")):
        assert v4l2.card(str(path)) is None
        assert v4l2.controls(str(path)) == ()
        assert not v4l2.is_taken(str(path))


def test_a_control_that_is_not_there_cannot_be_set(tmp_path: Path) -> None:
    with pytest.raises(CommandRejected, match="camera-control-unknown"):
        v4l2.set_control("/dev/null", "exposure", 1)
    with pytest.raises(CommandRejected, match="camera-control-unknown"):
        v4l2.set_control("/dev/null", "mood", 1)
    with pytest.raises(DeviceNotReady, match="camera-absent"):
        v4l2.set_control(str(tmp_path / "nothing"), "exposure", 1)
