"""A scanner that plays a keyboard is recorded without what it typed, and typed again."""

from __future__ import annotations

import contextlib
import json
import random
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner.hid import HidCodeScanner, HidCodeScannerSettings
from drivers.code_scanner.key_mask import UNKNOWN_KEY, KeyMask
from drivers.code_scanner.keys import (
    CAPS_LOCK,
    DOWN,
    ENTERS,
    EV_KEY,
    EV_SYN,
    EVENT,
    REPEAT,
    SHIFTS,
    SYN_DROPPED,
    TAB,
    UP,
    US,
    keystrokes,
    struck,
)
from drivers.code_scanner.mask import made_up
from drivers.code_scanner.payload import LONGEST_TEXT
from drivers.device import DeviceState
from drivers.errors import ProtocolError
from drivers.recording.file import FORMAT, LONGEST_BYTES, Entry, read_recording
from drivers.virtual.code_scanner_hid import KeyboardPipe
from drivers.virtual.replay import kept, play
from tests.drivers.recorded import opened
from tests.drivers.recording.test_masks import CUTS, HEARD, left

SECRET = "Zhang San 445281199001011232"
ENTER, KEYPAD_ENTER = sorted(ENTERS)
F8, ALT, EV_MSC, MSC_SCAN = 66, 56, 4, 4
KEYS = {pair[shift]: (code, shift) for code, pair in US.items() for shift in (0, 1)}
HEAD = json.dumps(
    {"format": FORMAT, "protocol": "input-events", "role": "code-scanner", "settings": {}}
)


def as_a_scanner_types(text: str, end: int = ENTER, seed: int = 1) -> bytes:
    """Events as a fast scanner's: with their time and each key's own number, shift in the same
    report as its key, the next key down before the last is up, and one that repeats."""
    chance = random.Random(seed)
    clock, held, events = 1_700_000_000_000_000, list[int](), list[bytes]()

    def report(*keys: tuple[int, int]) -> None:
        nonlocal clock
        clock += chance.randrange(1000, 9000)
        now = divmod(clock, 1_000_000)
        for key, value in keys:
            events.append(EVENT.pack(*now, EV_MSC, MSC_SCAN, 0x70000 + key))
            events.append(EVENT.pack(*now, EV_KEY, key, value))
        events.append(EVENT.pack(*now, EV_SYN, 0, 0))

    for character in text:
        code, shift = KEYS[character]
        if code in held:
            report((code, UP))
            held.remove(code)
        report(*([(min(SHIFTS), DOWN)] if shift else []), (code, DOWN))
        if shift:
            report((code, REPEAT), (min(SHIFTS), UP))
        held.append(code)
        if chance.random() < 0.5:
            report(*((each, UP) for each in held))
            held.clear()
    report(*((each, UP) for each in held), (end, DOWN))
    report((end, UP))
    return b"".join(events)


TWO_TEXTS = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        *(st.text(st.sampled_from(sorted(KEYS)), min_size=size, max_size=size) for _ in range(2))
    )
)


@given(texts=TWO_TEXTS, cuts=CUTS, seed=st.integers(0, 9), end=st.sampled_from(sorted(ENTERS)))
def test_of_what_was_typed_its_length_and_its_end_are_left(
    texts: tuple[str, str], cuts: list[int], seed: int, end: int
) -> None:
    one, other = (
        left(KeyMask(), [(HEARD, as_a_scanner_types(text, end, seed))], cuts) for text in texts
    )
    text = made_up(len(texts[0])).decode()
    assert one == other == [keystrokes(text).removesuffix(struck(ENTER)) + struck(end)]


@given(st.binary(max_size=EVENT.size * 8), CUTS)
def test_whatever_is_typed_only_events_of_known_keys_are_left(data: bytes, cuts: list[int]) -> None:
    known = {*US, *SHIFTS, *ENTERS, UNKNOWN_KEY, TAB, 1, *range(59, 69), 87, 88, 0, SYN_DROPPED}
    mask = KeyMask()
    for piece in [*left(mask, [(HEARD, data + keystrokes("x"))], cuts), *mask.unfinished()]:
        assert isinstance(piece, bytes)
        assert {code for _, _, _, code, _ in EVENT.iter_unpack(piece)} <= known


