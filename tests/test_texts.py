from __future__ import annotations

from pathlib import Path

import pytest

from kiosk_app.texts import Text, Texts, TextsError

CONFIG = Path(__file__).parents[1] / "config"
FOLDERS = sorted(path.parent for path in CONFIG.rglob("zh.toml"))


def write(folder: Path, zh: str | bytes, en: str | bytes) -> Path:
    for name, content in (("zh", zh), ("en", en)):
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.toml").write_bytes(data)
    return folder


def test_messages_are_found_by_dotted_keys(tmp_path: Path) -> None:
    texts = Texts.load(
        write(tmp_path, '[a.b]\nc = "好"\n[d]\ne = "坏"', '[a.b]\nc="good"\n[d]\ne=""')
    )
    assert texts["a.b.c"] == Text(zh="好", en="good")
    assert texts.under("a") == {"b.c": texts["a.b.c"]}
    assert len(texts) == 2
    with pytest.raises(KeyError):
        texts.say("a.b")


@pytest.mark.parametrize(
    ("zh", "en", "says"),
    [
        ('a = "一"\nb = "二"', 'a = "one"', "en.toml lacks: b"),
        ('a = "一"', 'a = "one"\nb = "two"', "zh.toml lacks: b"),
        ('a = "{name}好"', 'a = "hello"', "a has other placeholders"),
        ('a = "{name}"', 'a = "{nam}"', "a has other placeholders"),
        ("a = 1", 'a = "one"', "zh.toml: a is no text"),
        ('a = ["一"]', 'a = "one"', "zh.toml: a is no text"),
        ("a = ", 'a = "one"', "zh.toml cannot be read"),
        (b'a = "\xff\xfe"', 'a = "one"', "zh.toml cannot be read"),
        ('a = "{"', 'a = "one"', "zh.toml: a"),
        ('a = "一"', 'a = "{}"', "en.toml: a has a placeholder without a plain name"),
        ('a = "{x.real}"', 'a = "{x.real}"', "zh.toml: a has a placeholder without"),
    ],
)
def test_a_wrong_pair_of_files_is_named_with_its_place(
    tmp_path: Path, zh: str | bytes, en: str, says: str
) -> None:
    with pytest.raises(TextsError) as failure:
        Texts.load(write(tmp_path, zh, en))
    assert says in str(failure.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TextsError, match=r"zh\.toml cannot be read"):
        Texts.load(tmp_path)


def test_filling_takes_each_language_of_a_text() -> None:
    place = Text(zh="左边", en="left")
    assert Text(zh="在{place}，{n} 张", en="{n} on the {place}").fill(place=place, n=2) == Text(
        zh="在左边，2 张", en="2 on the left"
    )


def test_what_is_filled_in_is_never_read_as_a_placeholder() -> None:
    assert Text(zh="{a}", en="{a}").fill(a="{b}", b="no") == Text(zh="{b}", en="{b}")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(CONFIG)))
def test_every_text_of_the_house_is_there_in_both_languages(folder: Path) -> None:
    texts = Texts.load(folder)
    assert texts
    for key, text in texts.items():
        assert text.zh.strip(), key
        assert text.en.strip(), key
