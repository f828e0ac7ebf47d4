"""The press: same in, same out; and its complaints never quote the data."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk_app.documents.errors import CharacterMissing, DocumentError, TemplateBroken
from kiosk_app.documents.press import Press

HEAD = """
#let data = json(bytes(sys.inputs.data))
#set document(title: "t", date: datetime(year: 2026, month: 1, day: 1))
#set text(font: "Noto Serif CJK SC", lang: "zh")
"""
SECRET = {"name": "李兰445281198803123429"}


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press(tmp_path)


def write(folder: Path, source: str, name: str = "t.typ") -> Path:
    (folder / name).write_text(HEAD + source, encoding="utf-8")
    return Path(name)


def test_compiles_and_draws(press: Press, tmp_path: Path) -> None:
    template = write(tmp_path, '#set page(paper: "a4")\n#data.name')
    assert press.compile(template, SECRET).startswith(b"%PDF-1.7")
    png = press.picture(template, SECRET, 500)
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20]) == 500


def test_a_new_document_does_not_hold_the_last_ones_data(press: Press, tmp_path: Path) -> None:
    template = write(tmp_path, "#data.name")
    first, second = (press.compile(template, {"name": name}) for name in ("甲", "乙"))
    assert first != second
    assert press.compile(template, {"name": "甲"}) == first


@pytest.mark.parametrize(
    "source",
    [
        "#data.surname",
        "#panic(data.name)",
        "#int(data.name)",
        "#datetime(..data)",
        "#(",
        '#read("/etc/passwd")',
        '#read("../outside.txt")',
        '#import "@preview/cetz:0.3.0"',
        '#image("none.svg")',
    ],
)
def test_template_errors_name_the_place_only(press: Press, tmp_path: Path, source: str) -> None:
    (tmp_path.parent / "outside.txt").write_text("outside")
    template = write(tmp_path, source)
    with pytest.raises(TemplateBroken) as caught:
        press.compile(template, SECRET)
    assert "t.typ:" in str(caught.value)
    assert "李兰" not in str(caught.value)
    assert "4452" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_data_is_never_markup(press: Press, tmp_path: Path) -> None:
    template = write(tmp_path, "#data.name")
    plain = press.compile(template, {"name": '#read("t.typ") *b* $x$ @a'})
    assert plain.startswith(b"%PDF")


@pytest.mark.parametrize("character", ["\U00030000", "\U00031350", "\ue000"])
def test_a_character_without_glyph_fails(press: Press, tmp_path: Path, character: str) -> None:
    template = write(tmp_path, "#data.name")
    with pytest.raises(CharacterMissing) as caught:
        press.compile(template, {"name": f"李{character}"})
    assert character not in str(caught.value)


def test_a_template_lies_below_the_root(press: Press, tmp_path: Path) -> None:
    write(tmp_path.parent, "hello", "outside.typ")
    with pytest.raises(TemplateBroken, match="outside the configuration"):
        press.compile(Path("../outside.typ"), {})
    with pytest.raises(DocumentError):
        press.compile(Path("absent.typ"), {})


def test_a_mended_template_is_seen(press: Press, tmp_path: Path) -> None:
    template = write(tmp_path, "#(")
    with pytest.raises(TemplateBroken):
        press.compile(template, SECRET)
    write(tmp_path, "#data.name")
    assert press.compile(template, SECRET).startswith(b"%PDF")