def test_keys_around_a_code_stay_and_those_that_may_be_text_do_not() -> None:
    body = keystrokes("Ab").removesuffix(struck(ENTER))
    dropped = EVENT.pack(7, 7, EV_SYN, SYN_DROPPED, 9)
    typed = struck(F8) + struck(ALT) + body + dropped + struck(89) + struck(TAB) + struck(ENTER)
    (piece,) = left(KeyMask(), [(HEARD, struck(CAPS_LOCK) + typed)])
    anew = keystrokes("YI").removesuffix(struck(ENTER))
    nothing = EVENT.pack(0, 0, EV_SYN, SYN_DROPPED, 0)
    assert piece == b"".join(
        (struck(F8), anew, nothing, struck(TAB), struck(UNKNOWN_KEY), struck(ENTER))
    )


def test_half_a_code_is_written_when_nothing_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("drivers.code_scanner.key_mask.time.monotonic", lambda: now)
    mask, half = KeyMask(), keystrokes("445").removesuffix(struck(ENTER))
    assert list(mask.heard(half + half[:7])) == []
    now += 1
    halved, whole = mask.heard(keystrokes("1"))
    assert (halved, whole) == (keystrokes("YIM").removesuffix(struck(ENTER)), keystrokes("Y"))
    assert list(mask.heard(half)) == []
    assert list(mask.unfinished()) == [halved]
    assert list(mask.unfinished()) == []


def test_typing_without_end_is_bounded() -> None:
    mask = KeyMask()
    assert left(mask, [(HEARD, struck(11) * 20_000)]) == []
    (piece,) = mask.unfinished()
    assert piece.startswith(keystrokes(made_up(20).decode()).removesuffix(struck(ENTER)))
    assert piece.endswith(struck(UNKNOWN_KEY))
    assert len(piece) * 2 < LONGEST_BYTES / 2
    assert sum(code in US and value for _, _, _, code, value in EVENT.iter_unpack(piece)) == (
        LONGEST_TEXT
    )


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[KeyboardPipe]:
    keyboard = KeyboardPipe(tmp_path / "keys")
    keyboard.plug()
    yield keyboard
    keyboard.unplug()


def recorded(pipe: KeyboardPipe, *typed: bytes) -> Path:
    """The recording of a scanner that types while its driver reads; codes that are none are
    passed over."""
    path = pipe.path.with_name("r.jsonl")
    with opened("code-scanner-hid", {"device": str(pipe.path)}) as driver:
        driver.record(path)
        for events in typed:
            threading.Timer(0.2, pipe.send, (events,)).start()
            with contextlib.suppress(ProtocolError):
                driver.read(wait_s=4.0)
        driver.record(None)
    return path


def test_a_scan_is_recorded_without_its_text_and_is_a_scanner_again(pipe: KeyboardPipe) -> None:
    path = recorded(pipe, as_a_scanner_types(SECRET, KEYPAD_ENTER))
    head, (entry,) = read_recording(path)
    assert (head.protocol, head.role, head.settings) == ("input-events", "code-scanner", {})
    text = made_up(len(SECRET)).decode()
    assert entry.data == keystrokes(text).removesuffix(struck(ENTER)) + struck(KEYPAD_ENTER)
    pressed = {code for _, _, _, code, _ in EVENT.iter_unpack(entry.data)}
    assert pressed.isdisjoint(KEYS[each][0] for each in "0123456789")
    assert play(path) == {
        "ok": True,
        "seconds": pytest.approx(1.2, abs=2),
        "values": {"symbology": "unknown", "characters": str(len(SECRET))},
        "error": None,
    }
    with kept(path) as (staged, settings), opened(staged.driver, settings) as driver:
        assert (staged.role, staged.driver) == ("code-scanner", "code-scanner-hid")
        for _ in range(2):
            assert driver.read(wait_s=6.0).text == text
        time.sleep(1.2)
        driver.refresh()
        assert driver.status().device.value is DeviceState.ONLINE


