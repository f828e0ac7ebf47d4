"""A speaker on ALSA: what is played is heard at the other end, sample for sample."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.device import DeviceState
from drivers.errors import CommandRejected, DeviceNotReady
from drivers.speaker import clips
from drivers.speaker.alsa import AlsaSpeaker
from drivers.virtual.speaker import VirtualSpeaker
from tests.drivers.hosted import eventually, started


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[VirtualSpeaker]:
    yield from started(VirtualSpeaker(tmp_path))


@pytest.fixture
def speaker(peer: VirtualSpeaker) -> Iterator[AlsaSpeaker]:
    driver = AlsaSpeaker(peer.settings, lambda _: None)
    driver.open()
    yield driver
    driver.close()


def heard(peer: VirtualSpeaker) -> bytes:
    with wave.open(peer.act("save", {})["file"], "rb") as file:
        return file.readframes(file.getnframes())


def test_a_tone_is_heard_at_its_pitch_for_its_time(
    peer: VirtualSpeaker, speaker: AlsaSpeaker
) -> None:
    assert speaker.tone(440, 0.5) == 0.5
    assert speaker.status().playing.value
    eventually(lambda: not speaker.status().playing.value)
    eventually(lambda: peer.state()["light"] == "on")
    state = peer.state()
    assert abs(state["pitch_hz"] - 440) <= 5
    assert 0.48 <= state["heard_s"] <= 0.8


def test_a_clip_arrives_sample_for_sample(peer: VirtualSpeaker, speaker: AlsaSpeaker) -> None:
    clip = clips.tone(1000, 0.3)
    speaker.set_volume(100)
    speaker.play(clip.as_wav())
    eventually(lambda: peer.state()["heard_s"] >= 0.3)
    eventually(lambda: not speaker.status().playing.value)
    assert clip.samples.strip(b"\0") in heard(peer)


def test_half_the_volume_is_a_quarter_of_the_amplitude(
    peer: VirtualSpeaker, speaker: AlsaSpeaker
) -> None:
    speaker.set_volume(50)
    speaker.tone(500, 0.2)
    eventually(lambda: peer.state()["loudest"] > 0)
    eventually(lambda: not speaker.status().playing.value)
    assert peer.state()["loudest"] == pytest.approx(0.125, abs=0.005)


def test_stop_is_silence_at_once(peer: VirtualSpeaker, speaker: AlsaSpeaker) -> None:
    speaker.play(clips.tone(800, 5).as_wav())
    eventually(lambda: peer.state()["light"] == "sounding")
    speaker.stop()
    assert not speaker.status().playing.value
    eventually(lambda: peer.state()["light"] == "on")
    assert peer.state()["heard_s"] < 3


def test_a_new_sound_takes_the_place_of_the_old(peer: VirtualSpeaker, speaker: AlsaSpeaker) -> None:
    speaker.tone(300, 5)
    speaker.tone(1200, 0.4)
    eventually(lambda: not speaker.status().playing.value)
    assert peer.state()["heard_s"] < 3
    assert speaker.self_test().values["tones"] == 2


def test_a_speaker_that_is_not_there_is_told_and_comes_back(
    peer: VirtualSpeaker, speaker: AlsaSpeaker
) -> None:
    speaker.tone(500, 5)
    peer.set_fault("speaker-absent", on=True)
    eventually(lambda: not speaker.status().playing.value)
    for work in (speaker.refresh, lambda: speaker.tone(500, 0.1), speaker.open):
        with pytest.raises(DeviceNotReady) as caught:
            work()
        assert caught.value.code == "speaker-absent"
    assert speaker.status().device.value is DeviceState.NO_DEVICE
    peer.set_fault("speaker-absent", on=False)
    speaker.open()
    assert speaker.status().device.value is DeviceState.ONLINE


def wav(rate: int = 48_000, width: int = 2, channels: int = 1, frames: int = 4_800) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(bytes(width * channels * frames))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        wav()[:30],
        wav(rate=4_000),
        wav(rate=96_000),
        wav(width=1),
        wav(channels=3),
        wav(frames=0),
        wav(rate=8_000, frames=8_000 * 121),
    ],
)
def test_what_is_no_clip_is_refused(data: bytes) -> None:
    with pytest.raises(CommandRejected, match="clip-invalid"):
        clips.read_clip(data)


@settings(deadline=None)
@given(st.integers(0, 60), st.binary(min_size=1, max_size=8))
def test_any_bytes_are_a_clip_or_refused(at: int, spoilt: bytes) -> None:
    data = bytearray(wav(frames=50))
    data[at : at + len(spoilt)] = spoilt
    try:
        clip = clips.read_clip(bytes(data))
    except CommandRejected:
        return
    assert 0 < clip.seconds <= clips.LONGEST_S
    assert clips.read_clip(clip.as_wav()) == clip


@pytest.mark.parametrize(("frequency", "seconds"), [(10, 1.0), (9000, 1.0), (500, 0), (500, 60)])
def test_tones_have_limits(frequency: int, seconds: float) -> None:
    with pytest.raises(CommandRejected, match="tone-invalid"):
        clips.tone(frequency, seconds)


def test_volumes_have_limits(speaker: AlsaSpeaker) -> None:
    with pytest.raises(CommandRejected, match="volume-invalid"):
        speaker.set_volume(101)
