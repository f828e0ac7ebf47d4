"""Is this file a paper of ours, as we made it?

Works on hostile files: every failure of the parser is a verdict. Bounds on time and memory are the
caller's (``workshop`` runs it in a process with limits).
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from kiosk_app.documents.copy_code import MAX_LENGTH, CopyCode
from kiosk_app.documents.errors import CodeInvalid
from kiosk_app.documents.public_key import PublicKey
from kiosk_app.documents.verdicts import MAX_FILE_BYTES, FileReason, FileVerdict, Inspection


def inspect(pdf: bytes, trusted: Mapping[bytes, PublicKey]) -> Inspection:
    """Judge a file. ``trusted``: public keys by key id. Never raises for the file's sake.

    Runs an event loop of its own, as pyHanko needs one: not to be called inside another.
    """
    if len(pdf) > MAX_FILE_BYTES:
        return Inspection(FileVerdict.UNREADABLE, FileReason.TOO_LARGE)
    if not pdf.startswith(b"%PDF-"):
        return Inspection(FileVerdict.UNREADABLE, FileReason.NOT_A_PDF)
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        if reader.encrypted:
            return Inspection(FileVerdict.UNREADABLE, FileReason.ENCRYPTED)
        code = _genuine_code(reader, trusted)
        signatures = list(reader.embedded_signatures)
    except MemoryError:
        return Inspection(FileVerdict.UNREADABLE, FileReason.TOO_COSTLY)
    except Exception:
        return Inspection(FileVerdict.UNREADABLE, FileReason.DAMAGED)
    return asyncio.run(_judge(signatures, code, trusted))


async def _judge(
    signatures: list[EmbeddedPdfSignature],
    code: CopyCode | None,
    trusted: Mapping[bytes, PublicKey],
) -> Inspection:
    ours = [(one, key) for one in signatures if (key := _signer(one, trusted)) is not None]
    if not ours:
        if code is None:
            return Inspection(FileVerdict.NOT_OURS, FileReason.FOREIGN)
        return Inspection(FileVerdict.ALTERED, FileReason.SIGNATURE_MISSING, code)
    signature, key = ours[0]
    if not await _holds(signature):
        return Inspection(FileVerdict.ALTERED, FileReason.SIGNATURE_BROKEN, code, key)
    if len(signatures) > 1 or not _covers_all(signature):
        return Inspection(FileVerdict.ALTERED, FileReason.CHANGED_AFTER_SIGNING, code, key)
    if code is None or code.key_id != key.key_id:
        return Inspection(FileVerdict.ALTERED, FileReason.CODE_MISMATCH, None, key)
    return Inspection(FileVerdict.INTACT, FileReason.SIGNED_WHOLE, code, key)


def _genuine_code(reader: PdfFileReader, trusted: Mapping[bytes, PublicKey]) -> CopyCode | None:
    try:
        text = str(reader.trailer["/Info"]["/Keywords"])[: MAX_LENGTH + 1]
        code = CopyCode.parse(text)
        code.verify(trusted)
    except (KeyError, CodeInvalid):
        return None
    return code


def _signer(one: EmbeddedPdfSignature, trusted: Mapping[bytes, PublicKey]) -> PublicKey | None:
    """The trusted key whose very certificate signed. No chains: a verifier pins certificates."""
    try:
        der = one.signer_cert.dump()
    except Exception:
        return None
    by_certificate = {key.certificate.public_bytes(Encoding.DER): key for key in trusted.values()}
    return by_certificate.get(der)


async def _holds(signature: EmbeddedPdfSignature) -> bool:
    try:
        pinned = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
        status = await async_validate_pdf_signature(signature, signer_validation_context=pinned)
    except Exception:
        return False
    return bool(status.intact and status.valid)


def _covers_all(signature: EmbeddedPdfSignature) -> bool:
    return signature.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
