"""What can go wrong with a document. No message holds personal data.

DocumentError
 +- PaperInvalid       the data does not make a paper
 +- CharacterMissing   a character has no glyph in any font: the counter must write it
 +- PaperTooLong       it does not fit on one page
 +- TemplateBroken     the template itself is wrong
 +- KeyUnusable        the signing key cannot be read or does not sign
 +- CodeInvalid        a copy code is not one of ours, or was tampered with
 +- WorkshopFailed     the workshop's process ended or hung, and was ended
"""

from __future__ import annotations


class DocumentError(Exception):
    """A document could not be made or read. ``code`` is stable and kebab-case."""

    code = "document-error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PaperInvalid(DocumentError):
    """The data does not make a paper; the message names the fields, never their values."""

    code = "paper-invalid"


class CharacterMissing(DocumentError):
    """A character of the data has no glyph in any font; a paper with a box in a name is none."""

    code = "character-missing"


class PaperTooLong(DocumentError):
    """The paper does not fit on one page."""

    code = "paper-too-long"


class TemplateBroken(DocumentError):
    """The template cannot be compiled; the message names file and line."""

    code = "template-broken"


class KeyUnusable(DocumentError):
    """The signing key cannot be read, is no P-256 key, or does not sign."""

    code = "key-unusable"


class CodeInvalid(DocumentError):
    """A copy code is malformed, of an unknown key, or its signature does not fit."""

    code = "code-invalid"


class WorkshopFailed(DocumentError):
    """The workshop's process ended or did not answer in time, and was ended."""

    code = "workshop-failed"


KINDS: dict[str, type[DocumentError]] = {
    kind.code: kind
    for kind in (
        PaperInvalid,
        CharacterMissing,
        PaperTooLong,
        TemplateBroken,
        KeyUnusable,
        CodeInvalid,
        WorkshopFailed,
    )
}
"""Error kinds by code, to carry one across processes."""
