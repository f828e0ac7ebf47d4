"""Where a driver's process crashed, read from what ``faulthandler`` wrote."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.crash_dump import LONGEST, MOST_FRAMES, CrashDump, frames

DUMP = b"""Fatal Python error: Segmentation fault

Thread 0x00007f75454366c0 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 982 in run

Current thread 0x00007f7545fd4b80 (most recent call first):
  File "/opt/vendor/reader \xe5\xbc\xa0.py", line 519 in read
  File "<string>", line 6 in <lambda>

Extension modules: numpy (total: 1)
"""


def test_the_thread_that_crashed_is_told_and_no_other() -> None:
    assert frames(DUMP) == ("reader.py:519:read", "string:6:lambda")


@pytest.mark.parametrize(
    "dump",
    [b"", b"\0" * LONGEST, DUMP[:40], b"445281199001010000 it said\n", b"\xff" * 99],
)
def test_what_is_no_dump_tells_nothing(dump: bytes) -> None:
    assert frames(dump) == ()


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_hostile_text_stays_short_and_plain(before: bytes, within: bytes) -> None:
    line = b'\n  File "' + within + b'", line 1 in ' + within
    found = frames(before + b"\nCurrent thread 0x1:" + line * 50)
    assert len(found) <= MOST_FRAMES
    assert all(len(each) < 140 and each.isascii() and each.isprintable() for each in found)


def test_a_process_that_says_too_much_is_not_heard_further() -> None:
    dump = CrashDump()
    shout = f"import os\nwhile True: os.write(2, b'445281199001010000 ' * 512)  # {LONGEST}"
    ended = subprocess.run(
        [sys.executable, "-c", shout], stderr=dump.descriptor, check=False, timeout=30
    )
    assert ended.returncode > 0, "the kernel let it say all that"
    assert dump.take() == ()
    with pytest.raises(ValueError, match="closed"):
        dump.descriptor.bit_length()
