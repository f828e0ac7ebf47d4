"""What of a social security card's APDUs may be written.

The commands of a reading pass. Of a record the tag and the length stay, and in place of its value
stands a made-up person's of the same length, or zeros where the tag is not known. Any other
command, a PIN among them, is hidden with its answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.errors import UserFault
from drivers.recording.person import NAME, NUMBER
from drivers.smart_card.mask import ApduMask
from drivers.social_security_card.records import SSSE, Tag, encode_name, split

_SELECT_ENVIRONMENT = bytes((0x00, 0xA4, 0x04, 0x00, len(SSSE))) + SSSE
_SELECT_FILES = tuple(bytes((0x00, 0xA4, 0x02, 0x00, 0x02, 0xEF, file)) for file in (5, 6))
_READ_RECORD = b"\x00\xb2"
_READ_LENGTH = 5
_REFERENCES = frozenset((0x04, 5 << 3 | 0x04, 6 << 3 | 0x04))
"""P2: a record by its number, of the selected file, EF05 or EF06 (ISO/IEC 7816-4 7.3.3)."""
_VERSIONS = (b"1.00", b"2.00", b"3.00")
_VALUES: Mapping[int, bytes] = {
    Tag.ID_NUMBER: NUMBER.encode("ascii"),
    Tag.NAME: encode_name(NAME)[0],
    Tag.SEX: b"1",
    Tag.NATION: b"\x01",
    Tag.BIRTHPLACE: bytes.fromhex("445281"),
    Tag.BIRTH: bytes.fromhex("19900101"),
    Tag.ISSUED_ON: bytes.fromhex("20200101"),
    Tag.VALID_TO: bytes.fromhex("20300101"),
    Tag.CARD_CODE: bytes.fromhex("445281"),
    Tag.CARD_NUMBER: b"SAMPLE",
}


class SocialSecurityMask(ApduMask):
    """See the module."""

    protocol = "social-security-card"

    def _is_harmless(self, command: bytes) -> bool:
        if command[:2] == _READ_RECORD:
            return len(command) == _READ_LENGTH and command[3] in _REFERENCES
        return command == _SELECT_ENVIRONMENT or command in _SELECT_FILES

    def _made_up(self, asked: bytes, data: bytes) -> bytes | None:
        return made_up_record(data) if asked[:2] == _READ_RECORD else bytes(len(data))


def made_up_record(record: bytes) -> bytes | None:
    """A record of the same form about a made-up person; ``None`` for what is no record."""
    try:
        tag, value = split(record)
    except UserFault:
        return None
    if tag == Tag.VERSION and value in _VERSIONS:
        made = value
    else:
        made = _VALUES.get(tag, b"").ljust(len(value), b"\0")[: len(value)]
    return (record[:2] + made).ljust(len(record), b"\0")
