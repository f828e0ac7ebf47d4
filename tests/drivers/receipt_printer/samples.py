"""A printer's far end in memory, and receipts to send to it."""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image

from drivers.receipt_printer.compose import Paper
from drivers.receipt_printer.layout import CodePage
from drivers.receipt_printer.receipt import (
    Align,
    Barcode,
    Feed,
    QrCode,
    Receipt,
    Row,
    Rule,
    TextLine,
)
from drivers.virtual.receipt_printer_machine import EscPosMachine

NOTO = Path("/usr/share/fonts/opentype/noto")
LINK = "https://hall.example/v?s=20240001"
RECEIPT = Receipt(
    (
        TextLine("政务服务回执", size=2, bold=True, align=Align.CENTER),
        Rule(),
        Row("受理号", "2024-000123"),
        Row("费用", "$0.00"),
        TextLine("您的不动产登记查询证明已打印，请核对后取走。"),
        QrCode(LINK),
        Barcode("HALL-{0123}"),
        Feed(1),
    )
)


def paper(page: CodePage = CodePage.GB18030, *, dots: int = 576, own_codes: bool = True) -> Paper:
    return Paper(
        dots, 8.0, page, own_codes, NOTO / "NotoSansCJK-Regular.ttc", NOTO / "NotoSansCJK-Bold.ttc"
    )


def text(words: str) -> Receipt:
    return Receipt((TextLine(words),))


class Bench:
    """A machine that keeps what it said and what it cut off."""

    def __init__(self, dots: int = 576) -> None:
        self.said = b""
        self.receipts: list[Image.Image] = []
        self.machine = EscPosMachine(dots, self._hear, self.receipts.append, lambda: None)

    def _hear(self, data: bytes) -> None:
        self.said += data


def printed(data: bytes, dots: int = 576) -> Image.Image:
    """The receipt that a printer makes of the bytes; it cuts one off and knows every command."""
    bench = Bench(dots)
    bench.machine.feed(data)
    assert (bench.machine.unknown_commands, bench.machine.drawer_pulses) == (0, 0)
    (receipt,) = bench.receipts
    return receipt


def codes_on(receipt: Image.Image) -> set[str]:
    framed = Image.new("L", (receipt.width + 80, receipt.height + 80), 255)
    framed.paste(receipt.convert("L"), (40, 40))
    return {each.text for each in zxingcpp.read_barcodes(framed)}


def black(receipt: Image.Image) -> int:
    return receipt.histogram()[0]
