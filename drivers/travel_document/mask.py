"""What of a travel document's APDUs may be written: selecting, and which plain file is asked for.

All that comes after, in BAC, PACE and secure messaging, is hidden whole: it is enciphered with keys
of the document and of the moment. Such a recording shows how far a reading came and how long each
step took; it cannot be played back.
"""

from __future__ import annotations

from drivers.smart_card.mask import ApduMask
from drivers.travel_document import files
from drivers.travel_document.files import File

_SELECTS = frozenset(each.encode() for each in (files.SELECT_MASTER_FILE, files.SELECT_APPLICATION))
_CARD_ACCESS = bytes((0x00, 0xB0, 0x80 | File.CARD_ACCESS.value.short_id, 0x00))
_READS = (files.READ_ATR_INFO.header, _CARD_ACCESS)
"""READ BINARY of EF.ATR/INFO and EF.CardAccess, before the length that is asked for."""
_READ_LENGTH = 5


class TravelDocumentMask(ApduMask):
    """See the module."""

    protocol = "travel-document"

    def _is_harmless(self, command: bytes) -> bool:
        reads = len(command) == _READ_LENGTH and command[:-1] in _READS
        return reads or command in _SELECTS

    def _made_up(self, asked: bytes, data: bytes) -> bytes | None:
        return None
