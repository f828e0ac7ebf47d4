r"""The head of a finger minutiae record, which must be whole before anybody is told of it.

ISO/IEC 19794-2:2005 clause 8: ``FMR\0``, `` 20\0``, length of all (4), capture equipment (2),
size of the picture (2, 2), resolution (2, 2), count of views (1), reserved (1); then each view:
finger (1), view and impression (1), quality (1), count of minutiae (1), minutiae (6 each), length
of extended data (2), extended data. Numbers are big-endian.
"""

from __future__ import annotations

from drivers.errors import ProtocolError

MAGIC = b"FMR\0 20\0"
_HEAD = 24
_VIEW_HEAD = 4
_MINUTIA = 6


def quality_of(template: bytes) -> int:
    """The quality of a record of one view, 0 to 100.

    Raises ``ProtocolError`` ``device-garbled`` when the record is not whole, has another form or
    more than one view.
    """
    if len(template) < _HEAD + _VIEW_HEAD + 2 or not template.startswith(MAGIC):
        raise _garbled()
    total, views = int.from_bytes(template[8:12], "big"), template[22]
    quality, minutiae = template[_HEAD + 2], template[_HEAD + 3]
    extended = _HEAD + _VIEW_HEAD + minutiae * _MINUTIA
    end = extended + 2 + int.from_bytes(template[extended : extended + 2], "big")
    if total != len(template) or views != 1 or quality > 100 or end != total:
        raise _garbled()
    return quality


def made_up(template: bytes) -> bytes:
    """A record of the same length, count of minutiae and quality that no finger has; zeros where
    the record is not whole."""
    try:
        quality = quality_of(template)
    except ProtocolError:
        return bytes(len(template))
    count = template[_HEAD + 3]
    head = MAGIC + len(template).to_bytes(4, "big") + bytes(10) + b"\x01\x00"
    rest = len(template) - _HEAD - _VIEW_HEAD - count * _MINUTIA - 2
    view = bytes((0, 0, quality, count)) + bytes(count * _MINUTIA)
    return head + view + rest.to_bytes(2, "big") + bytes(rest)


def _garbled() -> ProtocolError:
    return ProtocolError("device-garbled", "the finger's record is not whole")
