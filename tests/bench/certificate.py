"""A certificate from data to signed PDF, warm, against WeasyPrint and ReportLab with pyHanko.

The same page with the same P-256 key; a new number, and so a new QR code, in every document.
Ours goes the way that the desk goes: through the workshop and its process.
"""

from __future__ import annotations

import asyncio
import io
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.documents.key_sources import DEVELOPMENT_KEY
from kiosk_app.documents.keys import development_key, open_key
from kiosk_app.documents.papers import Paper
from kiosk_app.documents.public_key import SigningKey
from kiosk_app.documents.workshop import PaperWorkshop
from tests.bench.certificate_peers import reportlab_page, signed, weasyprint_page
from tests.documents.samples import CERTIFICATE, CONFIG, FACTS

ROUNDS = 25
WARM_UP = 3
GOALS = {"weasyprint": 8.0, "reportlab": 2.5}
KEPT = Path(".run/bench")
SEAL = CONFIG / "services/no-housing-certificate/seal.svg"
Make = Callable[[Paper, CopyCode], bytes]


def run() -> dict[str, Any]:
    """Median milliseconds a document over interleaved rounds; how many times faster ours is.

    Every document is checked to have one page; one of each maker is kept under ``.run/bench``
    with its QR code read back.
    """
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        source = development_key(Path(folder), FACTS["issuer"])
        key_file, key = Path(folder) / DEVELOPMENT_KEY, open_key(source)
        workshop = PaperWorkshop(CONFIG, source)
        makers: dict[str, Make] = {
            "ours": lambda paper, code: (
                runner.run(workshop.make_copy(CERTIFICATE, paper, code.copy)).pdf
            ),
            "weasyprint": signed(weasyprint_page(SEAL), key_file),
            "reportlab": signed(reportlab_page(_seal_picture(Path(folder))), key_file),
        }
        try:
            took = _measure(makers, key)
        finally:
            runner.run(workshop.close())
    ours = took.pop("ours")
    ratios = {peer: round(ms / ours, 2) for peer, ms in took.items()}
    return {
        "ours_ms": round(ours, 2),
        "peers": {peer: round(ms, 2) for peer, ms in took.items()},
        "ratio": ratios,
        "goal": GOALS,
        "met": all(ratios[peer] >= goal for peer, goal in GOALS.items()),
    }


def _measure(makers: dict[str, Make], key: SigningKey) -> dict[str, float]:
    took: dict[str, list[float]] = {name: [] for name in makers}
    for turn in range(WARM_UP + ROUNDS):
        for place, (name, make) in enumerate(makers.items()):
            paper = Paper.of(**FACTS | {"serial": f"PN-WF-20261124-{turn:04}{place:03}"})
            code = CopyCode.sign(paper, 1, key)
            start = time.perf_counter()
            pdf = make(paper, code)
            took[name].append((time.perf_counter() - start) * 1000)
            _check(name, pdf, code, keep=turn == WARM_UP)
    return {name: statistics.median(times[WARM_UP:]) for name, times in took.items()}


def _check(name: str, pdf: bytes, code: CopyCode, *, keep: bool) -> None:
    """One page, signed; and once, that the page bears this document's QR code."""
    reader = PdfFileReader(io.BytesIO(pdf))
    assert reader.root["/Pages"]["/Count"] == 1, f"{name}: not one page"
    assert len(reader.embedded_signatures) == 1, f"{name}: not signed"
    if keep:
        path = KEPT / f"certificate-{name}.pdf"
        path.write_bytes(pdf)
        command = ["pdftoppm", "-r", "150", "-png", str(path)]
        page = subprocess.run(command, check=True, capture_output=True).stdout
        path.with_suffix(".png").write_bytes(page)
        found = zxingcpp.read_barcode(Image.open(io.BytesIO(page)))
        assert found is not None, f"{name}: no QR code"
        assert found.text == code.text, f"{name}: another QR code"
        assert found.ec_level == "M", f"{name}: another level"


def _seal_picture(folder: Path) -> Path:
    """The seal as a PNG of 42 mm at 300 dpi, since ReportLab reads no SVG."""
    import typst

    source = '#set page(width: 42mm, height: 42mm, margin: 0pt, fill: none)\n#image("seal.svg")'
    (folder / "seal.svg").write_bytes(SEAL.read_bytes())
    (folder / "seal.typ").write_text(source)
    path = folder / "seal.png"
    typst.compile(str(folder / "seal.typ"), output=str(path), format="png", ppi=300)
    return path


if __name__ == "__main__":
    print(json.dumps({"certificate": run()}, indent=2))
