"""A speaker that is not there: ALSA's own ``file`` plugin, whose other end listens.

A private ALSA configuration leads the device to a pipe; what is written to it comes out here as
48 kHz samples, taken in at the pace of sound, as a sound card does.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import math
import os
import select
import sys
import threading
import time
import wave
from pathlib import Path
from typing import Any

from drivers.runtime_folder import remove_runtime_folder, runtime_folder, runtime_path
from drivers.speaker.alsa import AlsaSettings
from drivers.virtual.peer import FaultSwitch, SwitchedPeer

RATE = 48_000
DEVICE = "yimen"
_ABSENT = "speaker-absent"
_PORTION_S = 0.02
_PORTION = int(RATE * 2 * _PORTION_S)
_PIPE = 4096
"""The kernel's smallest pipe: what is in it has been said and not yet heard, 43 ms."""
_LOUD = 64
"""Samples up to this are silence."""
_KEPT_S = 300
_CONFIG = """\
pcm.silence {{ type null }}
pcm.tape {{ type file slave.pcm silence file "{pipe}" format raw }}
pcm.{device} {{ type plug slave {{ pcm tape rate {rate} channels 1 format S16_LE }} }}
"""
_NO_DEVICE = "pcm.silence { type null }\n"


class VirtualSpeaker(SwitchedPeer):
    """The ALSA device ``yimen`` of a configuration under ``<run_dir>``."""

    role = "speaker"
    driver = "speaker"
    switches = (FaultSwitch(_ABSENT),)

    def __init__(self, run_dir: Path) -> None:
        super().__init__()
        self._home_key = run_dir / self.role
        self._ending = threading.Event()
        self._listener: threading.Thread | None = None
        self._heard = bytearray()
        self._last_sound = 0.0

    @property
    def settings(self) -> AlsaSettings:
        """What a driver of this speaker is to be given."""
        return AlsaSettings(device=DEVICE, alsa_config=self._home / "asound.conf")

    def start(self) -> None:
        """See ``VirtualPeer.start``."""
        runtime_folder(self._home_key)
        self._pipe.unlink(missing_ok=True)
        os.mkfifo(self._pipe, 0o600)
        self._ending.clear()
        super().start()
        self._listener = threading.Thread(target=self._listen, name="speaker", daemon=True)
        self._listener.start()

    def stop(self) -> None:
        """See ``VirtualPeer.stop``."""
        super().stop()
        listener, self._listener = self._listener, None
        self._ending.set()
        if listener is not None:
            listener.join()
        remove_runtime_folder(self._home_key)

    def state(self) -> dict[str, Any]:
        """``light`` (``off``, ``on``, ``sounding``), ``heard_s`` of sound since the start or the
        last ``forget``, and of that ``loudest`` (0 to 1) and ``pitch_hz``."""
        with self._lock:
            samples = _samples(self._heard)
            sounding = time.monotonic() - self._last_sound < 5 * _PORTION_S
            light = "off" if self._on else "sounding" if sounding else "on"
        loud = [each for each in samples if abs(each) > _LOUD]
        return {
            "light": light,
            "heard_s": round(len(samples) / RATE, 2),
            "loudest": round(max(map(abs, loud), default=0) / 32_767, 3),
            "pitch_hz": _pitch(samples),
        }

    def act(self, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """``forget`` what was heard; ``save`` it as a WAV, whose path is added to the state."""
        if action == "forget":
            with self._lock:
                self._heard.clear()
            return self.state()
        if action == "save":
            return {**self.state(), "file": str(self._save())}
        raise KeyError(action)

    @property
    def _home(self) -> Path:
        return runtime_path(self._home_key)

    @property
    def _pipe(self) -> Path:
        return self._home / "pipe"

    def _reconcile(self) -> None:
        text = _CONFIG.format(pipe=self._pipe, device=DEVICE, rate=RATE)
        with self._lock:
            if self._started:
                fresh = self._home / "asound.new"
                fresh.write_text(_NO_DEVICE if self._on else text, "ascii")
                fresh.replace(self._home / "asound.conf")

    def _save(self) -> Path:
        target = self._home / "heard.wav"
        with self._lock, wave.open(str(target), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(bytes(self._heard))
        return target

    def _listen(self) -> None:
        """Take in what is played, no faster than it sounds; hang up while the device is absent."""
        while not self._ending.is_set():
            if self._on:
                self._ending.wait(_PORTION_S)
                continue
            descriptor = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK)
            # A writer of our own, so that the pipe does not end with each sound.
            keeper = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
            with contextlib.suppress(OSError):  # a player was quicker, and has filled it
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)
            try:
                self._take_in(descriptor)
            finally:
                os.close(keeper)
                os.close(descriptor)

    def _take_in(self, descriptor: int) -> None:
        due = time.monotonic()
        while not self._ending.is_set() and not self._on:
            if not select.select((descriptor,), (), (), _PORTION_S)[0]:
                continue
            with contextlib.suppress(BlockingIOError):
                self._hear(os.read(descriptor, _PORTION))
            due = max(due, time.monotonic() - _PORTION_S) + _PORTION_S
            time.sleep(max(0.0, due - time.monotonic()))

    def _hear(self, data: bytes) -> None:
        loud = max(map(abs, _samples(data)), default=0) > _LOUD
        with self._lock:
            if loud:
                self._last_sound = time.monotonic()
            if loud or self._heard:
                self._heard += data
            del self._heard[: max(0, len(self._heard) - _KEPT_S * RATE * 2)]


def _samples(data: bytes | bytearray) -> array.array[int]:
    values = array.array("h", bytes(data[: len(data) - len(data) % 2]))
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _pitch(samples: array.array[int]) -> int:
    """Of the last second that was loud: times that it crosses the middle upwards."""
    loud = [at for at, each in enumerate(samples) if abs(each) > _LOUD]
    if not loud:
        return 0
    first, last = max(loud[0], loud[-1] - RATE), loud[-1]
    crossings = sum(samples[at - 1] < 0 <= samples[at] for at in range(first + 1, last + 1))
    return math.floor(crossings * RATE / max(1, last - first) + 0.5)
