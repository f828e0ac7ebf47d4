"""What of a SAM_V wire may be written.

Requests that hold nothing of anybody pass, and answers that are a status alone. The blocks of a
card are replaced by a made-up person's of the same lengths, with the right check: the recording can
be played back, and the driver reads the made-up card out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from drivers.id_card import layouts, sam_link
from drivers.id_card.contract import CardKind, IdentityRecord
from drivers.id_card.frames import Answer, FrameParser, Request
from drivers.id_card.sam_codes import Sw3
from drivers.recording.person import NAME, NUMBER
from drivers.recording.tap import Mask, Piece

_HARMLESS = (
    sam_link.RESET,
    sam_link.STATUS,
    sam_link.FIND,
    sam_link.SELECT,
    sam_link.READ_TEXT_AND_PHOTO,
    sam_link.READ_NEWEST_ADDRESS,
    sam_link.SAM_ID,
)
"""Requests that hold nothing of anybody."""
SYNTHETIC = IdentityRecord(
    kind=CardKind.RESIDENT,
    name=NAME,
    id_number=NUMBER,
    sex="1",
    nation="01",
    birth=date(1990, 1, 1),
    valid_from=date(2020, 1, 1),
    valid_to=None,
    address="录制样张，不是真人",
    issuer="录制样张",
)
"""The made-up person of recordings, as an identity card tells of one."""


class SamMask(Mask):
    """See the module."""

    protocol = "sam-v"

    def __init__(self) -> None:
        self._asked: Request | None = None
        self._parser = FrameParser()

    def said(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.said``. The host sends one request with each call."""
        self._parser = FrameParser()
        frames = FrameParser().feed(data)
        request = frames[0].request() if len(frames) == 1 else None
        known = request if request in _HARMLESS else None
        self._asked = known if known is not None and known.encode() == data else None
        yield data if self._asked is not None else len(data)

    def heard(self, data: bytes) -> Iterator[Piece]:
        """See ``Mask.heard``. Whole frames are judged, noise is counted."""
        before = self._parser.discarded
        for frame in self._parser.feed(data):
            answer = frame.answer()
            known = masked(self._asked, answer) if answer is not None else None
            yield known.encode() if known is not None else len(frame.body)
        noise = self._parser.discarded - before
        if noise:
            yield noise


def masked(asked: Request | None, answer: Answer) -> Answer | None:
    """The answer without anything personal; ``None`` when that is not known how."""
    if not answer.data:
        return answer
    match asked:
        case sam_link.FIND:
            # A card's identifier would come here; the protocol fills it with zeros or a serial.
            return Answer(answer.sw1, answer.sw2, answer.sw3, bytes(len(answer.data)))
        case sam_link.SELECT | sam_link.SAM_ID:
            return Answer(answer.sw1, answer.sw2, answer.sw3, bytes(len(answer.data)))
        case sam_link.READ_TEXT_AND_PHOTO if answer.sw3 == Sw3.OK:
            return _made_up_card(answer)
        case sam_link.READ_NEWEST_ADDRESS if len(answer.data) == layouts.ADDRESS_LENGTH:
            address = layouts.encode_address(SYNTHETIC.address)
            return Answer(answer.sw1, answer.sw2, answer.sw3, address)
        case _:
            return None


def _made_up_card(answer: Answer) -> Answer | None:
    """Blocks of the same lengths that hold a made-up person and no picture."""
    data = answer.data
    text, photo = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2))
    if text != layouts.TEXT_LENGTH or len(data) != 4 + text + photo:
        return None
    blocks = layouts.encode(SYNTHETIC) + bytes(photo)
    return Answer(answer.sw1, answer.sw2, answer.sw3, data[:4] + blocks)
