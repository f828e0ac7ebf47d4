"""What a driver's process may say to the service: values of the kinds that belong in its messages,
and no code."""

from __future__ import annotations

import pickle
import resource
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.child_messages import MessageParser, unpack_from_child
from drivers.device import Capabilities, DeviceEvent, DeviceState, Reading, Source, sensed
from drivers.document_printer.contract import (
    DocumentPrinterStatus,
    PaperLevel,
    PrintMedia,
    Severity,
    StateReason,
    TonerLevel,
)
from drivers.errors import DeviceError, DeviceNotReady
from drivers.host_wire import LENGTH, Beat, Call, Done, Failed, Happened, Hello, Lost, Now, Opened
from tests.drivers.streams import Reduced

STATUS = DocumentPrinterStatus(
    sensed(DeviceState.ONLINE),
    sensed(PaperLevel.LOW),
    sensed(PrintMedia.UNKNOWN),
    sensed(TonerLevel.FULL),
    sensed((StateReason("media-low", Severity.WARNING),)),
    sensed(12),
    sensed(None),
)
GOOD = (
    Hello({"read": 1, "reset": 2.5}),
    Beat(0.0),
    Opened(Capabilities("a", "b", "c", "d")),
    Lost(DeviceNotReady("reader-absent", "it has gone")),
    Now(STATUS),
    Happened(DeviceEvent("MediaInsertedEvent", {"slot": 1})),
    Done(1, {"a": (b"\0", Path("/tmp"), None)}),
    Failed(2, DeviceNotReady("reader-absent", "it has gone", error_code="noMedia")),
)


def spoken(message: object) -> object:
    return unpack_from_child(pickle.dumps(message, protocol=5))


@pytest.mark.parametrize("message", GOOD, ids=lambda message: type(message).__name__)
def test_a_message_arrives_as_it_was(message: Any) -> None:
    came = spoken(message)
    if isinstance(message, Lost | Failed):
        assert isinstance(came, Lost | Failed)
        assert (str(came.error), came.error.action) == (str(message.error), message.error.action)
    else:
        assert came == message


def test_a_member_of_an_enum_arrives_from_any_python() -> None:
    """Python 3.11.0 to 3.11.3, Debian 12's among them, pickles a member by ``getattr``."""
    assert spoken(Done(1, Reduced(getattr, DeviceState, "ONLINE"))) == Done(1, DeviceState.ONLINE)
    assert spoken(Done(1, DeviceState.OFFLINE)) == Done(1, DeviceState.OFFLINE)


@pytest.mark.parametrize(
    "hostile",
    [
        Reduced(getattr, DeviceState, "__class__"),
        Reduced(getattr, DeviceState, "mro"),
        Reduced(getattr, "text", "format"),
        Reduced(eval, "1 + 1"),
        Reduced(print, "out"),
    ],
)
def test_nothing_else_is_called(hostile: Reduced) -> None:
    with pytest.raises(pickle.UnpicklingError):
        spoken(Done(1, hostile))


def _with(**values: Any) -> Now:
    return Now(replace(STATUS, **values))


def _error(**values: Any) -> DeviceError:
    error = DeviceError("code", "message")
    vars(error).update(values)
    return error


@pytest.mark.parametrize(
    "message",
    [
        None,
        STATUS,
        Call(1, "read", (), {}),
        Hello({"read": "soon"}),  # type: ignore[dict-item]
        Hello(["read"]),  # type: ignore[arg-type]
        Beat("long"),  # type: ignore[arg-type]
        Opened("a camera"),  # type: ignore[arg-type]
        Opened(Capabilities(model=5)),  # type: ignore[arg-type]
        Lost("away"),  # type: ignore[arg-type]
        Lost(_error(code=b"code")),
        Lost(_error(action="run")),
        Now(5),  # type: ignore[arg-type]
        _with(device="online"),
        _with(device=sensed("online")),
        _with(paper=sensed(7)),
        _with(reasons=sensed((1, 2))),
        _with(reasons=sensed(5)),
        _with(page_count=sensed("many")),
        _with(paper=Reading(PaperLevel.LOW, Source.SENSOR, "now")),  # type: ignore[arg-type]
        _with(paper=Reading(PaperLevel.LOW, "hearsay")),  # type: ignore[arg-type]
        Happened(DeviceEvent(5)),  # type: ignore[arg-type]
        Happened(DeviceEvent("E", [1])),  # type: ignore[arg-type]
        Done("one", 1),  # type: ignore[arg-type]
        Failed(1, ValueError("no")),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_a_message_that_is_not_what_its_class_says_is_refused(message: object) -> None:
    with pytest.raises(pickle.UnpicklingError):
        spoken(message)


@given(st.binary(max_size=200) | st.builds(lambda tail: b"\x80\x05" + tail, st.binary()))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    with pytest.raises(pickle.UnpicklingError):
        unpack_from_child(data)


@given(st.sampled_from(GOOD), st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_message_is_read_or_refused(message: object, at: int, byte: int) -> None:
    data = bytearray(pickle.dumps(message, protocol=5))
    data[at % len(data)] = byte
    try:
        came = unpack_from_child(bytes(data))
    except pickle.UnpicklingError:
        return
    assert type(came) in {type(each) for each in GOOD}


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x05Nr\xff\xff\xff\x7f.",
        b"\x80\x05Np4294967295\n.",
        b"\x80\x05\x96\0\0\0\0\x10\0\0\0x.",
        b"\x80\x05\x8e\0\0\0\0\x10\0\0\0x.",
        b"\x80\x05\x95\0\0\0\0\x10\0\0\0N.",
    ],
    ids=["a far place", "a far place in text", "an array", "bytes", "a frame"],
)
def test_a_few_bytes_make_no_room_for_gigabytes(data: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(pickle.UnpicklingError):
        unpack_from_child(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 64 * 1024


def test_a_length_that_no_message_has_is_refused_before_its_bytes_come() -> None:
    parser = MessageParser()
    parser.feed(LENGTH.pack(2**32 - 1))
    with pytest.raises(ValueError, match="too long"):
        parser.take()
    assert struct.calcsize(LENGTH.format) == 4
