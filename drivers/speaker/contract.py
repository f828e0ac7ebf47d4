"""What every speaker does."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from drivers.device import Capabilities, Driver, Reading, SelfTest, Status


@dataclass(frozen=True, slots=True)
class SpeakerStatus(Status):
    """``playing``: whether a sound is being played now; ``volume_percent``: 0 to 100."""

    playing: Reading[bool]
    volume_percent: Reading[int]


@dataclass(frozen=True, slots=True)
class SpeakerCapabilities(Capabilities):
    """``longest_s``: of one sound; ``languages``: what it can speak, ``zh`` and ``en``."""

    longest_s: float = 120.0
    languages: tuple[str, ...] = ()


class Speaker(Driver):
    """Commands of the class. Their errors are ``DeviceError`` with these codes:

    ``speaker-absent`` (or held by another program), ``tone-invalid``, ``volume-invalid``,
    ``clip-invalid`` (not a WAV of 16-bit samples, one or two channels, 8 to 48 kHz, at most
    120 s), ``speech-invalid`` (empty, longer than 300 characters, another language),
    ``program-missing``, ``voice-failed``.
    """

    device_class = "speaker"

    @abstractmethod
    def play(self, clip: bytes) -> float:
        """Begin to play a WAV, in place of what is being played; returns its seconds at once."""

    @abstractmethod
    def tone(self, frequency_hz: int, seconds: float) -> float:
        """Begin to play a tone of 50 to 8000 Hz for up to 5 s; returns its seconds at once."""

    @abstractmethod
    def say(self, text: str, language: str) -> float:
        """Begin to speak a text in ``zh`` or ``en``; returns its seconds at once."""

    @abstractmethod
    def stop(self) -> None:
        """Be silent now."""

    @abstractmethod
    def set_volume(self, percent: int) -> None:
        """Set how loud the next sound is, 0 to 100."""

    @abstractmethod
    def self_test(self) -> SelfTest:
        """Play two short tones to their end, and tell how long they took."""
