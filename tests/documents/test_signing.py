"""Signatures, as another reader (poppler's pdfsig) sees them."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature

from kiosk_app.documents.errors import PaperTooLong
from kiosk_app.documents.inspection import inspect
from kiosk_app.documents.press import Press
from kiosk_app.documents.public_key import SigningKey
from kiosk_app.documents.signing import PdfSigner
from kiosk_app.documents.verdicts import FileVerdict
from kiosk_app.documents.workshop import MadeCopy


def pdfsig(pdf: bytes, folder: Path) -> str:
    (folder / "signed.pdf").write_bytes(pdf)
    command = ["pdfsig", "-nocert", str(folder / "signed.pdf")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_pdfsig_agrees(made: MadeCopy, tmp_path: Path) -> None:
    said = pdfsig(made.pdf, tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "SHA-256" in said
    assert "DEVELOPMENT / 开发测试" in said


def test_pdfsig_sees_a_changed_byte(made: MadeCopy, tmp_path: Path) -> None:
    place = made.pdf.index(b"endstream") - 40
    changed = made.pdf[:place] + bytes([made.pdf[place] ^ 1]) + made.pdf[place + 1 :]
    assert "Signature is Valid" not in pdfsig(changed, tmp_path)


def test_signature_keeps_what_the_standards_ask(made: MadeCopy) -> None:
    reader = PdfFileReader(io.BytesIO(made.pdf))
    xmp = reader.root["/Metadata"].data
    assert b"pdfaid" in xmp
    assert b"pdfuaid" in xmp
    field = reader.root["/AcroForm"]["/Fields"][0]
    flags = int(field["/F"])
    assert flags & 0b100, "PDF/A wants the print flag"
    assert not flags & 0b100011, "PDF/A forbids invisible, hidden and no view"
    left, bottom, right, top = (float(side) for side in field["/Rect"])
    assert right <= 0
    assert top <= 0
    assert (left, bottom) == (right, top)


def test_later_signatures_are_as_good_as_the_first(
    key: SigningKey, made: MadeCopy, tmp_path: Path
) -> None:
    signer = PdfSigner(key)
    paper = made.pdf[: made.pdf.index(b"%%EOF") + len(b"%%EOF")]
    signed = [signer.sign(paper), *(signer.sign(paper + b"\n" * turn) for turn in range(3))]
    for pdf in signed:
        said = pdfsig(pdf, tmp_path)
        assert "Signature is Valid" in said
        assert "Total document signed" in said
        found = inspect(pdf, {key.public.key_id: key.public})
        assert found.verdict is FileVerdict.INTACT
    first, *later = (PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0] for pdf in signed)
    for one in later:
        assert attributes_of(one) == attributes_of(first)


def attributes_of(signature: EmbeddedPdfSignature) -> set[str]:
    return {one["type"].native for one in signature.signer_info["signed_attrs"]}


def test_two_pages_are_not_signed(key: SigningKey, tmp_path: Path) -> None:
    source = '#set document(title: "t")\n#set text(lang: "zh")\none\n#pagebreak()\ntwo'
    (tmp_path / "two.typ").write_text(source)
    two_pages = Press(tmp_path).compile(Path("two.typ"), {})
    with pytest.raises(PaperTooLong):
        PdfSigner(key).sign(two_pages)
