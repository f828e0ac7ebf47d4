"""Receipts as bytes, and the bytes as paper."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace

import pytest
from escpos.printer import Dummy
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from drivers.errors import CommandRejected
from drivers.receipt_printer import layout
from drivers.receipt_printer.compose import compose
from drivers.receipt_printer.layout import CodePage, columns, in_row, wrapped
from drivers.receipt_printer.receipt import (
    Barcode,
    Correction,
    Cut,
    Feed,
    Line,
    Picture,
    QrCode,
    Receipt,
    TextLine,
)
from tests.drivers.receipt_printer.samples import (
    LINK,
    RECEIPT,
    black,
    codes_on,
    paper,
    printed,
    text,
)

CHINESE = "政务服务自助终端"


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("page", [CodePage.GB2312, CodePage.GBK, CodePage.GB18030])
def test_chinese_goes_out_as_text_after_the_command_that_switches_it_on(page: CodePage) -> None:
    composed = compose(text(CHINESE), paper(page))
    assert composed.rastered_lines == 0
    at = composed.data.index(CHINESE.encode(page.value))
    assert composed.data.index(b"\x1c&") < at


def test_what_python_escpos_sends_is_garbled_on_the_same_printer() -> None:
    peer = Dummy()
    peer.text(CHINESE + "\n")
    ours = printed(compose(text(CHINESE), paper()).data)
    theirs = printed(peer.output + b"\x1dVB\x00")
    right = printed(b"\x1c&" + peer.output + b"\x1dVB\x00")
    assert not ImageChops.difference(ours.convert("L"), right.convert("L")).getbbox()
    assert ImageChops.difference(ours.convert("L"), theirs.convert("L")).getbbox()


def test_a_printer_set_to_china_prints_a_dollar_as_one() -> None:
    dollar = printed(compose(text("$"), paper()).data)
    yen = printed(b"\x1b@\x1c&$\n\x1dVB\x00")
    assert ImageChops.difference(dollar.convert("L"), yen.convert("L")).getbbox()


@pytest.mark.parametrize(
    ("page", "words", "dots"),
    [
        (CodePage.GB18030, "龘䶮", False),  # GBK, and Extension A in four bytes
        (CodePage.GB18030, "𠮷", True),  # Extension B
        (CodePage.GB18030, "한글", True),
        (CodePage.GB18030, "\ue000", True),  # private use, which Python encodes
        (CodePage.GBK, "龘", False),
        (CodePage.GBK, "䶮", True),
        (CodePage.GB2312, "龘", True),
        (CodePage.NONE, "政", True),
        (CodePage.NONE, "plain", False),
    ],
)
def test_a_line_with_a_character_outside_the_page_goes_out_as_dots(
    page: CodePage, words: str, *, dots: bool
) -> None:
    composed = compose(
        Receipt(
            (TextLine(f"甲{words}" if page is not CodePage.NONE else words), TextLine("plain"))
        ),
        paper(page),
    )
    assert composed.rastered_lines == int(dots)
    assert (b"\x1dv0" in composed.data) == dots
    assert b"plain\n" in composed.data
    if dots:
        assert words.encode("gb18030") not in composed.data
    assert black(printed(composed.data)) > 100


def test_text_and_dots_stand_on_the_same_columns() -> None:
    native = printed(compose(text(CHINESE), paper()).data)
    rastered = printed(compose(text(CHINESE), paper(CodePage.NONE)).data)
    edges = [image.convert("L").point(lambda v: 255 - v).getbbox() for image in (native, rastered)]
    assert all(edges)
    assert edges[0] is not None
    assert edges[1] is not None
    assert abs(edges[0][0] - edges[1][0]) <= 1
    assert abs(edges[0][2] - edges[1][2]) <= 1


@pytest.mark.parametrize(
    "unknown",
    [
        "\U0002ebf0",  # Extension I, newer than every font
        "\ue000",  # private use: BabelStone Han has something of its own there
        "\u0378",  # assigned to nothing: Unifont has a box with its number there
        "\u0633",  # Arabic, which joins
        "\u0f40",  # Tibetan, which stacks
    ],
)
def test_a_character_that_no_font_has_is_counted_and_shown(unknown: str) -> None:
    composed = compose(text(f"甲{unknown}乙"), paper())
    assert (composed.rastered_lines, composed.missing_glyphs) == (1, 1)
    geta = compose(text("甲〓乙"), paper(CodePage.NONE))
    assert geta.missing_glyphs == 0
    if layout.columns(unknown, native=False) == 2:
        assert composed.data.split(b"\x1dv0")[1] == geta.data.split(b"\x1dv0")[1]


@pytest.mark.parametrize("words", ["\U00030000", "\U00031350", "🧿", "ꀀ", "☃", "ƣ"])
@pytest.mark.parametrize("bold", [True, False])
def test_what_noto_lacks_is_drawn_from_another_font(words: str, *, bold: bool) -> None:
    composed = compose(Receipt((TextLine(words, bold=bold),)), paper())
    geta = compose(Receipt((TextLine("〓", bold=bold),)), paper(CodePage.NONE))
    assert (composed.rastered_lines, composed.missing_glyphs) == (1, 0)
    assert black(printed(composed.data)) > 20
    assert composed.data.split(b"\x1dv0")[1] != geta.data.split(b"\x1dv0")[1]


def test_the_colour_of_an_emoji_s_skin_is_left_out() -> None:
    assert layout.clean("\U0001f44d\U0001f3fd") == "\U0001f44d"


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("dots", [384, 576])
def test_a_drawn_line_takes_as_much_paper_as_one_of_the_printer_s_own(size: int, dots: int) -> None:
    own, drawn = TextLine("政", size=size), TextLine("𠮷", size=size)
    two, four = (
        compose(Receipt(lines), paper(dots=dots))
        for lines in ((own,) * 2, (own, drawn, drawn, own))
    )
    assert (two.rastered_lines, four.rastered_lines) == (0, 2)
    heights = [printed(each.data, dots).height for each in (two, four)]
    assert heights == [two.rows, four.rows]
    assert heights[1] - heights[0] == 2 * (24 * size + 10)


def test_empty_lines_are_as_high_as_lines_of_text_even_after_large_ones() -> None:
    large = TextLine("政", size=3)
    fed, said = (
        printed(compose(Receipt((large, *more)), paper()).data)
        for more in ((Feed(2),), (TextLine("政"), TextLine("政")))
    )
    assert fed.height == said.height


@pytest.mark.parametrize(
    ("dots_a_mm", "units_an_inch", "units_a_line"),
    [(8.0, 203, 34), (7.09, 180, 34), (11.8, 150, 17)],
)
def test_the_printer_is_told_how_far_apart_lines_are_in_its_own_dots(
    dots_a_mm: float, units_an_inch: int, units_a_line: int
) -> None:
    data = compose(text("政"), replace(paper(), dots_a_mm=dots_a_mm)).data
    unit, spacing = bytes((0x1D, ord("P"), 0, units_an_inch)), bytes((0x1B, ord("3"), units_a_line))
    assert data.index(unit) < data.index(spacing) < data.index("政".encode("gb18030"))


@pytest.mark.parametrize("own_codes", [True, False])
@pytest.mark.parametrize("dots", [384, 576])
def test_codes_can_be_read_from_the_paper(dots: int, *, own_codes: bool) -> None:
    receipt = Receipt((TextLine("码"), QrCode(LINK), Feed(2), Barcode("A-{12}"), Feed(1)))
    composed = compose(receipt, paper(dots=dots, own_codes=own_codes))
    assert (b"\x1d(k" in composed.data) == own_codes
    assert codes_on(printed(composed.data, dots)) == {LINK, "A-{12}"}


def test_a_reprint_says_so_first() -> None:
    once = compose(RECEIPT, paper())
    again = compose(Receipt(RECEIPT.lines, reprint=True), paper())
    mark = "重打 COPY".encode("gb18030")
    assert mark not in once.data
    assert again.data.index(mark) < again.data.index("政务".encode("gb18030"))


def test_the_length_told_is_the_length_printed() -> None:
    composed = compose(RECEIPT, paper())
    assert composed.rows == pytest.approx(printed(composed.data).height, rel=0.01)


@pytest.mark.parametrize(
    ("cut", "command"), [(Cut.PARTIAL, b"\x1dVB\x00"), (Cut.FULL, b"\x1dVA\x00")]
)
def test_cuts(cut: Cut, command: bytes) -> None:
    assert compose(Receipt((TextLine("x"),), cut=cut), paper()).data.endswith(command)
    assert b"\x1dV" not in compose(Receipt((TextLine("x"),), cut=Cut.NONE), paper()).data


def test_a_picture_is_made_as_wide_as_the_paper_and_no_wider() -> None:
    wide = Picture(png(Image.new("RGB", (1152, 400), "black")))
    receipt = printed(compose(Receipt((wide,)), paper()).data)
    box = receipt.convert("L").point(lambda v: 255 - v).getbbox()
    assert box == (0, 0, 576, 200)


BAD: list[tuple[str, Line]] = [
    ("receipt-text-invalid", TextLine("a\x1bp0")),
    ("receipt-text-invalid", TextLine("a\x10\x04\x01")),
    ("receipt-text-invalid", TextLine("\x85")),
    ("receipt-text-invalid", TextLine("\udc80")),
    ("receipt-text-invalid", TextLine("x", size=9)),
    ("receipt-text-invalid", Feed(0)),
    ("receipt-code-invalid", QrCode("")),
    ("receipt-code-invalid", QrCode("x" * 3000)),
    ("receipt-code-invalid", QrCode("x" * 800, module_dots=16)),
    ("receipt-code-invalid", QrCode("x" * 1200, correction=Correction.H, module_dots=8)),
    ("receipt-code-invalid", Barcode("中文")),
    ("receipt-code-invalid", Barcode("x\x1b")),
    ("receipt-code-invalid", Barcode("x" * 60)),
    ("receipt-picture-invalid", Picture(b"\x89PNG\r\n\x1a\nrubbish")),
    ("receipt-picture-invalid", Picture(b"")),
    ("receipt-picture-invalid", Picture(png(Image.new("1", (4000, 3000))))),
    ("receipt-too-long", TextLine("长\n" * 600)),
]


@pytest.mark.parametrize(("code", "line"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_printed_is_refused_before_anything_is_sent(code: str, line: Line) -> None:
    with pytest.raises(CommandRejected) as caught:
        compose(Receipt((line,)), paper())
    assert caught.value.code == code


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=60),
    st.sampled_from(list(CodePage)),
)
def test_no_text_ever_reaches_the_printer_as_a_command(words: str, page: CodePage) -> None:
    if any(unicodedata.category(each) == "Cc" and each not in "\t\n" for each in words):
        with pytest.raises(CommandRejected, match="receipt-text-invalid"):
            compose(text(words), paper(page))
        return
    # Holds that the printer knows every command, and that no drawer opens.
    printed(compose(text(words), paper(page)).data)


@given(
    st.text(st.sampled_from("政务服务，。 aB1-é(）"), max_size=80),
    st.integers(4, 48),
    st.booleans(),
)
def test_wrapped_lines_fit_and_lose_nothing(words: str, width: int, native: bool) -> None:
    lines = list(wrapped(words, width, native=native))
    assert all(columns(line, native=native) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")


@given(
    st.text(st.sampled_from("受理号 No."), max_size=30),
    st.text(st.sampled_from("2024年-x"), max_size=30),
)
def test_rows_fit_and_end_at_the_right_edge(left: str, right: str) -> None:
    lines = list(in_row(left, right, 20, native=True))
    assert all(columns(line, native=True) <= 20 for line in lines)
    assert "".join(lines).replace(" ", "") == (left + right).replace(" ", "")
    if right:
        assert columns(lines[-1], native=True) == 20


def test_punctuation_does_not_begin_a_line() -> None:
    assert list(wrapped("请核对姓名，取走", 10, native=True)) == ["请核对姓", "名，取走"]
    assert list(wrapped("凭本回执”。取走", 8, native=True)) == ["凭本回", "执”。取", "走"]


def test_punctuation_goes_on_with_the_whole_number_before_it() -> None:
    assert list(wrapped("业务号2024-000123。请", 17, native=True)) == ["业务号", "2024-000123。请"]
    assert list(wrapped("编号2024-000123。", 11, native=True)) == ["编号", "2024-000123", "。"]


def test_opening_punctuation_does_not_end_a_line() -> None:
    assert list(wrapped("请凭本人《回执》", 10, native=True)) == ["请凭本人", "《回执》"]


def test_a_mark_stays_with_its_letter() -> None:
    assert list(wrapped("中文éq\u0303", 6, native=False)) == ["中文é", "q\u0303"]


def test_invisible_characters_are_dropped_and_accents_are_joined() -> None:
    assert layout.clean("a\u200bb\tc e\u0301") == "ab c é"
    assert layout.clean("☎\ufe0f葛\U000e0100") == "☎葛"
