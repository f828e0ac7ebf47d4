"""Files that people bring: each gets a verdict, whatever was done to it."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from kiosk_app.documents.errors import KeyUnusable
from kiosk_app.documents.inspection import inspect
from kiosk_app.documents.keys import development_key, open_key
from kiosk_app.documents.papers import Paper
from kiosk_app.documents.public_key import SigningKey
from kiosk_app.documents.signing import PdfSigner
from kiosk_app.documents.verdicts import MAX_FILE_BYTES, FileReason, FileVerdict
from kiosk_app.documents.workshop import FileInspector, MadeCopy, PaperWorkshop
from tests.documents.samples import CERTIFICATE, CONFIG

END = b"%%EOF"
BROKEN = {FileVerdict.ALTERED, FileVerdict.UNREADABLE}


def unsigned(pdf: bytes) -> bytes:
    """The revision before the signature."""
    return pdf[: pdf.index(END) + len(END)]


def updated(pdf: bytes, keywords: str) -> bytes:
    """Another revision on top, with other keywords."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    info = generic.DictionaryObject()  # type: ignore[no-untyped-call]
    info[generic.pdf_name("/Keywords")] = generic.pdf_string(keywords)
    writer.set_info(writer.add_object(info))
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


async def test_our_file_is_intact(
    inspector: FileInspector, made: MadeCopy, key: SigningKey
) -> None:
    found = await inspector.inspect(made.pdf)
    assert (found.verdict, found.reason) == (FileVerdict.INTACT, FileReason.SIGNED_WHOLE)
    assert found.code is not None
    assert found.code.text == made.code
    assert found.signer is not None
    assert found.signer.key_id == key.public.key_id
    assert found.signer.development


def test_stripped_signature_is_altered(inspector: FileInspector, made: MadeCopy) -> None:
    found = inspect(unsigned(made.pdf), inspector.trusted)
    assert (found.verdict, found.reason) == (FileVerdict.ALTERED, FileReason.SIGNATURE_MISSING)
    assert found.code is not None


def test_update_after_signing_is_altered(inspector: FileInspector, made: MadeCopy) -> None:
    for changed in (made.pdf + b"\n%", updated(made.pdf, made.code), updated(made.pdf, "none")):
        found = inspect(changed, inspector.trusted)
        assert (found.verdict, found.reason) == (
            FileVerdict.ALTERED,
            FileReason.CHANGED_AFTER_SIGNING,
        )


def test_every_kind_of_changed_byte_is_noticed(made: MadeCopy, inspector: FileInspector) -> None:
    gap = made.pdf.index(b"/Contents <")
    places = [*range(1200, gap, len(made.pdf) // 24), gap + 200, len(made.pdf) - 30]
    for place in places:
        changed = made.pdf[:place] + bytes([made.pdf[place] ^ 1]) + made.pdf[place + 1 :]
        assert inspect(changed, inspector.trusted).verdict in BROKEN, place


def test_every_truncation_gets_a_verdict(made: MadeCopy, inspector: FileInspector) -> None:
    for length in range(0, len(made.pdf), len(made.pdf) // 24):
        found = inspect(made.pdf[:length], inspector.trusted)
        assert found.verdict in BROKEN, length


def test_foreign_signature_over_our_code_is_altered(
    inspector: FileInspector, made: MadeCopy, tmp_path: Path
) -> None:
    forger = PdfSigner(open_key(development_key(tmp_path, "普宁市不动产登记中心")))
    found = inspect(forger.sign(unsigned(made.pdf)), inspector.trusted)
    assert (found.verdict, found.reason) == (FileVerdict.ALTERED, FileReason.SIGNATURE_MISSING)
    assert found.signer is None


def test_our_signature_without_our_code_is_altered(
    inspector: FileInspector, made: MadeCopy, key: SigningKey
) -> None:
    bare = updated(unsigned(made.pdf), "no code")
    found = inspect(PdfSigner(key).sign(bare), inspector.trusted)
    assert (found.verdict, found.reason) == (FileVerdict.ALTERED, FileReason.CODE_MISMATCH)


async def test_other_halls_paper_is_not_ours(
    inspector: FileInspector, paper: Callable[..., Paper], tmp_path: Path
) -> None:
    elsewhere = PaperWorkshop(CONFIG, development_key(tmp_path, "别处"))
    try:
        other = await elsewhere.make_copy(CERTIFICATE, paper(), 1)
    finally:
        await elsewhere.close()
    found = await inspector.inspect(other.pdf)
    assert (found.verdict, found.reason) == (FileVerdict.NOT_OURS, FileReason.FOREIGN)
    assert found.code is None
    assert found.signer is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", FileReason.NOT_A_PDF),
        (b"<html>%PDF-1.7", FileReason.NOT_A_PDF),
        (b"%PDF-1.7", FileReason.DAMAGED),
        (b"%PDF-1.7\n" + b"\x00" * 100_000, FileReason.DAMAGED),
        (b"%PDF-1.7\nstartxref\n9\n%%EOF", FileReason.DAMAGED),
        (b"%PDF-1.7\nstartxref\n-1\n%%EOF", FileReason.DAMAGED),
        (b"%PDF-1.7\n" + b"[" * 200_000 + b"\nstartxref\n9\n%%EOF", FileReason.DAMAGED),
        (b"%PDF-" + b"9" * MAX_FILE_BYTES, FileReason.TOO_LARGE),
    ],
)
def test_junk_is_unreadable(inspector: FileInspector, content: bytes, reason: FileReason) -> None:
    found = inspect(content, inspector.trusted)
    assert (found.verdict, found.reason) == (FileVerdict.UNREADABLE, reason)


def bomb(megabytes: int) -> bytes:
    """A cross-reference stream that grows a thousandfold when read."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    head = b"%PDF-1.7\n"
    size = megabytes << 20
    words = b"/Type/XRef/W[1 2 1]/Size %d/Root 2 0 R/Filter/FlateDecode/Length %d"
    stream = b"1 0 obj\n<<" + words % (size // 4, len(packed)) + b">>\nstream\n"
    return head + stream + packed + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


async def test_a_file_too_large_starts_no_process(inspector: FileInspector) -> None:
    found = await inspector.inspect(b"%PDF-" + bytes(MAX_FILE_BYTES))
    assert (found.verdict, found.reason) == (FileVerdict.UNREADABLE, FileReason.TOO_LARGE)


async def test_a_bomb_costs_no_more_than_its_process(inspector: FileInspector) -> None:
    found = await inspector.inspect(bomb(600))
    assert found.verdict is FileVerdict.UNREADABLE


async def test_wrong_certificates_are_the_halls_fault(made: MadeCopy, tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable):
        await FileInspector([tmp_path / "none.crt"]).inspect(made.pdf)


async def test_trusts_nobody_without_certificates(made: MadeCopy) -> None:
    found = await FileInspector([]).inspect(made.pdf)
    assert found.verdict is FileVerdict.NOT_OURS
