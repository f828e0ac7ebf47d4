"""Words into sound: what is handed to espeak-ng, and what comes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import CommandRejected, DeviceNotReady
from drivers.speaker import voice
from drivers.speaker.clips import Clip

LONG_SOUND_S = 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请拿走您的卡", "qing3 na2 zou3 nin2 de5 ka3"),
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("女士", "nv3 shi4"),
        ("2 秒", "liang3   miao3"),
        ("2 号窗口", "er4   hao4 chuang1 kou3"),
        ("10 分", "shi2   fen1"),
        ("12 张", "shi2 er4   zhang1"),
        ("20 份", "er4 shi2   fen4"),
        ("0 张", "ling2   zhang1"),
        ("110", "yao1 yao1 ling2"),
        ("A012号", "A ling2 yao1 er4 hao4"),
        ("2026年", "er4 ling2 er4 liu4 nian2"),
        ("A4 纸", "A si4   zhi3"),
    ],
)
def test_mandarin_is_handed_over_as_syllables(text: str, said: str) -> None:
    assert voice.syllables(text).split() == said.split()


def loudness(clip: Clip) -> int:
    return max(clip.samples[1::2])


@pytest.mark.parametrize(
    ("text", "language"),
    [("请把身份证放在亮灯的地方", "zh"), ("Put your ID card on the lit pad", "en")],
)
def test_words_are_heard_for_about_as_long_as_a_clerk_takes(text: str, language: str) -> None:
    clip = voice.speak(text, language)
    assert 1.5 < clip.seconds < 6
    assert loudness(clip) > 0


def test_twice_the_words_take_longer() -> None:
    once, twice = "请拿走您的卡", "请拿走您的卡，请拿走您的卡"
    assert voice.speak(twice, "zh").seconds > 1.5 * voice.speak(once, "zh").seconds


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "zh"),
        (" \n ", "zh"),
        ("字" * (voice.LONGEST_TEXT + 1), "zh"),
        ("word", "fr"),
        ("word", "../../en"),
        ("a\0b", "en"),
        ("a\x1b[2J", "en"),
    ],
)
def test_what_is_no_text_is_refused(text: str, language: str) -> None:
    with pytest.raises(CommandRejected, match="speech-invalid"):
        voice.speak(text, language)


@settings(max_examples=8, deadline=None)
@given(st.text(max_size=40), st.sampled_from(voice.LANGUAGES))
def test_any_text_is_spoken_or_refused(text: str, language: str) -> None:
    try:
        assert voice.speak(text, language).seconds < LONG_SOUND_S
    except CommandRejected as refused:
        assert refused.code == "speech-invalid"  # noqa: PT017 - either end is right
    except DeviceNotReady as silent:
        assert silent.code == "voice-failed"  # noqa: PT017 - signs alone make no sound


@pytest.mark.parametrize("text", ["-f /etc/passwd", "--help", "<voice name='x'/>", "$(id); `id`"])
def test_a_text_is_no_option_and_no_markup(text: str) -> None:
    assert 0.2 < voice.speak(text, "en").seconds < LONG_SOUND_S


def test_without_the_program_nothing_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert voice.languages() == ()
    with pytest.raises(DeviceNotReady, match="program-missing"):
        voice.speak("word", "en")
