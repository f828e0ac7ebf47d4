"""A speaker on ALSA, played to with ``aplay``.

Each sound is one process of ``aplay``, which holds the device only while it sounds and dies with
this one. The sound itself is handed over in memory, never as a file.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import Field

from drivers.child_process import end, program, spawn
from drivers.device import (
    DeviceEvent,
    DeviceState,
    DriverSettings,
    Reading,
    SelfTest,
    assumed,
    command,
    concluded,
)
from drivers.errors import CommandRejected, DeviceNotReady
from drivers.speaker import clips, voice
from drivers.speaker.contract import Speaker, SpeakerCapabilities, SpeakerStatus

_LOUDEST = 100
_PROBE_S = 4.0
_NOTHING = ("-t", "raw", "-f", "S16_LE", "-r", "48000", "-c", "1", "/dev/null")
"""No samples at all: the device is opened, set and closed."""
_AT_ONCE_S = 0.1
"""A device that is not there is refused within so long."""
_STOP_S = 0.05
"""aplay asked to end goes on with what it holds; to be silent now it must be made to."""
_MARGIN_S = 3.0
_TEST_TONES = ((660, 0.15), (880, 0.2))


class AlsaSettings(DriverSettings):
    """A sound device by the name that ALSA gives it."""

    device: str = Field(
        default="default",
        title="Device",
        description="A name that 'aplay -L' lists, such as plughw:CARD=PCH,DEV=0.",
        pattern=r"^[A-Za-z0-9_:,=.{}-]{1,128}$",
    )
    alsa_config: Path | None = Field(
        default=None,
        title="ALSA configuration",
        description="A file in place of the system's configuration.",
    )
    volume_percent: int = Field(
        default=70, title="Volume", ge=0, le=_LOUDEST, json_schema_extra={"unit": "%"}
    )
    spoken: bool = Field(
        default=True,
        title="Spoken words",
        description="Off: tones alone, for a hall that wants no voices.",
    )


class AlsaSpeaker(Speaker):
    """See the module and ``Speaker``."""

    settings_type = AlsaSettings
    refresh_every_s = 5.0

    def __init__(self, settings: AlsaSettings, emit: Callable[[DeviceEvent], None]) -> None:
        super().__init__(settings, emit)
        self._settings = settings
        self._volume = settings.volume_percent
        self._player: subprocess.Popen[bytes] | None = None
        self._device: Reading[DeviceState] = assumed(DeviceState.STARTING)

    def open(self) -> None:
        """See ``Driver.open``. Raises ``DeviceNotReady`` ``speaker-absent``,
        ``program-missing``."""
        self._probe()

    def close(self) -> None:
        """See ``Driver.close``: it is silent at once."""
        self._end_player()

    def refresh(self) -> None:
        """See ``Driver.refresh``. While it plays, it is there."""
        if not self._playing:
            self._probe()

    def status(self) -> SpeakerStatus:
        """See ``Driver.status``."""
        return SpeakerStatus(self._device, concluded(self._playing), concluded(self._volume))

    def capabilities(self) -> SpeakerCapabilities:
        """See ``Driver.capabilities``."""
        languages = voice.languages() if self._settings.spoken else ()
        return SpeakerCapabilities(
            model=self._settings.device, longest_s=clips.LONGEST_S, languages=languages
        )

    @command(deadline_s=10.0)
    def play(self, clip: bytes) -> float:
        """See ``Speaker.play``."""
        return self._begin(clips.read_clip(clip))

    @command(deadline_s=10.0)
    def tone(self, frequency_hz: int, seconds: float) -> float:
        """See ``Speaker.tone``."""
        return self._begin(clips.tone(frequency_hz, seconds))

    @command(deadline_s=15.0)
    def say(self, text: str, language: str) -> float:
        """See ``Speaker.say``."""
        return self._begin(voice.speak(text, language))

    @command(deadline_s=5.0)
    def stop(self) -> None:
        """See ``Speaker.stop``."""
        self._end_player()

    @command(deadline_s=5.0)
    def set_volume(self, percent: int) -> None:
        """See ``Speaker.set_volume``."""
        if not 0 <= percent <= _LOUDEST:
            raise CommandRejected("volume-invalid", "a volume is 0 to 100")
        self._volume = percent

    @command(deadline_s=15.0)
    def self_test(self) -> SelfTest:
        """See ``Speaker.self_test``."""
        began = time.monotonic()
        whole = 0
        for frequency, seconds in _TEST_TONES:
            self._begin(clips.tone(frequency, seconds))
            if self._player is not None:
                whole += self._await_end(self._player, seconds + _MARGIN_S)
        return SelfTest(
            ok=whole == len(_TEST_TONES),
            values={
                "seconds": round(time.monotonic() - began, 2),
                "tones": whole,
                "volume_percent": self._volume,
            },
        )

    @property
    def _playing(self) -> bool:
        return self._player is not None and self._player.poll() is None

    def _begin(self, clip: clips.Clip) -> float:
        """Start to play, and see for a moment whether the device takes it."""
        self._end_player()
        sound = clip.at_volume(self._volume).as_wav()
        with open(os.memfd_create("sound"), "wb") as memory:  # noqa: PTH123 - it has no path
            memory.write(sound)
            memory.flush()
            self._player = self._start(f"/proc/{os.getpid()}/fd/{memory.fileno()}")
            self._await_end(self._player, _AT_ONCE_S)
        self._device = concluded(DeviceState.ONLINE)
        return clip.seconds

    def _probe(self) -> None:
        """Open and close the device without a sound."""
        probe = self._start(*_NOTHING)
        if not self._await_end(probe, _PROBE_S):
            end(probe, _STOP_S)
            self._device = concluded(DeviceState.OFFLINE)
            raise _absent()
        self._device = concluded(DeviceState.ONLINE)

    def _await_end(self, player: subprocess.Popen[bytes], patience_s: float) -> bool:
        """Whether the program ended well in time. Raises when it ended badly."""
        try:
            code = player.wait(patience_s)
        except subprocess.TimeoutExpired:
            return False
        if code != 0:
            self._device = concluded(DeviceState.NO_DEVICE)
            raise _absent()
        return True

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        if self._settings.alsa_config is not None:
            environment["ALSA_CONFIG_PATH"] = str(self._settings.alsa_config)
        aplay = program("aplay", "alsa-utils")
        return spawn([aplay, "-q", "-D", self._settings.device, *arguments], environment)

    def _end_player(self) -> None:
        player, self._player = self._player, None
        end(player, _STOP_S)


def _absent() -> DeviceNotReady:
    return DeviceNotReady(
        "speaker-absent", "the sound device is not there, or another program holds it"
    )