def test_half_a_code_and_a_code_with_a_foreign_key_are_garbled_again(pipe: KeyboardPipe) -> None:
    half = as_a_scanner_types("445281")[: -EVENT.size * 8]
    path = recorded(pipe, half)
    assert play(path)["error"] == "code-scanner-garbled"
    path.unlink()
    path = recorded(pipe, struck(ALT) + keystrokes("8364"), keystrokes("12"))
    assert len(read_recording(path)[1]) == 2
    assert play(path)["error"] == "code-scanner-garbled"


def test_a_code_of_which_the_kernel_dropped_keys_is_no_code(pipe: KeyboardPipe) -> None:
    driver = HidCodeScanner(HidCodeScannerSettings(device=str(pipe.path)), lambda _: None)
    driver.open()
    lost = struck(3) + EVENT.pack(0, 0, EV_SYN, SYN_DROPPED, 0) + keystrokes("45")
    threading.Timer(0.2, pipe.send, (lost,)).start()
    with pytest.raises(ProtocolError, match="code-scanner-garbled"):
        driver.read(wait_s=3.0)
    driver.close()


def test_the_largest_code_is_played_whole(tmp_path: Path) -> None:
    mask = KeyMask()
    (piece,) = mask.heard(keystrokes("9" * LONGEST_TEXT))
    path = tmp_path / "r.jsonl"
    path.write_text(f"{HEAD}\n{line(piece)}")
    assert path.stat().st_size < LONGEST_BYTES
    assert play(path)["values"] == {"symbology": "unknown", "characters": str(LONGEST_TEXT)}


def line(data: bytes) -> str:
    return json.dumps({"at": 1, "way": "in", "bytes": data.hex()}) + "\n"


SAMPLE = keystrokes("YIMEN")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (line(SAMPLE[:-1]), "recording-invalid"),
        (line(b"\x01" + SAMPLE), "recording-invalid"),
        (line(struct.pack("<iiHHi", 0, 0, 1, 21, 1) * 3), "recording-invalid"),
        (line(struct.pack("<iiHHi", 0, 0, 1, 21, 1) * 2), "recording-invalid"),
        (line(EVENT.pack(1_700_000_000, 0, EV_KEY, 21, DOWN)), "recording-invalid"),
        (line(EVENT.pack(0, 0, EV_MSC, MSC_SCAN, 0x7001C)), "recording-invalid"),
        (line(bytes(range(240))), "recording-invalid"),
        (line(SAMPLE)[:-9], "recording-empty"),
        (line(b""), "recording-empty"),
        (json.dumps({"at": 1, "way": "in", "hidden": 48}) + "\n", "recording-has-gaps"),
        (line(keystrokes(SECRET)), "recording-not-masked"),
        (line(SAMPLE) * (LONGEST_BYTES // len(line(SAMPLE)) + 1), "recording-invalid"),
    ],
)
def test_a_hostile_recording_is_refused(tmp_path: Path, content: str, error: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"{HEAD}\n{content}")
    outcome = play(path)
    assert (outcome["ok"], outcome["error"]) == (False, error)


def test_what_was_said_to_a_scanner_is_not_typed(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    said = line(keystrokes(SECRET)).replace('"in"', '"out"')
    path.write_text(f"{HEAD}\n{said}{line(SAMPLE)}")
    assert read_recording(path)[1][0] == Entry(1.0, "out", keystrokes(SECRET))
    assert play(path)["values"] == {"symbology": "unknown", "characters": "5"}


def test_what_nobody_reads_does_not_pile_up(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"{HEAD}\n{line(keystrokes(made_up(600).decode()))}")
    with kept(path) as (staged, settings):
        time.sleep(3.5)
        with opened(staged.driver, settings) as driver:
            assert driver.read(wait_s=8.0).text == made_up(600).decode()
