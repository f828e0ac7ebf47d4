"""The certificate's page as WeasyPrint and ReportLab draw it, each signed by pyHanko.

Both draw what our template draws for one applicant: frame, title, number, table of people, table
of scope, statement, notes, QR code at level M, translucent seal, issuer and date, foot; A4, one
page, a font subset. They do less than ours: no PDF/A, no tags. Signing is pyHanko's documented
way: ``SimpleSigner`` loaded once, ``sign_pdf`` on an ``IncrementalPdfFileWriter``, PAdES.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import segno
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table, TableStyle
from weasyprint import HTML

from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.documents.papers import Paper
from kiosk_app.local_time import LOCAL

Draw = Callable[[Paper, CopyCode], bytes]

REPORTLAB_FONT = Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf")
"""ReportLab reads no CFF outlines, so not Noto."""
PEOPLE_HEAD = ("序号", "姓名", "关系", "证件类型", "证件号码", "核验方式")
NOTES = (
    "1. 本结果仅反映上述截止时点、上述范围内的登记信息；此后登记发生变化的，以不动产登记簿为准。",
    "2. 查询按姓名与证件号码完全一致的方式比对；曾用名或 15 位旧证件号码下的登记，请到窗口查询。",
    "3. 本结果仅用于上列用途，不得挪作他用。请妥善保管，注意保护个人信息。",
)
CHECK = (
    "扫码核验真伪",
    "在出具大厅的“核验证明”",
    "页面扫描此码，即知本副本",
    "是否有效。电子文件另有",
    "数字签名，可一并核验。",
)
VALID = "本查询结果自出具之日起 30 日内有效。"


def people_of(paper: Paper) -> list[tuple[str, ...]]:
    """Rows of the table of people."""
    return [
        (str(number), one.name, "本人", "居民身份证", one.id_number, "出示证件")
        for number, one in enumerate(paper.applicants, 1)
    ]


def scope_of(paper: Paper) -> list[tuple[str, str]]:
    """Rows of the table of scope."""
    return [
        ("查询范围", "、".join(paper.districts)),
        ("数据范围", "房屋所有权登记信息、商品房预售合同网签备案信息"),
        ("查询用途", paper.purpose),
        ("接收单位", paper.receiving_body or ""),
    ]


def statement_of(paper: Paper) -> tuple[str, str]:
    """What is certified: the plain part, the bold part."""
    at = paper.as_of.astimezone(LOCAL)
    when = f"{at.year} 年 {at.month} 月 {at.day} 日 {at:%H 时 %M 分}"
    return (
        f"经查询，截至 {when}，在上述查询范围的不动产登记信息中，",
        "未查询到上述申请人名下的房屋登记信息。",
    )


def foot_of(paper: Paper) -> str:
    """The line at the foot."""
    return f"{paper.terminal}　打印时间 {paper.issued_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def date_of(paper: Paper) -> str:
    """The day of issue in words."""
    at = paper.issued_at.astimezone(LOCAL)
    return f"{at.year} 年 {at.month} 月 {at.day} 日"


def signed(draw: Draw, key_file: Path) -> Draw:
    """A peer's page, signed as pyHanko's documentation shows it."""
    signer = signers.SimpleSigner.load_pkcs12(str(key_file))  # type: ignore[no-untyped-call]
    metadata = signers.PdfSignatureMetadata(
        field_name="Signature", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
    )

    def draw_and_sign(paper: Paper, code: CopyCode) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(draw(paper, code)))
        done: io.BytesIO = signers.sign_pdf(writer, metadata, signer=signer)
        return done.getvalue()

    return draw_and_sign


STYLE = """
@page { size: A4; margin: 30mm 21mm 15mm 21mm;
  @top-left { content: ''; } }
body { font-family: 'Noto Serif CJK SC'; font-size: 11pt; margin: 0; }
.frame { position: fixed; border: 0.9pt solid #5f8f8a; left: -10mm; top: -19mm;
  width: 188mm; height: 275mm; }
