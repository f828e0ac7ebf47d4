"""The shipped templates: what stands on the paper, whatever the data, and that machines read it."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from kiosk_app.documents.copy_code import CopyCode, qr_svg
from kiosk_app.documents.papers import Paper
from kiosk_app.documents.press import Press
from kiosk_app.documents.public_key import SigningKey
from tests.documents.samples import CERTIFICATE, CONFIG, RECORD

MakePaper = Callable[..., Paper]
PressPaper = Callable[[Path, Paper], bytes]

NAMES = [
    "李兰",
    "阿卜杜热合曼·买买提吐尔逊江·艾则孜",
    "王㛃𬭊𪚥",
    "MARIA FERNANDA DE LA CRUZ RODRIGUEZ-MONTOYA",
]
RELATIONS = ["self", "spouse", "minor-child", "minor-child"]
ID_KINDS = ["resident-card", "hk-macao-taiwan-residence", "resident-card", "foreign-permanent"]


@pytest.fixture(scope="module")
def shipped() -> Press:
    return Press(CONFIG)


@pytest.fixture
def press_paper(shipped: Press, key: SigningKey) -> PressPaper:
    def press(template: Path, paper: Paper) -> bytes:
        code = CopyCode.sign(paper, 2, key).text
        marks = {"copy": 2, "code": code, "qr": qr_svg(code), "development": True}
        return shipped.compile(template, paper.template_data() | marks)

    return press


@pytest.fixture
def family(applicant: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        applicant | {"name": name, "relation": relation, "id_kind": kind}
        for name, relation, kind in zip(NAMES, RELATIONS, ID_KINDS, strict=True)
    ]


def pages(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).root["/Pages"]["/Count"])


def run(program: list[str], pdf: bytes) -> bytes:
    return subprocess.run(program, input=pdf, capture_output=True, check=True, timeout=60).stdout


def text_of(pdf: bytes) -> str:
    """What a program copies out of the page, blanks aside."""
    return "".join(run(["pdftotext", "-raw", "-", "-"], pdf).decode().split())


def test_states_all_facts(press_paper: PressPaper, paper: MakePaper) -> None:
    text = text_of(press_paper(CERTIFICATE, paper()))
    for fact in (
        "不动产登记信息查询结果",
        "（无房屋登记记录）",
        "编号：PN-WF-20261124-0000317",
        "第2号",
        "李兰",
        "445281198803123429",
        "居民身份证",
        "出示证件",
        "普宁市全市",
        "商品房预售合同网签备案信息",
        "子女入学",
        "普宁市流沙第一小学",
        "截至2026年11月24日09时41分",
        "未查询到上述申请人名下的房屋登记信息",
        "30日内有效",
        "普宁市不动产登记中心",
        "一楼03号",
        "0663-2222222",
        "不具法律效力",
    ):
        assert fact in text, fact


def test_states_only_what_applies(press_paper: PressPaper, paper: MakePaper) -> None:
    bare = paper(includes_presale=False, receiving_body=None, validity_days=None, subtitle=None)
    text = text_of(press_paper(CERTIFICATE, bare))
    assert "网签备案" not in text
    assert "由申请人自行提交" in text
    assert "日内有效" not in text
    assert "None" not in text
    assert "none" not in text


def test_record_lists_the_homes(
    press_paper: PressPaper, record: MakePaper, home: dict[str, Any], family: list[dict[str, Any]]
) -> None:
    homes = [
        home,
        home | {"share": "sole", "encumbrances": ["seized", "objection"], "applicant": 1},
        home | {"share": "joint", "encumbrances": [], "presale": True, "area_m2": "88.5"},
    ]
    text = text_of(press_paper(RECORD, record(applicants=family[:2], homes=homes)))
    for fact in ("3条", "申请人序号", "按份1/2", "抵押", "单独所有", "查封、异议", "共同共有"):
        assert fact in text, fact
    for fact in ("网签备案", "128.35", "88.5"):
        assert fact in text, fact


@pytest.mark.parametrize("people", [1, 2, 3, 4])
def test_certificate_is_one_page(
    press_paper: PressPaper, paper: MakePaper, family: list[dict[str, Any]], people: int
) -> None:
    full = paper(
        applicants=family[:people],
        districts=["流沙东街道", "流沙西街道", "流沙南街道", "流沙北街道", "池尾街道", "燎原街道"],
        receiving_body="广东省揭阳市普宁市住房和城乡建设局公共租赁住房保障管理服务中心（流沙办理点）",
    )
    assert pages(press_paper(CERTIFICATE, full)) == 1


@pytest.mark.parametrize(("people", "homes"), list(product([1, 2, 4], [1, 2, 3, 4, 5, 6])))
def test_record_is_one_page(
    press_paper: PressPaper,
    record: MakePaper,
    home: dict[str, Any],
    family: list[dict[str, Any]],
    people: int,
    homes: int,
) -> None:
    listed = [
        home | {"applicant": n % people, "encumbrances": ["mortgaged", "seized", "objection"]}
        for n in range(homes)
    ]
    assert pages(press_paper(RECORD, record(applicants=family[:people], homes=listed))) == 1


@pytest.mark.parametrize("dots_per_inch", [100, 200])
def test_qr_code_is_read_from_the_page(
    press_paper: PressPaper, paper: MakePaper, key: SigningKey, dots_per_inch: int
) -> None:
    pdf = press_paper(CERTIFICATE, paper())
    png = run(["pdftoppm", "-r", str(dots_per_inch), "-gray", "-png", "-"], pdf)
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png)))
    assert found is not None
    assert found.ec_level == "M"
    code = CopyCode.parse(found.text)
    assert code.copy == 2
    assert code.verify({key.public.key_id: key.public}) is key.public


def test_claims_pdf_a_and_pdf_ua(press_paper: PressPaper, paper: MakePaper) -> None:
    root = PdfFileReader(io.BytesIO(press_paper(CERTIFICATE, paper()))).root
    xmp = root["/Metadata"].data
    assert b"<pdfaid:part>2</pdfaid:part>" in xmp
    assert b"<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert b"<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert root["/MarkInfo"]["/Marked"]
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert root["/Lang"].startswith("zh")


def test_fonts_are_embedded_subsets(press_paper: PressPaper, paper: MakePaper) -> None:
    pdf = press_paper(CERTIFICATE, paper())
    lines = run(["pdffonts", "-"], pdf).decode().splitlines()[2:]
    assert len(lines) == 2
    for line in lines:
        assert "NotoSerifCJKsc" in line
        assert line.split()[-5:-2] == ["yes", "yes", "yes"]
    assert len(pdf) < 200_000


def test_seal_and_code_have_words_for_the_blind(press_paper: PressPaper, paper: MakePaper) -> None:
    pdf = press_paper(CERTIFICATE, paper())
    structure = run(["pdfinfo", "-struct", "-"], pdf).decode(errors="replace")
    assert structure.count("Figure") == 2
    assert "TH" in structure
    assert "H1" in structure


def test_preview_shows_no_number_and_no_code(shipped: Press, paper: MakePaper) -> None:
    draft = paper().template_data() | {"serial": None, "issued_at": None}
    marks = {"copy": None, "code": None, "qr": None, "development": True}
    text = text_of(shipped.compile(CERTIFICATE, draft | marks))
    assert "PN-WF" not in text
    assert "打印时生成" in text
    png = Image.open(io.BytesIO(shipped.picture(CERTIFICATE, draft | marks, 800)))
    assert png.size == (800, 1131)
    assert zxingcpp.read_barcodes(png) == []


def test_a_hall_key_leaves_no_development_mark(
    shipped: Press, paper: MakePaper, key: SigningKey
) -> None:
    code = CopyCode.sign(paper(), 1, key).text
    marks = {"copy": 1, "code": code, "qr": qr_svg(code), "development": False}
    text = text_of(shipped.compile(CERTIFICATE, paper().template_data() | marks))
    assert "开发" not in text
    assert "法律效力" not in text
