"""Whether a paper is what it claims to be, said without telling anything about anybody.

A code is judged by its signature and by the journal; a file also by its PDF signature. Only who has
the journal can tell void from valid; the signature alone tells genuine from forged.
"""

from __future__ import annotations

from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.documents.errors import CodeInvalid
from kiosk_app.documents.public_key import PublicKey
from kiosk_app.documents.verdicts import FileReason, FileVerdict
from kiosk_app.documents.workshop import FileInspector
from kiosk_app.issuing.contract import Claims, Verdict
from kiosk_app.issuing.office import IssuingOffice
from kiosk_app.judgement import Judgement, Verification

_FILES = {
    FileVerdict.ALTERED: Judgement.ALTERED,
    FileVerdict.NOT_OURS: Judgement.UNKNOWN,
    FileVerdict.UNREADABLE: Judgement.UNKNOWN,
}
_RULINGS = {
    Verdict.VALID: (Judgement.VALID, "valid"),
    Verdict.VOID: (Judgement.VOID, "void"),
    Verdict.UNKNOWN: (Judgement.UNKNOWN, "not-in-journal"),
}


class Verifier:
    """Judges codes and files against the trusted keys and this terminal's journal."""

    def __init__(self, inspector: FileInspector, office: IssuingOffice) -> None:
        self._inspector = inspector
        self._office = office

    async def code(self, text: str) -> Verification:
        """Judge a code as scanned or typed. Raises ``KeyUnusable``, ``StoreError``."""
        try:
            code = CopyCode.parse(text)
        except CodeInvalid:
            return Verification(Judgement.UNKNOWN, "not-a-code")
        keys = self._inspector.trusted
        if code.key_id not in keys:
            return Verification(Judgement.UNKNOWN, "foreign-key")
        try:
            key = code.verify(keys)
        except CodeInvalid:
            return Verification(Judgement.ALTERED, "code-altered")
        return await self._rule(code, key)

    async def file(self, pdf: bytes) -> Verification:
        """Judge a PDF file. Raises ``KeyUnusable``, ``StoreError``."""
        found = await self._inspector.inspect(pdf)
        if found.verdict is not FileVerdict.INTACT or found.code is None or found.signer is None:
            judgement = _FILES.get(found.verdict, Judgement.ALTERED)
            reason = str(found.reason)
            if found.reason is FileReason.SIGNED_WHOLE:
                reason = str(FileReason.CODE_MISMATCH)
            return Verification(judgement, reason)
        return await self._rule(found.code, found.signer)

    async def _rule(self, code: CopyCode, key: PublicKey) -> Verification:
        ruling = await self._office.verdict(Claims(code.serial, code.copy, code.facts_digest.hex()))
        judgement, reason = _RULINGS[ruling.verdict]
        return Verification(
            judgement=judgement,
            reason=reason,
            serial=code.serial,
            copy=code.copy,
            kind=str(code.kind),
            issued_on=code.issued_on,
            development_key=key.development,
        )
