"""Sounds as WAV: checked, made quieter, or made here."""

from __future__ import annotations

import array
import io
import math
import sys
import wave
from dataclasses import dataclass

from drivers.errors import CommandRejected

LONGEST_S = 120.0
RATE = 48_000
"""Samples a second of sounds that are made here."""
_SAMPLE_BYTES = 2
_RATES = range(8_000, 48_001)
_LARGEST = 24 << 20
_FADE_S = 0.01
_PEAK = 0.5


@dataclass(frozen=True, slots=True)
class Clip:
    """16-bit samples, little-endian, channels in turn."""

    samples: bytes
    rate: int
    channels: int

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.samples) / (_SAMPLE_BYTES * self.channels * self.rate)

    def at_volume(self, percent: int) -> Clip:
        """The same, quieter: amplitude falls with the square, as the ear hears it."""
        if percent == 100:
            return self
        loudness = (percent / 100) ** 2
        values = array.array("h", self.samples)
        if sys.byteorder == "big":
            values.byteswap()
        quieter = array.array("h", (int(each * loudness) for each in values))
        if sys.byteorder == "big":
            quieter.byteswap()
        return Clip(quieter.tobytes(), self.rate, self.channels)

    def as_wav(self) -> bytes:
        """The clip with a WAV header."""
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(self.channels)
            file.setsampwidth(_SAMPLE_BYTES)
            file.setframerate(self.rate)
            file.writeframes(self.samples)
        return out.getvalue()


def read_clip(data: bytes) -> Clip:
    """Raises ``CommandRejected`` ``clip-invalid``, whatever the bytes."""
    if len(data) > _LARGEST:
        raise _invalid()
    try:
        with wave.open(io.BytesIO(data), "rb") as file:
            shape = (file.getsampwidth(), file.getnchannels(), file.getframerate())
            samples = file.readframes(min(file.getnframes(), _LARGEST))
    except (wave.Error, EOFError, OSError, ValueError, RuntimeError, OverflowError):
        raise _invalid() from None
    width, channels, rate = shape
    if width != _SAMPLE_BYTES or channels not in (1, 2) or rate not in _RATES:
        raise _invalid()
    whole = len(samples) - len(samples) % (width * channels)
    clip = Clip(samples[:whole], rate, channels)
    if not 0 < clip.seconds <= LONGEST_S:
        raise _invalid()
    return clip


def tone(frequency_hz: int, seconds: float) -> Clip:
    """A sine with soft ends. Raises ``CommandRejected`` ``tone-invalid``."""
    if not 50 <= frequency_hz <= 8_000 or not 0.02 <= seconds <= 5:
        raise CommandRejected("tone-invalid", "a tone has 50 to 8000 Hz and lasts up to 5 s")
    count = int(seconds * RATE)
    fade = int(_FADE_S * RATE)
    values = array.array("h", bytes(_SAMPLE_BYTES * count))
    for at in range(count):
        edge = min(1.0, at / fade, (count - 1 - at) / fade)
        values[at] = int(32_767 * _PEAK * edge * math.sin(math.tau * frequency_hz * at / RATE))
    if sys.byteorder == "big":
        values.byteswap()
    return Clip(values.tobytes(), RATE, 1)


def _invalid() -> CommandRejected:
    return CommandRejected(
        "clip-invalid", "a clip is a WAV of 16-bit samples, at most two channels and 120 s"
    )
