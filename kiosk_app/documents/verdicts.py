"""What an inspection of a file may find. Plain values, light to import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk_app.documents.copy_code import CopyCode
from kiosk_app.documents.public_key import PublicKey

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Ours are 0.1 MB."""


class FileVerdict(StrEnum):
    """What a file is."""

    INTACT = "intact"
    """Ours, and every byte as we signed it."""
    ALTERED = "altered"
    """Claims to be ours, and is not what we signed."""
    NOT_OURS = "not-ours"
    """A PDF without any trace of ours."""
    UNREADABLE = "unreadable"
    """No PDF that can be read."""


class FileReason(StrEnum):
    """Why the verdict is what it is."""

    SIGNED_WHOLE = "signed-whole"
    NOT_A_PDF = "not-a-pdf"
    TOO_LARGE = "too-large"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_COSTLY = "too-costly"
    """Reading it would take more time or memory than any paper of ours."""
    FOREIGN = "foreign"
    SIGNATURE_MISSING = "signature-missing"
    """It bears a genuine code of ours, but not our signature."""
    SIGNATURE_BROKEN = "signature-broken"
    CHANGED_AFTER_SIGNING = "changed-after-signing"
    CODE_MISMATCH = "code-mismatch"
    """Signed by us, but its code is absent, broken or of another key."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. ``code`` only when genuine; ``signer`` only when the key is trusted."""

    verdict: FileVerdict
    reason: FileReason
    code: CopyCode | None = None
    signer: PublicKey | None = None
