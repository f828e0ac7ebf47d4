"""Every parser that reads what a card, a device or a stranger sends.

A target takes any bytes and may raise ``DeviceError``, which is the parser's way to say no; any
other exception, and more than a moment, is a defect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Target:
    """``parse``: what is given the bytes. ``modules``: whose branches guide the search."""

    parse: Callable[[bytes], object]
    modules: tuple[str, ...]
    seeds: tuple[bytes, ...] = field(default=(b"",), repr=False)

    def try_out(self, data: bytes) -> None:
        """Parse; a refusal is an answer."""
        try:
            self.parse(data)
        except DeviceError:
            return


def sam_v_frames() -> Target:
    """Frames on a resident identity-card reader's wire, split in two anywhere."""
    from drivers.id_card.frames import Answer, FrameParser, Request

    def parse(data: bytes) -> None:
        parser = FrameParser()
        cut = data[0] if data else 0
        for frame in (*parser.feed(data[:cut]), *parser.feed(data[cut:]), *parser.give_up()):
            frame.answer()
            frame.request()

    seeds = (Request(0x20, 0x01).encode(), Answer(0, 0, 0x90, bytes(8)).encode())
    return Target(parse, ("drivers.id_card.frames",), seeds)


def sam_v_text() -> Target:
    """The text block of a resident card."""
    from drivers.id_card import layouts
    from drivers.virtual import residents

    seeds = tuple(layouts.encode(each.card) for each in residents.RESIDENTS[:4])
    return Target(layouts.decode, ("drivers.id_card.layouts",), seeds)


def apdu_answers() -> Target:
    """Answers of a smart card: 61xx and 6Cxx chains that need not end."""
    from drivers.smart_card.channel import complete

    def parse(data: bytes) -> None:
        answers = [data[at : at + 9] for at in range(0, len(data), 9)] or [b""]
        turn = iter(answers * 300)
        complete(lambda command: next(turn), bytes.fromhex("00a4040000"))

    seeds = (bytes.fromhex("6c10"), bytes.fromhex("6110"), bytes.fromhex("01029000"))
    return Target(parse, ("drivers.smart_card.channel",), seeds)


TARGETS: dict[str, Callable[[], Target]] = {
    "sam-v-frames": sam_v_frames,
    "sam-v-text": sam_v_text,
    "apdu-answers": apdu_answers,
}
"""By name; a target's parser is loaded only when it is wanted."""