.frame.in { border-width: 0.35pt; left: -8.7mm; top: -17.7mm; width: 185.4mm; height: 272.4mm; }
h1 { font-size: 25pt; letter-spacing: 2pt; text-align: center; margin: 2mm 0 1.5mm; }
.sub { font-size: 15pt; letter-spacing: 1pt; text-align: center; margin: 0 0 8mm; }
.row { display: flex; justify-content: space-between; margin-bottom: 2.6mm; }
table { border-collapse: collapse; width: 100%; }
td, th { border: 0.5pt solid #404040; padding: 7pt 4pt; text-align: center; }
table.scope td { text-align: left; padding-left: 7pt; }
table.scope { margin-top: -0.5pt; } table.scope th { width: 34mm; }
.says { font-size: 14pt; text-indent: 2em; line-height: 1.75; margin: 0; }
.blank { text-align: center; font-size: 10pt; color: #4d4d4d; margin-top: 6mm; }
.notes { position: absolute; top: 165mm; font-size: 9pt; color: #4d4d4d; line-height: 1.5; }
.notes p { margin: 0; }
.qr { position: absolute; top: 190mm; left: 0; width: 34mm; }
.check { position: absolute; top: 193mm; left: 39mm; font-size: 8.8pt; color: #4d4d4d;
  line-height: 1.6; }
.seal { position: absolute; top: 186mm; left: 114mm; width: 42mm; }
.issued { position: absolute; top: 203mm; left: 102mm; width: 66mm; text-align: center;
  font-size: 12pt; line-height: 1.6; }
.foot { position: absolute; top: 233mm; left: 0; right: 0; font-size: 8.4pt; color: #4d4d4d;
  border-top: 0.4pt solid #b3b3b3; padding-top: 1mm; display: flex;
  justify-content: space-between; }
"""


def weasyprint_page(seal: Path) -> Draw:
    """The page in HTML and CSS. ``seal``: an SVG file."""

    def rows(cells: list[tuple[str, ...]]) -> str:
        return "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in cells
        )

    def draw(paper: Paper, code: CopyCode) -> bytes:
        qr = segno.make(code.text, error="m", boost_error=False).png_data_uri(scale=6, border=0)
        plain, bold = statement_of(paper)
        head = "".join(f"<th>{word}</th>" for word in PEOPLE_HEAD)
        scope = "".join(f"<tr><th>{a}</th><td>{escape(b)}</td></tr>" for a, b in scope_of(paper))
        notes = "".join(f"<p>{note}</p>" for note in NOTES)
        html = f"""<html lang="zh"><head><meta charset="utf-8"><title>{paper.title}</title>
<style>{STYLE}</style></head><body>
<div class="frame"></div><div class="frame in"></div>
<h1>{paper.title}</h1><p class="sub">（{paper.subtitle}）</p>
<div class="row"><span>编号：{paper.serial}</span><span>打印副本：第 {code.copy} 号</span></div>
<table><tr>{head}</tr>{rows(people_of(paper))}</table><table class="scope">{scope}</table>
<p class="says" style="margin-top: 8mm">{plain}<b>{bold}</b></p><p class="says">{VALID}</p>
<p class="blank">（以下空白）</p>
<div class="notes"><b>说明</b>{notes}</div>
<img class="qr" src="{qr}"><div class="check">{"<br>".join(CHECK)}<br>咨询电话 {paper.phone}</div>
<img class="seal" src="{seal.as_uri()}">
<div class="issued">{paper.issuer}<br>{date_of(paper)}</div>
<div class="foot"><span>{foot_of(paper)}</span><span>第 {code.copy} 号</span></div>
</body></html>"""
        return bytes(HTML(string=html).write_pdf())

    return draw


def reportlab_page(seal: Path) -> Draw:
    """The page on a canvas. ``seal``: a PNG file with transparency."""
    pdfmetrics.registerFont(TTFont("Hana", str(REPORTLAB_FONT)))
    picture = ImageReader(str(seal))
    says = ParagraphStyle(
        "says", fontName="Hana", fontSize=14, leading=25, wordWrap="CJK", firstLineIndent=28
    )
    grid = [
        ("FONT", (0, 0), (-1, -1), "Hana", 11),
        ("GRID", (0, 0), (-1, -1), 0.5, colors.Color(0.25, 0.25, 0.25)),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ]
    centred = TableStyle([*grid, ("ALIGN", (0, 0), (-1, -1), "CENTER")])
    scoped = TableStyle([*grid, ("ALIGN", (0, 0), (0, -1), "CENTER")])
    people_columns = [width * mm for width in (11, 40, 22, 32, 43, 20)]

    def place(canvas: Canvas, thing: Any, top: float) -> float:
        _, height = thing.wrap(168 * mm, 200 * mm)
        thing.drawOn(canvas, 21 * mm, top - height)
        return top - float(height)

    def lines(canvas: Canvas, words: tuple[str, ...], x: float, y: float, size: float) -> None:
        text = canvas.beginText(x, y)
        text.setFont("Hana", size, size * 1.5)
        text.setFillGray(0.3)
        text.textLines(list(words))
        canvas.drawText(text)

    def draw_qr(canvas: Canvas, code: CopyCode) -> None:
        matrix = segno.make(code.text, error="m", boost_error=False).matrix
        side = 34 * mm / len(matrix)
        path = canvas.beginPath()
        for row, modules in enumerate(matrix):
            for column, dark in enumerate(modules):
                if dark:
                    path.rect(21 * mm + column * side, 73 * mm - (row + 1) * side, side, side)
        canvas.setFillGray(0)
        canvas.drawPath(path, stroke=0, fill=1)

    def draw_bottom(canvas: Canvas, paper: Paper, code: CopyCode) -> None:
        lines(canvas, ("说明", *NOTES), 21 * mm, 100 * mm, 9)
        draw_qr(canvas, code)
        lines(canvas, (*CHECK, f"咨询电话 {paper.phone}"), 60 * mm, 66 * mm, 8.8)
        canvas.drawImage(picture, 135 * mm, 36 * mm, 42 * mm, 42 * mm, mask="auto")
        canvas.setFillGray(0)
        canvas.setFont("Hana", 12)
        canvas.drawCentredString(156 * mm, 58 * mm, paper.issuer)
        canvas.drawCentredString(156 * mm, 51 * mm, date_of(paper))
        canvas.line(21 * mm, 31 * mm, 189 * mm, 31 * mm)
        canvas.setFont("Hana", 8.4)
        canvas.drawString(21 * mm, 27 * mm, foot_of(paper))
        canvas.drawRightString(189 * mm, 27 * mm, f"第 {code.copy} 号")

    def draw(paper: Paper, code: CopyCode) -> bytes:
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=A4)
        canvas.setTitle(paper.title)
        canvas.setStrokeColor(colors.HexColor("#5f8f8a"))
        canvas.rect(11 * mm, 11 * mm, 188 * mm, 275 * mm)
        canvas.rect(12.3 * mm, 12.3 * mm, 185.4 * mm, 272.4 * mm)
        canvas.setFont("Hana", 25)
        canvas.drawCentredString(105 * mm, 254 * mm, paper.title)
        canvas.setFont("Hana", 15)
        canvas.drawCentredString(105 * mm, 244 * mm, f"（{paper.subtitle}）")
        canvas.setFont("Hana", 11)
        canvas.drawString(21 * mm, 230 * mm, f"编号：{paper.serial}")
        canvas.drawRightString(189 * mm, 230 * mm, f"打印副本：第 {code.copy} 号")
        people = Table([PEOPLE_HEAD, *people_of(paper)], people_columns, 9 * mm, style=centred)
        top = place(canvas, people, 227 * mm)
        top = place(canvas, Table(scope_of(paper), [34 * mm, 134 * mm], 9 * mm, style=scoped), top)
        top = place(canvas, Paragraph("".join(statement_of(paper)), says), top - 8 * mm)
        top = place(canvas, Paragraph(VALID, says), top)
        canvas.setFont("Hana", 10)
        canvas.drawCentredString(105 * mm, top - 8 * mm, "（以下空白）")
        draw_bottom(canvas, paper, code)
        canvas.save()
        return out.getvalue()

    return draw
