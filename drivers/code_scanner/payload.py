"""From the octets of a scanner to a code: AIM identifier, character set, and what is refused.

The AIM identifier (ISO/IEC 15424) is three characters in front of the data: ``]``, a letter for
the symbology, and a modifier that tells, among others, GS1 data (``]C1``, ``]Q3``, ``]d2``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Literal

from drivers.code_scanner import gs1
from drivers.code_scanner.contract import Element, ScannedCode, Symbology
from drivers.errors import ProtocolError, UserFault

LONGEST_TEXT = 7089
"""Characters of the largest code of all, a QR code of version 40 with digits."""
LONGEST_DATA = 4 * LONGEST_TEXT
Charset = Literal["auto", "utf-8", "gb18030"]

_AIM = re.compile(rb"\]([A-Za-z])([0-9A-Za-z])")
_BY_LETTER: Mapping[str, Symbology] = {
    "A": Symbology.CODE_39,
    "C": Symbology.CODE_128,
    "E": Symbology.EAN_13,
    "F": Symbology.CODABAR,
    "G": Symbology.CODE_93,
    "I": Symbology.ITF,
    "L": Symbology.PDF_417,
    "Q": Symbology.QR_CODE,
    "U": Symbology.MAXI_CODE,
    "d": Symbology.DATA_MATRIX,
    "e": Symbology.GS1_DATABAR,
    "z": Symbology.AZTEC,
}
_BY_IDENTIFIER: Mapping[str, Symbology] = {"C1": Symbology.GS1_128, "E4": Symbology.EAN_8}
_GS1 = frozenset(("C1", "Q3", "Q4", "d2", "d5", "e0", "z1", "z4"))
_REFUSED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Controls, invisible and direction-changing characters, and code points that are none."""


def code_of(data: bytes, charset: Charset = "auto") -> ScannedCode:
    """Read what a scanner sent for one code, its AIM identifier in front where it sends one.

    ``charset`` ``auto`` takes strict UTF-8 and otherwise strict GB18030. Raises ``UserFault``
    ``code-refused`` or ``code-invalid``, ``ProtocolError`` ``code-scanner-garbled``.
    """
    found = _AIM.match(data)
    if found is None:
        return judge("", _decode(data, charset))
    return judge(found.group(0)[1:].decode(), _decode(data[found.end() :], charset))


def judge(identifier: str, text: str) -> ScannedCode:
    """Make a code of its AIM identifier (without ``]``; empty when not told) and its text.

    Raises ``UserFault`` ``code-refused`` for text that is empty, too long or holds a character that
    is not printable, ``code-invalid`` for bad GS1 data.
    """
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise _refused("nothing, or more than a code holds")
    elements: tuple[Element, ...] = ()
    if identifier in _GS1:
        elements = gs1.parse(text)
        text = text.replace(gs1.SEPARATOR, "")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text):
        raise _refused("characters that are not printable")
    return ScannedCode(_symbology(identifier), text, elements)


def _symbology(identifier: str) -> Symbology | None:
    return _BY_IDENTIFIER.get(identifier) or _BY_LETTER.get(identifier[:1])


def _decode(data: bytes, charset: Charset) -> str:
    if len(data) > LONGEST_DATA:
        raise _refused("more than a code holds")
    for name in ("utf-8", "gb18030") if charset == "auto" else (charset,):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    raise ProtocolError("code-scanner-garbled", "what the scanner sent is no text")


def _refused(what: str) -> UserFault:
    return UserFault("code-refused", f"the code holds {what}", error_code="barcodeInvalid")
