"""The keyboard's input method: what it offers, survives and forgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.residents import RESIDENTS
from kiosk_app.forms.lexicon import Lexicon, names_for
from kiosk_app.forms.pinyin import CANDIDATES, Pinyin, PinyinUnavailable, find_dictionary
from kiosk_app.forms.romanise import RomaniseError, romanise

WORDS = ["无房证明", "不动产登记", "占陇镇", "公积金", "重庆银行"]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    words = Lexicon()
    words.add(WORDS)
    return words


@pytest.fixture(scope="module")
def pinyin(lexicon: Lexicon) -> Iterator[Pinyin]:
    method = Pinyin(lexicon)
    yield method
    method.close()


@pytest.mark.parametrize(
    ("letters", "first"),
    [
        ("wufangzhengming", "无房证明"),
        ("wfzm", "无房证明"),
        ("wufang", "无房证明"),
        ("zhanlong", "占陇镇"),
        ("gjj", "公积金"),
        ("chongqingyinhang", "重庆银行"),
        ("li", "李"),
        ("ouyang", "欧阳"),
        ("lixiulan", "李秀兰"),
        ("chenzhiqiang", "陈志强"),
        ("jiangsushengnanjingshi", "江苏省南京市"),
        ("nv", "女"),
        ("nü", "女"),
        ("ZhangWei", "张伟"),
        ("zhang wei", "张伟"),
    ],
)
def test_what_is_meant_is_offered_first(pinyin: Pinyin, letters: str, first: str) -> None:
    assert pinyin.candidates(letters)[0] == first


@pytest.mark.parametrize(("letters", "second"), [("zhongguo", "中国"), ("xi'anshi", "西安市")])
def test_a_word_stands_right_behind_a_name(pinyin: Pinyin, letters: str, second: str) -> None:
    assert pinyin.candidates(letters)[1] == second


def test_common_names_are_among_what_the_screen_shows(pinyin: Pinyin) -> None:
    names = [one.name for one in RESIDENTS if one.note != "rare-characters"]
    common = [
        name for name in names if len(name) == 3 and not name.startswith(("公", "区", "何安"))
    ]
    spelt = ["".join(syllables) for syllables in romanise(common)]
    offered = [name in pinyin.candidates(s)[:9] for name, s in zip(common, spelt, strict=True)]
    assert offered.count(True) >= len(common) - 3


def test_each_candidate_is_offered_once_and_not_without_end(pinyin: Pinyin) -> None:
    for letters in ("l", "zh", "shi", "yi"):
        offered = pinyin.candidates(letters)
        assert len(offered) == len(set(offered)) <= CANDIDATES


@pytest.mark.parametrize("letters", ["", " ", "'", "''''", "李秀兰", "12345", "\n\t", "\0", "😀"])
def test_what_is_no_pinyin_brings_nothing(pinyin: Pinyin, letters: str) -> None:
    assert pinyin.candidates(letters) == []


@pytest.mark.parametrize("letters", ["a" * 40, "z" * 40, "a" * 100_000, "a'" * 40])
def test_input_that_ends_the_decoder_ends_nothing_else(pinyin: Pinyin, letters: str) -> None:
    pinyin.candidates(letters)
    assert "中国" in pinyin.candidates("zhongguo")


@settings(max_examples=60)
@given(st.text(max_size=60) | st.text("aeiouvnghzsx'", max_size=60))
def test_any_input_is_answered(pinyin: Pinyin, letters: str) -> None:
    assert all(candidate for candidate in pinyin.candidates(letters))


def test_forgetting_replaces_the_decoders_process(lexicon: Lexicon) -> None:
    method = Pinyin(lexicon)
    before = method.candidates("zhengming")
    first = method._engine
    assert first is not None
    method.forget()
    assert first._process.returncode is not None
    assert method._engine is not first
    assert method.candidates("zhengming") == before
    method.close()


def test_typing_leaves_no_file(
    lexicon: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    method = Pinyin(lexicon)
    method.candidates("lixiulan")
    assert method._engine is not None
    open_files = {
        link.readlink()
        for link in Path(f"/proc/{method._engine._process.pid}/fd").iterdir()
        if link.exists() and "dict_pinyin" not in str(link.readlink())
    }
    assert not any(str(path).startswith(("/tmp", "/home", "/root")) for path in open_files)
    assert list(tmp_path.iterdir()) == []
    method.close()


def test_a_machine_without_the_decoder_says_so(lexicon: Lexicon, tmp_path: Path) -> None:
    with pytest.raises(PinyinUnavailable):
        find_dictionary([tmp_path])
    broken = tmp_path / "dict_pinyin.dat"
    broken.write_bytes(b"")
    method = Pinyin(lexicon, broken)
    with pytest.raises(PinyinUnavailable):
        method.candidates("ni")
    method.close()


def test_names_are_a_surname_and_one_or_two_characters() -> None:
    assert names_for("liwei")[0] == "李伟"
    assert "欧阳燕" in names_for("ouyangyan")
    assert names_for("") == names_for("li") == []


def test_readings_are_those_of_the_word() -> None:
    assert romanise(["重庆银行", "行政", "A座12号", ""]) == [
        ["chong", "qing", "yin", "hang"],
        ["xing", "zheng"],
        ["A", "zuo", "12", "hao"],
        [],
    ]


def test_a_failed_reading_is_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    with pytest.raises(RomaniseError):
        romanise(["重庆"])
