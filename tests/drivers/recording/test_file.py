"""The file of a recording: for its owner alone, bounded, and refused when it is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import CommandRejected
from drivers.recording import file as recording_file
from drivers.recording.file import IN, OUT, Entry, Head, RecordingInvalid, read_recording
from drivers.recording.tap import Mask, Piece, Tap
from drivers.virtual.replay import play

HEAD = (
    b'{"format": "yimen-recording-2", "protocol": "sam-v", "role": "id-card-reader", '
    b'"settings": {}}\n'
)


class Open(Mask):
    """Lets even lengths pass."""

    protocol = "test"

    def said(self, data: bytes) -> Iterator[Piece]:
        yield data if len(data) % 2 == 0 else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        yield from self.said(data)

    def settings(self) -> dict[str, str | int | bool]:
        return {"suffix": "03"}


def test_what_a_tap_is_told_can_be_read_again(tmp_path: Path) -> None:
    path, tap = tmp_path / "r.jsonl", Tap()
    tap.said(b"before")
    tap.begin(path, "lights", Open())
    tap.said(b"ab")
    tap.heard(b"abc")
    tap.heard(b"")
    tap.end()
    tap.heard(b"afterwards")
    head, entries = read_recording(path)
    assert head == Head("test", "lights", {"suffix": "03"})
    assert [(each.way, each.data) for each in entries] == [(OUT, b"ab"), (IN, None)]
    assert [each.at for each in entries] == sorted(each.at for each in entries)


def test_it_is_for_its_owner_alone_and_does_not_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_file, "LONGEST_BYTES", 2000)
    path, tap = tmp_path / "r.jsonl", Tap()
    tap.begin(path, "lights", Open())
    for _ in range(500):
        tap.said(b"ab" * 20)
    assert 1800 < path.stat().st_size <= 2000
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_recording(path)[1]) > 10
    with path.open("ab") as file:
        file.write(b" " * 300)
    assert play(path)["error"] == "recording-invalid"


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("mine")
    with pytest.raises(CommandRejected) as refused:
        Tap().begin(path, "lights", Open())
    assert (refused.value.code, path.read_text()) == ("recording-refused", "mine")


def test_a_full_disk_ends_the_recording_and_not_the_device(tmp_path: Path) -> None:
    tap = Tap()
    tap.begin(tmp_path / "r.jsonl", "lights", Open())
    assert tap._recording is not None
    assert tap._recording._file is not None
    tap._recording._file = Path("/dev/full").open("w", encoding="ascii")  # noqa: SIM115 - closed by it
    for _ in range(3):
        tap.said(b"ab")
    assert tap._recording._file is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}\n",
        HEAD.replace(b'"sam-v"', b"7"),
        HEAD.replace(b'"id-card-reader"', b"null"),
        HEAD.replace(b"{}", b"[]"),
        HEAD.replace(b"{}", b'{"prefix": [1]}'),
        HEAD.replace(b"{}", b'{"prefix": "%s"}' % (b"0" * 65)),
        HEAD.replace(b"sam-v", b"x" * 65),
        HEAD.replace(b"recording-2", b"recording-3"),
        HEAD + b"[]\n",
        HEAD + b"[" * 200_000 + b"\n",
        HEAD + b'{"at": 1, "way": "up"}\n',
        HEAD + b'{"at": 1, "way": "in"}\n',
        HEAD + b'{"at": -1, "way": "in", "bytes": ""}\n',
        HEAD + b'{"at": NaN, "way": "in", "bytes": ""}\n',
        HEAD + b'{"at": 1e999, "way": "in", "bytes": ""}\n',
        HEAD + b'{"at": 1, "way": "in", "hidden": -1}\n',
        HEAD + b'{"at": 1, "way": "in", "bytes": "xy"}\n',
        HEAD + b'{"at": 1, "way": "in", "bytes": 7}\n',
        b"\xff\xfe\x00" * 100,
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingInvalid):
        read_recording(path)
    assert play(path)["error"] == "recording-invalid"


def test_a_protocol_or_role_that_nobody_plays_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    said = b'{"at": 1, "way": "in", "bytes": "00"}\n'
    for before, after in ((b"sam-v", b""), (b"sam-v", b"sam-w"), (b"id-card-reader", b"camera")):
        path.write_bytes(HEAD.replace(before, after) + said)
        assert play(path)["error"] == "recording-invalid"
    path.write_bytes(HEAD.replace(b"sam-v", b"travel-document") + said)
    assert play(path)["error"] == "recording-has-gaps"
    path.write_bytes(HEAD)
    assert play(path)["error"] == "recording-empty"


def test_a_recording_of_before_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"format": "yimen-recording-1", "protocol": "sam-v"}\n')
    assert play(path)["error"] == "recording-outdated"
    assert play(tmp_path / "none")["error"] == "recording-unreadable"


def test_a_last_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(HEAD + b'{"at": 1, "way": "in", "bytes": "00"}\n{"at": 2, "wa')
    assert read_recording(path)[1] == [Entry(1.0, IN, b"\0")]


_PROTOCOLS = (
    "sam-v",
    "code-lines",
    "input-events",
    "relay-board",
    "esc-pos",
    "serial-device",
    "nut",
    "x",
)
_LINES = st.lists(
    st.tuples(st.sampled_from((IN, OUT)), st.one_of(st.none(), st.binary(max_size=12))),
    max_size=4,
)


@given(protocol=st.sampled_from(_PROTOCOLS), lines=_LINES, setting=st.text(max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_content_does_more_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory,
    protocol: str,
    lines: list[tuple[str, bytes | None]],
    setting: str,
) -> None:
    from drivers.virtual.replay import staged

    path = tmp_path_factory.mktemp("hostile") / "r.jsonl"
    roles = {
        "code-lines": "code-scanner",
        "input-events": "code-scanner",
        "relay-board": "lights",
        "nut": "ups",
    }
    role = roles.get(protocol, "id-card-reader" if protocol == "sam-v" else "stamping-machine")
    first = {
        "format": recording_file.FORMAT,
        "protocol": protocol,
        "role": role,
        "settings": {"prefix": setting, "photo_library": "/lib/evil.so", "ups": setting},
    }
    values = [
        {"at": 0, "way": way, **({"hidden": 3} if data is None else {"bytes": data.hex()})}
        for way, data in lines
    ]
    path.write_text("".join(f"{json.dumps(each)}\n" for each in (first, *values)))
    try:
        stage = staged(path)
    except RecordingInvalid:
        return
    assert "photo_library" not in stage.settings
    for data in (b"", b"\n", b"\xff", b"\xa0\x01\x01\xa2\xff", b"LIST VAR x\n", b"\x10\x04\x01"):
        assert all(isinstance(each, bytes) for each in stage.player.heard(data))
